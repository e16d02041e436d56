use std::path::Path;

use serde_json::json;

use super::{Failure, say};
use crate::audit::{self, By, Event};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Tx};
use crate::i18n::Language;
use crate::second_factor;
use crate::tenants::{self, Slug};
use crate::users::{self, NewUser, PASSWORD_LINK_LIFE};
use crate::values::{EmailAddress, Role, TenantId, UserId};
use crate::vault::Vault;

pub(super) fn generate_key(output: &Path) -> Result<(), Failure> {
    Vault::generate(output).map_err(Failure::of)?;
    say(&format!(
        "A new master key is in {}. Keep a copy in a safe place: without it no stored secret opens.",
        output.display()
    ));
    Ok(())
}

async fn open(config: &Config) -> Result<Db, Failure> {
    let opened = Db::open_for_long_work(config.database_url.expose()).await;
    opened.map_err(|error| Failure(format!("the database (POSTHORN_DATABASE_URL) cannot be opened: {error}")))
}

pub(super) async fn migrate(config: Config) -> Result<(), Failure> {
    let db = open(&config).await?;
    let pending = db.pending_migrations().await.map_err(Failure::of)?;
    db.migrate().await.map_err(Failure::of)?;
    say(&format!("The schema is up to date; {pending} migrations were applied."));
    Ok(())
}

pub(super) async fn open_migrated(config: &Config) -> Result<Db, Failure> {
    let db = open(config).await?;
    if db.pending_migrations().await.map_err(Failure::of)? > 0 {
        return Err(Failure(
            "the database's schema is not up to date; run `posthorn migrate` first".to_owned(),
        ));
    }
    Ok(db)
}

fn language(locale: Option<&str>) -> Result<Option<Language>, Failure> {
    match locale {
        None => Ok(None),
        Some(code) => match Language::parse(code) {
            Some(language) => Ok(Some(language)),
            None => Err(Failure(format!("--locale {code}: expected de or en"))),
        },
    }
}

pub(super) fn address(text: &str) -> Result<EmailAddress, Failure> {
    EmailAddress::parse(text)
        .map_err(|problem| Failure(format!("{text}: {}", problem.text().say(Language::English))))
}

pub(super) fn name(name: Option<String>, default: &EmailAddress) -> Result<String, Failure> {
    let Some(name) = name else { return Ok(default.to_string()) };
    let parsed = users::directory::parse_name(&name);
    parsed.ok_or_else(|| Failure("a name has 1 to 100 characters on one line".to_owned()))
}

pub(super) async fn create_tenant(
    config: Config,
    slug: &str,
    tenant_name: &str,
    locale: Option<&str>,
    admin: &str,
    admin_name: Option<String>,
) -> Result<(), Failure> {
    let parsed = Slug::parse(slug);
    let slug =
        parsed.ok_or(Failure(format!("{slug}: a tenant's slug has 1 to 40 letters, digits and hyphens")))?;
    let language = language(locale)?;
    let admin = address(admin)?;
    let tenant_name = name(Some(tenant_name.to_owned()), &admin)?;
    let admin_name = name(admin_name, &admin)?;
    let db = open_migrated(&config).await?;
    let now = Clock::System.now();
    let tx = db.write().await.map_err(Failure::of)?;
    let tenant = tenants::create(&*tx, &slug, &tenant_name, language, now).await.map_err(Failure::of)?;
    let event = Event { name: "tenant.created", details: json!({ "slug": slug.as_str() }) };
    let user =
        NewUser { email: admin, name: admin_name, role: Role::TenantAdmin, language: None, time_zone: None };
    add_user(&config, tx, (tenant, slug.as_str()), user, vec![event]).await
}

pub(super) async fn create_user(
    config: Config,
    email: &str,
    tenant: &str,
    user_name: Option<String>,
    role: &str,
    locale: Option<&str>,
) -> Result<(), Failure> {
    let email = address(email)?;
    let role = Role::parse(role).ok_or(Failure(format!("--role {role}: expected member or tenant-admin")))?;
    let user =
        NewUser { name: name(user_name, &email)?, email, role, language: language(locale)?, time_zone: None };
    let db = open_migrated(&config).await?;
    let tx = db.write().await.map_err(Failure::of)?;
    let found = tenants::find_by_slug(&*tx, tenant).await.map_err(Failure::of)?;
    let found = found.ok_or(Failure(format!("there is no tenant `{tenant}` in service")))?;
    add_user(&config, tx, (found.id, tenant), user, vec![]).await
}

async fn add_user(
    config: &Config,
    tx: Tx,
    (tenant, slug): (TenantId, &str),
    user: NewUser,
    mut events: Vec<Event>,
) -> Result<(), Failure> {
    let now = Clock::System.now();
    let (email, role) = (user.email.to_string(), user.role);
    let id = users::add(&*tx, tenant, user, now).await.map_err(Failure::of)?;
    let event = Event { name: "user.created", details: json!({ "email": email, "role": role.as_str() }) };
    events.push(event);
    print_link(config, tx, (tenant, slug), id, &email, events).await
}

pub(super) async fn link_user(config: Config, email: &str, tenant: &str) -> Result<(), Failure> {
    let email = address(email)?;
    let db = open_migrated(&config).await?;
    let tx = db.write().await.map_err(Failure::of)?;
    let found = tenants::find_by_slug(&*tx, tenant).await.map_err(Failure::of)?;
    let found = found.ok_or(Failure(format!("there is no tenant `{tenant}` in service")))?;
    let user = users::find_credentials(&*tx, found.id, &email).await.map_err(Failure::of)?;
    let user = user.ok_or(Failure(format!("there is no user {email} in this tenant")))?;
    let event = Event { name: "user.password_link", details: json!({ "email": email.to_string() }) };
    print_link(&config, tx, (found.id, tenant), user.user, &email.to_string(), vec![event]).await
}

pub(super) async fn allow_passwords(config: Config, tenant: &str) -> Result<(), Failure> {
    let db = open_migrated(&config).await?;
    let tx = db.write().await.map_err(Failure::of)?;
    let found = tenants::find_by_slug(&*tx, tenant).await.map_err(Failure::of)?;
    let found = found.ok_or(Failure(format!("there is no tenant `{tenant}` in service")))?;
    tenants::set_local_sign_in_only_for(&*tx, found.id, None).await.map_err(Failure::of)?;
    let details = json!({ "password_only_for": null });
    let event = Event { name: "sign_in.rules_changed", details };
    audit::record(&*tx, found.id, By::Operator, event, Clock::System.now()).await.map_err(Failure::of)?;
    tx.commit().await.map_err(Failure::of)?;
    say(&format!("Everybody of {tenant} who has a password can sign in with it."));
    Ok(())
}

pub(super) async fn reset_second_factor(config: Config, tenant: &str, email: &str) -> Result<(), Failure> {
    let email = address(email)?;
    let db = open_migrated(&config).await?;
    let found = tenants::find_by_slug(db.read(), tenant).await.map_err(Failure::of)?;
    let found = found.ok_or(Failure(format!("there is no tenant `{tenant}` in service")))?;
    let user = users::find_credentials(db.read(), found.id, &email).await.map_err(Failure::of)?;
    let user = user.ok_or(Failure(format!("there is no user {email} in this tenant")))?;
    second_factor::reset_by_operator(&db, found.id, user.user, Clock::System.now())
        .await
        .map_err(|error| Failure(format!("{email}: {error}")))?;
    say(&format!("{email} signs in without a second factor now, and can set up another one."));
    Ok(())
}

async fn print_link(
    config: &Config,
    tx: Tx,
    (tenant, slug): (TenantId, &str),
    user: UserId,
    email: &str,
    events: Vec<Event>,
) -> Result<(), Failure> {
    let now = Clock::System.now();
    let link = users::password_link(&*tx, tenant, user, now).await.map_err(Failure::of)?;
    audit::record_all(&*tx, tenant, By::Operator, events, now).await.map_err(Failure::of)?;
    tx.commit().await.map_err(Failure::of)?;
    let days = PASSWORD_LINK_LIFE.as_secs() / 86_400;
    say(&format!("{email} sets the password here. The link works once, within {days} days:"));
    say(&format!("{}/welcome/{}", config.base_url.tenant(slug), link.expose()));
    Ok(())
}
