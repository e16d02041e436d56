use super::manage::{address, name, open_migrated};
use super::{Failure, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Tx};
use crate::staff::{self, LINK_LIFE, StaffMember};
use crate::values::{StaffId, StaffRole};
use crate::vault::Vault;

pub(super) async fn create(
    config: Config,
    email: &str,
    role: &str,
    member_name: Option<String>,
) -> Result<(), Failure> {
    let email = address(email)?;
    let parsed = StaffRole::parse(role);
    let role = parsed.ok_or(Failure(format!("--role {role}: expected support or operator")))?;
    let member_name = name(member_name, &email)?;
    let vault = Vault::read(&config.master_key_file).map_err(Failure::of)?;
    let db = open_migrated(&config).await?;
    let tx = db.write().await.map_err(Failure::of)?;
    let (shown, now) = (email.to_string(), Clock::System.now());
    let id = staff::add(&*tx, &vault, email, member_name, role, now).await.map_err(Failure::of)?;
    print_link(&config, &vault, tx, id, &shown).await
}

pub(super) async fn link(config: Config, email: &str) -> Result<(), Failure> {
    let vault = Vault::read(&config.master_key_file).map_err(Failure::of)?;
    let db = open_migrated(&config).await?;
    let (member, _) = find(&db, email).await?;
    let tx = db.write().await.map_err(Failure::of)?;
    print_link(&config, &vault, tx, member.id, &member.email).await
}

async fn find(db: &Db, email: &str) -> Result<(StaffMember, bool), Failure> {
    let email = address(email)?.normalised();
    let all = staff::list(db.read()).await.map_err(Failure::of)?;
    let found = all.into_iter().find(|(member, _)| member.email.to_lowercase() == email);
    found.ok_or(Failure(format!("there is no member of the staff {email}")))
}

async fn print_link(config: &Config, vault: &Vault, tx: Tx, id: StaffId, email: &str) -> Result<(), Failure> {
    let link = staff::link(&*tx, vault, id, Clock::System.now()).await.map_err(Failure::of)?;
    tx.commit().await.map_err(Failure::of)?;
    let hours = LINK_LIFE.as_secs() / 3600;
    say(&format!("{email} sets password and second factor here. The link works once, within {hours} hours:"));
    say(&format!("{}/staff/welcome/{}", config.base_url, link.expose()));
    Ok(())
}

pub(super) async fn list(config: Config) -> Result<(), Failure> {
    let db = open_migrated(&config).await?;
    for (member, active) in staff::list(db.read()).await.map_err(Failure::of)? {
        let state = if active { "active" } else { "deactivated" };
        say(&format!("{}\t{}\t{state}\t{}", member.email, member.role, member.name));
    }
    Ok(())
}

pub(super) async fn set_active(config: Config, email: &str, active: bool) -> Result<(), Failure> {
    let db = open_migrated(&config).await?;
    let (member, _) = find(&db, email).await?;
    let tx = db.write().await.map_err(Failure::of)?;
    staff::set_active(&*tx, member.id, active).await.map_err(Failure::of)?;
    tx.commit().await.map_err(Failure::of)?;
    let state = if active { "active" } else { "deactivated; their sessions have ended" };
    say(&format!("{} is {state}.", member.email));
    Ok(())
}
