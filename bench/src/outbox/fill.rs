use std::sync::Arc;
use std::time::{Duration, Instant};

use posthorn::email_provider::{self, SecretChange, Seen, Settings, SignIn, SmtpSettings};
use posthorn::i18n::Language;
use posthorn::mail::Security;
use posthorn::outbox::{self, Announcement, NewMail, Recipient, SendOptions};
use posthorn::state::State;
use posthorn::tenants::{self, Slug};
use posthorn::values::{Actor, EmailAddress, Origin, Role, Secret, TenantId, UserId};
use serde::Deserialize;
use serde_json::json;

use crate::Fault;

/// What headers and the HTML part take of a message's size.
const OVERHEAD: usize = 900;

/// What to enqueue.
#[derive(Deserialize)]
pub(crate) struct Fill {
    /// How many tenants, from `load-0001` on.
    tenants: u32,
    /// For each of them.
    messages_each: u64,
    /// Recipients of one content, which are one event and one transaction.
    recipients: u64,
    size: usize,
    server: String,
    port: u16,
    /// With StartTLS and this sign-in; left out: neither.
    login: Option<Login>,
    /// The recipients' local part; left out: `user-0` and so on.
    local_part: Option<String>,
}

#[derive(Deserialize)]
struct Login {
    user: String,
    password: String,
}

pub(crate) async fn fill(state: &State, fill: Fill) -> Result<serde_json::Value, Fault> {
    let line = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ and so on\n";
    let mail = Arc::new(Announcement {
        subject: "A message to measure with".to_owned(),
        text: line.repeat(fill.size.saturating_sub(OVERHEAD) / line.len() + 1),
        html: "<p>A message to measure with</p>\n".to_owned(),
    });
    let (mut preparing, mut enqueuing, mut longest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for number in 1..=fill.tenants {
        let slug = format!("load-{number:04}");
        let started = Instant::now();
        let tenant = tenant(state, &slug, &fill).await?;
        preparing += started.elapsed();
        let mut done = 0;
        while done < fill.messages_each {
            let count = fill.recipients.min(fill.messages_each - done);
            let recipients: Vec<Recipient> =
                (done..done + count).map(|n| recipient(&slug, n, &fill)).collect::<Result<_, _>>()?;
            let started = Instant::now();
            let tx = state.db.write().await?;
            let mail =
                NewMail { mail: mail.clone(), files: Vec::new(), terms: SendOptions::BULK, recipients };
            outbox::enqueue(&*tx, state, tenant, &[mail]).await?;
            tx.commit().await?;
            enqueuing += started.elapsed();
            longest = longest.max(started.elapsed());
            done += count;
        }
    }
    outbox::wake(state).await;
    Ok(json!({
        "preparing": preparing.as_secs_f64(),
        "enqueuing": enqueuing.as_secs_f64(),
        "longest": longest.as_secs_f64(),
    }))
}

fn recipient(slug: &str, number: u64, fill: &Fill) -> Result<Recipient, Fault> {
    let local = fill.local_part.clone().unwrap_or_else(|| format!("user-{number}"));
    let address = EmailAddress::parse(&format!("{local}@{slug}.example"));
    let address = address.map_err(|problem| problem.text().say(Language::English))?;
    Ok(Recipient { address, language: Language::English, key: None })
}

async fn tenant(state: &State, slug: &str, fill: &Fill) -> Result<TenantId, Fault> {
    let tenant = match tenants::find_by_slug(state.db.read(), slug).await? {
        Some(tenant) => tenant.id,
        None => {
            let slug = Slug::parse(slug).ok_or("no slug")?;
            let tx = state.db.write().await?;
            let tenant = tenants::create(&*tx, &slug, slug.as_str(), None, state.clock.now()).await?;
            tx.commit().await?;
            tenant
        }
    };
    let actor = Actor {
        tenant,
        user: UserId::new(),
        name: "bench".to_owned(),
        role: Role::TenantAdmin,
        origin: Origin::local(),
        support: None,
        api_key: None,
    };
    let (security, sender_address, sign_in, secret) = match &fill.login {
        Some(login) => {
            let secret = SecretChange::Replace(Secret::new(login.password.clone()));
            (Security::StartTls, login.user.clone(), SignIn::Sender, secret)
        }
        None => (Security::None, format!("portal@{slug}.example"), SignIn::Nobody, SecretChange::Nothing),
    };
    let settings = Settings::Smtp(SmtpSettings {
        server_address: fill.server.clone(),
        server_port: fill.port,
        security,
        sender_address,
        sender_name: None,
        sign_in,
    });
    email_provider::save(state, &actor, &settings, secret, Seen::Unsaid).await?;
    Ok(tenant)
}
