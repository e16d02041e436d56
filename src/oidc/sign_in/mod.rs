//! One sign-in at the tenant's service: the way there, and the way back.

mod answer;
mod person;
mod store;

use std::time::Duration;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    ClientId, ClientSecret, CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use sea_orm::DbErr;

use super::{Error, Trouble, discovery};
use crate::auth::{self, Entry};
use crate::clock::Timestamp;
use crate::state::State;
use crate::tenants::Tenant;
use crate::values::{Origin, Secret, TenantId, Token, TokenHash};
use crate::vault::Binding;

const LIFE: Duration = Duration::from_secs(10 * 60);

/// A sign-in that has begun.
pub struct Begun {
    /// Where the person goes.
    pub url: String,
    /// What their browser keeps, so that nobody else can end it.
    pub browser: Token,
}

/// What the service sends the person back with.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Which sign-in it is.
    pub state: String,
    /// What tokens are given for.
    pub code: Option<String>,
    /// Who it says that it is (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// The same in words.
    pub error_description: Option<String>,
}

/// A sign-in that has come to a good end.
pub struct Finished {
    /// How far the person has come.
    pub entry: Entry,
    /// From before the service was asked.
    pub verified_at: Timestamp,
    /// Where the person wanted to go.
    pub next: String,
}

/// Why a person is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The sign-in is unknown, used, too old, or another browser's.
    Stale,
    /// The service has refused; what it says about it.
    Denied(String),
    /// The service or our settings of it are at fault.
    Service(Trouble),
    /// The service does not say whether an administrator still is one; the claim that should say it.
    RoleMissing(String),
    /// The service does not vouch for an address.
    NotVerified,
    /// Nobody here has that address.
    Unknown(String),
    /// The address is of a domain that is not allowed.
    OtherDomain(String),
    /// The account is connected with another one at the service.
    Connected(String),
    /// The account is not in use.
    Inactive,
}

/// A sign-in as it is kept until the person comes back.
struct Underway {
    revision: uuid::Uuid,
    nonce: String,
    sealed_verifier: Vec<u8>,
    next: String,
}

fn refused(refusal: Refusal) -> Error {
    Error::Refused(Box::new(refusal))
}

/// Where the service sends people back to. It must know this address.
fn callback(state: &State, slug: &str) -> String {
    format!("{}/sign-in/oidc/callback", state.config.base_url.tenant(slug))
}

fn verifier_binding(tenant: TenantId, state: &str) -> Binding<'_> {
    Binding { tenant: Some(tenant), purpose: "oidc-pkce", destination: state }
}

/// Begins a sign-in; `next` is where the person wants to go afterwards.
///
/// # Errors
/// [`Error::NotSetUp`], [`Error::TooManyFromHere`], [`Error::Refused`] when the service cannot be used, or when our own part fails.
pub async fn begin(state: &State, tenant: &Tenant, next: &str, origin: &Origin) -> Result<Begun, Error> {
    let row = super::store::find(state.db.read(), tenant.id).await?.ok_or(Error::NotSetUp)?;
    // first, since each one that is begun is a row, and may be a request to the service
    let tx = state.db.write().await?;
    if !auth::note_begun(&*tx, origin.client, state.clock.now()).await? {
        return Err(Error::TooManyFromHere);
    }
    tx.commit().await?;
    let settings = &row.stored.settings;
    let metadata = discovery::remembered(&state.network, row.stored.revision, &settings.issuer)
        .await
        .map_err(|trouble| refused(Refusal::Service(trouble)))?;
    let redirect = RedirectUrl::new(callback(state, &tenant.slug));
    let redirect = redirect.map_err(|error| Error::Address(error.to_string()))?;
    let client =
        CoreClient::from_provider_metadata(metadata, ClientId::new(settings.client_id.clone()), None)
            .set_redirect_uri(redirect);
    // our own random numbers, so that there is one source of them
    let (csrf, nonce, verifier) = (Token::generate()?, Token::generate()?, Token::generate()?);
    let pkce = PkceCodeVerifier::new(verifier.expose().to_owned());
    let (ours, once) = (csrf.expose().to_owned(), nonce.expose().to_owned());
    let (url, _, _) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(ours),
            move || Nonce::new(once),
        )
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&pkce))
        .url();
    let browser = Token::generate()?;
    let binding = verifier_binding(tenant.id, csrf.expose());
    let underway = Underway {
        revision: row.stored.revision,
        nonce: nonce.expose().to_owned(),
        sealed_verifier: state.vault.seal(&Secret::new(verifier.expose()), &binding)?,
        next: next.to_owned(),
    };
    let tx = state.db.write().await?;
    let expires_at = state.clock.now().plus(LIFE);
    store::insert(&*tx, tenant.id, (csrf.hash(), browser.hash()), underway, expires_at).await?;
    tx.commit().await?;
    Ok(Begun { url: url.to_string(), browser })
}

/// Ends the sign-in with which this browser comes back, and finds or makes the person's account.
///
/// # Errors
/// [`Error::Refused`], or when our own part fails.
pub async fn finish(
    state: &State,
    tenant: &Tenant,
    browser: &str,
    answer: Answer,
    origin: Origin,
) -> Result<Finished, Error> {
    let verified_at = state.clock.now();
    let hashes = (TokenHash::of(&answer.state), TokenHash::of(browser));
    let tx = state.db.write().await?;
    let underway = store::take(&*tx, tenant.id, hashes, verified_at).await?;
    tx.commit().await?;
    let underway = underway.ok_or_else(|| refused(Refusal::Stale))?;
    let row = super::store::find(state.db.read(), tenant.id).await?;
    let row = row.filter(|row| row.stored.revision == underway.revision);
    let row = row.ok_or_else(|| refused(Refusal::Stale))?;
    let settings = &row.stored.settings;
    // a service that says who it is must be the one that was asked
    if answer.iss.as_ref().is_some_and(|issuer| *issuer != settings.issuer) {
        return Err(refused(Refusal::Service(Trouble::BadToken("issuer"))));
    }
    let code = match (answer.code, answer.error) {
        (Some(code), None) => code,
        (_, error) => {
            let said = answer.error_description.or(error).unwrap_or_default();
            return Err(refused(Refusal::Denied(readable(&said))));
        }
    };
    let secret = state.vault.open(&row.sealed_secret, &super::binding(tenant.id, &settings.destination()))?;
    let verifier =
        state.vault.open(&underway.sealed_verifier, &verifier_binding(tenant.id, &answer.state))?;
    let exchange = answer::Exchange {
        revision: underway.revision,
        settings,
        secret: ClientSecret::new(secret.expose().to_owned()),
        redirect: callback(state, &tenant.slug),
        verifier: PkceCodeVerifier::new(verifier.expose().to_owned()),
        nonce: underway.nonce,
    };
    let claims = exchange.claims(state, code).await.map_err(|trouble| {
        tracing::info!(%trouble, "a sign-in by OpenID Connect failed");
        refused(Refusal::Service(trouble))
    })?;
    let entry = person::admit(state, tenant.id, (&row.stored, claims), origin, verified_at).await?;
    Ok(Finished { entry, verified_at, next: underway.next })
}

/// What a service says, as plain text of bounded length.
fn readable(said: &str) -> String {
    said.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// Removes the sign-ins of all tenants that nobody has ended in time.
pub async fn sweep(state: &State) -> Result<(), DbErr> {
    let tx = state.db.write().await?;
    store::delete_expired(&*tx, state.clock.now()).await?;
    tx.commit().await
}
