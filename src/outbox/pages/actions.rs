use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;

use super::list::link;
use super::{DELIVERIES, words};
use crate::mail_types::MailTypes;
use crate::outbox::SECTION;
use crate::outbox::deliveries::{self, BulkAction, CHANGED_AT_ONCE, CHOSEN, Changed, FilterForm};
use crate::outbox::notices;
use crate::outbox::{self, Error, MessageStatus};
use crate::state::State;
use crate::values::OutboxMessageId;
use crate::web::{self, Flash, Form, Page, Section, TenantAdmin, render};

/// The fields of a form in which some come several times.
type Pairs = Vec<(String, String)>;

fn field<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.as_str())
}

fn filter(pairs: &Pairs) -> FilterForm {
    let text = |name| field(pairs, name).to_owned();
    FilterForm {
        state: text("state"),
        kind: text("kind"),
        recipient: text("recipient"),
        from: text("from"),
        until: text("until"),
    }
}

/// What is said after it.
fn flash(deed: BulkAction, changed: Changed) -> Flash {
    match (deed, changed) {
        (_, Changed { done: 0, .. }) => notices::MAIL_UNCHANGED,
        (_, Changed { more: true, .. }) => notices::MAIL_MORE_LEFT,
        (_, Changed { left: 1.., .. }) => notices::MAIL_PARTLY_CHANGED,
        (BulkAction::TryAgain, _) => notices::MAIL_TRIED_AGAIN,
        (BulkAction::Cancel, _) => notices::MAIL_CANCELLED,
    }
}

pub(super) async fn apply_to_selected(
    admin: TenantAdmin,
    state: Data<State>,
    form: Form<Pairs>,
) -> Result<HttpResponse, web::Error> {
    let pairs = form.0;
    let deed = BulkAction::parse(field(&pairs, "do")).ok_or_else(web::Error::malformed)?;
    let ids: Vec<OutboxMessageId> = pairs
        .iter()
        .filter(|(name, _)| name == "id")
        .filter_map(|(_, id)| id.parse().ok())
        .take(CHOSEN)
        .collect();
    let changed = deliveries::apply_to_selected(&state, &admin.actor(), deed, &ids).await?;
    let before: Option<OutboxMessageId> = field(&pairs, "before").parse().ok();
    let before = before.map(|id| format!("before={id}")).unwrap_or_default();
    Ok(web::see_other_with(&link("", &filter(&pairs), &before), flash(deed, changed)))
}

#[derive(serde::Deserialize)]
pub(super) struct AllQuery {
    #[serde(default, rename = "do")]
    deed: String,
}

#[derive(Template)]
#[template(path = "outbox/all.html")]
struct AllPage {
    page: Page,
    section: Section,
    form: FilterForm,
    deed: BulkAction,
    state: MessageStatus,
    types: MailTypes,
}

impl AllPage {
    fn question(&self) -> String {
        self.page.t(match self.deed {
            BulkAction::TryAgain => "outbox-all-try-again-question",
            BulkAction::Cancel => "outbox-all-cancel-question",
        })
    }

    fn do_it(&self) -> String {
        self.page.t(match self.deed {
            BulkAction::TryAgain => "outbox-all-try-again",
            BulkAction::Cancel => "outbox-all-cancel",
        })
    }

    fn is_danger(&self) -> bool {
        self.deed == BulkAction::Cancel
    }

    fn may_arrive_twice(&self) -> bool {
        self.state == MessageStatus::Unknown
    }

    fn at_most(&self) -> String {
        let most = i64::try_from(CHANGED_AT_ONCE).unwrap_or(i64::MAX);
        self.page.t1("outbox-all-at-most", "count", self.page.number(&most))
    }

    fn state_name(&self) -> String {
        self.page.say(words::state(self.state))
    }

    fn kind_name(&self) -> String {
        words::kind(&self.page, self.types, &self.form.kind)
    }

    fn back(&self) -> String {
        link("", &self.form, "")
    }
}

/// A page that asks before everything that matches is changed.
pub(super) async fn ask_for_all(
    _: TenantAdmin,
    page: Page,
    app: Data<State>,
    form: Query<FilterForm>,
    query: Query<AllQuery>,
) -> Result<HttpResponse, web::Error> {
    let form = form.into_inner();
    let deed = BulkAction::parse(&query.deed).ok_or_else(web::Error::not_found)?;
    let filter = form.parse(|day| page.beginning_of(day)).map_err(|_| web::Error::not_found())?;
    let state = filter.state.filter(|state| deed.fits_all(*state)).ok_or_else(web::Error::not_found)?;
    let (section, types) = (SECTION, app.tables.mail_types);
    render(StatusCode::OK, &AllPage { page, section, form, deed, state, types })
}

pub(super) async fn change_all(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<Pairs>,
) -> Result<HttpResponse, web::Error> {
    let pairs = form.0;
    let deed = BulkAction::parse(field(&pairs, "do")).ok_or_else(web::Error::malformed)?;
    let form = filter(&pairs);
    let wanted = form.parse(|day| page.beginning_of(day)).map_err(|_| web::Error::malformed())?;
    let changed = deliveries::change_all(&state, &admin.actor(), deed, &wanted).await?;
    Ok(web::see_other_with(&link("", &form, ""), flash(deed, changed)))
}

#[derive(serde::Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn release(
    admin: TenantAdmin,
    state: Data<State>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    outbox::release(&state, &admin.actor()).await?;
    Ok(web::see_other_with(DELIVERIES, notices::LANE_RELEASED))
}

pub(super) async fn try_again(
    admin: TenantAdmin,
    state: Data<State>,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let id = super::id(&id)?;
    after(id, outbox::try_again(&state, &admin.actor(), id).await, notices::MAIL_TRIED_AGAIN)
}

pub(super) async fn cancel(
    admin: TenantAdmin,
    state: Data<State>,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let id = super::id(&id)?;
    after(id, outbox::cancel(&state, &admin.actor(), id).await, notices::MAIL_CANCELLED)
}

fn after(id: OutboxMessageId, result: Result<(), Error>, flash: Flash) -> Result<HttpResponse, web::Error> {
    let to = format!("{DELIVERIES}/{id}");
    match result {
        Ok(()) => Ok(web::see_other_with(&to, flash)),
        // it has gone on meanwhile; the page says how
        Err(Error::WrongState(_)) => Ok(web::see_other_with(&to, notices::MAIL_UNCHANGED)),
        Err(Error::NoSuchMessage) => Err(web::Error::not_found()),
        Err(error) => Err(error.into()),
    }
}
