use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::form::SelectorForm;
use super::{Error, Finding, Known, Outcome, Subject};
use crate::email_provider;
use crate::i18n::Text;
use crate::state::State;
use crate::web::{self, Access, Form, Page, Problems, Route, Section, TenantAdmin, get, post, render};

const DOMAIN: &str = "/administration/settings/domain";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    vec![get(DOMAIN, Access::TenantAdmin, show), post(DOMAIN, Access::TenantAdmin, check)]
}

#[derive(Template)]
#[template(path = "sender_domain/show.html")]
struct DomainPage {
    page: Page,
    section: Section,
    /// Nothing if there is no provider.
    known: Option<Known>,
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

async fn show(admin: TenantAdmin, page: Page, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let known = known(&state, &admin).await?;
    let report = known.as_ref().and_then(|known| known.last.as_ref());
    let selector = report.map(|(report, _)| report.selector.clone()).unwrap_or_default();
    let problems = Problems::default();
    render(StatusCode::OK, &DomainPage { page, section: email_provider::SECTION, known, selector, problems })
}

async fn check(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    Form(form): Form<SelectorForm>,
) -> Result<HttpResponse, web::Error> {
    let parsed = match form.parse() {
        Ok(parsed) => parsed,
        Err(problem) => {
            let (known, selector) = (known(&state, &admin).await?, form.selector.clone());
            let problems = Problems::one("selector", problem);
            let page = DomainPage { page, section: email_provider::SECTION, known, selector, problems };
            return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    match super::check(&state, &admin.actor(), parsed.as_deref()).await {
        Ok(()) | Err(Error::NoProvider) => Ok(web::see_other(DOMAIN)),
        Err(Error::TooMany) => Err(web::Error::too_many(Text::new("domain-too-many"), 60)),
        Err(error) => Err(error.into()),
    }
}

async fn known(state: &State, admin: &TenantAdmin) -> Result<Option<Known>, web::Error> {
    match super::last(state, admin.actor().tenant).await {
        Ok(known) => Ok(Some(known)),
        Err(Error::NoProvider) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
