use http::{Request, Response, StatusCode};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClient, CoreErrorResponseType, CoreGenderClaim, CoreIdToken,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenResponse,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret,
    EmptyAdditionalClaims, EndpointMaybeSet, EndpointNotSet, EndpointSet, Nonce, OAuth2TokenResponse as _,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, SignatureVerificationError, StandardErrorResponse,
    TokenResponse as _,
};
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use crate::mail::CallProblem;
use crate::oidc::claims::Claims;
use crate::oidc::discovery::{self, SIGNATURES};
use crate::oidc::{OidcSettings, Trouble};
use crate::state::State;

const DEADLINE: Duration = Duration::from_secs(20);

/// A client as discovery makes it.
type Discovered = Client<
    EmptyAdditionalClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    CoreTokenResponse,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A code that is exchanged for what the service says of a person.
pub(super) struct Exchange<'a> {
    pub revision: Uuid,
    pub settings: &'a OidcSettings,
    pub secret: ClientSecret,
    pub redirect: String,
    pub verifier: PkceCodeVerifier,
    pub nonce: Nonce,
}

impl Exchange<'_> {
    /// What the service says of the person, after every check of its token.
    pub(super) async fn claims(self, state: &State, code: String) -> Result<Claims, Trouble> {
        let until = Instant::now() + DEADLINE;
        let metadata = discovery::remembered(&state.network, self.revision, &self.settings.issuer).await?;
        let client = self.client(metadata)?;
        let http = |request| state.network.call(request, until);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| Trouble::NotIssuer)?
            .set_pkce_verifier(PkceCodeVerifier::new(self.verifier.secret().clone()))
            .request_async(&http)
            .await
            .map_err(refused)?;
        let token = tokens.id_token().ok_or(Trouble::BadToken("missing"))?;
        if let Err(trouble) = self.verify(state, &client, token) {
            // the service may have new keys since it was asked last
            if trouble != Trouble::BadToken("unknown key") {
                return Err(trouble);
            }
            discovery::forget(self.revision);
            let fresh = discovery::remembered(&state.network, self.revision, &self.settings.issuer).await?;
            self.verify(state, &self.client(fresh)?, token)?;
        }
        let mut claims =
            Claims::of_checked_token(&token.to_string()).ok_or(Trouble::BadToken("malformed"))?;
        // Claims of scopes need not be in the token (OpenID Connect Core, section 5.4). What is only there is not
        // asked for: who says nothing of an address is refused by the next step.
        if !claims.are_complete(self.settings.role.as_ref())
            && let Some(address) = client.user_info_url()
        {
            let authorization = format!("Bearer {}", tokens.access_token().secret());
            let request = Request::get(address.as_str()).header("authorization", authorization);
            let request = request.body(Vec::new()).map_err(|_| Trouble::NotIssuer)?;
            let answer = state.network.call(request, until).await.map_err(discovery::trouble)?;
            complete(&mut claims, &answer);
        }
        Ok(claims)
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Result<Discovered, Trouble> {
        let offered = metadata.token_endpoint_auth_methods_supported().cloned().unwrap_or_default();
        let named = |name: &str| {
            offered.iter().any(|method| serde_json::to_value(method).is_ok_and(|method| method == name))
        };
        // without a word about it, it is the header (OpenID Connect Core, section 9)
        let in_body = named("client_secret_post") && !named("client_secret_basic");
        let redirect = RedirectUrl::new(self.redirect.clone()).map_err(|_| Trouble::NotIssuer)?;
        let id = ClientId::new(self.settings.client_id.clone());
        Ok(CoreClient::from_provider_metadata(metadata, id, Some(self.secret.clone()))
            .set_auth_type(if in_body { AuthType::RequestBody } else { AuthType::BasicAuth })
            .set_redirect_uri(redirect))
    }

    fn verify(&self, state: &State, client: &Discovered, token: &CoreIdToken) -> Result<(), Trouble> {
        let clock = state.clock.clone();
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(SIGNATURES.map(|(algorithm, _)| algorithm))
            .set_time_fn(move || clock.now().utc());
        token.claims(&verifier, &self.nonce).map(|_| ()).map_err(|error| {
            Trouble::BadToken(match error {
                ClaimsVerificationError::Expired(_) => "expired",
                ClaimsVerificationError::InvalidAudience(_) => "audience",
                ClaimsVerificationError::InvalidIssuer(_) => "issuer",
                ClaimsVerificationError::InvalidNonce(_) => "nonce",
                ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                    "unknown key"
                }
                ClaimsVerificationError::SignatureVerification(_) => "signature",
                _ => "malformed",
            })
        })
    }
}

fn complete(claims: &mut Claims, answer: &Response<Vec<u8>>) {
    if answer.status() == StatusCode::OK
        && let Ok(serde_json::Value::Object(more)) = serde_json::from_slice(answer.body())
    {
        claims.complete(more);
    }
}

fn refused(error: RequestTokenError<CallProblem, StandardErrorResponse<CoreErrorResponseType>>) -> Trouble {
    match error {
        RequestTokenError::Request(problem) => discovery::trouble(problem),
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                Trouble::ClientRefused
            }
            other => Trouble::CodeRefused(super::readable(other.as_ref())),
        },
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Trouble::BadToken("malformed"),
    }
}
