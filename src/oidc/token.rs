//! Believes a token, or says why not (OpenID Connect Core 1.0, section 3.1.3.7; RFC 7519). Only what is used is read: a
//! claim of no concern may have whatever shape a service gives it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeySet, CoreJsonWebKeyUse};
use openidconnect::{JsonWebKey as _, SignatureVerificationError};
use serde_json::{Map, Value};

use super::Trouble;
use super::discovery::SIGNATURES;
use crate::clock::Timestamp;

/// So many seconds the clocks of portal and service may differ.
const LEEWAY: i64 = 60;

/// What a token must say.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    /// Of an ID token; what a service signs at its userinfo address has none, and need not have times and audience
    /// (section 5.3.2).
    pub nonce: Option<&'a str>,
    pub now: Timestamp,
}

/// The claims of a signed token after every check.
pub(super) fn believe(
    token: &str,
    keys: &CoreJsonWebKeySet,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, Trouble> {
    let malformed = Trouble::BadToken("malformed");
    let (signed, signature) = token.rsplit_once('.').ok_or(malformed.clone())?;
    let (header, payload) = signed.split_once('.').ok_or(malformed.clone())?;
    let header = object(header).ok_or(malformed.clone())?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed.clone())?;
    check_signature(&header, signed, &signature, keys)?;
    let claims = object(payload).ok_or(malformed.clone())?;

    let is_id_token = expected.nonce.is_some();
    let says = |name: &str| claims.get(name).and_then(Value::as_str);
    match says("iss") {
        Some(issuer) if issuer == expected.issuer => {}
        None if !is_id_token => {}
        _ => return Err(Trouble::BadToken("issuer")),
    }
    if is_id_token || claims.contains_key("aud") {
        check_audience(&claims, expected.client_id)?;
    }
    if is_id_token && says("nonce") != expected.nonce {
        return Err(Trouble::BadToken("nonce"));
    }
    let now = expected.now.0 / 1_000_000;
    let time = |name: &str| claims.get(name).map(|value| seconds(value).ok_or(malformed.clone())).transpose();
    let (ends, begins) = (time("exp")?, time("nbf")?);
    if is_id_token && ends.is_none() {
        return Err(malformed);
    }
    if ends.is_some_and(|ends| now >= ends.saturating_add(LEEWAY))
        || begins.is_some_and(|begins| now < begins.saturating_sub(LEEWAY))
    {
        return Err(Trouble::Clock);
    }
    if says("sub").is_none_or(str::is_empty) {
        return Err(Trouble::BadToken("subject"));
    }
    Ok(claims)
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn check_signature(
    header: &Map<String, Value>,
    signed: &str,
    signature: &[u8],
    keys: &CoreJsonWebKeySet,
) -> Result<(), Trouble> {
    let says = |name: &str| header.get(name).and_then(Value::as_str);
    let named = says("alg").and_then(|own| SIGNATURES.iter().find(|(_, name)| *name == own));
    let (algorithm, _) = named.ok_or(Trouble::BadToken("signature"))?;
    // a token made for another use says so (RFC 8725, section 3.11)
    if says("typ").is_some_and(|own| !["JWT", "JWS"].iter().any(|name| own.eq_ignore_ascii_case(name))) {
        return Err(Trouble::BadToken("malformed"));
    }
    // an extension that must be understood (RFC 7515, section 4.1.11): we know none
    if header.contains_key("crit") {
        return Err(Trouble::BadToken("malformed"));
    }
    let kid = says("kid");
    let may_be = |key: &&CoreJsonWebKey| {
        let named = key.key_id().map(|id| id.as_str());
        let is_for_signing = key.key_use().is_none_or(|usage| *usage == CoreJsonWebKeyUse::Signature);
        is_for_signing && (kid.is_none() || named.is_none() || kid == named)
    };
    let mut outcome = Err(Trouble::BadToken("unknown key"));
    for key in keys.keys().iter().filter(may_be) {
        match key.verify_signature(algorithm, signed.as_bytes(), signature) {
            Ok(()) => return Ok(()),
            // a key for other signatures
            Err(SignatureVerificationError::InvalidKey(_)) => {}
            Err(_) => outcome = Err(Trouble::BadToken("signature")),
        }
    }
    outcome
}

/// Section 3.1.3.7, steps 3 to 5: several audiences only with the one that the token was given to, and that is us.
fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), Trouble> {
    // what is no text counts as an audience as well: it is not us
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().map(|one| one.as_str().unwrap_or_default()).collect(),
        _ => Vec::new(),
    };
    let party = claims.get("azp").map(|party| party.as_str().unwrap_or_default());
    let is_for_us = audiences.contains(&client_id);
    let is_given_to_us = party.map_or(audiences.len() == 1, |party| party == client_id);
    if is_for_us && is_given_to_us {
        return Ok(());
    }
    let named = audiences.iter().copied().chain(party.filter(|party| !audiences.contains(party)));
    let named = named.collect::<Vec<_>>().join(", ");
    Err(Trouble::Audience(named.chars().filter(|c| !c.is_control()).take(200).collect()))
}

/// Seconds since 1970, whole or not (RFC 7519, section 2), also as a text.
#[allow(clippy::cast_possible_truncation, reason = "`as` ends at the largest number, which is far enough")]
fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|number| number as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
