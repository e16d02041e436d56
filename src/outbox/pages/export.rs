use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Bytes, Data, Query};
use chrono::SecondsFormat;
use futures_util::stream;

use super::words;
use crate::clock::Timestamp;
use crate::i18n::Language;
use crate::outbox::deliveries::{self, Filter, FilterForm, Listed, Separator, line};
use crate::state::State;
use crate::values::{OutboxMessageId, TenantId};
use crate::web::{self, Page, TenantAdmin};

/// What an export under way needs. It reads a batch when the browser has taken the former one, so that a
/// million rows are never in memory.
struct Export {
    page: Page,
    state: Data<State>,
    tenant: TenantId,
    filter: Filter,
    is_held: bool,
    next: Next,
}

enum Next {
    Head,
    Rows(Option<OutboxMessageId>),
    Nothing,
}

/// The list as a file for a spreadsheet, of everything that matches. Times are in UTC (RFC 3339).
pub(super) async fn export(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Query<FilterForm>,
) -> Result<HttpResponse, web::Error> {
    let filter = form.parse(|day| page.beginning_of(day)).map_err(|_| web::Error::not_found())?;
    let tenant = admin.tenant();
    let is_held = deliveries::is_held(state.db.read(), tenant).await?;
    let day = state.clock.now().utc().format("%Y-%m-%d");
    let name = format!("attachment; filename=\"{}-{day}.csv\"", page.t("outbox-export-file"));
    let export = Export { page, state, tenant, filter, is_held, next: Next::Head };
    let lines = stream::try_unfold(export, |mut export| async move {
        let lines = export.more().await?;
        Ok::<_, actix_web::Error>(lines.map(|lines| (Bytes::from(lines), export)))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(Box::pin(lines)))
}

impl Export {
    fn separator(&self) -> Separator {
        match self.page.language {
            Language::English => Separator::Comma,
            Language::German => Separator::Semicolon,
        }
    }

    async fn more(&mut self) -> Result<Option<String>, web::Error> {
        match self.next {
            Next::Head => {
                self.next = Next::Rows(None);
                // without the mark spreadsheets do not take it for UTF-8
                Ok(Some(format!("\u{feff}{}", line(&self.head(), self.separator()))))
            }
            Next::Rows(before) => {
                let db = self.state.db.read();
                let listing = deliveries::batch(db, self.tenant, &self.filter, before).await?;
                let lines =
                    listing.rows.iter().map(|row| line(&self.fields(row), self.separator())).collect();
                self.next = listing.older.map_or(Next::Nothing, |older| Next::Rows(Some(older)));
                Ok(Some(lines))
            }
            Next::Nothing => Ok(None),
        }
    }

    fn head(&self) -> Vec<String> {
        let page = &self.page;
        vec![
            page.t("outbox-recipient"),
            page.t("outbox-kind"),
            page.t("outbox-state"),
            page.t("outbox-enqueued"),
            page.t("outbox-attempts"),
            page.t("outbox-next-try"),
            page.t("outbox-finished"),
            page.t("outbox-what-happened"),
            page.t("outbox-answer"),
            page.t("outbox-id"),
        ]
    }

    fn fields(&self, row: &Listed) -> Vec<String> {
        let state = words::shown(row.state, self.is_held);
        let next = (!state.is_final() && !self.is_held).then_some(row.due_at);
        let failed = row.failure.as_ref().and_then(|failure| failure.answer());
        vec![
            row.recipient.clone(),
            words::kind(&self.page, self.state.tables.mail_types, &row.kind),
            self.page.say(words::state(state)),
            exact(row.created_at),
            row.attempts.to_string(),
            next.map(exact).unwrap_or_default(),
            row.finished_at.map(exact).unwrap_or_default(),
            words::in_short(&self.page, row),
            row.answer.clone().or(failed).unwrap_or_default(),
            row.id.to_string(),
        ]
    }
}

fn exact(at: Timestamp) -> String {
    at.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
}
