use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use askama::Template;

use super::form::SelectorForm;
use super::{Error, Finding, Outcome, Report, Subject};
use crate::email_provider;
use crate::i18n::Text;
use crate::state::State;
use crate::web::{self, Access, Page, Problems, Route, Section, TenantAdmin, get, render};

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    vec![get("/administration/settings/domain", Access::TenantAdmin, show)]
}

#[derive(Template)]
#[template(path = "sender_domain/show.html")]
struct DomainPage {
    page: Page,
    section: Section,
    /// Nothing if there is no provider, or nothing was checked.
    report: Option<Report>,
    has_provider: bool,
    selector: String,
    problems: Problems,
}

impl DomainPage {
    fn said(&self, finding: &Finding) -> Vec<String> {
        finding.said.iter().map(|said| self.page.say(said)).collect()
    }

    fn title(&self, finding: &Finding) -> String {
        self.page.t(match finding.subject {
            Subject::Mx => "domain-mx",
            Subject::Spf => "domain-spf",
            Subject::Dkim => "domain-dkim",
            Subject::Dmarc => "domain-dmarc",
        })
    }

    /// The anchor of a finding.
    fn anchor(finding: &Finding) -> &'static str {
        match finding.subject {
            Subject::Mx => "mx",
            Subject::Spf => "spf",
            Subject::Dkim => "dkim",
            Subject::Dmarc => "dmarc",
        }
    }

    /// The tone of the badge and its words.
    fn outcome(&self, finding: &Finding) -> (&'static str, String) {
        let (tone, key) = match finding.outcome {
            Outcome::Good => ("badge-success", "domain-good"),
            Outcome::Warning => ("badge-warning", "domain-warning"),
            Outcome::Missing => ("badge-error", "domain-missing"),
            Outcome::Unknown => ("badge-info", "domain-unknown"),
        };
        (tone, self.page.t(key))
    }

    fn is_dkim(finding: &Finding) -> bool {
        finding.subject == Subject::Dkim
    }

    /// Whether there is a record that the lines take the place of.
    fn replaces(finding: &Finding) -> bool {
        finding.change.iter().any(|new| finding.found.iter().any(|old| old.name == new.name))
    }
}

async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    query: Query<SelectorForm>,
) -> Result<HttpResponse, web::Error> {
    let selector = query.selector.clone();
    let section = email_provider::SECTION;
    let parsed = match query.parse() {
        Ok(parsed) => parsed,
        Err(problem) => {
            let problems = Problems::one("selector", problem);
            let page = DomainPage { page, section, report: None, has_provider: true, selector, problems };
            return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let report = match super::check(&state, &admin.actor(), parsed.as_deref()).await {
        Ok(report) => Some(report),
        Err(Error::NoProvider) => None,
        Err(Error::TooMany) => {
            return Err(web::Error::too_many(Text::new("domain-too-many"), 60));
        }
        Err(error) => return Err(error.into()),
    };
    let has_provider = report.is_some();
    render(
        StatusCode::OK,
        &DomainPage { page, section, report, has_provider, selector, problems: Problems::default() },
    )
}
