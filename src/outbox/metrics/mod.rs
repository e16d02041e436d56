//! What operators measure of the outbox, in the format of `OpenMetrics`.
//!
//! No label names a tenant or an address. What is counted in this process starts at zero with it; what is
//! read from the database is the whole outbox's, so that of many processes' figures the largest counts, not
//! their sum.

mod store;

use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use super::queue::lease::store as leases;
use super::worker::{Loop, stalled};
use super::{Error, HoldKind, MessageStatus};
use crate::state::State;

/// The type of the text that [`text`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabel {
    verdict: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HoldLabel {
    hold: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoopLabel {
    name: String,
}

/// What this process counts.
struct Counted {
    attempts: Family<VerdictLabel, Counter>,
    settled: Histogram,
    queue_waits: Histogram,
}

static COUNTED: LazyLock<Counted> = LazyLock::new(|| Counted {
    attempts: Family::default(),
    settled: Histogram::new(exponential_buckets(1.0, 2.0, 7)),
    queue_waits: Histogram::new(exponential_buckets(0.001, 4.0, 10)),
});

/// An attempt has ended: `accepted`, or the verdict's name as it stands in the database.
pub(super) fn attempted(verdict: &str) {
    COUNTED.attempts.get_or_create(&VerdictLabel { verdict: verdict.to_owned() }).inc();
}

/// So many outcomes were committed in one transaction.
pub(super) fn settled(outcomes: usize) {
    COUNTED.settled.observe(f64::from(u32::try_from(outcomes).unwrap_or(u32::MAX)));
}

/// A queue was leased so long after it was due.
pub(super) fn queue_waited(wait: Duration) {
    COUNTED.queue_waits.observe(wait.as_secs_f64());
}

/// Everything, as text in the format of `OpenMetrics`. Without the database it is what this process counts itself: that
/// nothing moves must be seen just then.
pub async fn text(app: &State) -> String {
    let mut registry = of_the_process();
    let answered = of_the_database(app, &mut registry).await;
    if let Err(error) = &answered {
        tracing::warn!(%error, "the figures of the database cannot be read");
        registry = of_the_process();
    }
    let up = Gauge::<i64>::default();
    up.set(i64::from(answered.is_ok()));
    registry.register("database_up", "Whether the database answers", up);
    let mut text = String::new();
    // writing to a string does not fail
    encode(&mut text, &registry).ok();
    text
}

fn of_the_process() -> Registry {
    let mut registry = Registry::with_prefix("posthorn_outbox");
    let counted = &*COUNTED;
    registry.register(
        "attempts",
        "Attempts to hand over a message, by what came of them",
        counted.attempts.clone(),
    );
    registry.register("settled_outcomes", "Outcomes committed in one transaction", counted.settled.clone());
    registry.register_with_unit(
        "lane_wait",
        "From the time a queue was due to its lease",
        Unit::Seconds,
        counted.queue_waits.clone(),
    );
    let loops = Family::<LoopLabel, Gauge>::default();
    let stalled = stalled();
    for one in Loop::ALL {
        let label = LoopLabel { name: one.as_str().to_owned() };
        loops.get_or_create(&label).set(i64::from(stalled.contains(&one)));
    }
    registry.register("stalled_loops", "Loops that have had work for a minute and done nothing", loops);
    registry
}

async fn of_the_database(app: &State, registry: &mut Registry) -> Result<(), Error> {
    let (db, now) = (app.db.read(), app.clock.now());
    let counts = super::totals(db).await?;
    let messages = Family::<StateLabel, Gauge>::default();
    for state in MessageStatus::ALL {
        messages.get_or_create(&StateLabel { state: state.as_str().to_owned() }).set(counts.of(state));
    }
    registry.register("messages", "Messages by state", messages);

    let enqueued = Gauge::<i64>::default();
    enqueued.set(counts.enqueued);
    registry.register("enqueued", "Messages ever enqueued", enqueued);
    let retried = Gauge::<i64>::default();
    retried.set(counts.retried);
    registry.register("retried", "Attempts ever put off", retried);

    let queues = Family::<HoldLabel, Gauge>::default();
    for kind in HoldKind::ALL {
        queues.get_or_create(&HoldLabel { hold: kind.as_str().to_owned() }).set(0);
    }
    for (hold, count) in store::held_lanes(db).await? {
        queues.get_or_create(&HoldLabel { hold }).set(count);
    }
    registry.register("held_lanes", "Tenants whose mail does not leave, by why", queues);

    let overdue = leases::next_due(db).await?.map_or(Duration::ZERO, |due| now.since(due));
    let oldest = Gauge::<f64, AtomicU64>::default();
    oldest.set(overdue.as_secs_f64());
    registry.register_with_unit(
        "oldest_due",
        "How long the first queue in the line is due",
        Unit::Seconds,
        oldest,
    );

    let suppressed = Gauge::<i64>::default();
    suppressed.set(store::suppressed(db).await?);
    registry.register("suppressed_addresses", "Addresses to which nothing is sent", suppressed);
    Ok(())
}
