use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use askama::Template;

use super::chart::Chart;
use super::words;
use crate::clock::Timestamp;
use crate::email_provider;
use crate::mail_types::{MailKind, MailTypes};
use crate::outbox::MessageStatus;
use crate::outbox::SECTION;
use crate::outbox::deliveries::{
    self, BulkAction, Filter, FilterField, FilterForm, Listed, Listing, Overview,
};
use crate::state::State;
use crate::values::OutboxMessageId;
use crate::web::{self, Page, Problems, Section, TenantAdmin, render};

#[derive(serde::Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    before: String,
}

#[derive(Template)]
#[template(path = "outbox/list.html")]
struct ListPage {
    page: Page,
    section: Section,
    form: FilterForm,
    problems: Problems,
    overview: Overview,
    has_provider: bool,
    chart: Option<Chart>,
    listing: Listing,
    /// Whether this is not the first page.
    is_further: bool,
    types: MailTypes,
    now: Timestamp,
}

impl ListPage {
    fn is_held(&self) -> bool {
        self.overview.is_held
    }

    fn shown(&self, message: &Listed) -> MessageStatus {
        words::shown(message.state, self.is_held())
    }

    fn badge(&self, message: &Listed) -> &'static str {
        words::badge(self.shown(message))
    }

    fn state_of(&self, message: &Listed) -> String {
        self.page.say(words::state(self.shown(message)))
    }

    fn kind(&self, kind: &str) -> String {
        words::kind(&self.page, self.types, kind)
    }

    fn in_short(&self, message: &Listed) -> String {
        words::in_short(&self.page, message)
    }

    fn outlook(&self) -> String {
        words::outlook(&self.page, self.overview.outlook, self.now)
    }

    /// When a message is tried next: nothing to say of one that is through, or held.
    fn next_try(&self, message: &Listed) -> Option<String> {
        match self.shown(message) {
            MessageStatus::Due if message.due_at <= self.now => Some(self.page.t("outbox-next-now")),
            MessageStatus::Due => Some(self.page.short_time(&message.due_at, &self.now)),
            _ => None,
        }
    }

    /// The states as links: name in the address, words, how many, whether chosen.
    fn states(&self) -> Vec<(&'static str, String, String, bool)> {
        let is_wanted = |state: &MessageStatus| {
            *state != if self.is_held() { MessageStatus::Due } else { MessageStatus::Held }
        };
        let chosen = self.filter_state();
        MessageStatus::ALL
            .into_iter()
            .filter(is_wanted)
            .map(|state| {
                let count = self.page.number(&self.overview.counts.of(state));
                (state.as_str(), self.page.say(words::state(state)), count, chosen == Some(state))
            })
            .collect()
    }

    /// How many there are.
    fn all(&self) -> String {
        self.page.number(&(self.overview.counts.enqueued - self.overview.counts.deleted))
    }

    /// Whether more is filled in than the state, which has links of its own.
    fn is_narrowed(&self) -> bool {
        let more = FilterForm { state: String::new(), ..self.form.clone() };
        !more.is_empty()
    }

    fn filter_state(&self) -> Option<MessageStatus> {
        let state = MessageStatus::parse(&self.form.state)?;
        let due = if state == MessageStatus::Held { MessageStatus::Due } else { state };
        Some(words::shown(due, self.is_held()))
    }

    fn kinds(&self) -> Vec<(&'static str, String, bool)> {
        let kind =
            |kind: &'static MailKind| (kind.name, self.page.say(kind.label()), self.form.kind == kind.name);
        self.types.iter().map(kind).collect()
    }

    /// The address of the list with the filter and, behind it, one more field.
    fn link(&self, path: &str, more: &str) -> String {
        link(path, &self.form, more)
    }

    fn link_for_all(&self, deed: &str) -> String {
        self.link("/all", &format!("do={deed}"))
    }

    fn older(&self) -> Option<String> {
        let older = self.listing.older?;
        Some(self.link("", &format!("before={older}")))
    }

    fn newest(&self) -> String {
        self.link("", "")
    }

    /// What can be done with all that match: its name and words.
    fn for_all(&self) -> Option<(&'static str, String)> {
        let state = self.filter_state()?;
        let deed =
            [BulkAction::TryAgain, BulkAction::Cancel].into_iter().find(|deed| deed.fits_all(state))?;
        let key = match deed {
            BulkAction::TryAgain => "outbox-all-try-again",
            BulkAction::Cancel => "outbox-all-cancel",
        };
        Some((deed.as_str(), self.page.t(key)))
    }
}

/// The address of a page below the list's with that filter.
pub(super) fn link(path: &str, form: &FilterForm, more: &str) -> String {
    let query = [form.query().as_str(), more]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("&");
    let question = if query.is_empty() { "" } else { "?" };
    format!("{}{path}{question}{query}", super::DELIVERIES)
}

pub(super) async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Query<FilterForm>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (form, tenant) = (form.into_inner(), admin.tenant());
    let before: Option<OutboxMessageId> = query.before.parse().ok();
    let (filter, problems) = match form.parse(|day| page.beginning_of(day)) {
        Ok(filter) => (Some(filter), Problems::default()),
        Err(errors) => (None, Problems::of(errors, FilterField::name)),
    };
    let listing = listing(&state, tenant, filter.as_ref(), before).await?;
    let overview = deliveries::overview(&state, tenant).await?;
    let has_provider = email_provider::find(state.db.read(), tenant).await?.is_some();
    let chart = Chart::of(&page, &overview.hours, state.clock.now());
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (section, now) = (SECTION, state.clock.now());
    let is_further = before.is_some();
    let types = state.tables.mail_types;
    let page = ListPage {
        page,
        section,
        form,
        problems,
        overview,
        has_provider,
        chart,
        listing,
        is_further,
        types,
        now,
    };
    render(status, &page)
}

async fn listing(
    state: &State,
    tenant: crate::values::TenantId,
    filter: Option<&Filter>,
    before: Option<OutboxMessageId>,
) -> Result<Listing, web::Error> {
    match filter {
        Some(filter) => Ok(deliveries::list(state.db.read(), tenant, filter, before).await?),
        None => Ok(Listing::default()),
    }
}
