//! The pages for people.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{Local, Offset as _, SecondsFormat};
use serde::Deserialize;

use super::Setting;
use crate::clock::Timestamp;
use crate::demo::catcher::contents::{Attachment, Contents};
use crate::demo::catcher::mailbox::{CaughtMail, MAX_MAILS};
use crate::i18n::{Language, Text, format_date_time, words};

/// What every page knows: its reader's language.
struct Page {
    language: Language,
}

impl Page {
    fn of(request: &HttpRequest) -> Self {
        let header = request.headers().get(ACCEPT_LANGUAGE).map(HeaderValue::to_str);
        Self { language: Language::negotiate(header.and_then(Result::ok).unwrap_or_default()) }
    }

    fn t(&self, key: &str) -> String {
        words(self.language, key)
    }

    fn time(&self, at: Timestamp) -> Time {
        // The reader sits at this machine, and its time zone is known as an offset, not by name.
        let offset = at.utc().with_timezone(&Local).offset().fix().local_minus_utc();
        let local = Timestamp(at.0.saturating_add(i64::from(offset).saturating_mul(1_000_000)));
        Time {
            exact: at.utc().to_rfc3339_opts(SecondsFormat::Secs, true),
            words: format_date_time(local, chrono_tz::UTC, self.language),
        }
    }

    fn size(&self, bytes: u64) -> String {
        let text = match bytes {
            0..1024 => Text::new("demo-catcher-bytes").with("size", bytes),
            _ => Text::new("demo-catcher-kibibytes").with("size", bytes.div_ceil(1024)),
        };
        text.say(self.language)
    }
}

struct Time {
    exact: String,
    words: String,
}

#[derive(Template)]
#[template(path = "demo/catcher.html")]
struct ListPage {
    page: Page,
    count: String,
    limit: String,
    server: String,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    from: String,
    to: String,
    subject: String,
    received: Time,
}

pub(super) async fn list(request: HttpRequest, setting: web::Data<Setting>) -> HttpResponse {
    let page = Page::of(&request);
    let mails = setting.mailbox.mails();
    let say = |key, number: usize| {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        Text::new(key).with_number("count", number).say(page.language)
    };
    let count = say("demo-catcher-count", mails.len());
    let limit = say("demo-catcher-limit", MAX_MAILS);
    let rows = mails.iter().map(|mail| Row::of(mail, &page)).collect();
    let server = Text::new("demo-catcher-server").with("port", setting.smtp.port()).say(page.language);
    render(StatusCode::OK, &ListPage { page, count, limit, server, rows })
}

impl Row {
    fn of(mail: &CaughtMail, page: &Page) -> Self {
        Self {
            href: format!("/mails/{}", mail.id),
            from: mail.from.clone(),
            to: mail.recipients.join(", "),
            subject: subject(&mail.subject, page),
            received: page.time(mail.received_at),
        }
    }
}

/// A link needs words.
fn subject(subject: &str, page: &Page) -> String {
    match subject.trim() {
        "" => page.t("demo-catcher-no-subject"),
        words => words.to_owned(),
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum View {
    #[default]
    Text,
    Html,
    Headers,
    Source,
}

#[derive(Deserialize)]
pub(super) struct Query {
    view: Option<View>,
}

#[derive(Template)]
#[template(path = "demo/catcher_mail.html")]
struct MailPage {
    page: Page,
    path: String,
    view: View,
    subject: String,
    received: Time,
    envelope: Vec<(String, String)>,
    attachments: Vec<(String, String)>,
    text: Option<Vec<Piece>>,
    has_html: bool,
    headers: Vec<(String, String)>,
    source: String,
}

impl MailPage {
    fn views(&self) -> [(View, &'static str, String); 4] {
        [
            (View::Text, "text", self.page.t("demo-catcher-view-text")),
            (View::Html, "html", self.page.t("demo-catcher-view-html")),
            (View::Headers, "headers", self.page.t("demo-catcher-view-headers")),
            (View::Source, "source", self.page.t("demo-catcher-view-source")),
        ]
    }
}

pub(super) async fn mail(
    request: HttpRequest,
    setting: web::Data<Setting>,
    id: web::Path<String>,
    query: Option<web::Query<Query>>,
) -> HttpResponse {
    let Some(mail) = find(&setting, &id) else { return missing(request).await };
    let page = Page::of(&request);
    let asked = query.and_then(|query| query.view);
    let made = web::block(move || {
        let source = setting.mailbox.source(mail.id).ok()?;
        Some(MailPage::of(page, &mail, &source, asked))
    })
    .await;
    match made {
        Ok(Some(made)) => render(StatusCode::OK, &made),
        _ => missing(request).await,
    }
}

impl MailPage {
    fn of(page: Page, mail: &CaughtMail, source: &[u8], asked: Option<View>) -> Self {
        let contents = Contents::parse(source);
        let first_with_words =
            if contents.text.is_none() && contents.html.is_some() { View::Html } else { View::Text };
        let view = asked.unwrap_or(first_with_words);
        let lines = [
            (page.t("demo-catcher-from"), contents.from),
            (page.t("demo-catcher-to"), contents.to),
            (page.t("demo-catcher-cc"), contents.cc),
            (page.t("demo-catcher-reply-to"), contents.reply_to),
            (page.t("demo-catcher-envelope-from"), mail.from.clone()),
            (page.t("demo-catcher-envelope-to"), mail.recipients.join(", ")),
            (page.t("demo-catcher-way"), mail.way.name().to_owned()),
            (page.t("demo-catcher-signed-in-as"), mail.signed_in_as.clone()),
            (page.t("demo-catcher-size"), page.size(mail.size)),
        ];
        Self {
            path: format!("/mails/{}", mail.id),
            view,
            subject: subject(&mail.subject, &page),
            received: page.time(mail.received_at),
            envelope: lines.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            attachments: contents.attachments.iter().map(|file| describe(file, &page)).collect(),
            text: contents.text.as_deref().map(pieces),
            has_html: contents.html.is_some(),
            headers: contents.headers,
            source: if view == View::Source {
                String::from_utf8_lossy(source).into_owned()
            } else {
                String::new()
            },
            page,
        }
    }
}

fn describe(file: &Attachment, page: &Page) -> (String, String) {
    let name =
        if file.name.is_empty() { page.t("demo-catcher-unnamed-attachment") } else { file.name.clone() };
    (name, format!("{}, {}", file.media_type, page.size(file.size as u64)))
}

/// A piece of a mail's text.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    words: String,
    is_link: bool,
}

/// Web addresses in the text become links: the demo's mails invite to places that a newcomer wants to
/// see. What is linked is what is read, so a mail cannot show one address and open another.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut words_from, mut search_from) = (0, 0);
    let after = |at: usize| text.get(at..).unwrap_or_default();
    while let Some(found) = after(search_from).find("http") {
        let start = search_from + found;
        let link = link_at(after(start));
        search_from = start + link.map_or("http".len(), str::len);
        if let Some(link) = link {
            let words = text.get(words_from..start).unwrap_or_default();
            pieces.push(Piece { words: words.to_owned(), is_link: false });
            pieces.push(Piece { words: link.to_owned(), is_link: true });
            words_from = search_from;
        }
    }
    pieces.push(Piece { words: after(words_from).to_owned(), is_link: false });
    pieces.retain(|piece| !piece.words.is_empty());
    pieces
}

/// The web address that the text begins with, without the punctuation of the sentence around it.
fn link_at(text: &str) -> Option<&str> {
    let scheme = ["http://", "https://"].into_iter().find(|scheme| text.starts_with(scheme))?;
    let end = text.find(|c: char| c.is_whitespace() || "<>\"".contains(c)).unwrap_or(text.len());
    let link = text.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']);
    (link.len() > scheme.len()).then_some(link)
}

/// The mail of that address, if it is there.
pub(super) fn find(setting: &Setting, id: &str) -> Option<Arc<CaughtMail>> {
    id.parse().ok().and_then(|id| setting.mailbox.mail(id))
}

#[derive(Template)]
#[template(path = "demo/catcher_missing.html")]
struct MissingPage {
    page: Page,
}

pub(super) async fn missing(request: HttpRequest) -> HttpResponse {
    render(StatusCode::NOT_FOUND, &MissingPage { page: Page::of(&request) })
}

fn render(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
        Err(error) => {
            tracing::error!(%error, "a page of the mail catcher cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_in_a_text_are_found() {
        let links = |text: &str| -> Vec<String> {
            let all = pieces(text);
            assert_eq!(all.iter().map(|piece| piece.words.as_str()).collect::<String>(), text);
            all.into_iter().filter(|piece| piece.is_link).map(|piece| piece.words).collect()
        };
        assert_eq!(
            links("See http://a.localhost:8080/x?y=z. Or <https://b.example/ü>,\r\nhttps://c"),
            ["http://a.localhost:8080/x?y=z", "https://b.example/ü", "https://c"]
        );
        assert!(links("javascript:alert(1) ftp://x http:// https https:// http").is_empty());
        assert_eq!(links("httphttp://x..."), ["http://x"]);
    }
}
