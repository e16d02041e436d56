use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::words;
use crate::api_keys::{self, Error, MAX_KEYS, NewKey};
use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::messages::SECTION;
use crate::programs::form::{KeyField, KeyForm, LIVES};
use crate::state::State;
use crate::values::{Scope, Secret};
use crate::web::{self, Form, Page, Problems, Section, TenantAdmin, render, scripted};

/// A scope to choose: its name, its words, whether it is chosen.
type Choice = (&'static str, String, bool);

#[derive(Template)]
#[template(path = "programs/make.html")]
struct MakePage {
    page: Page,
    section: Section,
    form: KeyForm,
    problems: Problems,
}

impl MakePage {
    /// The scopes to choose from, by groups.
    fn groups(&self) -> Vec<(String, Vec<Choice>)> {
        let choice =
            |scope: Scope| (scope.as_str(), self.page.say(words::scope(scope)), self.form.scopes.has(scope));
        words::groups()
            .into_iter()
            .map(|(group, scopes)| (self.page.say(group), scopes.into_iter().map(choice).collect()))
            .collect()
    }

    /// The lives to choose from: in days, in words, whether chosen.
    fn lives(&self) -> Vec<(u64, String, bool)> {
        let life = |days: u64| {
            let words = self.page.say(Text::new("programs-life-days").with_number("days", days));
            (days, words, days.to_string() == self.form.life)
        };
        LIVES.into_iter().map(life).collect()
    }
}

/// A key, told once.
#[derive(Template)]
#[template(path = "programs/key.html")]
struct KeyPage {
    page: Page,
    section: Section,
    name: String,
    key: Secret,
    expires_at: Timestamp,
}

fn answer(
    status: StatusCode,
    page: Page,
    form: KeyForm,
    problems: Problems,
) -> Result<HttpResponse, web::Error> {
    render(status, &MakePage { page, section: SECTION, form, problems })
}

pub(super) async fn show(_: TenantAdmin, page: Page) -> Result<HttpResponse, web::Error> {
    answer(StatusCode::OK, page, KeyForm::empty(), Problems::default())
}

/// The page with the key: it is the answer itself and has no address, since the key is told this once.
pub(super) async fn make(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, web::Error> {
    let (form, now) = (KeyForm::of(&form.0), state.clock.now());
    let refused = |page, form, problems| answer(StatusCode::UNPROCESSABLE_ENTITY, page, form, problems);
    let new = match form.parse(now) {
        Ok(new) => new,
        Err(errors) => return refused(page, form, Problems::of(errors, KeyField::name)),
    };
    let NewKey { name, expires_at, .. } = new.clone();
    match api_keys::add(&state.db, &admin.actor(), new, None, now).await {
        Ok((_, key)) => {
            let page = KeyPage { page, section: SECTION, name, key, expires_at };
            Ok(scripted(render(StatusCode::OK, &page)?))
        }
        Err(Error::TooMany) => {
            let text = Text::new("programs-too-many").with_number("most", MAX_KEYS);
            refused(page, form, Problems::one("name", text))
        }
        Err(error) => Err(super::failed(error)),
    }
}
