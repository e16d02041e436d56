use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::clock::Timestamp;
use crate::console::{self, TenantSummary};
use crate::email_provider::Health;
use crate::i18n::Text;
use crate::outbox::deliveries::Listed as Message;
use crate::state::State;
use crate::support::{self, ASKED_MINUTES, AskField, AskForm, Error};
use crate::tenants::{self, Listed};
use crate::values::{Role, StaffRole};
use crate::web::{self, Form, Page, Problems, Staff, masked, render};

#[derive(Template)]
#[template(path = "console/tenant.html")]
struct TenantPage {
    page: Page,
    listed: Listed,
    /// What only support staff see.
    glance: Option<TenantSummary>,
    is_agreed: bool,
    is_operator: bool,
    form: AskForm,
    typed_slug: String,
    problems: Problems,
    now: Timestamp,
}

impl TenantPage {
    async fn of(staff: &Staff, page: Page, state: &State, listed: Listed) -> Result<Self, web::Error> {
        let sees_mail = console::sees_mail(staff.member.role);
        let glance = if sees_mail {
            Some(console::glance(state, &staff.actor(), &listed.tenant).await?)
        } else {
            None
        };
        Ok(Self {
            page,
            listed,
            glance,
            is_agreed: state.config.support_is_agreed,
            is_operator: staff.member.role == StaffRole::Operator,
            form: AskForm::default(),
            typed_slug: String::new(),
            problems: Problems::default(),
            now: state.clock.now(),
        })
    }

    fn people(&self, glance: &TenantSummary) -> Vec<(String, String, bool)> {
        let role = |role| match role {
            Role::TenantAdmin => self.page.t("account-role-admin"),
            Role::Member => self.page.t("account-role-member"),
        };
        let of = |one: &crate::users::Named| {
            let id = one.user.to_string();
            let chosen = id == self.form.user;
            (id, format!("{} – {}", one.name, role(one.role)), chosen)
        };
        glance.people.iter().map(of).collect()
    }

    fn minutes(&self) -> Vec<(u32, String, bool)> {
        let chosen = self.form.minutes.parse().unwrap_or(30);
        let words = |minutes: u32| self.page.t1("diagnosis-minutes", "minutes", minutes);
        ASKED_MINUTES.into_iter().map(|one| (one, words(one), one == chosen)).collect()
    }

    fn counts(&self, glance: &TenantSummary) -> Vec<(String, String)> {
        let counts = &glance.counts;
        [
            ("outbox-state-due", counts.due),
            ("outbox-state-held", counts.held),
            ("outbox-state-accepted", counts.accepted),
            ("outbox-state-failed", counts.failed),
            ("outbox-state-unknown", counts.unknown),
            ("outbox-state-expired", counts.expired),
        ]
        .into_iter()
        .map(|(words, count)| (self.page.t(words), self.page.number(&count)))
        .collect()
    }

    /// The provider's state: the badge's class, its words, and what happened.
    fn health(&self, glance: &TenantSummary) -> (&'static str, String, Option<String>) {
        let stored = match &glance.provider {
            Err(_) => return ("badge-error", self.page.t("console-provider-unreadable"), None),
            Ok(None) => return ("badge-warning", self.page.t("provider-state-none"), None),
            Ok(Some(stored)) => stored,
        };
        let (class, words) = match &stored.health {
            Health::Untested => ("badge-info", "provider-state-untested"),
            Health::Checked { .. } => ("badge-info", "provider-state-checked"),
            Health::Accepted { .. } => ("badge-success", "provider-state-accepted"),
            Health::Failing { since, failure, .. } => {
                let since = self.page.t1("provider-failing-since", "since", self.page.date_time(since));
                let what = format!("{since} {}", self.page.say(failure.what()));
                return ("badge-error", self.page.t("provider-state-failing"), Some(what));
            }
        };
        (class, self.page.t(words), None)
    }

    fn failure(&self, message: &Message) -> String {
        let failure = message.failure.as_ref().map(|failure| self.page.say(failure.what()));
        failure.unwrap_or_else(|| self.page.t("outbox-verdict-unbuildable"))
    }
}

pub(super) async fn show(
    staff: Staff,
    page: Page,
    state: Data<State>,
    slug: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let listed = tenants::find_any(state.db.read(), &slug).await?.ok_or_else(web::Error::not_found)?;
    Ok(masked(render(StatusCode::OK, &TenantPage::of(&staff, page, &state, listed).await?)?))
}

/// The page of the tenant with what is wrong with the form for its deletion.
pub(super) async fn refuse_delete(
    staff: &Staff,
    page: Page,
    state: &State,
    listed: Listed,
    typed_slug: String,
    problem: Text,
) -> Result<HttpResponse, web::Error> {
    let problems = Problems::one("slug", problem);
    let refused = TenantPage { typed_slug, problems, ..TenantPage::of(staff, page, state, listed).await? };
    render(StatusCode::UNPROCESSABLE_ENTITY, &refused)
}

/// Asks for a diagnosis session and hands it over to the tenant's host.
pub(super) async fn ask(
    staff: Staff,
    page: Page,
    state: Data<State>,
    slug: Path<String>,
    form: Form<AskForm>,
) -> Result<HttpResponse, web::Error> {
    let listed = tenants::find_any(state.db.read(), &slug).await?.ok_or_else(web::Error::not_found)?;
    let form = form.0;
    let problems = match form.parse() {
        Err(errors) => Problems::of(errors, AskField::name),
        Ok((user, asked)) => {
            let origin = staff.origin.clone();
            match support::ask(&state, &staff.member, origin, listed.tenant.id, user, asked).await {
                Ok(token) => {
                    let host = state.config.base_url.tenant(&listed.tenant.slug);
                    return Ok(web::see_other(&format!("{host}/diagnosis/begin/{}", token.expose())));
                }
                Err(Error::NoConsent) => Problems::one("user", Text::new("console-no-consent")),
                Err(Error::NoSuchPerson) => Problems::one("user", Text::new("console-user-missing")),
                Err(error) => return Err(error.into()),
            }
        }
    };
    let refused = TenantPage { form, problems, ..TenantPage::of(&staff, page, &state, listed).await? };
    Ok(masked(render(StatusCode::UNPROCESSABLE_ENTITY, &refused)?))
}
