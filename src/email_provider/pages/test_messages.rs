use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::TESTS;
use crate::clock::Timestamp;
use crate::email_provider::SECTION;
use crate::email_provider::form::TestMessageForm;
use crate::email_provider::{self, Error, Outcome, Provider, Settings, TestMessage};
use crate::i18n::Text;
use crate::mail::StepOutcome;
use crate::state::State;
use crate::values::TestMessageId;
use crate::web::{self, Form, Page, Problems, Section, TenantAdmin, render};

#[derive(Template)]
#[template(path = "email_provider/test_form.html")]
struct TestFormPage {
    page: Page,
    section: Section,
    stored: Option<Provider>,
    recipient: String,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "email_provider/test_result.html")]
struct TestResultPage {
    page: Page,
    section: Section,
    test: TestMessage,
    steps: Vec<(String, StepOutcome)>,
    /// What puts the failure right: names in links, and what the buttons say.
    mends: Vec<(String, String)>,
    id: TestMessageId,
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

pub(super) async fn show_test_form(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
) -> Result<HttpResponse, web::Error> {
    let stored = email_provider::find(state.db.read(), admin.tenant()).await?;
    let recipient = admin.person.email.clone();
    render(
        StatusCode::OK,
        &TestFormPage { page, section: SECTION, stored, recipient, problems: Problems::default() },
    )
}

pub(super) async fn send_test(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<TestMessageForm>,
) -> Result<HttpResponse, web::Error> {
    let problem = match form.0.parse() {
        Ok(recipient) => {
            match email_provider::send_test(&state, &admin.actor(), recipient, page.language).await {
                Ok(id) => return Ok(web::see_other(&format!("{TESTS}/{id}"))),
                Err(Error::NoProvider) => Text::new("provider-test-without-provider"),
                Err(Error::TooManyTests) => {
                    return Err(web::Error::too_many(Text::new("provider-too-many-tests"), 60));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(problem) => problem,
    };
    refusal(&admin, page, &state, form.0.recipient, problem).await
}

/// The form again, with what is wrong with its recipient.
pub(super) async fn refusal(
    admin: &TenantAdmin,
    page: Page,
    state: &State,
    recipient: String,
    problem: Text,
) -> Result<HttpResponse, web::Error> {
    let stored = email_provider::find(state.db.read(), admin.tenant()).await?;
    let problems = Problems::one("recipient", problem);
    let refusal = TestFormPage { page, section: SECTION, stored, recipient, problems };
    render(StatusCode::UNPROCESSABLE_ENTITY, &refusal)
}

pub(super) async fn show_test(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let id: TestMessageId = id.parse().map_err(|_| web::Error::not_found())?;
    let found = email_provider::find_test(state.db.read(), admin.tenant(), id).await?;
    let test = found.ok_or_else(web::Error::not_found)?;
    let steps = match &test.outcome {
        Some(Outcome::Failed { failure, .. }) => {
            failure.steps().into_iter().map(|(name, outcome)| (page.say(name), outcome)).collect()
        }
        _ => vec![],
    };
    // one that cannot be read is the settings page's to tell
    let stored = email_provider::find(state.db.read(), admin.tenant()).await.ok().flatten();
    let mends = test.mends(stored.as_ref());
    let mends = mends.iter().map(|mend| (mend.key(), page.say(mend.button()))).collect();
    let section = SECTION;
    render(StatusCode::OK, &TestResultPage { page, section, test, steps, mends, id })
}
