use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use futures_util::stream;
use serde_json::json;

use super::{actor, what};
use crate::audit_log::{self, Filter, FilterForm, Logged};
use crate::i18n::Language;
use crate::outbox::deliveries::{Separator, line};
use crate::state::State;
use crate::values::TenantId;
use crate::web::{self, Form, Page, TenantAdmin};

/// As what the log is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// For spreadsheets, in the reader's language.
    Csv,
    Json,
}

impl Format {
    fn parse(name: &str) -> Option<Self> {
        [Format::Csv, Format::Json].into_iter().find(|format| format.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Json => "json",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Json => "application/json",
        }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct ExportForm {
    #[serde(flatten)]
    filter: FilterForm,
    #[serde(default)]
    format: String,
}

/// What an export under way needs. It reads a batch when the browser has taken the former one, so that a
/// million entries are never in memory.
struct Export {
    page: Page,
    state: Data<State>,
    tenant: TenantId,
    filter: Filter,
    format: Format,
    next: Next,
}

enum Next {
    Head,
    Rows { before: Option<i64>, is_first: bool },
    End,
    Nothing,
}

/// Everything that matches as a file, newest first. Times are in UTC (RFC 3339).
pub(super) async fn export(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<ExportForm>,
) -> Result<HttpResponse, web::Error> {
    let Form(ExportForm { filter: form, format }) = form;
    let format = Format::parse(&format).ok_or_else(web::Error::not_found)?;
    let filter = form.parse(|day| page.beginning_of(day)).map_err(|_| web::Error::not_found())?;
    audit_log::note_export(&state, &admin.actor(), format.name(), &form).await?;
    let day = state.clock.now().utc().format("%Y-%m-%d");
    let (stem, ending) = (page.t("audit-log-export-file"), format.name());
    let name = format!("attachment; filename=\"{stem}-{day}.{ending}\"");
    let export = Export { page, state, tenant: admin.tenant(), filter, format, next: Next::Head };
    let pieces = stream::try_unfold(export, |mut export| async move {
        let piece = export.more().await?;
        Ok::<_, actix_web::Error>(piece.map(|piece| (Bytes::from(piece), export)))
    });
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(Box::pin(pieces)))
}

impl Export {
    async fn more(&mut self) -> Result<Option<String>, web::Error> {
        match self.next {
            Next::Head => {
                self.next = Next::Rows { before: None, is_first: true };
                Ok(Some(match self.format {
                    // without the mark spreadsheets do not take it for UTF-8
                    Format::Csv => format!("\u{feff}{}", line(&self.head(), self.separator())),
                    Format::Json => format!("{{\"tenant\":\"{}\",\"entries\":[", self.tenant),
                }))
            }
            Next::Rows { before, mut is_first } => {
                let db = self.state.db.read();
                let listing = audit_log::batch(db, self.tenant, &self.filter, before).await?;
                let mut piece = String::new();
                for row in &listing.rows {
                    match self.format {
                        Format::Csv => piece += &line(&self.fields(row), self.separator()),
                        Format::Json => {
                            piece += if is_first { "\n" } else { ",\n" };
                            piece += &object(row);
                        }
                    }
                    is_first = false;
                }
                self.next =
                    listing.older.map_or(Next::End, |older| Next::Rows { before: Some(older), is_first });
                Ok(Some(piece))
            }
            Next::End => {
                self.next = Next::Nothing;
                Ok((self.format == Format::Json).then(|| "\n]}\n".to_owned()))
            }
            Next::Nothing => Ok(None),
        }
    }

    fn separator(&self) -> Separator {
        match self.page.language {
            Language::English => Separator::Comma,
            Language::German => Separator::Semicolon,
        }
    }

    fn head(&self) -> Vec<String> {
        let page = &self.page;
        vec![
            page.t("audit-log-number"),
            page.t("audit-log-time"),
            page.t("audit-log-who"),
            page.t("audit-log-support"),
            page.t("audit-log-what"),
            page.t("audit-log-address"),
            page.t("audit-log-request"),
            page.t("audit-log-event"),
            page.t("audit-log-details"),
            page.t("audit-log-hash"),
        ]
    }

    fn fields(&self, row: &Logged) -> Vec<String> {
        vec![
            row.seq.to_string(),
            row.exact_time(),
            actor(&self.page, row),
            row.support_name.clone().unwrap_or_default(),
            what(&self.page, self.state.tables.audit_events, row),
            row.client.clone(),
            row.request_id.clone(),
            row.event.clone(),
            row.details.to_string(),
            row.hash.clone(),
        ]
    }
}

fn object(row: &Logged) -> String {
    json!({
        "seq": row.seq,
        "id": row.id,
        "at": row.exact_time(),
        "actor": row.actor,
        "actor_name": row.actor_name,
        "support_staff": row.support_staff,
        "support_name": row.support_name,
        "diagnosis": row.diagnosis,
        "client": row.client,
        "request_id": row.request_id,
        "event": row.event,
        "details": row.details,
        "hash": row.hash,
    })
    .to_string()
}
