//! Outcomes and their commit, in groups: whatever came in since the last commit, so that the cost of
//! writing falls under load.

pub(super) mod store;

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr};

use super::counters::{Change, Counters, store as tallies};
use super::state::Transition;
use super::store as outbox_store;
use crate::clock::Timestamp;
use crate::mail::Failure;
use crate::values::{OutboxMessageId, TenantId};

/// Permanent refusals of an address until nothing is sent to it any more.
pub(super) const REFUSALS: i32 = 3;

/// What became of one attempt.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub tenant: TenantId,
    pub message: OutboxMessageId,
    pub at: Timestamp,
    pub what: OutcomeKind,
}

/// What became of it.
#[derive(Clone, Debug)]
pub(super) enum OutcomeKind {
    Accepted(Box<Sent>),
    /// Also what was not even tried: `failure` is none then, or the one that suppressed the recipient.
    Refused(Box<Refused>),
    Expired,
    /// Nobody wants it any more.
    Unwanted,
    /// Another process is to send it: this one does not know its type of mail. It is due again then.
    Left(Timestamp),
}

impl OutcomeKind {
    /// The name in figures: a refusal's is the attempt's in the database.
    pub(super) fn name(&self) -> &'static str {
        match self {
            OutcomeKind::Accepted(_) => "accepted",
            OutcomeKind::Refused(refused) => refused.verdict,
            OutcomeKind::Expired => "expired",
            OutcomeKind::Unwanted => "unwanted",
            OutcomeKind::Left(_) => "left",
        }
    }
}

/// What was sent, and the provider's answer.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub answer: String,
    pub server: String,
    pub queue_id: Option<String>,
    /// What it said as Date.
    pub date: Timestamp,
    /// JSON of what it said as From.
    pub from: String,
    pub sha256: Vec<u8>,
    /// Whether the address has refusals on its account, which this yes wipes out.
    pub has_refusals: Option<String>,
}

/// An attempt without acceptance.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub event: Transition,
    /// The attempt's name in the database.
    pub verdict: &'static str,
    pub failure: Option<Box<Failure>>,
    /// When it is due again, if it is.
    pub due_at: Timestamp,
    /// The address, if it is it that was refused for good.
    pub unwanted_address: Option<String>,
}

/// Writes outcomes in one transaction, and returns what they change of the tallies, which the caller writes
/// last. What another process has settled meanwhile, or a person cancelled, is changed only where the state
/// machine says so.
pub(super) async fn settle(
    tx: &impl ConnectionTrait,
    outcomes: &[Outcome],
) -> Result<BTreeMap<TenantId, Change>, DbErr> {
    let mut changes: BTreeMap<TenantId, Change> = BTreeMap::new();
    let accepted: Vec<(&Outcome, &Sent)> = outcomes
        .iter()
        .filter_map(|outcome| match &outcome.what {
            OutcomeKind::Accepted(sent) => Some((outcome, &**sent)),
            _ => None,
        })
        .collect();
    let done = store::accept_due(tx, &accepted).await?;
    for (outcome, sent) in accepted {
        let change = changes.entry(outcome.tenant).or_default();
        if done.contains(&outcome.message) {
            change.up.accepted += 1;
        } else {
            accept_late(tx, outcome, sent, change).await?;
        }
        if let Some(address) = &sent.has_refusals {
            outbox_store::delete_suppression(tx, outcome.tenant, address).await?;
        }
    }
    for outcome in outcomes {
        let change = changes.entry(outcome.tenant).or_default();
        match &outcome.what {
            OutcomeKind::Accepted(_) => {}
            OutcomeKind::Refused(refused) => refuse(tx, outcome, refused, change).await?,
            OutcomeKind::Expired => end(tx, outcome, Transition::Expired, change).await?,
            OutcomeKind::Unwanted => end(tx, outcome, Transition::Cancelled, change).await?,
            OutcomeKind::Left(due_at) => store::leave(tx, outcome, *due_at).await?,
        }
    }
    changes.retain(|_, change| *change != Change::default());
    Ok(changes)
}

/// A yes to a message that is no longer due.
async fn accept_late(
    tx: &impl ConnectionTrait,
    outcome: &Outcome,
    sent: &Sent,
    change: &mut Change,
) -> Result<(), DbErr> {
    let found = outbox_store::state_for_update(tx, outcome.tenant, outcome.message).await?;
    let Some((former, twice)) = found else { return Ok(()) };
    if let Some((state, _)) = former.after(Transition::Accepted, twice) {
        store::accept(tx, outcome, sent).await?;
        change.moved(former, state);
    }
    Ok(())
}

async fn refuse(
    tx: &impl ConnectionTrait,
    outcome: &Outcome,
    refused: &Refused,
    change: &mut Change,
) -> Result<(), DbErr> {
    let found = outbox_store::state_for_update(tx, outcome.tenant, outcome.message).await?;
    let Some((former, twice)) = found else { return Ok(()) };
    let failure = refused.failure.as_ref().and_then(|failure| serde_json::to_string(failure).ok());
    if let Some((state, twice)) = former.after(refused.event, twice) {
        store::refuse(tx, outcome, state, twice, failure.clone(), refused.due_at).await?;
        change.moved(former, state);
        if !state.is_final() {
            change.up.retried += 1;
        }
    }
    store::insert_attempt(tx, outcome, refused.verdict, failure.clone()).await?;
    if let (Some(address), Some(failure)) = (&refused.unwanted_address, failure) {
        store::count_refusal(tx, outcome.tenant, address, failure, outcome.at).await?;
    }
    Ok(())
}

async fn end(
    tx: &impl ConnectionTrait,
    outcome: &Outcome,
    event: Transition,
    change: &mut Change,
) -> Result<(), DbErr> {
    let found = outbox_store::state_for_update(tx, outcome.tenant, outcome.message).await?;
    let Some((former, twice)) = found else { return Ok(()) };
    if let Some((state, _)) = former.after(event, twice) {
        outbox_store::set_state(tx, outcome.tenant, outcome.message, state, None, outcome.at).await?;
        change.moved(former, state);
    }
    Ok(())
}

/// Enters new arrivals in the tallies.
pub(super) async fn tally_arrivals(
    tx: &impl ConnectionTrait,
    arrived: &BTreeMap<TenantId, i64>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let changes = arrived
        .iter()
        .filter(|(_, count)| **count != 0)
        .map(|(tenant, count)| {
            (
                *tenant,
                Change {
                    up: Counters { enqueued: *count, ..Counters::default() },
                    back: Counters::default(),
                },
            )
        })
        .collect();
    tallies::add_changes(tx, &changes, now).await
}
