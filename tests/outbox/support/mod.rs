//! What the tests share: [`Outbox`], an outbox of one's own, and [`sink`], servers that play a part.

pub(crate) mod cluster;
#[path = "../../portal/support/database.rs"]
pub(crate) mod database;
pub(crate) mod processes;
pub(crate) mod relay;
pub(crate) mod sink;

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use posthorn::clock::Clock;
use posthorn::config::Config;
use posthorn::email_provider::{self, SecretChange, Seen, Settings, SignIn, SmtpSettings};
use posthorn::i18n::Language;
use posthorn::mail::{Deadlines, Microsoft365Settings, Network, NetworkSettings, Security};
use posthorn::mail_types::Mail;
use posthorn::outbox::worker::{self, Limits};
use posthorn::outbox::{self, Announcement, Counters, NewMail, Recipient, SendOptions};
use posthorn::portal;
use posthorn::state::State;
use posthorn::tenants::{self, Slug};
use posthorn::values::{Actor, EmailAddress, Host, Origin, OutboxMessageId, Role, Secret, TenantId, UserId};
use posthorn::vault::Vault;
use sea_orm::{ConnectionTrait as _, QueryResult, Statement};
use tempfile::TempDir;

use database::Database;
use sink::Sink;

/// How long a server may take for a step: longer than any test, so that no busy machine makes a fault of it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(10);

/// An outbox of one's own: database, clock, the tenants acme and globex without a provider.
pub(crate) struct Outbox {
    pub(crate) state: State,
    pub(crate) acme: TenantId,
    pub(crate) globex: TenantId,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) folder: TempDir,
    database: Option<Database>,
}

impl Outbox {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::migrated(folder.path()).await;
        Self::start_on(database, folder).await
    }

    /// One in that database; the folder is for what else there is.
    pub(crate) async fn start_on(database: Database, folder: TempDir) -> Self {
        let key = folder.path().join("master.key");
        Vault::generate(&key).unwrap();
        let environment: BTreeMap<String, String> = [
            ("POSTHORN_BASE_URL", "http://localhost:8080".to_owned()),
            ("POSTHORN_DATABASE_URL", database.url.clone()),
            ("POSTHORN_MASTER_KEY_FILE", key.display().to_string()),
            ("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "127.0.0.0/8,::1/128".to_owned()),
            ("POSTHORN_SMTP_CLIENT_NAME", "portal.example".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let config = Config::parse("", &environment).unwrap();
        let mut state = State::open(config, Clock::wound_to_now(), None, &portal::TABLES).await.unwrap();
        state.network = network(&state.config, deadlines(PATIENCE));
        state.db.migrate().await.unwrap();
        let tx = state.db.write().await.unwrap();
        let mut made = Vec::new();
        for slug in ["acme", "globex"] {
            let slug = Slug::parse(slug).unwrap();
            made.push(tenants::create(&*tx, &slug, slug.as_str(), None, state.clock.now()).await.unwrap());
        }
        tx.commit().await.unwrap();
        Self { state, acme: made[0], globex: made[1], environment, folder, database: Some(database) }
    }

    pub(crate) async fn tenant(&self, slug: &str) -> TenantId {
        let tx = self.state.db.write().await.unwrap();
        let slug = Slug::parse(slug).unwrap();
        let id = tenants::create(&*tx, &slug, slug.as_str(), None, self.state.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A second process's view of the same outbox: other connections, the same clock.
    pub(crate) async fn another_process(&self) -> State {
        let config = Config::parse("", &self.environment).unwrap();
        let mut state = State::open(config, self.state.clock.clone(), None, &portal::TABLES).await.unwrap();
        state.network = self.state.network.clone();
        state
    }

    /// From now on a server may take only so long to answer a whole message, and as long as it likes for the rest.
    pub(crate) fn answer_within(&mut self, final_dot: Duration) {
        self.state.network = network(&self.state.config, Deadlines { final_dot, ..deadlines(PATIENCE) });
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.database.as_ref().unwrap().is_sqlite()
    }

    /// Saves that server as the tenant's provider, without encryption and sign-in.
    pub(crate) async fn use_server(&self, tenant: TenantId, port: u16) {
        self.save(tenant, port, SignIn::Nobody, SecretChange::Nothing).await;
    }

    pub(crate) async fn use_server_with_login(&self, tenant: TenantId, port: u16, password: &str) {
        let secret = SecretChange::Replace(Secret::new(password));
        self.save(tenant, port, SignIn::User("anna".to_owned()), secret).await;
    }

    /// Saves a server that wants StartTLS and a sign-in, under the name that its certificate is for.
    pub(crate) async fn use_submission(&self, tenant: TenantId, port: u16, user: &str, password: &str) {
        let settings = SmtpSettings {
            server_address: "localhost".to_owned(),
            security: Security::StartTls,
            sender_address: user.to_owned(),
            sign_in: SignIn::Sender,
            ..smtp(port, SignIn::Sender)
        };
        let (settings, secret) = (Settings::Smtp(settings), SecretChange::Replace(Secret::new(password)));
        email_provider::save(&self.state, &actor(tenant), &settings, secret, Seen::Unsaid).await.unwrap();
    }

    async fn save(&self, tenant: TenantId, port: u16, sign_in: SignIn, secret: SecretChange) {
        let settings = Settings::Smtp(smtp(port, sign_in));
        email_provider::save(&self.state, &actor(tenant), &settings, secret, Seen::Unsaid).await.unwrap();
    }

    pub(crate) async fn remove_provider(&self, tenant: TenantId) {
        email_provider::remove(&self.state, &actor(tenant), Seen::Unsaid).await.unwrap();
    }

    /// Enqueues one mail to that address.
    pub(crate) async fn enqueue(&self, tenant: TenantId, to: &str) -> OutboxMessageId {
        self.enqueue_content(tenant, content(), to).await
    }

    pub(crate) async fn enqueue_content(
        &self,
        tenant: TenantId,
        mail: impl Mail + 'static,
        to: &str,
    ) -> OutboxMessageId {
        self.enqueue_mail(tenant, NewMail::new(mail, SendOptions::INTERACTIVE, vec![recipient(to)])).await[0]
    }

    /// Enqueues a mail for its recipients.
    pub(crate) async fn enqueue_mail(&self, tenant: TenantId, mail: NewMail) -> Vec<OutboxMessageId> {
        let tx = self.state.db.write().await.unwrap();
        let mut enqueued = outbox::enqueue(&*tx, &self.state, tenant, &[mail]).await.unwrap();
        tx.commit().await.unwrap();
        outbox::wake(&self.state).await;
        enqueued.ids.remove(0)
    }

    /// Enqueues a content for so many recipients.
    pub(crate) async fn enqueue_many(&self, tenant: TenantId, count: usize) -> Vec<String> {
        let recipients: Vec<Recipient> =
            (0..count).map(|n| recipient(&format!("user-{n}@example.org"))).collect();
        let ids = self.enqueue_mail(tenant, NewMail::new(content(), SendOptions::BULK, recipients)).await;
        ids.into_iter().map(|id| outbox::message_id(&self.state, id)).collect()
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits::of(&self.state.config)
    }

    /// Steps the engine until nothing is due.
    pub(crate) async fn deliver(&self) -> Counters {
        worker::until_empty(self.state.clone(), self.limits(), pending()).await.unwrap()
    }

    pub(crate) fn wind(&self, span: Duration) {
        self.state.clock.advance(span);
    }

    pub(crate) fn wind_minutes(&self, minutes: u64) {
        self.wind(Duration::from_secs(60 * minutes));
    }

    /// Winds on and steps, minute by minute, until the message has left its state `due`, and how long that
    /// took at most.
    pub(crate) async fn deliver_minute_by_minute(&self, minutes: u64) {
        for _ in 0..minutes {
            self.deliver().await;
            self.wind_minutes(1);
        }
        self.deliver().await;
    }

    pub(crate) async fn sql(&self, sql: &str) {
        let db = self.state.db.read();
        db.execute_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    }

    pub(crate) async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let db = self.state.db.read();
        db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap()
    }

    pub(crate) async fn one<T: sea_orm::TryGetable>(&self, sql: &str) -> T {
        let rows = self.rows(sql).await;
        assert_eq!(rows.len(), 1, "{sql}");
        rows[0].try_get_by_index(0).unwrap()
    }

    pub(crate) async fn count(&self, table_and_rest: &str) -> i64 {
        self.one(&format!("SELECT COUNT(*) FROM {table_and_rest}")).await
    }

    /// The state of the only message.
    pub(crate) async fn state_of_the_only_one(&self) -> String {
        self.one("SELECT state FROM outbox_messages").await
    }

    pub(crate) async fn counts(&self, tenant: TenantId) -> Counters {
        outbox::counts(self.state.db.read(), tenant).await.unwrap()
    }

    /// Every message is in exactly one state, and the tallies say what the rows say.
    pub(crate) async fn balances(&self) {
        let totals = outbox::totals(self.state.db.read()).await.unwrap();
        let mut rows = BTreeMap::new();
        for row in self.rows("SELECT state, COUNT(*) FROM outbox_messages GROUP BY state").await {
            let state: String = row.try_get_by_index(0).unwrap();
            let count: i64 = row.try_get_by_index(1).unwrap();
            rows.insert(state, count);
        }
        let of = |state: &str| rows.get(state).copied().unwrap_or(0);
        assert_eq!(totals.due + totals.held, of("due"), "{totals:?} {rows:?}");
        assert_eq!(
            [totals.accepted, totals.failed, totals.unknown, totals.cancelled, totals.expired],
            ["accepted", "failed", "unknown", "cancelled", "expired"].map(of),
            "{totals:?} {rows:?}"
        );
        assert_eq!(totals.enqueued - totals.deleted, rows.values().sum::<i64>(), "{totals:?} {rows:?}");
        assert_eq!(
            self.count("outbox_lanes WHERE lease_owner IS NOT NULL").await,
            0,
            "all queues are given back"
        );
    }

    /// Ends the test: the books must balance.
    pub(crate) async fn done(mut self) {
        self.balances().await;
        if let Some(database) = self.database.take() {
            database.drop().await;
        }
    }
}

fn smtp(port: u16, sign_in: SignIn) -> SmtpSettings {
    SmtpSettings {
        server_address: "127.0.0.1".to_owned(),
        server_port: port,
        security: Security::None,
        sender_address: "portal@acme.example".to_owned(),
        sender_name: Some("Acme Portal".to_owned()),
        sign_in,
    }
}

fn network(config: &Config, deadlines: Deadlines) -> Arc<Network> {
    let settings = NetworkSettings {
        allowed_private_networks: config.allowed_private_networks.clone(),
        extra_roots_pem: None,
        ehlo_name: Host::parse("portal.example").unwrap(),
        deadlines,
        microsoft365: Microsoft365Settings::default(),
    };
    Arc::new(Network::new(settings).unwrap())
}

/// The same deadline for every step.
pub(crate) fn deadlines(each: Duration) -> Deadlines {
    Deadlines {
        look_up: each,
        connect: each,
        greeting: each,
        encrypt: each,
        command: each,
        data: each,
        final_dot: each,
    }
}

pub(crate) fn actor(tenant: TenantId) -> Actor {
    Actor {
        tenant,
        user: UserId::new(),
        name: "Alice".to_owned(),
        role: Role::TenantAdmin,
        origin: Origin::local(),
        support: None,
        api_key: None,
    }
}

pub(crate) fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub(crate) fn recipient(to: &str) -> Recipient {
    Recipient { address: address(to), language: Language::English, key: None }
}

pub(crate) fn content() -> Announcement {
    Announcement {
        subject: "Maintenance tonight – 22:00".to_owned(),
        text: "Hello,\n.\nthe portal rests.\n".to_owned(),
        html: "<p>The portal rests.</p>".to_owned(),
    }
}

/// Whether the long forms of the tests run, as `tests/run --long` has it.
pub(crate) fn is_long() -> bool {
    #[allow(clippy::disallowed_methods, reason = "how a test run is told")]
    std::env::var_os("POSTHORN_TEST_LONG").is_some_and(|value| value == "1")
}

/// A count of the short form of a test, or of its long form.
pub(crate) fn short_or_long<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}

/// Waits until it is so, in real time.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..short_or_long(2_400, 12_000) {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came to be: {what}");
}

/// The Message-IDs that arrived more than once, and how often too often in all.
pub(crate) fn repeats(sink: &Sink) -> usize {
    let ids = sink.message_ids();
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    ids.len() - unique.len()
}
