use uuid::Uuid;

use super::{Error, Health, Microsoft365Settings, SecretChange, Settings, SmtpSettings, binding, store};
use crate::mail::{Login, Mailer, Microsoft365Account, Sender, SmtpServer};
use crate::state::State;
use crate::values::{EmailAddress, Host, Secret, TenantId};

/// A provider ready to send.
pub struct Active {
    pub mailer: Mailer,
    pub sender: Sender,
    /// Which save it was.
    pub revision: Uuid,
    /// What was known of it when it was loaded.
    pub health: Health,
}

/// The one way to a [`Mailer`]: the tenant's active provider with its secret opened.
///
/// # Errors
/// [`Error::NoProvider`], or when the row cannot be read or its secret opened.
pub async fn mailer_for(state: &State, tenant: TenantId) -> Result<Active, Error> {
    stored(state, tenant).await.map(|(_, active)| active)
}

/// Likewise, with the settings that it was made of.
pub(super) async fn stored(state: &State, tenant: TenantId) -> Result<(Settings, Active), Error> {
    let row = store::find(state.db.read(), tenant).await?.ok_or(Error::NoProvider)?;
    let settings = row.stored.settings;
    let secret = open(state, tenant, &settings, row.sealed_secret.as_deref())?;
    let (mailer, sender) = mailer_of(state, settings.clone(), secret)?;
    let (revision, health) = (row.stored.revision, row.stored.health);
    Ok((settings, Active { mailer, sender, revision, health }))
}

/// What would become active if these settings were saved. The stored secret is opened only if it would be
/// kept, that is for its own destination.
pub(super) async fn of_form(
    state: &State,
    tenant: TenantId,
    settings: &Settings,
    secret: SecretChange,
) -> Result<(Mailer, Sender), Error> {
    let secret = match secret {
        SecretChange::Nothing => None,
        SecretChange::Replace(secret) => Some(secret),
        SecretChange::Keep => {
            let row = store::find(state.db.read(), tenant).await?.ok_or(Error::SecretNeeded)?;
            if row.stored.settings.destination() != settings.destination() {
                return Err(Error::SecretNeeded);
            }
            let sealed = row.sealed_secret.as_deref().ok_or(Error::SecretNeeded)?;
            open(state, tenant, settings, Some(sealed))?
        }
    };
    mailer_of(state, settings.clone(), secret)
}

fn open(
    state: &State,
    tenant: TenantId,
    settings: &Settings,
    sealed: Option<&[u8]>,
) -> Result<Option<Secret>, Error> {
    let destination = settings.destination();
    let open = |sealed| state.vault.open(sealed, &binding(tenant, settings, &destination));
    Ok(sealed.map(open).transpose()?)
}

fn mailer_of(state: &State, settings: Settings, secret: Option<Secret>) -> Result<(Mailer, Sender), Error> {
    let address = EmailAddress::stored(settings.sender_address());
    let address = address.map_err(|problem| Error::Unusable(format!("sender address: {problem:?}")))?;
    let network = state.network.clone();
    let (mailer, name) = match settings {
        Settings::Smtp(smtp) => (Mailer::smtp(smtp_server(&smtp, secret)?, network), smtp.sender_name),
        // without a name of ours: Microsoft shows the mailbox's own
        Settings::Microsoft365(microsoft) => {
            (Mailer::microsoft365(account(microsoft, address.clone(), secret)?, network), None)
        }
    };
    Ok((mailer, Sender { address, name }))
}

fn account(
    settings: Microsoft365Settings,
    mailbox: EmailAddress,
    secret: Option<Secret>,
) -> Result<Microsoft365Account, Error> {
    let client_secret = secret.ok_or_else(|| Error::Unusable("there is no client secret".to_owned()))?;
    let Microsoft365Settings { cloud, tenant_id, client_id, large_messages, .. } = settings;
    Ok(Microsoft365Account { cloud, tenant_id, client_id, client_secret, mailbox, large_messages })
}

fn smtp_server(smtp: &SmtpSettings, secret: Option<Secret>) -> Result<SmtpServer, Error> {
    let host = Host::parse(&smtp.server_address);
    let host = host.map_err(|problem| Error::Unusable(format!("server address: {problem:?}")))?;
    let login = smtp.username().zip(secret).map(|(username, password)| Login { username, password });
    Ok(SmtpServer { host, port: smtp.server_port, security: smtp.security, login })
}
