use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;

use super::form::{Field, RevisionForm, SmtpForm, TestMessageForm, seen};
use super::{Error, Health, Outcome, Saved, Settings, Stored, TestMessage};
use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::mail::{Security, StepOutcome};
use crate::state::State;
use crate::values::TestMessageId;
use crate::web::{
    self, Access, Flash, Form, FormErrors, Page, Route, Section, TenantAdmin, get, post, render,
};

const SETTINGS: &str = "/administration/settings";
const TESTS: &str = "/administration/settings/email-provider/test-messages";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    vec![
        get("/administration", Access::TenantAdmin, administration),
        get(SETTINGS, Access::TenantAdmin, show),
        post("/administration/settings/email-provider/smtp", Access::TenantAdmin, save_smtp),
        post("/administration/settings/email-provider/none", Access::TenantAdmin, remove),
        get(TESTS, Access::TenantAdmin, show_test_form),
        post(TESTS, Access::TenantAdmin, send_test),
        get("/administration/settings/email-provider/test-messages/{id}", Access::TenantAdmin, show_test),
    ]
}

/// Which choice of provider a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    None,
    Smtp,
    Microsoft365,
}

#[derive(serde::Deserialize)]
struct ShowQuery {
    #[serde(default)]
    provider: String,
}

#[derive(Template)]
#[template(path = "email_provider/show.html")]
struct ShowPage {
    page: Page,
    section: Section,
    choice: Choice,
    stored: Option<Stored>,
    form: SmtpForm,
    errors: FormErrors<Field>,
    /// The revision to send along.
    revision: String,
}

#[derive(Template)]
#[template(path = "email_provider/remove.html")]
struct RemovePage {
    page: Page,
    section: Section,
    stored: Option<Stored>,
    revision: String,
}

#[derive(Template)]
#[template(path = "email_provider/test_form.html")]
struct TestFormPage {
    page: Page,
    section: Section,
    stored: Option<Stored>,
    recipient: String,
    problem: Option<Text>,
}

#[derive(Template)]
#[template(path = "email_provider/test_result.html")]
struct TestResultPage {
    page: Page,
    section: Section,
    test: TestMessage,
    steps: Vec<(String, StepOutcome)>,
}

impl ShowPage {
    fn at(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|(field, _)| field.name() == name).map(|(_, problem)| self.page.say(problem))
    }

    fn problems(&self) -> Vec<(&'static str, String)> {
        self.errors.iter().map(|(field, problem)| (field.name(), self.page.say(problem))).collect()
    }

    fn has_password(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.has_secret)
    }

    fn saved_by(&self, stored: &Stored) -> String {
        let at = self.page.date_time(&stored.saved_at);
        self.page.say(Text::new("provider-saved-by").with("name", &stored.saved_by).with("at", at))
    }

    fn will_be_replaced(&self, stored: &Stored) -> String {
        self.page.say(Text::new("provider-will-be-replaced").with("server", server(stored)))
    }

    fn securities(&self) -> Vec<(&'static str, String, String, bool)> {
        Security::ALL
            .into_iter()
            .map(|security| {
                let (name, hint) = match security {
                    Security::StartTls => {
                        (Text::new("provider-starttls"), Text::new("provider-starttls-hint"))
                    }
                    Security::Tls => (Text::new("provider-tls"), Text::new("provider-tls-hint")),
                    Security::None => (Text::new("provider-clear"), Text::new("provider-clear-hint")),
                };
                let chosen = self.form.security == security.as_str();
                (security.as_str(), self.page.say(&name), self.page.say(&hint), chosen)
            })
            .collect()
    }
}

impl RemovePage {
    fn deactivated(&self, stored: &Stored) -> String {
        self.page.say(Text::new("provider-remove-deactivated").with("server", server(stored)))
    }
}

impl TestFormPage {
    fn problems(&self) -> Vec<(&'static str, String)> {
        self.problem.iter().map(|problem| ("recipient", self.page.say(problem))).collect()
    }
}

impl TestResultPage {
    fn accepted(&self, server: &str, at: &Timestamp) -> String {
        let at = self.page.time(at);
        self.page.say(Text::new("provider-result-accepted-by").with("server", server).with("at", at))
    }

    fn tried(&self, at: &Timestamp) -> String {
        let text = Text::new("provider-result-tried").with("recipient", &self.test.recipient);
        self.page.say(text.with("at", self.page.date_time(at)))
    }
}

/// "host:port" of the stored provider.
fn server(stored: &Stored) -> String {
    let Settings::Smtp(smtp) = &stored.settings;
    format!("{}:{}", smtp.server_address, smtp.server_port)
}

fn revision(stored: Option<&Stored>) -> String {
    stored.map_or("none".to_owned(), |stored| stored.revision.to_string())
}

async fn administration(_: TenantAdmin) -> HttpResponse {
    web::see_other(SETTINGS)
}

async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    query: Query<ShowQuery>,
) -> Result<HttpResponse, web::Error> {
    let stored = super::find(state.db.read(), admin.tenant()).await?;
    let choice = match query.provider.as_str() {
        "none" => Choice::None,
        "microsoft365" => Choice::Microsoft365,
        _ => Choice::Smtp,
    };
    let (revision, section) = (revision(stored.as_ref()), Section::Settings);
    if choice == Choice::None {
        return render(StatusCode::OK, &RemovePage { page, section, stored, revision });
    }
    let form = match stored.as_ref().map(|stored| &stored.settings) {
        Some(Settings::Smtp(smtp)) => SmtpForm::of(smtp),
        None => SmtpForm::empty(),
    };
    let errors = FormErrors::default();
    render(StatusCode::OK, &ShowPage { page, section, choice, stored, form, errors, revision })
}

async fn save_smtp(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<SmtpForm>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let stored = super::find(state.db.read(), admin.tenant()).await?;
    let seen = seen(form.revision.as_deref());
    let refused = match form.parse(stored.as_ref()) {
        Ok((settings, secret)) => match super::save(&state, &admin.actor(), settings, secret, seen).await {
            Ok(Saved::First) => return Ok(web::see_other_with(SETTINGS, Flash::ProviderSaved)),
            Ok(Saved::Replaced) => return Ok(web::see_other_with(SETTINGS, Flash::ProviderReplaced)),
            Ok(Saved::SecretKept) => return Ok(web::see_other_with(SETTINGS, Flash::ProviderKept)),
            Err(Error::Conflict) => return Err(conflict()),
            Err(Error::SecretNeeded) => {
                let mut errors = FormErrors::default();
                errors.add(Field::Password, Text::new("provider-password-again"));
                errors
            }
            Err(error) => return Err(error.into()),
        },
        Err(errors) => errors,
    };
    let revision = form.revision.clone().unwrap_or_else(|| revision(stored.as_ref()));
    let refusal = ShowPage {
        page,
        section: Section::Settings,
        choice: Choice::Smtp,
        stored,
        form,
        errors: refused,
        revision,
    };
    render(StatusCode::UNPROCESSABLE_ENTITY, &refusal)
}

async fn remove(
    admin: TenantAdmin,
    state: Data<State>,
    form: Form<RevisionForm>,
) -> Result<HttpResponse, web::Error> {
    match super::remove(&state, &admin.actor(), seen(form.0.revision.as_deref())).await {
        Ok(()) => Ok(web::see_other_with(SETTINGS, Flash::ProviderRemoved)),
        Err(Error::Conflict) => Err(conflict()),
        Err(error) => Err(error.into()),
    }
}

fn conflict() -> web::Error {
    web::Error::conflict(Text::new("provider-conflict"), SETTINGS)
}

async fn show_test_form(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
) -> Result<HttpResponse, web::Error> {
    let stored = super::find(state.db.read(), admin.tenant()).await?;
    let recipient = admin.person.email.clone();
    render(
        StatusCode::OK,
        &TestFormPage { page, section: Section::Settings, stored, recipient, problem: None },
    )
}

async fn send_test(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<TestMessageForm>,
) -> Result<HttpResponse, web::Error> {
    let problem = match form.0.parse() {
        Ok(recipient) => match super::send_test(&state, &admin.actor(), recipient, page.language).await {
            Ok(id) => return Ok(web::see_other(&format!("{TESTS}/{id}"))),
            Err(Error::NoProvider) => Text::new("provider-test-without-provider"),
            Err(Error::TooManyTests) => {
                return Err(web::Error::too_many(Text::new("provider-too-many-tests"), 60));
            }
            Err(error) => return Err(error.into()),
        },
        Err(problem) => problem,
    };
    let stored = super::find(state.db.read(), admin.tenant()).await?;
    let recipient = form.0.recipient;
    let refusal =
        TestFormPage { page, section: Section::Settings, stored, recipient, problem: Some(problem) };
    render(StatusCode::UNPROCESSABLE_ENTITY, &refusal)
}

async fn show_test(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let id: TestMessageId = id.parse().map_err(|_| web::Error::not_found())?;
    let found = super::find_test(state.db.read(), admin.tenant(), id).await?;
    let test = found.ok_or_else(web::Error::not_found)?;
    let steps = match &test.outcome {
        Some(Outcome::Failed { failure, .. }) => {
            failure.steps().into_iter().map(|(name, outcome)| (page.say(name), outcome)).collect()
        }
        _ => vec![],
    };
    render(StatusCode::OK, &TestResultPage { page, section: Section::Settings, test, steps })
}
