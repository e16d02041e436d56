//! The sample tenants and their people.

use super::mails;
use crate::api_keys::{self, Filter, MAX_LIFE, NewKey, Status};
use crate::auth;
use crate::config::BaseUrl;
use crate::i18n::Language;
use crate::messages::{self, Policy};
use crate::outbox;
use crate::sessions;
use crate::staff;
use crate::state::State;
use crate::tenants::{self, Slug};
use crate::users::directory;
use crate::users::{self, NewUser};
use crate::values::{EmailAddress, Origin, Role, Scopes, Secret, StaffRole, TenantId};

/// A sample tenant as the summary shows it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SampleTenant {
    /// The first label of its host.
    pub slug: &'static str,
    pub url: String,
    pub admin: Account,
    pub members: Vec<Account>,
    /// A key of its administrator for programs, with every scope; another one at each start. Missing, if the
    /// administrator is none any more.
    pub api_key: Option<String>,
}

/// An account of a sample tenant.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Account {
    /// The address to sign in with.
    pub email: &'static str,
    /// The password that it has after `--fresh`.
    pub password: &'static str,
    #[serde(skip)]
    name: &'static str,
}

/// A member of the sample staff.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SampleStaff {
    /// The address to sign in with, at the base host.
    pub email: &'static str,
    /// The password that it has after `--fresh`.
    pub password: &'static str,
    /// What they may do.
    pub role: &'static str,
    /// The secret of their one-time passwords, in base32.
    pub totp_secret: &'static str,
    #[serde(skip)]
    name: &'static str,
}

const STAFF: [SampleStaff; 2] = [
    SampleStaff {
        email: "sam@posthorn.example",
        password: "support-staff-demo",
        role: "support",
        totp_secret: "KRUGS4ZANFZSAYJAMRSW23ZAONSWG4TF",
        name: "Sam Sutter",
    },
    SampleStaff {
        email: "olga@posthorn.example",
        password: "operator-staff-demo",
        role: "operator",
        totp_secret: "KRUGKIDPORUGK4RAMRSW23ZAONSWG4TF",
        name: "Olga Orlow",
    },
];

/// Makes the sample staff, if it is not there yet.
pub(super) async fn ensure_staff(state: &State) -> Result<Vec<SampleStaff>, Error> {
    let present = staff::list(state.db.read()).await?;
    for sample in STAFF {
        if present.iter().any(|(member, _)| member.email == sample.email) {
            continue;
        }
        let email = EmailAddress::parse(sample.email).map_err(|_| Error::Sample(sample.email))?;
        let role = StaffRole::parse(sample.role).ok_or(Error::Sample(sample.role))?;
        let (vault, now) = (&state.vault, state.clock.now());
        let hash = auth::hash_password(&Secret::new(sample.password))?;
        let tx = state.db.write().await?;
        let id = staff::add(&*tx, vault, email, sample.name.to_owned(), role, now).await?;
        staff::set_known(&*tx, vault, id, hash, &Secret::new(sample.totp_secret), now).await?;
        tx.commit().await?;
    }
    Ok(STAFF.to_vec())
}

/// Why the sample people cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tenant cannot be made.
    #[error(transparent)]
    Tenant(#[from] tenants::Error),
    /// A member of the staff cannot be made.
    #[error(transparent)]
    Staff(#[from] staff::Error),
    /// A user cannot be made.
    #[error(transparent)]
    User(#[from] users::Error),
    /// A password cannot be hashed.
    #[error(transparent)]
    Password(#[from] auth::Error),
    /// A key for programs cannot be made.
    #[error(transparent)]
    Key(#[from] api_keys::Error),
    /// A mail cannot be enqueued.
    #[error(transparent)]
    Mail(#[from] outbox::Error),
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
    /// One of the sample values is malformed.
    #[error("the sample value {0} is malformed")]
    Sample(&'static str),
}

/// So many keys of the administrator are looked through for the demo's own.
const MAX_KEYS: usize = 200;

struct Sample {
    slug: &'static str,
    name: &'static str,
    language: Option<Language>,
    admin: Account,
    members: Vec<Account>,
}

fn account(email: &'static str, name: &'static str, password: &'static str) -> Account {
    Account { email, password, name }
}

fn samples() -> Vec<Sample> {
    vec![
        Sample {
            slug: "acme",
            name: "Acme Ltd",
            language: None,
            admin: account("alice@acme.example", "Alice Archer", "acme-admin-demo"),
            members: vec![
                account("ben@acme.example", "Ben Baker", "acme-member-demo"),
                account("carol@acme.example", "Carol Clark", "acme-member-demo"),
            ],
        },
        Sample {
            slug: "globex",
            name: "Globex GmbH",
            language: Some(Language::German),
            admin: account("greta@globex.example", "Greta Gärtner", "globex-admin-demo"),
            members: vec![
                account("hans@globex.example", "Hans Hübner", "globex-member-demo"),
                account("ida@globex.example", "Ida Imhof", "globex-member-demo"),
            ],
        },
    ]
}

/// Makes the sample tenants that are not there yet.
pub(super) async fn ensure(state: &State, base_url: &BaseUrl) -> Result<Vec<SampleTenant>, Error> {
    let mut shown = Vec::new();
    for sample in samples() {
        if tenants::find_by_slug(state.db.read(), sample.slug).await?.is_none() {
            create(state, &sample).await?;
        }
        let api_key = api_key(state, &sample).await?;
        let Sample { slug, admin, members, .. } = sample;
        let url = format!("{}/", base_url.tenant(slug));
        shown.push(SampleTenant { slug, url, admin, members, api_key });
    }
    Ok(shown)
}

async fn create(state: &State, sample: &Sample) -> Result<(), Error> {
    let now = state.clock.now();
    let slug = Slug::parse(sample.slug).ok_or(Error::Sample(sample.slug))?;
    let tx = state.db.write().await?;
    let tenant = tenants::create(&*tx, &slug, sample.name, sample.language, now).await?;
    add(state, &tx, tenant, &sample.admin, Role::TenantAdmin).await?;
    for member in &sample.members {
        add(state, &tx, tenant, member, Role::Member).await?;
    }
    let own = format!("{}.example", sample.slug);
    let policy = Policy::of([own.as_str()]);
    messages::set_policy(&*tx, tenant, &policy, sample.admin.name, now).await?;
    mails::enqueue(state, &tx, tenant, sample.slug).await?;
    Ok(tx.commit().await?)
}

/// A key of the sample administrator. The former one cannot be told again, so it is revoked.
async fn api_key(state: &State, sample: &Sample) -> Result<Option<String>, Error> {
    const NAME: &str = "Demo";
    let (db, now) = (state.db.read(), state.clock.now());
    let email = EmailAddress::parse(sample.admin.email).map_err(|_| Error::Sample(sample.admin.email))?;
    let Some(tenant) = tenants::find_by_slug(db, sample.slug).await? else { return Ok(None) };
    let wanted = directory::Filter { address: Some(email.normalised()), ..directory::Filter::default() };
    let found = directory::list_in_order(db, tenant.id, &wanted, None, 1).await?.rows.pop();
    let Some(found) = found else { return Ok(None) };
    let person = sessions::find_person(db, tenant.id, found.user).await?;
    // whoever tries the portal may have made a member of them
    let Some(person) = person.filter(|person| person.role == Role::TenantAdmin) else { return Ok(None) };
    let actor = person.actor(Origin::local());
    let own = Filter { user: Some(person.user), status: Some(Status::Active) };
    let former = api_keys::list(db, tenant.id, own, None, (MAX_KEYS, now)).await?;
    for key in former.rows.iter().filter(|key| key.name == NAME) {
        api_keys::revoke(&state.db, &actor, key.id, now).await?;
    }
    let new = NewKey { name: NAME.to_owned(), scopes: Scopes::all(), expires_at: now.plus(MAX_LIFE) };
    match api_keys::add(&state.db, &actor, new, None, now).await {
        Ok((_, key)) => Ok(Some(key.expose().to_owned())),
        Err(api_keys::Error::TooMany) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn add(
    state: &State,
    tx: &crate::db::Tx,
    tenant: TenantId,
    account: &Account,
    role: Role,
) -> Result<(), Error> {
    let user = NewUser {
        email: EmailAddress::parse(account.email).map_err(|_| Error::Sample(account.email))?,
        name: account.name.to_owned(),
        role,
        language: None,
        time_zone: Some("Europe/Berlin".to_owned()),
    };
    let id = users::add(&**tx, tenant, user, state.clock.now()).await?;
    let hash = auth::hash_password(&Secret::new(account.password))?;
    Ok(users::set_password(&**tx, tenant, id, hash, state.clock.now()).await?)
}
