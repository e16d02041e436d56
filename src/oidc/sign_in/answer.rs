use std::fmt;

use http::{Request, Response, StatusCode};
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ExtraTokenFields,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken, StandardTokenResponse,
    TokenResponse as _, TokenUrl,
};
use openidconnect::core::CoreProviderMetadata;
use serde_json::Value;
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use crate::mail::CallProblem;
use crate::oidc::claims::Claims;
use crate::oidc::discovery;
use crate::oidc::token::{self, Expected};
use crate::oidc::{OidcSettings, Trouble};
use crate::state::State;

const DEADLINE: Duration = Duration::from_secs(20);

/// The ID token as it came. The library would read all of its claims, and refuse a token for one that nobody needs.
#[derive(serde::Deserialize, serde::Serialize)]
struct IdToken {
    id_token: Option<String>,
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken").finish_non_exhaustive()
    }
}

impl ExtraTokenFields for IdToken {}

type Client = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<IdToken, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// A code that is exchanged for what the service says of a person.
pub(super) struct Exchange<'a> {
    pub revision: Uuid,
    pub settings: &'a OidcSettings,
    pub secret: ClientSecret,
    pub redirect: String,
    pub verifier: PkceCodeVerifier,
    pub nonce: String,
}

impl Exchange<'_> {
    /// What the service says of the person, after every check of its token.
    pub(super) async fn claims(self, state: &State, code: String) -> Result<Claims, Trouble> {
        let until = Instant::now() + DEADLINE;
        let mut metadata =
            discovery::remembered(&state.network, self.revision, &self.settings.issuer).await?;
        let http = |request| state.network.call(request, until);
        let tokens = self
            .client(&metadata)?
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(self.verifier.secret().clone()))
            .request_async(&http)
            .await
            .map_err(refused)?;
        let token = tokens.extra_fields().id_token.as_deref().ok_or(Trouble::BadToken("missing"))?;
        let mut believed = token::believe(token, metadata.jwks(), &self.expected(state, Some(&self.nonce)));
        if believed == Err(Trouble::BadToken("unknown key")) {
            // the service may have new keys since it was asked last
            discovery::forget(self.revision);
            metadata = discovery::remembered(&state.network, self.revision, &self.settings.issuer).await?;
            believed = token::believe(token, metadata.jwks(), &self.expected(state, Some(&self.nonce)));
        }
        let mut claims = Claims::of_believed_token(believed?);
        // Claims of scopes need not be in the token (OpenID Connect Core, section 5.4).
        if !claims.are_complete(self.settings.role.as_ref())
            && let Some(address) = metadata.userinfo_endpoint()
        {
            let authorization = format!("Bearer {}", tokens.access_token().secret());
            let request = Request::get(address.as_str()).header("authorization", authorization);
            let request = request.body(Vec::new()).map_err(|_| Trouble::NotIssuer)?;
            let answer = state.network.call(request, until).await.map_err(discovery::trouble);
            match answer.and_then(|answer| self.said_more(state, &metadata, &answer)) {
                Ok(more) => claims.complete(more),
                // what is needed may stand in the token all the same
                Err(trouble) => claims.not_heard(trouble),
            }
        }
        Ok(claims)
    }

    /// The claims of an answer at the userinfo address: JSON, or a signed token (section 5.3.2).
    fn said_more(
        &self,
        state: &State,
        metadata: &CoreProviderMetadata,
        answer: &Response<Vec<u8>>,
    ) -> Result<serde_json::Map<String, Value>, Trouble> {
        if answer.status() != StatusCode::OK {
            return Err(Trouble::UserInfo);
        }
        let media_type = answer.headers().get(http::header::CONTENT_TYPE).and_then(|one| one.to_str().ok());
        let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if media_type.eq_ignore_ascii_case("application/jwt") {
            let token = std::str::from_utf8(answer.body()).map_err(|_| Trouble::UserInfo)?;
            return token::believe(token.trim(), metadata.jwks(), &self.expected(state, None))
                .map_err(|_| Trouble::UserInfo);
        }
        serde_json::from_slice(answer.body()).map_err(|_| Trouble::UserInfo)
    }

    fn expected<'a>(&'a self, state: &State, nonce: Option<&'a str>) -> Expected<'a> {
        let OidcSettings { issuer, client_id, .. } = self.settings;
        Expected { issuer, client_id, nonce, now: state.clock.now() }
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Result<Client, Trouble> {
        let offered = metadata.token_endpoint_auth_methods_supported().cloned().unwrap_or_default();
        let named = |name: &str| {
            offered.iter().any(|method| serde_json::to_value(method).is_ok_and(|method| method == name))
        };
        // without a word about it, it is the header (OpenID Connect Core, section 9)
        let in_body = named("client_secret_post") && !named("client_secret_basic");
        let at = metadata.token_endpoint().ok_or(Trouble::NotIssuer)?;
        let at = TokenUrl::new(at.to_string()).map_err(|_| Trouble::NotIssuer)?;
        let redirect = RedirectUrl::new(self.redirect.clone()).map_err(|_| Trouble::NotIssuer)?;
        Ok(oauth2::Client::new(ClientId::new(self.settings.client_id.clone()))
            .set_client_secret(self.secret.clone())
            .set_auth_type(if in_body { AuthType::RequestBody } else { AuthType::BasicAuth })
            .set_token_uri(at)
            .set_redirect_uri(redirect))
    }
}

fn refused(error: RequestTokenError<CallProblem, BasicErrorResponse>) -> Trouble {
    match error {
        RequestTokenError::Request(problem) => discovery::trouble(problem),
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
                Trouble::ClientRefused
            }
            other => Trouble::CodeRefused(super::readable(other.as_ref())),
        },
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Trouble::BadToken("malformed"),
    }
}
