use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use posthorn::clock::Clock;
use posthorn::config::Config;
use posthorn::demo::catcher::{Catcher, CatcherOptions};
use posthorn::demo::microsoft365::{APPS, AppState, StandIn, StandInOptions};
use posthorn::i18n::Language;
use posthorn::mail::{Deadlines, Https, Microsoft365Settings, Network, NetworkSettings};
use posthorn::outbox::worker::{self, Limits};
use posthorn::outbox::{self, Announcement, NewMail, Recipient, SendOptions};
use posthorn::portal;
use posthorn::staff;
use posthorn::state::State;
use posthorn::tenants::{self, Slug};
use posthorn::totp;
use posthorn::users::{self, LinkPurpose, NewUser};
use posthorn::values::{
    EmailAddress, Host, OutboxMessageId, Role, Secret, StaffRole, TenantId, TokenHash, UserId,
};
use posthorn::vault::Vault;
use sea_orm::{ConnectionTrait as _, QueryResult, Statement};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::dns::DnsServer;
use super::people::hash;
use super::web_server::WebServer;
use super::{ALICE, Account, BEN, Database, Form, GRETA, HANS, OLGA, Page, SAM, StaffAccount, Visitor};

/// Who may sign in at the catcher, and as whom acme sends.
pub(crate) const SENDER: &str = "portal@acme.example";
pub(crate) const CATCHER_PASSWORD: &str = "catch me, please";
/// How long a look-up may take, and a refused host name takes.
pub(crate) const LOOK_UP: Duration = Duration::from_millis(800);
/// A password that must be kept as typed.
pub(crate) const ODD_PASSWORD: &str = "  Größe \t \"<&'> ";

/// One for all portals of the process: a portal's end can then be waited for, also in `drop`.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});

/// A portal of one's own: database, port, clock, mail server, two tenants with their people.
pub(crate) struct TestPortal {
    pub(crate) state: State,
    pub(crate) port: u16,
    client: reqwest::Client,
    received: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
    dns: DnsServer,
    web: WebServer,
    running: Option<Running>,
}

struct Running {
    server: ServerHandle,
    catcher: Catcher,
    microsoft365: StandIn,
    database: Database,
}

impl TestPortal {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A portal with other settings than usual, by their names in the environment. An empty one is as
    /// good as none. `{port}` stands for the portal's port, `{smtp}` and `{smtps}` for the catcher's.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        RUNTIME.spawn(build(settings, Clock::wound_to_now())).await.unwrap()
    }

    /// A portal that begins in the middle of that day in UTC, whatever the machine's clock says.
    pub(crate) async fn start_on(year: i32, month: u32, day: u32) -> Self {
        let noon = chrono::NaiveDate::from_ymd_opt(year, month, day).unwrap().and_hms_opt(12, 0, 0).unwrap();
        let clock = Clock::Wound(Arc::new(AtomicI64::new(noon.and_utc().timestamp_micros())));
        RUNTIME.spawn(build(Vec::new(), clock)).await.unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.running.as_ref().unwrap().database.is_sqlite()
    }

    pub(crate) fn catcher(&self) -> &Catcher {
        &self.running.as_ref().unwrap().catcher
    }

    /// The DNS as the portal sees it.
    pub(crate) fn dns(&self) -> &DnsServer {
        &self.dns
    }

    /// The web server on loopback, where names of the DNS may lead.
    pub(crate) fn web(&self) -> &WebServer {
        &self.web
    }

    /// The source of the one caught mail.
    #[track_caller]
    pub(crate) fn only_mail(&self) -> String {
        let mails = self.catcher().mails();
        assert_eq!(mails.len(), 1, "{mails:?}");
        String::from_utf8(self.catcher().mailbox().source(mails[0].id).unwrap()).unwrap()
    }

    pub(crate) fn wind(&self, span: Duration) {
        self.state.clock.advance(span);
    }

    /// Somebody puts the clock back.
    pub(crate) fn wind_back(&self, span: Duration) {
        let Clock::Wound(micros) = &self.state.clock else { panic!("the clock of tests is wound") };
        let earlier = self.state.clock.now().minus(span);
        micros.store(earlier.0, std::sync::atomic::Ordering::SeqCst);
    }

    pub(crate) fn wind_minutes(&self, minutes: u64) {
        self.wind(Duration::from_secs(60 * minutes));
    }

    /// A browser at a tenant's host. It has English as its language.
    pub(crate) fn visitor(&self, tenant: &str) -> Visitor {
        self.at_host(&format!("{tenant}.localhost:{}", self.port))
    }

    /// A browser at any host that leads here.
    pub(crate) fn at_host(&self, host: &str) -> Visitor {
        Visitor {
            client: self.client.clone(),
            scheme: if self.state.config.base_url.https { "https" } else { "http" },
            host: host.to_owned(),
            port: self.port,
            received: Arc::clone(&self.received),
            cookies: BTreeMap::new(),
            language: "en",
            address: None,
            agent: "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0".to_owned(),
        }
    }

    pub(crate) async fn signed_in(&self, account: &Account) -> Visitor {
        let mut visitor = self.visitor(account.tenant);
        visitor.sign_in(account).await;
        visitor
    }

    /// A browser at the base host.
    pub(crate) fn at_base(&self) -> Visitor {
        self.at_host(&format!("localhost:{}", self.port))
    }

    /// The code that the app of that member shows. A code counts once, so the next one is half a minute later.
    pub(crate) fn code(&self, account: &StaffAccount) -> String {
        self.wind(Duration::from_secs(30));
        totp::code(&Secret::new(account.totp_secret), self.state.clock.now()).unwrap()
    }

    /// A member of the staff at the base host.
    pub(crate) async fn staff(&self, account: &StaffAccount) -> Visitor {
        let mut visitor = self.at_base();
        let page = visitor.open("/staff/sign-in").await.expect(200);
        let form = page
            .form("/staff/sign-in")
            .fill("email", account.email)
            .fill("password", account.password)
            .fill("code", &self.code(account));
        let page = visitor.submit(form).await.expect(200);
        assert_eq!(page.path, "/console", "{}", page.text());
        visitor
    }

    /// An administrator lets support look.
    pub(crate) async fn let_support_look(&self, admin: &mut Visitor, recipients: bool) {
        let page = admin.open("/administration/support").await.expect(200);
        let form = page.form("/administration/support/grant").tick("recipients", recipients);
        admin.submit(form).await.expect(200);
    }

    /// The identifier of that person.
    pub(crate) async fn user(&self, account: &Account) -> UserId {
        let tenant = self.tenant(account.tenant).await;
        let email = EmailAddress::parse(account.email).unwrap();
        let tx = self.state.db.write().await.unwrap();
        users::find_credentials(&*tx, tenant, &email).await.unwrap().unwrap().user
    }

    /// Adds a member of the support, and gives the path to set up the account.
    pub(crate) async fn staff_link(&self, email: &str) -> String {
        let (email, now) = (EmailAddress::parse(email).unwrap(), self.state.clock.now());
        let tx = self.state.db.write().await.unwrap();
        let (vault, name) = (&self.state.vault, "Nora Neu".to_owned());
        let id = staff::add(&*tx, vault, email, name, StaffRole::Support, now).await.unwrap();
        let link = staff::link(&*tx, vault, id, now).await.unwrap();
        tx.commit().await.unwrap();
        format!("/staff/welcome/{}", link.expose())
    }

    /// The code that an app shows which has read the page of that link.
    pub(crate) async fn code_of_link(&self, path: &str) -> String {
        let token = TokenHash::of(path.rsplit('/').next().unwrap());
        let (state, now) = (&self.state, self.state.clock.now());
        let (_, secret) =
            staff::find_by_link(state.db.read(), &state.vault, &token, now).await.unwrap().unwrap();
        totp::code(&secret, now).unwrap()
    }

    /// Asks for a diagnosis session of half an hour as that person; the path at the tenant's host that begins it.
    pub(crate) async fn ask_for_diagnosis(&self, staff: &mut Visitor, account: &Account) -> String {
        let console = format!("/console/tenants/{}", account.tenant);
        let page = staff.open(&console).await.expect(200);
        let user = self.user(account).await;
        let form = page
            .form(&format!("{console}/diagnosis"))
            .choose("user", &user.to_string())
            .fill("reason", "Mail does not arrive")
            .fill("ticket", "4711");
        let page = staff.send_form(&form).await.expect(303);
        page.location().split_once(&format!(":{}", self.port)).unwrap().1.to_owned()
    }

    /// A support person in a diagnosis session as that person; the tenant has consented.
    pub(crate) async fn diagnosis(&self, staff: &mut Visitor, account: &Account) -> Visitor {
        let path = self.ask_for_diagnosis(staff, account).await;
        let mut visitor = self.visitor(account.tenant);
        let page = visitor.open(&path).await.expect(200);
        let page = visitor.submit(page.form(&path)).await.expect(200);
        assert_eq!(page.path, "/home", "{}", page.text());
        visitor
    }

    /// Every answer that any visitor of this portal received: headers and body.
    pub(crate) fn everything_received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }

    /// Runs a statement beside the portal.
    pub(crate) async fn sql(&self, sql: &str) {
        let db = self.state.db.read();
        db.execute_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    }

    pub(crate) async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let db = self.state.db.read();
        db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap()
    }

    /// The first column of the only row.
    pub(crate) async fn one<T: sea_orm::TryGetable>(&self, sql: &str) -> T {
        let rows = self.rows(sql).await;
        assert_eq!(rows.len(), 1, "{sql}");
        rows[0].try_get_by_index(0).unwrap()
    }

    pub(crate) async fn count(&self, table_and_rest: &str) -> i64 {
        self.one(&format!("SELECT COUNT(*) FROM {table_and_rest}")).await
    }

    pub(crate) async fn tenant(&self, slug: &str) -> TenantId {
        tenants::find_by_slug(self.state.db.read(), slug).await.unwrap().unwrap().id
    }

    /// Adds a user without a password, and gives the link to set one.
    pub(crate) async fn invite(&self, tenant: &str, name: &str, email: &str) -> String {
        let id = self.tenant(tenant).await;
        let now = self.state.clock.now();
        let user = NewUser {
            email: EmailAddress::parse(email).unwrap(),
            name: name.to_owned(),
            role: Role::Member,
            language: None,
            time_zone: None,
        };
        let tx = self.state.db.write().await.unwrap();
        let user = users::add(&*tx, id, user, now).await.unwrap();
        let link = users::password_link(&*tx, id, user, now).await.unwrap();
        tx.commit().await.unwrap();
        format!("/welcome/{}", link.expose())
    }

    /// Adds a user of acme without a password.
    pub(crate) async fn invite_user(&self, email: &str) -> UserId {
        self.invite("acme", email, email).await;
        let (tenant, email) = (self.tenant("acme").await, EmailAddress::parse(email).unwrap());
        let tx = self.state.db.write().await.unwrap();
        users::find_credentials(&*tx, tenant, &email).await.unwrap().unwrap().user
    }

    /// A link with which that person sets a new password.
    pub(crate) async fn reset_link(&self, account: &Account) -> String {
        let (tenant, user) = (self.tenant(account.tenant).await, self.user(account).await);
        let tx = self.state.db.write().await.unwrap();
        let now = self.state.clock.now();
        let link = users::add_link(&*tx, tenant, user, LinkPurpose::Reset, now).await.unwrap();
        tx.commit().await.unwrap();
        format!("/reset/{}", link.expose())
    }

    /// The SMTP form as this administrator sees it, filled in with what works with the catcher.
    pub(crate) async fn smtp_form(&self, admin: &mut Visitor) -> Form {
        let page = admin.open("/administration/settings?provider=smtp").await.expect(200);
        self.fill_in(&page)
    }

    pub(crate) fn fill_in(&self, page: &Page) -> Form {
        page.form("/administration/settings/email-provider/smtp")
            .fill("server_address", "localhost")
            .fill("server_port", &self.catcher().smtp_addr().port().to_string())
            .choose("security", "starttls")
            .fill("sender_address", SENDER)
            .fill("sender_name", "Acme Portal")
            .tick("username_same_as_sender", true)
            .fill("username", "")
            .fill("password", CATCHER_PASSWORD)
    }

    /// Saves the catcher as that administrator's provider.
    pub(crate) async fn save_provider(&self, admin: &mut Visitor) -> Page {
        let form = self.smtp_form(admin).await;
        admin.submit(form).await.expect(200)
    }

    /// Enqueues words of somebody for that address.
    pub(crate) async fn enqueue(&self, tenant: &str, recipient: &str, html: &str) -> OutboxMessageId {
        let tenant = self.tenant(tenant).await;
        // within a millisecond, identifiers are in no order
        self.wind(Duration::from_millis(1));
        let content = Announcement {
            subject: "Wartung am Freitag".to_owned(),
            text: "The portal is closed on Friday.\n".to_owned(),
            html: html.to_owned(),
        };
        let address = EmailAddress::parse(recipient).unwrap();
        let recipient = Recipient { address, language: Language::English, key: None };
        let tx = self.state.db.write().await.unwrap();
        let mail = NewMail::new(content, SendOptions::BULK, vec![recipient]);
        let enqueued = outbox::enqueue(&*tx, &self.state, tenant, &[mail]).await.unwrap();
        tx.commit().await.unwrap();
        enqueued.ids[0][0]
    }

    /// Has a worker send what is due.
    pub(crate) async fn deliver(&self) {
        let limits = Limits::of(&self.state.config);
        worker::until_empty(self.state.clone(), limits, std::future::pending()).await.unwrap();
    }

    /// The Microsoft 365 form as this administrator sees it, filled in with what works with the stand-in.
    pub(crate) async fn microsoft365_form(&self, admin: &mut Visitor) -> Form {
        self.microsoft365_form_of(admin, AppState::Good).await
    }

    /// Likewise, with the app of which that is the matter.
    pub(crate) async fn microsoft365_form_of(&self, admin: &mut Visitor, state: AppState) -> Form {
        let app = APPS.iter().find(|app| app.state == state).unwrap();
        let page = admin.open("/administration/settings?provider=microsoft365").await.expect(200);
        page.form("/administration/settings/email-provider/microsoft365")
            .fill("sender_address", SENDER)
            .fill("tenant_id", app.tenant.id)
            .fill("client_id", app.client_id)
            .fill("client_secret", app.client_secret)
    }

    /// Presses *Send test email* and *Send*.
    pub(crate) async fn send_test(&self, admin: &mut Visitor, recipient: &str) -> Page {
        let tests = "/administration/settings/email-provider/test-messages";
        let page = admin.open(tests).await.expect(200);
        admin.submit(page.form(tests).fill("recipient", recipient)).await
    }
}

impl Drop for TestPortal {
    fn drop(&mut self) {
        let Some(Running { server, catcher, microsoft365, database }) = self.running.take() else { return };
        let (ended, wait) = std::sync::mpsc::channel();
        RUNTIME.spawn(async move {
            server.stop(false).await;
            catcher.stop().await;
            drop(microsoft365);
            database.drop().await;
            ended.send(()).ok();
        });
        let ended = wait.recv_timeout(Duration::from_secs(20)).is_ok();
        assert!(ended || std::thread::panicking(), "the portal did not come to an end");
    }
}

async fn build(settings: Vec<(String, String)>, clock: Clock) -> TestPortal {
    let folder = tempfile::tempdir().unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let catcher = Catcher::start(CatcherOptions {
        smtps: Some(([127, 0, 0, 1], 0).into()),
        logins: [
            (SENDER, CATCHER_PASSWORD),
            ("portal@globex.example", CATCHER_PASSWORD),
            ("a name, no address", CATCHER_PASSWORD),
            (SENDER, ODD_PASSWORD),
        ]
        .map(|(name, password)| (name.to_owned(), Secret::new(password)))
        .to_vec(),
        clock: clock.clone(),
        ..CatcherOptions::new(folder.path().join("mails"))
    })
    .unwrap();
    let microsoft365 = StandIn::start(StandInOptions {
        clock: clock.clone(),
        latency: Duration::ZERO,
        ..StandInOptions::new(Arc::clone(catcher.mailbox()))
    })
    .unwrap();
    let database = Database::migrated(folder.path()).await;
    let key = folder.path().join("master.key");
    Vault::generate(&key).unwrap();
    let (dns, web) = (DnsServer::start().await, WebServer::start().await);
    let mut environment: BTreeMap<String, String> = [
        ("POSTHORN_BASE_URL", format!("http://localhost:{port}")),
        ("POSTHORN_DATABASE_URL", database.url.clone()),
        ("POSTHORN_MASTER_KEY_FILE", key.display().to_string()),
        ("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "127.0.0.0/8,::1/128".to_owned()),
        ("POSTHORN_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("POSTHORN_SMTP_CLIENT_NAME", "portal.example".to_owned()),
        ("POSTHORN_DNS_SERVERS", dns.address.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    environment
        .extend(settings.into_iter().map(|(name, value)| (name, value.replace("{port}", &port.to_string()))));
    let smtps = catcher.smtps_addr().unwrap().port().to_string();
    let smtp = catcher.smtp_addr().port().to_string();
    for value in environment.values_mut() {
        *value = value.replace("{smtp}", &smtp).replace("{smtps}", &smtps);
    }
    let config = Config::parse("", &environment).unwrap();
    let allowed_private_networks = config.allowed_private_networks.clone();
    let mut state = State::open(config, clock, Some(catcher.ca_pem()), &portal::TABLES).await.unwrap();
    // every refused host name takes the whole deadline of a look-up: here it is a short one
    let network = NetworkSettings {
        allowed_private_networks,
        extra_roots_pem: Some(format!("{}{}", catcher.ca_pem(), web.ca_pem).into_bytes()),
        ehlo_name: Host::parse("portal.example").unwrap(),
        deadlines: Deadlines { look_up: LOOK_UP, ..Deadlines::default() },
        microsoft365: Microsoft365Settings {
            login_url: Some(microsoft365.url()),
            graph_url: Some(microsoft365.url()),
            ..Microsoft365Settings::default()
        },
    };
    state.network = Arc::new(Network::new(network).unwrap());
    state.https = Https::new(state.network.clone(), state.dns.clone()).at_port(web.address.port());
    people(&state).await;
    let server = portal::serve(state.clone(), socket).unwrap();
    let handle = server.handle();
    tokio::spawn(server);
    // reqwest wants to know a TLS provider, even where there is none to use
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let running = Some(Running { server: handle, catcher, microsoft365, database });
    TestPortal { state, port, client, received: Arc::default(), folder, dns, web, running }
}

async fn people(state: &State) {
    let now = state.clock.now();
    let tx = state.db.write().await.unwrap();
    for (slug, name, language, accounts) in [
        ("acme", "Acme Ltd", None, [ALICE, BEN]),
        ("globex", "Globex GmbH", Some(Language::German), [GRETA, HANS]),
    ] {
        let slug = Slug::parse(slug).unwrap();
        let tenant = tenants::create(&*tx, &slug, name, language, now).await.unwrap();
        for account in accounts {
            let user = NewUser {
                email: EmailAddress::parse(account.email).unwrap(),
                name: account.name.to_owned(),
                role: account.role,
                language: None,
                time_zone: None,
            };
            let user: UserId = users::add(&*tx, tenant, user, now).await.unwrap();
            users::set_password(&*tx, tenant, user, hash(account.password), now).await.unwrap();
        }
    }
    for account in [SAM, OLGA] {
        let (email, name) = (EmailAddress::parse(account.email).unwrap(), account.name.to_owned());
        let id = staff::add(&*tx, &state.vault, email, name, account.role, now).await.unwrap();
        let secret = Secret::new(account.totp_secret);
        staff::set_known(&*tx, &state.vault, id, hash(account.password), &secret, now).await.unwrap();
    }
    tx.commit().await.unwrap();
}
