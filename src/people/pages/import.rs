use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::words;
use crate::i18n::{Language, Text};
use crate::outbox::deliveries::{Separator, line};
use crate::people::SECTION;
use crate::people::import::{self, MAX_ROWS, Preview, Problem, Row};
use crate::people::invitation::Invited;
use crate::people::{self, MailRoute};
use crate::state::State;
use crate::web::{self, Form, Page, Section, TenantAdmin, render, scripted};

/// So many good lines are shown before the rest is only counted.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "people/import.html")]
struct ImportPage {
    page: Page,
    section: Section,
    rows: String,
}

impl ImportPage {
    /// A table as it may look; its words are the same in every language.
    fn sample() -> String {
        let head = import::Column::ALL.map(import::Column::as_str).join(";");
        let rows =
            ["anna@example.org;Anna Archer;member;de", "ben@example.org;\"Ben Baker; Dr.\";tenant-admin;en"];
        format!("{head}\n{}", rows.join("\n"))
    }

    fn most(&self) -> String {
        self.page.number(&i64::try_from(MAX_ROWS).unwrap_or(i64::MAX))
    }
}

#[derive(Template)]
#[template(path = "people/preview.html")]
struct PreviewPage {
    page: Page,
    section: Section,
    rows: String,
    preview: Preview,
}

impl PreviewPage {
    fn good(&self) -> usize {
        self.preview.good.len()
    }

    fn shown(&self) -> Vec<&Row> {
        self.preview.good.iter().take(SHOWN).collect()
    }

    /// How many good lines are not shown.
    fn rest(&self) -> Option<String> {
        let rest = self.good().saturating_sub(SHOWN);
        (rest > 0).then(|| self.count("people-import-more", rest))
    }

    fn count(&self, key: &'static str, count: usize) -> String {
        self.page.say(Text::new(key).with_number("count", count))
    }

    fn title(&self) -> String {
        match (self.preview.is_unreadable(), self.preview.bad_lines()) {
            (true, _) => self.page.t("people-import-refused"),
            (false, 0) => self.count("people-import-all-good", self.good()),
            (false, bad) => self.count("people-import-some-bad", bad),
        }
    }

    fn role(&self, row: &Row) -> String {
        self.page.say(words::role(row.new.role))
    }

    fn language(row: &Row) -> &'static str {
        row.new.language.map(Language::own_name).unwrap_or_default()
    }

    fn line(problem: &Problem) -> String {
        problem.line.map(|line| line.to_string()).unwrap_or_default()
    }

    fn column(problem: &Problem) -> &'static str {
        problem.column.map(import::Column::as_str).unwrap_or_default()
    }

    fn has_problems(&self) -> bool {
        !self.preview.problems.is_empty()
    }

    fn can_import(&self) -> bool {
        !self.preview.is_unreadable() && !self.preview.good.is_empty()
    }
}

#[derive(Template)]
#[template(path = "people/imported.html")]
struct ImportedPage {
    page: Page,
    section: Section,
    count: usize,
    route: MailRoute,
    /// Addresses and links as a table, where no mail carries them at once.
    links: Option<String>,
}

impl ImportedPage {
    fn title(&self) -> String {
        self.page.say(Text::new("people-imported-title").with_number("count", self.count))
    }

    fn is_well(&self) -> bool {
        words::route(self.route).0
    }

    fn what(&self) -> String {
        self.page.t(match self.route {
            MailRoute::NoProvider => "people-imported-no-provider",
            MailRoute::Failing => "people-imported-failing",
            MailRoute::OnItsWay | MailRoute::Suppressed => "people-imported-on-their-way",
        })
    }
}

#[derive(serde::Deserialize)]
pub(super) struct ImportForm {
    #[serde(default)]
    rows: String,
    /// Ticked to leave out what is wrong.
    #[serde(default)]
    only_good: String,
}

pub(super) async fn show(_: TenantAdmin, page: Page) -> Result<HttpResponse, web::Error> {
    render(StatusCode::OK, &ImportPage { page, section: SECTION, rows: String::new() })
}

/// What the import would do. It is the answer to a form, so it has no address of its own; nothing is written.
pub(super) async fn preview(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<ImportForm>,
) -> Result<HttpResponse, web::Error> {
    let rows = form.0.rows;
    let preview = import::preview(&state, admin.tenant(), &rows).await?;
    previewed(page, rows, preview)
}

fn previewed(page: Page, rows: String, preview: Preview) -> Result<HttpResponse, web::Error> {
    let is_fine = preview.problems.is_empty();
    let status = if is_fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    render(status, &PreviewPage { page, section: SECTION, rows, preview })
}

pub(super) async fn run(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<ImportForm>,
) -> Result<HttpResponse, web::Error> {
    let ImportForm { rows, only_good } = form.0;
    let despite_problems = !only_good.is_empty();
    let done = import::run(&state, &admin.actor(), &rows, despite_problems, page.language).await;
    let invited = match done.map_err(super::person::failed)? {
        Ok(invited) => invited,
        Err(preview) => return previewed(page, rows, preview),
    };
    let route = people::mail_route(&state, admin.tenant(), None).await?;
    let links = (route != MailRoute::OnItsWay).then(|| links(&page, &invited));
    let (section, count) = (SECTION, invited.len());
    Ok(scripted(render(StatusCode::OK, &ImportedPage { page, section, count, route, links })?))
}

/// A table of addresses and links, as a spreadsheet of the reader's language takes it.
fn links(page: &Page, invited: &[Invited]) -> String {
    let separator = match page.language {
        Language::English => Separator::Comma,
        Language::German => Separator::Semicolon,
    };
    let head = line(&[page.t("auth-email"), page.t("people-link")], separator);
    let rows =
        invited.iter().map(|one| line(&[one.email.to_string(), one.link.expose().to_owned()], separator));
    std::iter::once(head).chain(rows).collect()
}
