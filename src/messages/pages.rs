use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::form::{Field, PolicyForm};
use super::{Policy, StoredPolicy};
use crate::i18n::Text;
use crate::messages;
use crate::messages::SECTION;
use crate::messages::notices;
use crate::state::State;
use crate::web::{
    self, Access, Form, Page, Problems, Route, Section, TenantAdmin, get, post, render, see_other_with,
};

const RECIPIENTS: &str = "/administration/api-keys/recipients";

/// The pages of the room.
pub fn routes() -> Vec<Route> {
    let admin = Access::TenantAdmin;
    vec![get(RECIPIENTS, admin, show), post(RECIPIENTS, admin, save)]
}

#[derive(Template)]
#[template(path = "messages/recipients.html")]
struct RecipientsPage {
    page: Page,
    section: Section,
    stored: StoredPolicy,
    form: PolicyForm,
    problems: Problems,
}

impl RecipientsPage {
    fn saved(&self) -> Option<String> {
        let (at, by) = self.stored.saved.as_ref()?;
        let text = Text::new("messages-saved").with("name", by);
        Some(self.page.say(text.with("at", self.page.date_time(at))))
    }
}

async fn show(admin: TenantAdmin, page: Page, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let stored = messages::policy(state.db.read(), admin.tenant()).await?;
    let form = PolicyForm::of(&stored.policy);
    let section = SECTION;
    render(StatusCode::OK, &RecipientsPage { page, section, stored, form, problems: Problems::default() })
}

async fn save(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<PolicyForm>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let errors = match form.parse() {
        Ok(policy) => return saved(&admin, &state, &policy).await,
        Err(errors) => errors,
    };
    let stored = messages::policy(state.db.read(), admin.tenant()).await?;
    let (section, problems) = (SECTION, Problems::of(errors, Field::name));
    render(StatusCode::UNPROCESSABLE_ENTITY, &RecipientsPage { page, section, stored, form, problems })
}

async fn saved(admin: &TenantAdmin, state: &State, policy: &Policy) -> Result<HttpResponse, web::Error> {
    messages::save_policy(state, &admin.actor(), policy).await?;
    Ok(see_other_with(RECIPIENTS, notices::RECIPIENTS_SAVED))
}
