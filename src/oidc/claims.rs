use serde_json::{Map, Value};

use super::{RoleClaim, Trouble};
use crate::values::{EmailAddress, Role};

/// What a service says of a person, after its signature was checked.
#[derive(Clone, Debug)]
pub(super) struct Claims {
    said: Map<String, Value>,
    /// Why nothing was heard where the service says more than in its token.
    not_heard: Option<Trouble>,
}

/// Why nobody knows which role a service gives a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// Entra ID names an address in place of the groups of whom is in very many.
    TooMany,
    /// It may stand where the service did not answer.
    UserInfo,
    /// Nothing is said of it.
    Missing,
    /// It is said in a form that nobody understands.
    Shape,
}

impl Unread {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::TooMany => "too_many",
            Self::UserInfo => "user_info",
            Self::Missing => "missing",
            Self::Shape => "shape",
        }
    }
}

impl Claims {
    /// Of the claims of a token that was believed.
    pub(super) fn of_believed_token(said: Map<String, Value>) -> Self {
        Self { said, not_heard: None }
    }

    /// Remembers that the service did not say more.
    pub(super) fn not_heard(&mut self, why: Trouble) {
        self.not_heard = Some(why);
    }

    /// Why the service did not say more, if it should have.
    pub(super) fn why_not_heard(&self) -> Option<&Trouble> {
        self.not_heard.as_ref()
    }

    /// Who it is at the service.
    pub(super) fn subject(&self) -> Option<&str> {
        self.said.get("sub").and_then(Value::as_str).filter(|subject| !subject.is_empty())
    }

    /// Adds what the service says at its other address; the token's word counts more. Of another person nothing is taken
    /// over (OpenID Connect Core 1.0, section 5.3.2).
    pub(super) fn complete(&mut self, more: Map<String, Value>) {
        if more.get("sub") != self.said.get("sub") {
            return self.not_heard(Trouble::UserInfo);
        }
        for (name, value) in more {
            self.said.entry(name).or_insert(value);
        }
    }

    /// Whether that much is said already.
    pub(super) fn are_complete(&self, role: Option<&RoleClaim>) -> bool {
        self.said.contains_key("email") && role.is_none_or(|role| self.find(&role.claim).is_some())
    }

    /// The address, if the service vouches for it. Entra ID has no `email_verified`; there `xms_edov` says that
    /// the domain's owner was proved.
    pub(super) fn verified_email(&self) -> Option<EmailAddress> {
        let is_true = |name: &str| match self.said.get(name) {
            Some(Value::Bool(is)) => *is,
            Some(Value::String(text)) => text == "true" || text == "1",
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            _ => false,
        };
        let verified = match self.said.get("email_verified") {
            Some(_) => is_true("email_verified"),
            None => is_true("xms_edov"),
        };
        let email = self.said.get("email").and_then(Value::as_str).filter(|_| verified)?;
        EmailAddress::parse(email).ok()
    }

    /// What the person is called; else their address.
    pub(super) fn name(&self, email: &EmailAddress) -> String {
        let name = self.said.get("name").and_then(Value::as_str).unwrap_or_default();
        let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
        if name.trim().is_empty() { email.to_string() } else { name.trim().to_owned() }
    }

    /// The role that the claim gives; only a claim that is read gives or takes one.
    pub(super) fn role(&self, role: &RoleClaim) -> Result<Role, Unread> {
        let wanted = role.value.trim();
        let is_scope = matches!(role.claim.rsplit('.').next(), Some("scope" | "scp"));
        let holds = |text: &str| {
            text == role.value
                || text.split(',').any(|part| part.trim() == wanted)
                || (is_scope && text.split_whitespace().any(|part| part == wanted))
        };
        let given = match self.find(&role.claim) {
            Some(Value::String(text)) => holds(text),
            Some(Value::Array(all)) if all.iter().all(is_plain) => all.iter().any(|one| match one {
                Value::String(text) => *text == role.value,
                other => written(other) == role.value,
            }),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => written(value) == role.value,
            Some(Value::Null) | None => return Err(self.why_missing(&role.claim)),
            Some(Value::Array(_) | Value::Object(_)) => return Err(Unread::Shape),
        };
        Ok(if given { Role::TenantAdmin } else { Role::Member })
    }

    fn why_missing(&self, claim: &str) -> Unread {
        let first = claim.split('.').next().unwrap_or(claim);
        let elsewhere = self.said.get("_claim_names").and_then(Value::as_object);
        let is_elsewhere =
            elsewhere.is_some_and(|names| names.contains_key(claim) || names.contains_key(first));
        let has_more =
            self.said.get("hasgroups").is_some_and(|has| has == &Value::Bool(true) || has == "true");
        if is_elsewhere || (claim == "groups" && has_more) {
            Unread::TooMany
        } else if self.not_heard.is_some() {
            Unread::UserInfo
        } else {
            Unread::Missing
        }
    }

    /// A claim by its name, or by a way into objects such as `realm_access.roles`.
    fn find(&self, name: &str) -> Option<&Value> {
        if let Some(value) = self.said.get(name) {
            return Some(value);
        }
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(self.said.get(first)?, |value, step| value.get(step))
    }
}

/// A number or a truth value as JSON writes it.
fn written(value: &Value) -> String {
    value.to_string()
}

fn is_plain(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        let Value::Object(map) = value else { panic!("an object") };
        Claims::of_believed_token(map)
    }

    #[test]
    fn only_an_address_counts_that_the_service_vouches_for() {
        let email = |more: Value| {
            let mut all = claims(json!({ "sub": "1", "email": "Anna@acme.example" }));
            let Value::Object(more) = more else { panic!("an object") };
            all.said.extend(more);
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
            assert_eq!(role(claim, "admin", all), Ok(Role::TenantAdmin), "{claim}");
        }
        for (claim, all) in [
            ("roles", json!({ "roles": ["administrators"] })),
            ("roles", json!({ "roles": "an admin" })),
            ("roles", json!({ "roles": [] })),
            ("roles", json!({ "roles": "" })),
            ("roles", json!({ "roles": ["staff, admin"] })),
        ] {
            assert_eq!(role(claim, "admin", all), Ok(Role::Member), "{claim}");
        }
        assert_eq!(role("roles", "admin", json!({ "roles": "staff, admin" })), Ok(Role::TenantAdmin));
        assert_eq!(role("scp", "admin", json!({ "scp": "openid admin" })), Ok(Role::TenantAdmin));
    }

    #[test]
    fn what_cannot_be_read_takes_no_role() {
        let groups = RoleClaim { claim: "groups".to_owned(), value: "admin".to_owned() };
        let overage = json!({ "_claim_names": { "groups": "src1" } });
        for (all, why) in [
            (overage, Unread::TooMany),
            (json!({ "hasgroups": true }), Unread::TooMany),
            (json!({}), Unread::Missing),
            (json!({ "groups": null }), Unread::Missing),
            (json!({ "groups": { "admin": {} } }), Unread::Shape),
            (json!({ "groups": [{ "name": "admin" }] }), Unread::Shape),
        ] {
            assert_eq!(claims(all.clone()).role(&groups), Err(why), "{all}");
        }
        let mut unheard = claims(json!({}));
        unheard.not_heard(Trouble::UserInfo);
        assert_eq!(unheard.role(&groups), Err(Unread::UserInfo));
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
