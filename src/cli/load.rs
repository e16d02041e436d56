use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Failure, run, say};
use crate::config::{BaseUrl, Config};
use crate::email_provider::{self, SecretChange, Seen, Settings, SignIn, SmtpSettings};
use crate::i18n::Language;
use crate::mail::Security;
use crate::outbox::{self, Announcement, NewMail, Recipient, SendOptions};
use crate::state::State;
use crate::tenants::{self, Slug};
use crate::values::{Actor, EmailAddress, Host, Origin, Role, TenantId, UserId};

/// So many messages are enqueued in one transaction.
const BATCH: u64 = 10_000;
/// What headers and the HTML part take of a message's size.
const OVERHEAD: usize = 900;

/// What to fill the outbox with.
pub(super) struct Load {
    pub messages: u64,
    pub tenants: u32,
    pub size: usize,
    pub smtp: String,
    pub ids: Option<PathBuf>,
}

/// Fills the outbox. It overwrites the provider of its tenants, and sends mail to made-up addresses: so only
/// where nobody works.
pub(super) async fn load(config: Config, load: Load) -> Result<(), Failure> {
    if !is_development(&config.base_url) {
        return Err(Failure(
            "`outbox load` is for development only: POSTHORN_BASE_URL must be http on localhost".to_owned(),
        ));
    }
    if load.tenants == 0 || load.tenants > 100_000 {
        return Err(Failure("--tenants: expected 1 to 100000".to_owned()));
    }
    let provider = provider(&load.smtp)?;
    let mut ids = match &load.ids {
        Some(path) => {
            let file = std::fs::File::create(path);
            let file = file.map_err(|error| Failure(format!("--ids {}: {error}", path.display())))?;
            Some(std::io::BufWriter::new(file))
        }
        None => None,
    };
    let state = run::open(config).await?;
    let text = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ and so on\n";
    let mail = Arc::new(Announcement {
        subject: "A message to fill the outbox with".to_owned(),
        text: text.repeat(load.size.saturating_sub(OVERHEAD) / text.len() + 1),
        html: "<p>A message to fill the outbox with</p>\n".to_owned(),
    });
    let each = load.messages / u64::from(load.tenants);
    let more = load.messages % u64::from(load.tenants);
    for number in 1..=load.tenants {
        let slug = format!("load-{number:04}");
        let tenant = tenant(&state, &slug, &provider).await?;
        let mut left = each + u64::from(u64::from(number) <= more);
        let mut enqueued = 0;
        while left > 0 {
            let count = left.min(BATCH);
            let recipients: Result<Vec<Recipient>, Failure> =
                (enqueued..enqueued + count).map(|n| recipient(&slug, n)).collect();
            let tx = state.db.write().await.map_err(Failure::of)?;
            let (files, terms, recipients) = (Vec::new(), SendOptions::BULK, recipients?);
            let mails = [NewMail { mail: mail.clone(), files, terms, recipients }];
            let enqueued_now = outbox::enqueue(&*tx, &state, tenant, &mails).await.map_err(Failure::of)?;
            tx.commit().await.map_err(Failure::of)?;
            if let Some(file) = &mut ids {
                for id in enqueued_now.ids.into_iter().flatten() {
                    writeln!(file, "{}", outbox::message_id(&state, id)).map_err(Failure::of)?;
                }
            }
            (left, enqueued) = (left - count, enqueued + count);
        }
    }
    if let Some(file) = &mut ids {
        file.flush().map_err(Failure::of)?;
    }
    outbox::wake(&state).await;
    say(&format!("{} messages of {} tenants are enqueued.", load.messages, load.tenants));
    Ok(())
}

/// Whether only this machine sees it.
fn is_development(base_url: &BaseUrl) -> bool {
    !base_url.https && (base_url.host == "localhost" || base_url.host.ends_with(".localhost"))
}

fn provider(smtp: &str) -> Result<(Host, u16), Failure> {
    let wrong = || Failure(format!("--smtp {smtp}: expected HOST:PORT"));
    let (host, port) = smtp.rsplit_once(':').ok_or_else(wrong)?;
    let host = Host::parse(host.trim_matches(['[', ']'])).map_err(|_| wrong())?;
    Ok((host, port.parse().map_err(|_| wrong())?))
}

fn recipient(slug: &str, number: u64) -> Result<Recipient, Failure> {
    let address = EmailAddress::parse(&format!("user-{number}@{slug}.example"));
    let address = address.map_err(|problem| Failure(problem.text().say(Language::English)))?;
    Ok(Recipient { address, language: Language::English, key: None })
}

async fn tenant(state: &State, slug: &str, (host, port): &(Host, u16)) -> Result<TenantId, Failure> {
    let found = tenants::find_by_slug(state.db.read(), slug).await.map_err(Failure::of)?;
    let tenant = match found {
        Some(tenant) => tenant.id,
        None => {
            let slug = Slug::parse(slug).ok_or(Failure(format!("{slug}: no slug")))?;
            let tx = state.db.write().await.map_err(Failure::of)?;
            let tenant = tenants::create(&*tx, &slug, slug.as_str(), None, state.clock.now()).await;
            let tenant = tenant.map_err(Failure::of)?;
            tx.commit().await.map_err(Failure::of)?;
            tenant
        }
    };
    let actor = Actor {
        tenant,
        user: UserId::new(),
        name: "operator".to_owned(),
        role: Role::TenantAdmin,
        origin: Origin::local(),
        support: None,
        api_key: None,
    };
    let settings = Settings::Smtp(SmtpSettings {
        server_address: host.to_string(),
        server_port: *port,
        security: Security::None,
        sender_address: format!("portal@{slug}.example"),
        sender_name: None,
        sign_in: SignIn::Nobody,
    });
    let saved = email_provider::save(state, &actor, &settings, SecretChange::Nothing, Seen::Unsaid).await;
    saved.map_err(Failure::of)?;
    Ok(tenant)
}
