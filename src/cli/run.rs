use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{Failure, say};
use crate::clock::Clock;
use crate::config::{Config, raise_file_limit};
use crate::demo::{self, DemoOptions, Summary};
use crate::metrics;
use crate::outbox::Counters;
use crate::outbox::worker::{self, Limits};
use crate::portal;
use crate::state::State;

/// In all, from the signal to the end of the process.
const SHUTDOWN: Duration = Duration::from_secs(10);

pub(super) async fn demo(options: DemoOptions, json: bool) -> Result<(), Failure> {
    raise_file_limit();
    let demo = demo::prepare(options).await.map_err(Failure::of)?;
    // before anybody is told that it runs: a script may end it at once
    let told = Told::listen()?;
    if json {
        say(&serde_json::to_string(&demo.summary).map_err(Failure::of)?);
    } else {
        say(&table(&demo.summary));
    }
    serve_until_told(demo.state, demo.socket, told, true).await?;
    demo.microsoft365.stop().await;
    demo.catcher.stop().await;
    Ok(())
}

pub(super) async fn serve(config: Config, with_worker: bool) -> Result<(), Failure> {
    let listen = config.listen;
    raise_file_limit();
    let state = open(config).await?;
    let socket = portal::listen(listen)
        .map_err(|error| Failure(format!("POSTHORN_LISTEN: cannot listen on {listen}: {error}")))?;
    tracing::info!(%listen, base_url = %state.config.base_url, "the portal is open");
    offer_figures(&state)?;
    serve_until_told(state, socket, Told::listen()?, with_worker).await
}

/// Opens everything, if it is safe and the schema is up to date.
pub(super) async fn open(config: Config) -> Result<State, Failure> {
    let unsafe_settings = config.unsafe_to_start();
    if !unsafe_settings.is_empty() {
        return Err(Failure::settings(&unsafe_settings));
    }
    let state = State::open(config, Clock::System, None, &portal::TABLES).await.map_err(Failure::of)?;
    if state.db.pending_migrations().await.map_err(Failure::of)? > 0 {
        return Err(Failure(
            "the database's schema is not up to date; run `posthorn migrate` first".to_owned(),
        ));
    }
    if let Some((login, graph)) = state.config.microsoft365_elsewhere() {
        tracing::warn!(%login, "Microsoft 365 mail goes to {graph} instead of Microsoft");
    }
    Ok(state)
}

/// Serves the figures for operators, if they are wanted, as long as the process lives.
fn offer_figures(state: &State) -> Result<(), Failure> {
    let Some(listen) = state.config.metrics_listen else { return Ok(()) };
    let taken = |error| Failure(format!("POSTHORN_METRICS_LISTEN: cannot listen on {listen}: {error}"));
    let socket = portal::listen(listen).map_err(taken)?;
    tokio::spawn(metrics::serve(state.clone(), socket).map_err(taken)?);
    tracing::info!(%listen, "the figures are to be had at /metrics");
    Ok(())
}

/// Sends mail until told to stop, or until nothing is due any more.
pub(super) async fn worker(config: Config, until_empty: bool) -> Result<(), Failure> {
    raise_file_limit();
    let state = open(config).await?;
    let limits = Limits::of(&state.config);
    let mut told = Told::listen()?;
    if !until_empty {
        offer_figures(&state)?;
        worker::run(state, limits, async move { told.stop().await }).await;
        return Ok(());
    }
    let counts = worker::until_empty(state, limits, async move { told.stop().await }).await;
    let Counters { enqueued, due, held, accepted, failed, unknown, cancelled, expired, deleted, retried } =
        counts.map_err(Failure::of)?;
    let table = serde_json::json!({
        "enqueued": enqueued, "accepted": accepted, "failed": failed, "held": held, "waiting": due,
        "unknown": unknown, "cancelled": cancelled, "expired": expired, "deleted": deleted,
        "retried": retried,
    });
    say(&table.to_string());
    Ok(())
}

/// Hears when the process is to end: SIGTERM, or SIGINT (Ctrl+C).
struct Told {
    terminate: Signal,
    interrupt: Signal,
}

impl Told {
    fn listen() -> Result<Self, Failure> {
        let hear = |kind| signal(kind).map_err(Failure::of);
        Ok(Self { terminate: hear(SignalKind::terminate())?, interrupt: hear(SignalKind::interrupt())? })
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn serve_until_told(
    state: State,
    socket: std::net::TcpListener,
    mut told: Told,
    with_worker: bool,
) -> Result<(), Failure> {
    let (stop, mut stopping) = watch::channel(false);
    let worker = with_worker.then(|| {
        let limits = Limits::of(&state.config);
        let stopped = async move { drop(stopping.wait_for(|stop| *stop).await) };
        tokio::spawn(worker::run(state.clone(), limits, stopped))
    });
    let housekeeping = tokio::spawn(portal::housekeeping(state.clone()));
    let server = portal::serve(state, socket).map_err(Failure::of)?;
    let handle = server.handle();
    let mut server = tokio::spawn(server);
    tokio::select! {
        ended = &mut server => return ended.map_err(Failure::of)?.map_err(Failure::of),
        () = told.stop() => {}
    }
    tracing::info!("requests and messages under way are finished; then the portal closes");
    housekeeping.abort();
    stop.send_replace(true);
    let worker = async {
        if let Some(worker) = worker {
            drop(worker.await);
        }
    };
    let ended = async { tokio::join!(handle.stop(true), worker) };
    if tokio::time::timeout(SHUTDOWN, ended).await.is_err() {
        tracing::warn!("some requests or messages did not end in time and were cut");
    }
    Ok(())
}

fn table(summary: &Summary) -> String {
    let mut lines = vec![
        String::new(),
        "  Posthorn demo – everything runs on this machine only. Stop it with Ctrl+C.".to_owned(),
        String::new(),
    ];
    for tenant in &summary.tenants {
        lines.push(format!("  {:<8} {}", tenant.slug, tenant.url));
        lines.push(format!("    administrator  {:<24} {}", tenant.admin.email, tenant.admin.password));
        for member in &tenant.members {
            lines.push(format!("    member         {:<24} {}", member.email, member.password));
        }
        if let Some(key) = &tenant.api_key {
            lines.push(format!("    API key        {key}"));
        }
        lines.push(String::new());
    }
    lines.push(format!(
        "  staff    {}/staff/sign-in  (the second factor's key behind the password)",
        summary.base_url
    ));
    for one in &summary.staff {
        lines.push(format!("    {:<14} {:<24} {}  {}", one.role, one.email, one.password, one.totp_secret));
    }
    lines.push(String::new());
    let smtp = &summary.smtp;
    let port = smtp.server_port.to_string();
    lines.push("  To type in at Administration > Settings > SMTP:".to_owned());
    for (name, value) in [
        ("Server address", smtp.server_address),
        ("Port", port.as_str()),
        ("Security", "StartTLS"),
        ("Sender address", smtp.sender_address),
        ("User name", "same as sender email address"),
        ("Password", smtp.password),
    ] {
        lines.push(format!("    {name:<15}{value}"));
    }
    lines.push(String::new());
    let microsoft365 = &summary.microsoft365;
    lines.push(
        "  Or at Microsoft 365, for Acme (docs/demo.md has Globex, and how to see it fail):".to_owned(),
    );
    for (name, value) in [
        ("Sender address", microsoft365.sender_address),
        ("Tenant ID", microsoft365.tenant_id),
        ("Client ID", microsoft365.client_id),
        ("Client secret", microsoft365.client_secret),
    ] {
        lines.push(format!("    {name:<15}{value}"));
    }
    lines.push(String::new());
    lines.push(
        "  Mails wait already at Administration > Deliveries. Save the values above at a tenant's".to_owned(),
    );
    lines.push("  settings: most arrive below, unknown@ is refused, greylist@ is put off.".to_owned());
    lines.push(String::new());
    lines.push(format!("  Caught mails     {}", summary.catcher_url));
    lines.push(format!("  Find a tenant    {}/", summary.base_url));
    lines.push(String::new());
    lines.join("\n")
}
