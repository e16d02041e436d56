//! The mails as they are: for scripts, and for the frame that shows a mail's HTML.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use chrono::SecondsFormat;
use serde::Serialize;

use super::guard::POLICY_OF_MAILS;
use super::{Setting, show};
use crate::demo::catcher::contents::Contents;
use crate::demo::catcher::mailbox::{CaughtMail, MailId, Way};

#[derive(Serialize)]
struct Entry<'a> {
    id: MailId,
    way: Way,
    from: &'a str,
    to: &'a [String],
    subject: &'a str,
    received_at: String,
    message_id: Option<&'a str>,
}

impl<'a> From<&'a CaughtMail> for Entry<'a> {
    fn from(mail: &'a CaughtMail) -> Self {
        Self {
            id: mail.id,
            way: mail.way,
            from: &mail.from,
            to: &mail.recipients,
            subject: &mail.subject,
            received_at: mail.received_at.utc().to_rfc3339_opts(SecondsFormat::Micros, true),
            message_id: mail.message_id.as_deref(),
        }
    }
}

/// `from` and `to` are the envelope's; the newest mail comes first.
pub(super) async fn list(setting: web::Data<Setting>) -> HttpResponse {
    let mails = setting.mailbox.mails();
    HttpResponse::Ok().json(mails.iter().map(|mail| Entry::from(&**mail)).collect::<Vec<_>>())
}

pub(super) async fn source(setting: web::Data<Setting>, id: web::Path<String>) -> HttpResponse {
    match source_of(setting, &id).await {
        Some(source) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(source),
        None => HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("No such mail."),
    }
}

pub(super) async fn html(setting: web::Data<Setting>, id: web::Path<String>) -> HttpResponse {
    let html = match source_of(setting, &id).await {
        Some(source) => web::block(move || Contents::parse(&source).html).await.ok().flatten(),
        None => None,
    };
    let mut response = match html {
        Some(html) => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html),
        None => HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("No such mail."),
    };
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(POLICY_OF_MAILS));
    response
}

async fn source_of(setting: web::Data<Setting>, id: &str) -> Option<Vec<u8>> {
    let mail = show::find(&setting, id)?;
    web::block(move || setting.mailbox.source(mail.id)).await.ok()?.ok()
}
