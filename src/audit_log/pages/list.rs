use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use askama::Template;

use super::AUDIT_LOG;
use crate::audit::EventTables;
use crate::audit_log::SECTION;
use crate::audit_log::{self, FilterField, FilterForm, Listing, Logged, words};
use crate::clock::Timestamp;
use crate::state::State;
use crate::web::{self, Page, Problems, Section, TenantAdmin, render};

#[derive(serde::Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    before: String,
}

/// An event to choose: its name, its words, whether it is chosen.
type Choice = (&'static str, String, bool);

#[derive(Template)]
#[template(path = "audit_log/list.html")]
struct ListPage {
    page: Page,
    section: Section,
    form: FilterForm,
    problems: Problems,
    listing: Listing,
    /// Whether this is not the first page.
    is_further: bool,
    tables: EventTables,
    now: Timestamp,
}

impl ListPage {
    fn who(&self, entry: &Logged) -> String {
        entry.support_name.clone().unwrap_or_else(|| super::actor(&self.page, entry))
    }

    /// As whom, if a support person stands behind.
    fn on_behalf_of(&self, entry: &Logged) -> Option<String> {
        entry.support_name.as_ref()?;
        Some(self.page.t1("audit-log-on-behalf-of", "name", super::actor(&self.page, entry)))
    }

    fn what(&self, entry: &Logged) -> String {
        super::what(&self.page, self.tables, entry)
    }

    fn particulars(&self, entry: &Logged) -> Vec<(String, String)> {
        words::particulars(self.tables, &entry.details, self.page.language)
    }

    /// The events to choose from, by groups.
    fn events(&self) -> Vec<(String, Vec<Choice>)> {
        let choice = |(name, text)| (name, self.page.say(text), self.form.event == name);
        words::groups(self.tables)
            .into_iter()
            .map(|(group, events)| (self.page.say(group), events.into_iter().map(choice).collect()))
            .collect()
    }

    /// What was chosen, if it is an event of another version.
    fn unknown_event(&self) -> Option<&str> {
        let event = self.form.event.as_str();
        (!event.is_empty() && words::title(self.tables, event).is_none()).then_some(event)
    }

    fn link(&self, more: &str) -> String {
        let query = [self.form.query().as_str(), more]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("&");
        let question = if query.is_empty() { "" } else { "?" };
        format!("{AUDIT_LOG}{question}{query}")
    }

    fn newest(&self) -> String {
        self.link("")
    }

    fn older(&self) -> Option<String> {
        Some(self.link(&format!("before={}", self.listing.older?)))
    }
}

pub(super) async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Query<FilterForm>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let form = form.into_inner();
    let before: Option<i64> = query.before.parse().ok();
    let (listing, problems) = match form.parse(|day| page.beginning_of(day)) {
        Ok(filter) => {
            let listing = audit_log::list(state.db.read(), admin.tenant(), &filter, before).await?;
            (listing, Problems::default())
        }
        Err(errors) => (Listing::default(), Problems::of(errors, FilterField::name)),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (is_further, now) = (before.is_some(), state.clock.now());
    let (section, tables) = (SECTION, state.tables.audit_events);
    render(status, &ListPage { page, section, form, problems, listing, is_further, tables, now })
}
