//! Who there is at this Microsoft: two organisations with their mailboxes, and the apps registered there.

/// An organisation in Microsoft Entra.
#[derive(Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its Directory (tenant) ID.
    pub id: &'static str,
    pub name: &'static str,
    pub domain: &'static str,
    /// The local parts of its users.
    mailboxes: &'static [&'static str],
}

/// A registered app. It has no `Debug`, so that no log shows its secret.
pub struct App {
    /// Its Application (client) ID.
    pub client_id: &'static str,
    pub name: &'static str,
    /// The value of its client secret. Its characters are those that get lost when it is not encoded.
    pub client_secret: &'static str,
    /// Where it is registered.
    pub tenant: &'static Tenant,
    /// What is the matter with it.
    pub state: AppState,
}

/// What is the matter with an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppState {
    /// Nothing: it may send.
    Good,
    /// Nobody gave consent to Mail.Send: it gets a token that allows nothing.
    WithoutConsent,
    /// Its secret is too old.
    SecretExpired,
    /// Users may not sign in to it.
    Disabled,
}

/// What becomes of a mail from a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Good,
    /// A user without a licence, a guest, or a mailbox on the organisation's own server.
    WithoutMailbox,
    /// An access policy keeps apps out.
    Blocked,
    /// Always over its limit.
    Busy,
    Unknown,
}

static ACME: Tenant = Tenant {
    id: "5d3c1f0a-94b7-4e62-8a1d-2f60c7e9b314",
    name: "Acme Ltd",
    domain: "acme.example",
    mailboxes: &["portal", "noreply", "alice", "ben", "carol"],
};

static GLOBEX: Tenant = Tenant {
    id: "c81e7a26-3b5f-4d09-b6e4-70d2f8a19c53",
    name: "Globex GmbH",
    domain: "globex.example",
    mailboxes: &["portal", "noreply", "greta", "hans", "ida"],
};

pub static TENANTS: [&Tenant; 2] = [&ACME, &GLOBEX];

pub static APPS: [App; 5] = [
    App {
        client_id: "1f9b6d42-0c7e-4a35-9e18-b4d7a3c60f21",
        name: "Acme Portal",
        client_secret: "demo~Acme+Portal/may.send_mail&more%1",
        tenant: &ACME,
        state: AppState::Good,
    },
    App {
        client_id: "e60d28c7-5a14-4f9b-8d73-19c5b2e7f048",
        name: "Globex Portal",
        client_secret: "demo~Globex+Portal/may.send_mail&more%2",
        tenant: &GLOBEX,
        state: AppState::Good,
    },
    App {
        client_id: "27a5f3e9-8d61-4b0c-a297-6e0f14d8c3b5",
        name: "Acme Portal, last year",
        client_secret: "demo~Acme+Portal/has.expired&more%3",
        tenant: &ACME,
        state: AppState::SecretExpired,
    },
    App {
        client_id: "9c04e7b1-62fd-4d38-85ba-d3f7290a1e6c",
        name: "Acme Portal, switched off",
        client_secret: "demo~Acme+Portal/is.disabled&more%4",
        tenant: &ACME,
        state: AppState::Disabled,
    },
    App {
        client_id: "b3728f5d-1e90-4c64-97da-058ec4f1a2d7",
        name: "Acme Portal, without consent",
        client_secret: "demo~Acme+Portal/has.no_consent&more%5",
        tenant: &ACME,
        state: AppState::WithoutConsent,
    },
];

impl Tenant {
    /// What becomes of a mail from that user.
    pub(super) fn sender(&self, user_principal_name: &str) -> Sender {
        let name = user_principal_name.to_ascii_lowercase();
        match name.split_once('@') {
            Some((local, domain)) if domain == self.domain => match local {
                "nomailbox" => Sender::WithoutMailbox,
                "blocked" => Sender::Blocked,
                "busy" => Sender::Busy,
                local if self.mailboxes.contains(&local) => Sender::Good,
                _ => Sender::Unknown,
            },
            _ => Sender::Unknown,
        }
    }
}

/// The tenant of that ID or domain.
pub(super) fn tenant(id_or_domain: &str) -> Option<&'static Tenant> {
    TENANTS
        .into_iter()
        .find(|tenant| [tenant.id, tenant.domain].iter().any(|own| own.eq_ignore_ascii_case(id_or_domain)))
}

/// The app of that client ID, if it is one of the tenant's.
pub(super) fn app(tenant: &Tenant, client_id: &str) -> Option<&'static App> {
    APPS.iter().find(|app| app.tenant == tenant && app.client_id.eq_ignore_ascii_case(client_id))
}
