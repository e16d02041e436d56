use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failure, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{self, DemoOptions, Summary};
use crate::portal;
use crate::state::State;

/// In all, from the signal to the end of the process.
const SHUTDOWN: Duration = Duration::from_secs(10);

pub(super) async fn demo(options: DemoOptions, json: bool) -> Result<(), Failure> {
    let demo = demo::prepare(options).await.map_err(Failure::of)?;
    // before anybody is told that it runs: a script may end it at once
    let told = Told::listen()?;
    if json {
        say(&serde_json::to_string(&demo.summary).map_err(Failure::of)?);
    } else {
        say(&table(&demo.summary));
    }
    serve_until_told(demo.state, demo.socket, told).await?;
    demo.microsoft365.stop().await;
    demo.catcher.stop().await;
    Ok(())
}

pub(super) async fn serve(config: Config) -> Result<(), Failure> {
    let unsafe_settings = config.unsafe_to_start();
    if !unsafe_settings.is_empty() {
        return Err(Failure::settings(&unsafe_settings));
    }
    let listen = config.listen;
    let state = State::open(config, Clock::System, None).await.map_err(Failure::of)?;
    if state.db.pending_migrations().await.map_err(Failure::of)? > 0 {
        return Err(Failure(
            "the database's schema is not up to date; run `posthorn migrate` first".to_owned(),
        ));
    }
    let socket = portal::listen(listen)
        .map_err(|error| Failure(format!("POSTHORN_LISTEN: cannot listen on {listen}: {error}")))?;
    tracing::info!(%listen, base_url = %state.config.base_url, "the portal is open");
    if let Some((login, graph)) = state.config.microsoft365_elsewhere() {
        tracing::warn!(%login, "Microsoft 365 mail goes to {graph} instead of Microsoft");
    }
    serve_until_told(state, socket, Told::listen()?).await
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
}

async fn serve_until_told(
    state: State,
    socket: std::net::TcpListener,
    mut told: Told,
) -> Result<(), Failure> {
    let housekeeping = tokio::spawn(portal::housekeeping(state.clone()));
    let server = portal::serve(state, socket).map_err(Failure::of)?;
    let handle = server.handle();
    let mut server = tokio::spawn(server);
    tokio::select! {
        ended = &mut server => return ended.map_err(Failure::of)?.map_err(Failure::of),
        _ = told.terminate.recv() => {}
        _ = told.interrupt.recv() => {}
    }
    tracing::info!("requests under way are finished; then the portal closes");
    housekeeping.abort();
    if tokio::time::timeout(SHUTDOWN, handle.stop(true)).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut");
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
        lines.push(String::new());
    }
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
    lines.push(format!("  Caught mails     {}", summary.catcher_url));
    lines.push(format!("  Find a tenant    {}/", summary.base_url));
    lines.push(String::new());
    lines.join("\n")
}
