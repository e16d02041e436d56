//! One's own second factor: setting it up, new recovery codes, removing it.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::ACCOUNT;
use crate::account::notices;
use crate::auth;
use crate::i18n::Text;
use crate::second_factor::{self, RecoveryCode, SecondFactor};
use crate::state::State;
use crate::totp;
use crate::values::Secret;
use crate::web::{self, Form, Member, Page, Problems, Section, render};

pub(super) const FACTOR: &str = "/account/second-factor";
pub(super) const SET_UP: &str = "/account/second-factor/set-up";

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct FactorPage {
    page: Page,
    section: Section,
    email: String,
    factor: Option<SecondFactor>,
    /// Whether the tenant lets this person do nothing else before.
    required: bool,
    /// Whether it takes the present password to set one up, since the sign-in was a while ago.
    needs_proof: bool,
    problems: Problems,
}

impl FactorPage {
    async fn of(member: &Member, page: Page, state: &State) -> Result<Self, web::Error> {
        let factor = second_factor::find(state.db.read(), member.tenant(), member.person.user).await?;
        let (section, problems) = (Section::ACCOUNT, Problems::default());
        let required = member.person.lacks_second_factor();
        let needs_proof = !is_fresh(member, state, auth::FRESH_FOR).await?;
        Ok(Self {
            page,
            section,
            email: member.person.email.clone(),
            factor,
            required,
            needs_proof,
            problems,
        })
    }
}

pub(super) async fn show(member: Member, page: Page, state: Data<State>) -> Result<HttpResponse, web::Error> {
    render(StatusCode::OK, &FactorPage::of(&member, page, &state).await?)
}

async fn is_fresh(member: &Member, state: &State, within: Duration) -> Result<bool, web::Error> {
    Ok(auth::is_fresh(state, &member.actor(), member.session, within).await?)
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct BeginForm {
    begin_proof: String,
}

/// Whoever found an open session must not bind their own app to the account: that takes a sign-in of just now, or the
/// present password.
pub(super) async fn begin(
    member: Member,
    page: Page,
    state: Data<State>,
    form: Form<BeginForm>,
) -> Result<HttpResponse, web::Error> {
    if !is_fresh(&member, &state, auth::FRESH_FOR).await? {
        let proof = Secret::new(form.0.begin_proof);
        if proof.is_empty() {
            let problems = Problems::one("begin_proof", Text::new("auth-current-password-missing"));
            let page = FactorPage { problems, ..FactorPage::of(&member, page, &state).await? };
            return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        if let Err(error) = auth::prove_fresh(&state, &member.actor(), member.session, proof).await {
            return match error {
                auth::Error::Refused => {
                    let problems = Problems::one("begin_proof", Text::new("auth-current-password-wrong"));
                    let page = FactorPage { problems, ..FactorPage::of(&member, page, &state).await? };
                    render(StatusCode::UNPROCESSABLE_ENTITY, &page)
                }
                auth::Error::Busy => Err(web::Error::busy()),
                error => Err(error.into()),
            };
        }
    }
    match second_factor::begin(&state, &member.actor()).await {
        Ok(()) => Ok(web::see_other(SET_UP)),
        Err(second_factor::Error::NotBegun) => Ok(web::see_other(FACTOR)),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "account/second_factor_set_up.html")]
struct SetUpPage {
    page: Page,
    section: Section,
    qr_code: String,
    /// The secret in groups of four, to be typed where no camera is.
    secret: String,
    problems: Problems,
}

impl SetUpPage {
    /// The page, while a factor is being set up.
    async fn of(
        member: &Member,
        page: Page,
        state: &State,
        problems: Problems,
    ) -> Result<Option<Self>, web::Error> {
        let secret = second_factor::begun(state, member.tenant(), member.person.user).await?;
        let Some(secret) = secret else { return Ok(None) };
        let issuer = format!("{} ({})", state.config.product_name, member.person.tenant_name);
        let qr_code = totp::uri(&secret, &issuer, &member.person.email).as_ref().and_then(totp::qr_code);
        let letters: Vec<char> = secret.expose().chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        Ok(Some(Self {
            page,
            section: Section::ACCOUNT,
            qr_code: qr_code.unwrap_or_default(),
            secret: groups.join(" "),
            problems,
        }))
    }
}

pub(super) async fn show_set_up(
    member: Member,
    page: Page,
    state: Data<State>,
) -> Result<HttpResponse, web::Error> {
    // the secret of what was begun is for whoever began it
    if !is_fresh(&member, &state, auth::FINISH_WITHIN).await? {
        return Ok(web::see_other(FACTOR));
    }
    match SetUpPage::of(&member, page, &state, Problems::default()).await? {
        Some(page) => render(StatusCode::OK, &page),
        None => Ok(web::see_other(FACTOR)),
    }
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesPage {
    page: Page,
    section: Section,
    codes: Vec<RecoveryCode>,
    /// Whether they come with a new factor, or replace others.
    first: bool,
}

/// The one answer to a form that is no redirect: the codes are kept as hashes only, so that they can be shown
/// here or nowhere.
fn codes(page: Page, codes: Vec<RecoveryCode>, first: bool) -> Result<HttpResponse, web::Error> {
    render(StatusCode::OK, &CodesPage { page, section: Section::ACCOUNT, codes, first })
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct CodeForm {
    code: String,
}

pub(super) async fn set_up(
    member: Member,
    page: Page,
    state: Data<State>,
    form: Form<CodeForm>,
) -> Result<HttpResponse, web::Error> {
    if !is_fresh(&member, &state, auth::FINISH_WITHIN).await? {
        return Ok(web::see_other(FACTOR));
    }
    match auth::confirm_second_factor(&state, &member.actor(), member.session, &form.0.code).await {
        Ok(new) => codes(page, new, true),
        Err(auth::Error::Refused) => {
            let problems = Problems::one("code", Text::new("factor-code-wrong"));
            match SetUpPage::of(&member, page, &state, problems).await? {
                Some(page) => render(StatusCode::UNPROCESSABLE_ENTITY, &page),
                None => Ok(web::see_other(FACTOR)),
            }
        }
        Err(auth::Error::Factor(second_factor::Error::NotBegun)) => Ok(web::see_other(FACTOR)),
        Err(error) => Err(error.into()),
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct RenewForm {
    renew_proof: String,
}

pub(super) async fn renew(
    member: Member,
    page: Page,
    state: Data<State>,
    form: Form<RenewForm>,
) -> Result<HttpResponse, web::Error> {
    let proof = Secret::new(form.0.renew_proof);
    match auth::renew_recovery_codes(&state, &member.actor(), member.session, proof).await {
        Ok(new) => codes(page, new, false),
        Err(error) => refused(&member, page, &state, "renew_proof", error).await,
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct RemoveForm {
    remove_proof: String,
}

pub(super) async fn remove(
    member: Member,
    page: Page,
    state: Data<State>,
    form: Form<RemoveForm>,
) -> Result<HttpResponse, web::Error> {
    let proof = Secret::new(form.0.remove_proof);
    match auth::remove_second_factor(&state, &member.actor(), member.session, proof).await {
        Ok(()) => Ok(web::see_other_with(ACCOUNT, notices::SECOND_FACTOR_REMOVED)),
        Err(error) => refused(&member, page, &state, "remove_proof", error).await,
    }
}

async fn refused(
    member: &Member,
    page: Page,
    state: &State,
    field: &'static str,
    error: auth::Error,
) -> Result<HttpResponse, web::Error> {
    match error {
        auth::Error::Refused => {
            let problems = Problems::one(field, Text::new("factor-proof-wrong"));
            let page = FactorPage { problems, ..FactorPage::of(member, page, state).await? };
            render(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        auth::Error::Factor(second_factor::Error::None) => Ok(web::see_other(FACTOR)),
        auth::Error::Busy => Err(web::Error::busy()),
        error => Err(error.into()),
    }
}
