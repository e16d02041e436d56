use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use askama::Template;

use super::{id, words};
use crate::clock::Timestamp;
use crate::mail::Failure;
use crate::mail_types::MailTypes;
use crate::outbox::SECTION;
use crate::outbox::deliveries::{self, Attempt, BulkAction, Delivery, Done, Mail, Match};
use crate::outbox::{self, MessageStatus};
use crate::state::State;
use crate::values::OutboxMessageId;
use crate::web::{self, Page, Section, TenantAdmin, around_frame, mail_in_frame, render};

/// So many bytes of a source are shown: with large files it would be a page of many megabytes.
const SHOWN: usize = 200_000;

#[derive(Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum View {
    #[default]
    Text,
    Html,
    Source,
}

#[derive(serde::Deserialize)]
pub(super) struct MessageQuery {
    #[serde(default)]
    view: View,
}

#[derive(Template)]
#[template(path = "outbox/message.html")]
struct MessagePage {
    page: Page,
    section: Section,
    delivery: Delivery,
    deeds: Vec<Done>,
    is_held: bool,
    mail: Option<Mail>,
    /// Whether the mail is not the reader's to open.
    closed: bool,
    view: View,
    types: MailTypes,
    now: Timestamp,
}

/// A part of a message's story.
enum Chapter<'a> {
    Attempt(&'a Attempt),
    BulkAction(&'a Done),
}

impl Chapter<'_> {
    fn at(&self) -> Timestamp {
        match self {
            Chapter::Attempt(attempt) => attempt.at,
            Chapter::BulkAction(done) => done.at,
        }
    }
}

impl MessagePage {
    fn path(&self) -> String {
        format!("{}/{}", super::DELIVERIES, self.delivery.listed.id)
    }

    fn state(&self) -> MessageStatus {
        words::shown(self.delivery.listed.state, self.is_held)
    }

    fn state_name(&self) -> String {
        self.page.say(words::state(self.state()))
    }

    fn badge(&self) -> &'static str {
        words::badge(self.state())
    }

    fn kind(&self) -> String {
        words::kind(&self.page, self.types, &self.delivery.listed.kind)
    }

    /// What became of it, in one sentence.
    fn sentence(&self) -> String {
        let listed = &self.delivery.listed;
        let time = |at: Option<Timestamp>| at.map(|at| self.page.date_time(&at)).unwrap_or_default();
        match self.state() {
            MessageStatus::Accepted => {
                let text = crate::i18n::Text::new("outbox-message-accepted")
                    .with("server", self.delivery.server.as_deref().unwrap_or_default());
                self.page.say(text.with("at", time(listed.finished_at)))
            }
            MessageStatus::Due if listed.due_at <= self.now => self.page.t("outbox-message-due"),
            MessageStatus::Due => {
                self.page.t1("outbox-message-due-at", "at", self.page.date_time(&listed.due_at))
            }
            MessageStatus::Held => self.page.t("outbox-message-held"),
            MessageStatus::Failed if self.is_suppressed() => self.page.t("outbox-message-suppressed"),
            MessageStatus::Failed => self.page.t("outbox-message-failed"),
            MessageStatus::Unknown => self.page.t("outbox-message-unknown"),
            MessageStatus::Cancelled => {
                self.page.t1("outbox-message-cancelled", "at", time(listed.finished_at))
            }
            MessageStatus::Expired => self.page.t1("outbox-message-expired", "at", time(listed.finished_at)),
        }
    }

    fn is_suppressed(&self) -> bool {
        self.delivery.attempts.last().is_some_and(|attempt| attempt.verdict == "suppressed")
    }

    /// Whether the action changes anything.
    fn can(&self, action: BulkAction) -> bool {
        match action {
            BulkAction::Cancel => !self.state().is_final(),
            // what is held waits for the queue, what is due now is under way
            BulkAction::TryAgain => match self.state() {
                MessageStatus::Due => self.delivery.listed.due_at > self.now,
                MessageStatus::Held | MessageStatus::Accepted => false,
                MessageStatus::Failed
                | MessageStatus::Unknown
                | MessageStatus::Cancelled
                | MessageStatus::Expired => true,
            },
        }
    }

    fn can_try_again(&self) -> bool {
        self.can(BulkAction::TryAgain)
    }

    fn can_cancel(&self) -> bool {
        self.can(BulkAction::Cancel)
    }

    /// What happened to it after it was enqueued and before it came to its end, in order.
    fn story(&self) -> Vec<Chapter<'_>> {
        let attempts = self.delivery.attempts.iter().map(Chapter::Attempt);
        let mut story: Vec<Chapter> = attempts.chain(self.deeds.iter().map(Chapter::BulkAction)).collect();
        story.sort_by_key(Chapter::at);
        story
    }

    fn deed(&self, done: &Done) -> String {
        let key = match done.action {
            BulkAction::Cancel => "outbox-story-cancelled-by",
            BulkAction::TryAgain => "outbox-story-tried-again-by",
        };
        self.page.t1(key, "name", &done.by)
    }

    /// Whether the story says already who cancelled it.
    fn says_who_cancelled(&self) -> bool {
        let at = self.delivery.listed.finished_at;
        self.deeds.iter().any(|done| done.action == BulkAction::Cancel && Some(done.at) == at)
    }

    fn verdict(&self, attempt: &Attempt) -> String {
        self.page.t(match attempt.verdict.as_str() {
            "put_off" => "outbox-verdict-put-off",
            "provider_broken" => "outbox-verdict-provider-broken",
            "given_up" => "outbox-verdict-given-up",
            "unknown" => "outbox-verdict-unknown",
            "suppressed" => "outbox-verdict-suppressed",
            _ => "outbox-verdict-unbuildable",
        })
    }

    /// What the server said, if that is not said already.
    fn answer(&self, failure: &Failure) -> Option<String> {
        words::answer(&self.page, failure)
    }

    /// The views that there are of the mail.
    fn views(&self) -> Vec<(View, &'static str, String)> {
        let mut views = vec![
            (View::Text, "text", self.page.t("outbox-view-text")),
            (View::Html, "html", self.page.t("outbox-view-html")),
        ];
        if self.source().is_some() {
            views.push((View::Source, "source", self.page.t("outbox-view-source")));
        }
        views
    }

    fn source(&self) -> Option<String> {
        let (message, _) = self.mail.as_ref()?.sent.as_ref()?;
        let shown = message.bytes().get(..SHOWN).unwrap_or(message.bytes());
        Some(String::from_utf8_lossy(shown).into_owned())
    }

    /// Whether the source is too long to be shown as a whole.
    fn is_cut(&self) -> bool {
        let sent = self.mail.as_ref().and_then(|mail| mail.sent.as_ref());
        sent.is_some_and(|(message, _)| message.bytes().len() > SHOWN)
    }

    /// A size as the reader writes it: in KB, as file managers do, from 1 upwards.
    fn size(&self, bytes: &i64) -> String {
        self.page.t1("outbox-file-size", "size", self.page.number(&(bytes.saturating_add(999) / 1000).max(1)))
    }

    fn is_same(&self) -> Option<bool> {
        let (_, same) = self.mail.as_ref()?.sent.as_ref()?;
        Some(*same == Match::Same)
    }
}

pub(super) async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    path: Path<String>,
    query: Option<Query<MessageQuery>>,
) -> Result<HttpResponse, web::Error> {
    let (db, tenant, id) = (state.db.read(), admin.tenant(), id(&path)?);
    let delivery = deliveries::find(db, tenant, id).await?.ok_or_else(web::Error::not_found)?;
    let deeds = deliveries::deeds(db, tenant, &delivery, state.clock.now()).await?;
    // what was written to people is not support's to read
    let closed = admin.person.support.is_some();
    let mail = if closed { None } else { made_again(&state, &admin, id).await? };
    let is_held = deliveries::is_held(db, tenant).await?;
    let view = query.map(|query| query.view).unwrap_or_default();
    let (section, now) = (SECTION, state.clock.now());
    let types = state.tables.mail_types;
    let page = MessagePage { page, section, delivery, deeds, is_held, mail, closed, view, types, now };
    Ok(around_frame(render(StatusCode::OK, &page)?))
}

async fn made_again(
    state: &State,
    admin: &TenantAdmin,
    id: OutboxMessageId,
) -> Result<Option<Mail>, web::Error> {
    match deliveries::mail(state, admin.tenant(), id, &admin.person.email).await {
        Err(outbox::Error::Busy) => Err(web::Error::busy()),
        mail => Ok(mail?),
    }
}

async fn mail(admin: &TenantAdmin, state: &State, path: &str) -> Result<Mail, web::Error> {
    made_again(state, admin, id(path)?).await?.ok_or_else(web::Error::not_found)
}

/// The mail's HTML, for the frame on its page.
pub(super) async fn html(
    admin: TenantAdmin,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    Ok(mail_in_frame(mail(&admin, &state, &path).await?.words.html))
}

/// The bytes that were sent, as a file for a mail program.
pub(super) async fn source(
    admin: TenantAdmin,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let (message, _) = mail(&admin, &state, &path).await?.sent.ok_or_else(web::Error::not_found)?;
    let name = format!("attachment; filename=\"{}.eml\"", id(&path)?);
    Ok(HttpResponse::Ok()
        .content_type("message/rfc822")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(message.bytes().to_vec()))
}
