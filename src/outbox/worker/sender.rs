//! One connection of a queue: takes messages, makes their words, hands them over, and tells the outcome writer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::DbErr;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

use super::engine::Engine;
use super::in_flight::InFlightPermit;
use super::queue::{StopReason, TenantQueue};
use super::serve::RECOVERY;
use super::store;
use super::work::{LargePermit, Work};
use crate::clock::Timestamp;
use crate::mail::{Acceptance, Attachment, Connection, Failure, Message, SendOutcome, Verdict};
use crate::mail_types::{MailAddressee, MailContext};
use crate::outbox::budget::{self, Share};
use crate::outbox::outcomes::{Outcome, OutcomeKind, Refused, Sent};
use crate::outbox::{HoldKind, Transition, compose, files, message, retry};
use crate::values::EmailAddress;

/// What was read so short ago is not looked up again before it is sent.
const FRESH: Duration = Duration::from_secs(2);

/// So long a message with large files waits for memory; then it is put back, and others go first.
const PATIENCE: Duration = Duration::from_secs(5);

/// A message with its words.
struct Prepared {
    work: Work,
    message: Message,
    date: Timestamp,
    /// What a message with large files takes of the queue and of the memory.
    _places: (Option<LargePermit>, Share),
}

/// Sends the queue's messages, one after the other, until there are none or the queue closes.
pub(super) async fn run(engine: Arc<Engine>, queue: Arc<TenantQueue>, permit: OwnedSemaphorePermit) {
    let mut connection = queue.active.mailer.connect();
    let mut ahead: Option<Prepared> = None;
    loop {
        let current = match ahead.take() {
            Some(prepared) => prepared,
            None => match next(&engine, &queue).await {
                Some(prepared) => prepared,
                None => break,
            },
        };
        if !connection.is_open() && !is_in_force(&engine, &queue).await {
            queue.forget(current.work.due.id);
            queue.close(StopReason::Enough);
            break;
        }
        if !is_still_due(&engine, &queue, &current.work).await {
            queue.forget(current.work.due.id);
            continue;
        }
        match is_still_wanted(&engine, &queue, &current).await {
            Ok(true) => {}
            Ok(false) => {
                let (work, at) = (&current.work, engine.app.clock.now());
                let outcome =
                    Outcome { tenant: queue.tenant, message: work.due.id, at, what: OutcomeKind::Unwanted };
                engine.settle(&queue, outcome, None);
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "whether a message is still wanted cannot be looked up");
                queue.forget(current.work.due.id);
                queue.close(StopReason::Wait(RECOVERY));
                break;
            }
        }
        let spare = engine.limits.connections_per_queue;
        ahead = match queue.take_ahead(spare) {
            Some(work) => prepare(&engine, &queue, work).await,
            None => None,
        };
        hand_over(&engine, &queue, &mut connection, current, ahead.as_ref()).await;
        if queue.closing().is_some() || !queue.lease.is_valid() {
            break;
        }
    }
    if let Some(unsent) = ahead {
        queue.forget(unsent.work.due.id);
    }
    // the outcomes are known; nobody needs to wait for the goodbye
    tokio::spawn(async move {
        connection.close().await;
        drop(permit);
    });
}

/// Whether the queue's provider may be used: a connection be opened with its credentials, or a message be handed over.
async fn is_in_force(engine: &Engine, queue: &TenantQueue) -> bool {
    match queue.is_in_force(engine.app.db.read()).await {
        Ok(in_force) => in_force,
        Err(error) => {
            tracing::warn!(%error, "the provider cannot be looked up");
            false
        }
    }
}

/// Whether nobody has cancelled it since it was read, if that is long ago.
async fn is_still_due(engine: &Engine, queue: &TenantQueue, work: &Work) -> bool {
    if work.read_at.elapsed() < FRESH {
        return true;
    }
    match store::is_due(engine.app.db.read(), queue.tenant, work.due.id).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "a message cannot be looked up");
            false
        }
    }
}

/// Whether its type of mail still wants it sent.
async fn is_still_wanted(engine: &Engine, queue: &TenantQueue, prepared: &Prepared) -> Result<bool, DbErr> {
    let Prepared { work, message, .. } = prepared;
    let to = MailAddressee { tenant: queue.tenant, message: work.due.id, recipient: message.to() };
    work.content.mail.still_wanted(engine.app.db.read(), &to).await
}

/// Takes a message and makes its words.
async fn next(engine: &Engine, queue: &Arc<TenantQueue>) -> Option<Prepared> {
    loop {
        let work = queue.take_soon().await?;
        if let Some(prepared) = prepare(engine, queue, work).await {
            return Some(prepared);
        }
    }
}

/// Makes a message's words. One of which none can be made is settled at once; one for whose files there is no memory,
/// or that cannot be read now, stays due.
async fn prepare(engine: &Engine, queue: &Arc<TenantQueue>, work: Work) -> Option<Prepared> {
    let (date, files) = (engine.app.clock.now(), work.content.files);
    let place = LargePermit::of(queue, &work);
    let Some(mut share) = budget::take(files, PATIENCE).await else {
        queue.forget(work.due.id);
        return None;
    };
    let attachments = match files_of(engine, queue, &work).await {
        Ok(attachments) => attachments,
        Err(error) => {
            tracing::warn!(tenant = %queue.tenant, message = %work.due.id, %error, "the files of a mail cannot be read");
            queue.forget(work.due.id);
            return None;
        }
    };
    match compose(engine, queue, &work, date, attachments) {
        Ok(message) => {
            share.composed(files);
            Some(Prepared { work, message, date, _places: (place, share) })
        }
        Err(problem) => {
            tracing::error!(tenant = %queue.tenant, message = %work.due.id, problem, "a mail cannot be composed");
            engine.settle(queue, outcome(queue, &work, date, unrenderable(date)), None);
            None
        }
    }
}

async fn files_of(engine: &Engine, queue: &TenantQueue, work: &Work) -> Result<Vec<Attachment>, DbErr> {
    if !work.content.has_files {
        return Ok(Vec::new());
    }
    files::files(engine.app.db.read(), queue.tenant, work.due.content).await
}

fn compose(
    engine: &Engine,
    queue: &TenantQueue,
    work: &Work,
    date: Timestamp,
    attachments: Vec<Attachment>,
) -> Result<Message, String> {
    let to = EmailAddress::stored(&work.due.recipient).map_err(|problem| format!("{problem:?}"))?;
    let context = MailContext {
        to: MailAddressee { tenant: queue.tenant, message: work.due.id, recipient: &to },
        language: work.due.language,
        vault: &engine.app.vault,
        base_url: &engine.app.config.base_url,
    };
    let body = work.content.mail.render(&context).map_err(|problem| problem.to_string())?;
    let message_id = work.due.message_id.clone();
    let from = queue.active.sender.clone();
    let envelope = compose::Envelope { id: work.due.id, message_id, from, to, date };
    compose::compose(body, envelope, attachments).map_err(|problem| problem.to_string())
}

/// A message that no provider is asked about.
pub(super) fn unrenderable(now: Timestamp) -> Refused {
    Refused {
        event: Transition::GivenUp,
        verdict: "unbuildable",
        failure: None,
        due_at: now,
        unwanted_address: None,
    }
}

pub(super) fn outcome(queue: &TenantQueue, work: &Work, at: Timestamp, refused: Refused) -> Outcome {
    Outcome { tenant: queue.tenant, message: work.due.id, at, what: OutcomeKind::Refused(Box::new(refused)) }
}

async fn hand_over(
    engine: &Arc<Engine>,
    queue: &Arc<TenantQueue>,
    connection: &mut Connection,
    Prepared { work, message, date, _places }: Prepared,
    ahead: Option<&Prepared>,
) {
    // From the final dot to the commit of the outcome a message has one of few places.
    let place: Mutex<Option<(InFlightPermit, Instant)>> = Mutex::new(None);
    let taken = Notify::new();
    let gate = async {
        let own = engine.in_flight.take(queue.tenant).await;
        let may = own.is_some() && queue.lease.is_valid() && !engine.is_stopping();
        // also by a conversation that is open nothing leaves through a provider that was replaced or removed
        let may = may && is_in_force(engine, queue).await;
        *place.lock().unwrap_or_else(PoisonError::into_inner) = own.map(|own| (own, Instant::now()));
        taken.notify_one();
        may
    };
    let enough = async {
        taken.notified().await;
        engine.in_flight.timed_out(queue.tenant).await;
    };
    let next = ahead.map(|prepared| &prepared.message);
    let handed = connection.send(&message, next, engine.limits.deadline, gate, enough).await;
    let place = place.into_inner().unwrap_or_else(PoisonError::into_inner);
    let place = place.map(|(place, since)| {
        let after = since.elapsed();
        engine.in_flight.answered(queue.tenant, after);
        queue.answered(after, engine.limits.slow);
        place
    });
    let now = engine.app.clock.now();
    match handed {
        SendOutcome::Accepted(acceptance) => {
            queue.accept();
            let what = OutcomeKind::Accepted(Box::new(sent(&work, queue, &message, date, acceptance)));
            let outcome = Outcome { tenant: queue.tenant, message: work.due.id, at: now, what };
            engine.settle(queue, outcome, place);
        }
        // nobody was asked, so it is no attempt
        SendOutcome::Failed(failure) if failure.is_own_limit() => {
            queue.forget(work.due.id);
            if let Verdict::RetryAfter(wish) = failure.verdict() {
                queue.close(StopReason::Wait(wish));
            }
            queue.close(StopReason::Enough);
        }
        SendOutcome::Failed(failure) => {
            let refused = judge(queue, &work, failure, connection.failed_to_open(), now);
            engine.settle(queue, outcome(queue, &work, now, refused), place);
        }
        SendOutcome::CalledBack => {
            queue.forget(work.due.id);
            queue.close(StopReason::Enough);
        }
    }
}

fn sent(
    work: &Work,
    queue: &TenantQueue,
    message: &Message,
    date: Timestamp,
    acceptance: Acceptance,
) -> Sent {
    let answer = acceptance.reply.shown();
    let sender = &queue.active.sender;
    let from = serde_json::json!({ "address": sender.address.to_string(), "name": sender.name });
    Sent {
        queue_id: message::queue_id(&answer),
        answer,
        server: acceptance.server,
        date,
        from: from.to_string(),
        sha256: Sha256::digest(message.bytes()).to_vec(),
        has_refusals: work.due.refusals.as_ref().map(|_| work.due.recipient_key.clone()),
    }
}

/// What a failure means for the message, and for the queue.
fn judge(
    queue: &TenantQueue,
    work: &Work,
    failure: Box<Failure>,
    failed_to_open: bool,
    now: Timestamp,
) -> Refused {
    let attempts = work.due.attempts.saturating_add(1);
    let next = |wish| retry::next_try(attempts, now, work.due.expires_at, wish, retry::jitter());
    let mut refused = Refused {
        event: Transition::PutOff,
        verdict: "put_off",
        failure: None,
        due_at: next(None),
        unwanted_address: None,
    };
    if failure.outcome_unknown() {
        refused.event = Transition::OutcomeUnknown;
        refused.verdict = "unknown";
        queue.trouble(&failure);
        return Refused { failure: Some(failure), ..refused };
    }
    match failure.verdict() {
        Verdict::GiveUp => {
            refused.event = Transition::GivenUp;
            refused.verdict = "given_up";
            refused.unwanted_address = failure.refuses_recipient().then(|| work.due.recipient_key.clone());
            queue.prove();
        }
        Verdict::RetryAfter(wish) if failure.wish_is_about_everything() => {
            refused.due_at = now.plus(wish.min(retry::MAX_WISH));
            queue.close(StopReason::Wait(wish.min(retry::MAX_WISH)));
        }
        Verdict::RetryAfter(wish) => {
            refused.due_at = next(Some(wish));
            queue.prove();
        }
        Verdict::Retry if failed_to_open => {
            queue.close(StopReason::Hold(HoldKind::Paused, failure.clone()));
        }
        Verdict::Retry if failure.speaks_of_provider() => queue.trouble(&failure),
        Verdict::Retry => queue.prove(),
        verdict @ Verdict::ProviderBroken(_) => {
            refused.verdict = "provider_broken";
            queue.close(StopReason::Hold(HoldKind::of(verdict), failure.clone()));
        }
    }
    Refused { failure: Some(failure), ..refused }
}
