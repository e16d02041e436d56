use sea_orm::ConnectionTrait;
use serde_json::json;

use super::{Refusal, refused, store};
use crate::api_keys;
use crate::audit::{self, By, Event};
use crate::auth::{self, Entry, Purpose};
use crate::clock::Timestamp;
use crate::oidc::claims::{Claims, Unread};
use crate::oidc::{Error, StoredOidc};
use crate::sessions;
use crate::state::State;
use crate::tenants;
use crate::users::{self, NewUser};
use crate::values::{EmailAddress, Origin, Role, TenantId, UserId};

/// Finds the account of whom the service speaks, or makes one, and lets them in.
pub(super) async fn admit(
    state: &State,
    tenant: TenantId,
    (service, claims): (&StoredOidc, Claims),
    origin: Origin,
    verified_at: Timestamp,
) -> Result<Entry, Error> {
    let settings = &service.settings;
    let now = state.clock.now();
    let tx = state.db.write().await?;
    let subject = claims.subject().ok_or_else(|| refused(Refusal::NotVerified))?;
    let mut events = Vec::new();
    let mut refusal = None;
    let known = store::find_identity(&*tx, tenant, &settings.issuer, subject).await?;
    let user = match known {
        Some(user) => user,
        None => {
            let (user, event) = connect(&*tx, tenant, service, &claims, now).await?;
            store::insert_identity(&*tx, tenant, (&settings.issuer, subject), user, now).await?;
            events.push(event);
            user
        }
    };
    let account = users::find_own_credentials(&*tx, tenant, user).await?;
    if !account.is_some_and(|account| account.active) {
        return Err(refused(Refusal::Inactive));
    }
    if let Some(claim) = &settings.role {
        let break_glass = tenants::local_sign_in_only_for(&*tx, tenant).await? == Some(user);
        match claims.role(claim) {
            // who keeps the door open when the service fails must not lose the right to it by the service's word
            Ok(Role::Member) if break_glass => {}
            Ok(role) => events.extend(follow(&*tx, tenant, user, role, now).await?),
            Err(why) => {
                // whoever is in no group any more may have no claim either; the last one and the keeper of the door stay
                let administrators = users::administrators(&*tx, tenant).await?;
                let is_one = administrators.iter().any(|one| one.user == user);
                if why == Unread::Missing && is_one && administrators.len() > 1 && !break_glass {
                    refusal = Some(Refusal::RoleMissing(claim.claim.clone()));
                }
                if is_one {
                    let details = json!({ "user": user.to_string(), "why": why.as_str() });
                    events.push(Event { name: "oidc.role_unread", details });
                }
            }
        }
    }
    let person = sessions::find_person(&*tx, tenant, user).await?;
    let person = person.ok_or_else(|| refused(Refusal::Inactive))?;
    if person.role == Role::TenantAdmin && refusal.is_none() {
        crate::oidc::store::set_proven(&*tx, tenant, service.revision, now).await?;
    }
    let actor = person.actor(origin.clone());
    for event in events {
        audit::record(&*tx, tenant, By::Actor(&actor), event, now).await?;
    }
    if let Some(refusal) = refusal {
        // what is recorded of it stays
        tx.commit().await?;
        return Err(refused(refusal));
    }
    auth::take_begun_back(&*tx, origin.client).await?;
    let entry = auth::admit(&*tx, person, Purpose::Oidc, verified_at, origin, now).await?;
    tx.commit().await?;
    Ok(entry)
}

/// Gives the person that role, and says so if it is another one.
async fn follow(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    role: Role,
    now: Timestamp,
) -> Result<Option<Event>, Error> {
    if !users::follow_role(tx, tenant, user, role).await? {
        return Ok(None);
    }
    if role != Role::TenantAdmin {
        api_keys::end_all_of(tx, tenant, user, now).await?;
    }
    let details = json!({ "user": user.to_string(), "role": role.as_str() });
    Ok(Some(Event { name: "oidc.role_changed", details }))
}

/// The account with the address that the service vouches for, or a new one, if that is wished.
async fn connect(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    service: &StoredOidc,
    claims: &Claims,
    now: Timestamp,
) -> Result<(UserId, Event), Error> {
    let settings = &service.settings;
    let email = claims.verified_email().ok_or_else(|| match claims.why_not_heard() {
        Some(trouble) => refused(Refusal::Service(trouble.clone())),
        None => refused(Refusal::NotVerified),
    })?;
    // a service that is shared with others vouches for anybody's address
    let is_welcome = is_welcome(&settings.allowed_domains, &email);
    if let Some(found) = users::find_credentials(tx, tenant, &email).await? {
        if !settings.allowed_domains.is_empty() && !is_welcome {
            return Err(refused(Refusal::OtherDomain(email.to_string())));
        }
        // an address that was given to somebody else at the service is no key to the account of who had it
        if store::is_connected(tx, tenant, &settings.issuer, found.user).await? {
            return Err(refused(Refusal::Connected(email.to_string())));
        }
        let details = json!({ "user": found.user.to_string(), "issuer": settings.issuer });
        return Ok((found.user, Event { name: "oidc.connected", details }));
    }
    if !settings.just_in_time || !is_welcome {
        return Err(refused(Refusal::Unknown(email.to_string())));
    }
    let role = settings.role.as_ref().map(|role| claims.role(role));
    let role = role.and_then(Result::ok).unwrap_or(Role::Member);
    let name = claims.name(&email);
    let details = json!({ "email": email.to_string(), "role": role.as_str() });
    let user = NewUser { email, name, role, language: None, time_zone: None };
    let user = users::add(tx, tenant, user, now).await?;
    Ok((user, Event { name: "oidc.user_created", details }))
}

fn is_welcome(domains: &[String], email: &EmailAddress) -> bool {
    domains.iter().any(|domain| domain.eq_ignore_ascii_case(email.domain()))
}
