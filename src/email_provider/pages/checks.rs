//! The staged check: of the stored provider, and of what stands in the form.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::presets::Prefill;
use super::settings::{self, ProviderForm};
use super::{CHECKS, test_messages};
use crate::clock::Timestamp;
use crate::email_provider::SECTION;
use crate::email_provider::check::{of, outcome, result};
use crate::email_provider::form::{
    CheckForm, Microsoft365Field, Microsoft365Form, RevisionForm, SmtpField, SmtpForm,
};
use crate::email_provider::{
    self, CheckState, Error, Mended, ProviderCheck, QuickFix, Reporting, SecretChange, Settings, SmtpSettings,
};
use crate::i18n::Text;
use crate::mail::{CheckOutcome, CheckStep, CheckedStep, Failure, Seen};
use crate::state::State;
use crate::values::{EmailAddress, EmailAddressProblem, ProviderCheckId};
use crate::web::{self, Form, Page, Problems, Section, TenantAdmin, render};

#[derive(Template)]
#[template(path = "email_provider/check.html")]
struct CheckPage {
    page: Page,
    section: Section,
    check: ProviderCheck,
    now: Timestamp,
    report: String,
}

impl CheckPage {
    fn title(&self) -> String {
        self.page.t(result(&self.check, self.now))
    }

    fn of(&self) -> String {
        self.page.t(of(&self.check))
    }

    fn state(&self) -> CheckState {
        self.check.state(self.now)
    }

    /// A step, what came of it, and in which class of the style sheet.
    fn steps(&self) -> Vec<(CheckStep, Option<&CheckedStep>, &'static str)> {
        let next = self.check.steps.len();
        let running = self.state() == CheckState::Running;
        self.check
            .planned()
            .iter()
            .enumerate()
            .map(|(number, step)| {
                let taken = self.check.taken(*step);
                let class = match taken.map(|taken| &taken.outcome) {
                    Some(CheckOutcome::Passed) => "step-passed",
                    Some(CheckOutcome::Failed(_)) => "step-failed",
                    Some(CheckOutcome::Unproven) => "step-unproven",
                    None if running && number == next => "step-running",
                    Some(CheckOutcome::NotNeeded) | None => "step-skipped",
                };
                (*step, taken, class)
            })
            .collect()
    }

    fn outcome(&self, taken: Option<&CheckedStep>, class: &str) -> String {
        self.page.t(if class == "step-running" { "provider-step-running" } else { outcome(taken) })
    }

    fn took(&self, taken: &CheckedStep) -> String {
        self.page.number(&i64::try_from(taken.took_ms).unwrap_or(i64::MAX))
    }

    fn said(&self, seen: &Seen) -> String {
        seen.said(self.page.language)
    }

    fn failure_of(taken: &CheckedStep) -> Option<&Failure> {
        match &taken.outcome {
            CheckOutcome::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    fn mends(&self) -> Vec<(String, String)> {
        QuickFix::of(&self.check).iter().map(|mend| (mend.key(), self.page.say(mend.button()))).collect()
    }

    fn wants_ports(&self) -> bool {
        self.check.wants_ports(self.now)
    }

    /// What is said of other ports: those that are tried, or that nothing answers there.
    fn ports(&self) -> Option<String> {
        let trial = self.check.ports.as_ref()?;
        let tried: Vec<String> = trial.tried.iter().map(ToString::to_string).collect();
        let text = match &trial.open {
            None if self.check.is_trying_ports(self.now) => Text::new("provider-check-trying-ports"),
            Some(open) if open.is_empty() => Text::new("provider-check-no-port"),
            Some(_) => Text::new("provider-check-some-port"),
            None => return None,
        };
        Some(self.page.say(text.with("ports", tried.join(", "))))
    }
}

/// The check of that name, if it is the tenant's.
pub(super) async fn find(
    admin: &TenantAdmin,
    state: &State,
    id: &str,
) -> Result<Option<ProviderCheck>, web::Error> {
    let Ok(id) = id.parse::<ProviderCheckId>() else { return Ok(None) };
    Ok(email_provider::find_check(state.db.read(), admin.tenant(), id).await?)
}

/// The form with what was checked, and with the change of that name.
pub(super) fn filled_in(check: &ProviderCheck, mend: &str) -> (ProviderForm, Prefill) {
    let as_checked = || Prefill::mended(Text::new("provider-as-checked"));
    match &check.settings {
        Settings::Microsoft365(microsoft) => {
            (ProviderForm::Microsoft365(Microsoft365Form::of(microsoft)), as_checked())
        }
        Settings::Smtp(smtp) => match QuickFix::find(check, mend) {
            None => (ProviderForm::Smtp(SmtpForm::of(smtp)), as_checked()),
            Some(mend) => mended(smtp, &mend),
        },
    }
}

/// The form with those settings, changed.
pub(super) fn mended(smtp: &SmtpSettings, mend: &QuickFix) -> (ProviderForm, Prefill) {
    let editor = match mend.apply(smtp) {
        Mended::Smtp(mended) => ProviderForm::Smtp(SmtpForm::of(&mended)),
        Mended::Microsoft365 { sender } => {
            let mut form = Microsoft365Form::empty();
            form.sender_address = sender;
            ProviderForm::Microsoft365(form)
        }
    };
    (editor, Prefill::mended(mend.notice(smtp)))
}

pub(super) async fn check_stored(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<CheckForm>,
) -> Result<HttpResponse, web::Error> {
    let problem = match form.0.parse(&admin.person.email) {
        Ok(recipient) => {
            let begun = email_provider::check_stored(&state, &admin.actor(), recipient, page.language).await;
            match begun {
                Err(Error::NoProvider) => Text::new("provider-test-without-provider"),
                begun => return begun.map(on_its_way).map_err(refused),
            }
        }
        Err(problem) => problem,
    };
    test_messages::refusal(&admin, page, &state, form.0.recipient, problem).await
}

pub(super) async fn check_smtp(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<SmtpForm>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let stored = email_provider::find(state.db.read(), admin.tenant()).await?;
    let problems = match form.parse(stored.as_ref()) {
        Ok(parsed) => match check_form(&admin, &page, &state, parsed).await? {
            Some(response) => return Ok(response),
            None => Problems::one(SmtpField::Password.name(), Text::new("provider-password-again")),
        },
        Err(errors) => Problems::of(errors, SmtpField::name),
    };
    let sent = form.revision.clone();
    settings::refusal(page, &state, stored, ProviderForm::Smtp(form), problems, sent)
}

pub(super) async fn check_microsoft365(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<Microsoft365Form>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let stored = email_provider::find(state.db.read(), admin.tenant()).await?;
    let problems = match form.parse(stored.as_ref(), email_provider::today(&state)) {
        Ok(parsed) => match check_form(&admin, &page, &state, parsed).await? {
            Some(response) => return Ok(response),
            None => {
                let problem = Text::new("provider-client-secret-again");
                Problems::one(Microsoft365Field::ClientSecret.name(), problem)
            }
        },
        Err(errors) => Problems::of(errors, Microsoft365Field::name),
    };
    let sent = form.revision.clone();
    settings::refusal(page, &state, stored, ProviderForm::Microsoft365(form), problems, sent)
}

/// The way to the check; nothing if the secret that is to be used is not there any more.
async fn check_form(
    admin: &TenantAdmin,
    page: &Page,
    state: &State,
    (settings, secret): (Settings, SecretChange),
) -> Result<Option<HttpResponse>, web::Error> {
    let own = EmailAddress::parse(&admin.person.email).map_err(EmailAddressProblem::text);
    // whose own address is none is told so where one can be typed
    let Ok(own) = own else { return Ok(Some(web::see_other(super::TESTS))) };
    let actor = admin.actor();
    match email_provider::check_form(state, &actor, settings, secret, own, page.language).await {
        Err(Error::SecretNeeded) => Ok(None),
        begun => begun.map(on_its_way).map(Some).map_err(refused),
    }
}

fn on_its_way(id: ProviderCheckId) -> HttpResponse {
    web::see_other(&format!("{CHECKS}/{id}"))
}

fn refused(error: Error) -> web::Error {
    match error {
        Error::TooManyTests => web::Error::too_many(Text::new("provider-too-many-tests"), 60),
        error => error.into(),
    }
}

pub(super) async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let check = find(&admin, &state, &id).await?.ok_or_else(web::Error::not_found)?;
    let now = state.clock.now();
    let tenant = page.tenant.as_deref().unwrap_or_default();
    let reporting = Reporting { language: page.language, product: &page.product, tenant, now };
    let report = email_provider::report(&check, reporting);
    let section = SECTION;
    render(StatusCode::OK, &CheckPage { page, section, check, now, report }).map(web::scripted)
}

pub(super) async fn try_ports(
    admin: TenantAdmin,
    state: Data<State>,
    id: Path<String>,
    _form: Form<RevisionForm>,
) -> Result<HttpResponse, web::Error> {
    let check = find(&admin, &state, &id).await?.ok_or_else(web::Error::not_found)?;
    email_provider::try_ports(&state, &admin.actor(), &check).await.map_err(refused)?;
    Ok(on_its_way(check.id))
}
