use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::RoleClaim;
use crate::values::{EmailAddress, Role};

/// What a service says of a person, after its signature was checked.
#[derive(Clone, Debug)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// The contents of a token whose signature, audience and time were checked before.
    pub(super) fn of_checked_token(token: &str) -> Option<Self> {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice(&payload).ok().map(Self)
    }

    /// Who it is at the service.
    pub(super) fn subject(&self) -> Option<&str> {
        self.0.get("sub").and_then(Value::as_str).filter(|subject| !subject.is_empty())
    }

    /// Adds what the service says at its other address, if it speaks of the same person. The token's word counts
    /// more.
    pub(super) fn complete(&mut self, more: Map<String, Value>) {
        if more.get("sub") != self.0.get("sub") {
            return;
        }
        for (name, value) in more {
            self.0.entry(name).or_insert(value);
        }
    }

    /// Whether that much is said already.
    pub(super) fn are_complete(&self, role: Option<&RoleClaim>) -> bool {
        self.0.contains_key("email") && role.is_none_or(|role| self.find(&role.claim).is_some())
    }

    /// The address, if the service vouches for it. Entra ID has no `email_verified`; there `xms_edov` says that
    /// the domain's owner was proved.
    pub(super) fn verified_email(&self) -> Option<EmailAddress> {
        let is_true = |name: &str| match self.0.get(name) {
            Some(Value::Bool(is)) => *is,
            Some(Value::String(text)) => text == "true" || text == "1",
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            _ => false,
        };
        let verified = match self.0.get("email_verified") {
            Some(_) => is_true("email_verified"),
            None => is_true("xms_edov"),
        };
        let email = self.0.get("email").and_then(Value::as_str).filter(|_| verified)?;
        EmailAddress::parse(email).ok()
    }

    /// What the person is called; else their address.
    pub(super) fn name(&self, email: &EmailAddress) -> String {
        let name = self.0.get("name").and_then(Value::as_str).unwrap_or_default();
        let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
        if name.trim().is_empty() { email.to_string() } else { name.trim().to_owned() }
    }

    /// The role that the claim gives.
    pub(super) fn role(&self, role: &RoleClaim) -> Role {
        let given = match self.find(&role.claim) {
            Some(Value::String(one)) => *one == role.value,
            Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(&role.value)),
            Some(Value::Bool(is)) => is.to_string() == role.value,
            _ => false,
        };
        if given { Role::TenantAdmin } else { Role::Member }
    }

    /// A claim by its name, or by a way into objects such as `realm_access.roles`.
    fn find(&self, name: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(name) {
            return Some(value);
        }
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(self.0.get(first)?, |value, step| value.get(step))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        let Value::Object(map) = value else { panic!("an object") };
        Claims(map)
    }

    #[test]
    fn only_an_address_counts_that_the_service_vouches_for() {
        let email = |more: Value| {
            let mut all = claims(json!({ "sub": "1", "email": "Anna@acme.example" }));
            let Value::Object(more) = more else { panic!("an object") };
            all.0.extend(more);
            all.verified_email().map(|email| email.normalised())
        };
        for good in [
            json!({ "email_verified": true }),
            json!({ "email_verified": "true" }),
            json!({ "xms_edov": "1" }),
            json!({ "xms_edov": 1 }),
            json!({ "xms_edov": true }),
        ] {
            assert_eq!(email(good.clone()).as_deref(), Some("anna@acme.example"), "{good}");
        }
        for bad in [
            json!({}),
            json!({ "email_verified": false }),
            json!({ "email_verified": "false" }),
            json!({ "email_verified": false, "xms_edov": true }),
            json!({ "email_verified": true, "email": "no address" }),
            json!({ "email_verified": null }),
        ] {
            assert_eq!(email(bad.clone()), None, "{bad}");
        }
    }

    #[test]
    fn a_role_is_one_value_or_one_of_several_also_within_objects() {
        let role = |claim: &str, value: &str, all: Value| {
            claims(all).role(&RoleClaim { claim: claim.to_owned(), value: value.to_owned() })
        };
        for (claim, all) in [
            ("roles", json!({ "roles": ["a", "admin"] })),
            ("role", json!({ "role": "admin" })),
            ("realm_access.roles", json!({ "realm_access": { "roles": ["admin"] } })),
            ("https://acme.example/roles", json!({ "https://acme.example/roles": ["admin"] })),
        ] {
            assert_eq!(role(claim, "admin", all), Role::TenantAdmin, "{claim}");
        }
        for (claim, all) in [
            ("roles", json!({ "roles": ["administrators"] })),
            ("roles", json!({ "roles": "an admin" })),
            ("roles", json!({})),
            ("realm_access.roles", json!({ "realm_access": "roles" })),
        ] {
            assert_eq!(role(claim, "admin", all), Role::Member, "{claim}");
        }
    }

    #[test]
    fn what_is_said_of_another_person_is_not_taken_over() {
        let mut own = claims(json!({ "sub": "1" }));
        let Value::Object(other) = json!({ "sub": "2", "email": "x@y.example" }) else { panic!() };
        own.complete(other);
        assert!(!own.are_complete(None));
        let Value::Object(same) = json!({ "sub": "1", "email": "x@y.example" }) else { panic!() };
        own.complete(same);
        assert!(own.are_complete(None));
    }
}
