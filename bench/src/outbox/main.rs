//! What `bench/outbox` cannot do by the command line; it reads the same configuration as `posthorn`.
//!
//! - `bench-outbox fill JSON` enqueues, and says how long that took without the start of a process. In
//!   contrast to `posthorn outbox load` also for a provider with StartTLS and sign-in, and for recipients
//!   that the laboratory's Postfix throws away.
//! - `bench-outbox claim JSON` runs the delivery engine against a mail server of its own for so many
//!   messages, over and over, and says when the first of them was there and how many came a second. With few
//!   and with many messages waiting this shows what claiming costs.
//!
//! Each prints one line of JSON.

mod fill;
mod server;

use std::io::Write as _;
use std::time::Instant;

use posthorn::clock::Clock;
use posthorn::config::Config;
use posthorn::outbox::worker::{self, Limits};
use posthorn::state::State;
use serde::Deserialize;
use serde_json::json;

use server::Server;

type Fault = Box<dyn std::error::Error>;

/// What to run the engine for.
#[derive(Deserialize)]
struct Claim {
    /// Where the tenants' providers are.
    listen: String,
    /// So many messages each time.
    messages: u32,
    rounds: usize,
}

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let mut arguments = std::env::args().skip(1);
    let (verb, particulars) = (arguments.next(), arguments.next().unwrap_or_default());
    let state = State::open(config()?, Clock::System, None, &posthorn::portal::TABLES).await?;
    let result = match verb.as_deref() {
        Some("fill") => fill::fill(&state, serde_json::from_str(&particulars)?).await?,
        Some("claim") => claim(&state, serde_json::from_str(&particulars)?).await?,
        _ => return Err("expected `fill JSON` or `claim JSON`".into()),
    };
    writeln!(std::io::stdout(), "{result}")?;
    Ok(())
}

fn config() -> Result<Config, Fault> {
    Config::read(None).map_err(|problems| {
        let problems: Vec<String> =
            problems.iter().map(|problem| format!("{}: {}", problem.setting, problem.what)).collect();
        problems.join("\n").into()
    })
}

async fn claim(state: &State, claim: Claim) -> Result<serde_json::Value, Fault> {
    let server = Server::start(&claim.listen).await?;
    let messages = usize::try_from(claim.messages)?;
    let (mut first_ms, mut a_second) = (Vec::new(), Vec::new());
    for _ in 0..claim.rounds {
        let before = server.count();
        let started = Instant::now();
        let mut first = None;
        let enough = async {
            server.reached(before + 1).await;
            let at = Instant::now();
            first = Some(at);
            server.reached(before + messages).await;
            a_second.push(f64::from(claim.messages - 1) / at.elapsed().as_secs_f64());
        };
        worker::run(state.clone(), Limits::of(&state.config), enough).await;
        let first = first.ok_or("the engine ended before a message came")?;
        first_ms.push(first.duration_since(started).as_secs_f64() * 1000.0);
    }
    Ok(json!({ "first_ms": first_ms, "a_second": a_second }))
}
