//! What a sign-in service says of itself (OpenID Connect Discovery 1.0), and its keys.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use http::Request;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreProviderMetadata};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::Trouble;
use crate::config::ServiceUrl;
use crate::mail::{CallProblem, Network};

const DEADLINE: Duration = Duration::from_secs(20);
/// For so long a process remembers: who presses the button need not wait for it, nor make us ask each time.
const REMEMBERED: Duration = Duration::from_secs(5 * 60);
/// And so long that it did not answer.
const FAILURE_REMEMBERED: Duration = Duration::from_secs(30);
const MAX_REMEMBERED: usize = 1000;

/// How we let a service sign: with its own key only. A signature with the client's secret (HS256) or none at all
/// is refused.
pub(super) const SIGNATURES: [(CoreJwsSigningAlgorithm, &str); 9] = [
    (CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, "RS256"),
    (CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384, "RS384"),
    (CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512, "RS512"),
    (CoreJwsSigningAlgorithm::RsaSsaPssSha256, "PS256"),
    (CoreJwsSigningAlgorithm::RsaSsaPssSha384, "PS384"),
    (CoreJwsSigningAlgorithm::RsaSsaPssSha512, "PS512"),
    (CoreJwsSigningAlgorithm::EcdsaP256Sha256, "ES256"),
    (CoreJwsSigningAlgorithm::EcdsaP384Sha384, "ES384"),
    (CoreJwsSigningAlgorithm::EdDsa, "EdDSA"),
];

/// What was said, or why nothing was, and when. Who asks holds it, so that a service is asked once at a time.
type Slot = Arc<tokio::sync::Mutex<Option<(Instant, Result<CoreProviderMetadata, Trouble>)>>>;

static REMEMBER: LazyLock<Mutex<HashMap<Uuid, Slot>>> = LazyLock::new(Mutex::default);

/// What the service of that revision says of itself, from memory while it is fresh.
pub(super) async fn remembered(
    network: &Network,
    revision: Uuid,
    issuer: &str,
) -> Result<CoreProviderMetadata, Trouble> {
    let slot = slot(revision);
    let mut known = slot.lock().await;
    if let Some((since, said)) = &*known {
        let life = if said.is_ok() { REMEMBERED } else { FAILURE_REMEMBERED };
        if since.elapsed() < life {
            return said.clone();
        }
    }
    let said = discover(network, issuer).await;
    *known = Some((Instant::now(), said.clone()));
    said
}

fn slot(revision: Uuid) -> Slot {
    let mut all = REMEMBER.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= MAX_REMEMBERED && !all.contains_key(&revision) {
        all.clear();
    }
    Arc::clone(all.entry(revision).or_default())
}

/// Has the service of that revision asked anew: it may have new keys.
pub(super) fn forget(revision: Uuid) {
    REMEMBER.lock().unwrap_or_else(PoisonError::into_inner).remove(&revision);
}

/// What the service says of itself now, with its keys.
pub(super) async fn discover(network: &Network, issuer: &str) -> Result<CoreProviderMetadata, Trouble> {
    let until = Instant::now() + DEADLINE;
    let at = format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer));
    let said: Value = get(network, &at, until).await?;
    let own = said.get("issuer").and_then(Value::as_str).ok_or(Trouble::NotIssuer)?;
    if own != issuer {
        return Err(Trouble::OtherIssuer(own.chars().take(200).collect()));
    }
    let offers = |name: &str, one: &dyn Fn(&str) -> bool| {
        let offered = said.get(name).and_then(Value::as_array);
        offered.is_some_and(|all| all.iter().filter_map(Value::as_str).any(one))
    };
    if !offers("response_types_supported", &|one| one == "code") {
        return Err(Trouble::NoCodeFlow);
    }
    if !offers("id_token_signing_alg_values_supported", &|one| {
        SIGNATURES.iter().any(|(_, name)| *name == one)
    }) {
        return Err(Trouble::NoSignatures);
    }
    let named = |name: &str| said.get(name).and_then(Value::as_str);
    for needed in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        let address = named(needed).ok_or(Trouble::NotIssuer)?;
        if !stays_private(address) {
            return Err(Trouble::NotEncrypted);
        }
    }
    let keys = named("jwks_uri").unwrap_or_default().to_owned();
    let metadata: CoreProviderMetadata = serde_json::from_value(said).map_err(|_| Trouble::NotIssuer)?;
    let keys: CoreJsonWebKeySet =
        serde_json::from_value(get(network, &keys, until).await?).map_err(|_| Trouble::NoSignatures)?;
    if keys.keys().is_empty() {
        return Err(Trouble::NoSignatures);
    }
    Ok(metadata.set_jwks(keys))
}

/// Whether what is sent there is encrypted or stays on this machine. A query may follow.
fn stays_private(address: &str) -> bool {
    let plain = address.split('?').next().unwrap_or_default();
    ServiceUrl::parse(plain).is_ok_and(|url| url.stays_private())
}

async fn get(network: &Network, address: &str, until: Instant) -> Result<Value, Trouble> {
    let request = Request::get(address).header("accept", "application/json").body(Vec::new());
    let answer = network.call(request.map_err(|_| Trouble::NotIssuer)?, until).await.map_err(trouble)?;
    if answer.status() != http::StatusCode::OK {
        return Err(Trouble::NotFound(answer.status().as_u16()));
    }
    serde_json::from_slice(answer.body()).map_err(|_| Trouble::NotIssuer)
}

pub(super) fn trouble(problem: CallProblem) -> Trouble {
    match problem {
        CallProblem::NotReachable => Trouble::NotReachable,
        CallProblem::NotTrusted => Trouble::NotTrusted,
        CallProblem::Timeout => Trouble::Timeout,
        CallProblem::NotEncrypted => Trouble::NotEncrypted,
        CallProblem::TooLarge => Trouble::NotIssuer,
    }
}

#[cfg(test)]
mod tests {
    use super::stays_private;

    #[test]
    fn nobody_is_sent_to_an_address_that_is_not_encrypted() {
        for good in ["https://login.example/authorize", "https://x.example/a?p=b2c", "http://127.0.0.1:1/a"] {
            assert!(stays_private(good), "{good}");
        }
        for bad in ["http://login.example/a", "javascript:alert(1)", "https://u:p@x.example/", "data:,x", ""]
        {
            assert!(!stays_private(bad), "{bad}");
        }
    }
}
