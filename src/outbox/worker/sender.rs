//! One connection of a lane: takes messages, makes their words, hands them over, and tells the settler.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::DbErr;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

use super::engine::Engine;
use super::lane::{Closing, Lane};
use super::places::Place;
use super::store;
use super::tend::RECOVERY;
use super::work::{LargePlace, Work};
use crate::clock::Timestamp;
use crate::mail::{Acceptance, Attachment, Connection, Failure, Handed, Message, Verdict};
use crate::mail_types::{MailAddressee, MailContext};
use crate::outbox::budget::{self, Share};
use crate::outbox::settle::{Outcome, Refused, Sent, What};
use crate::outbox::{Event, HoldKind, compose, files, message, retry};
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
    /// What a message with large files takes of the lane and of the memory.
    _places: (Option<LargePlace>, Share),
}

/// Sends the lane's messages, one after the other, until there are none or the lane closes.
pub(super) async fn run(engine: Arc<Engine>, lane: Arc<Lane>, permit: OwnedSemaphorePermit) {
    let mut connection = lane.active.mailer.connect();
    let mut ahead: Option<Prepared> = None;
    loop {
        let current = match ahead.take() {
            Some(prepared) => prepared,
            None => match next(&engine, &lane).await {
                Some(prepared) => prepared,
                None => break,
            },
        };
        if !connection.is_open() && !is_in_force(&engine, &lane).await {
            lane.forget(current.work.due.id);
            lane.close(Closing::Enough);
            break;
        }
        if !is_still_due(&engine, &lane, &current.work).await {
            lane.forget(current.work.due.id);
            continue;
        }
        match is_still_wanted(&engine, &lane, &current).await {
            Ok(true) => {}
            Ok(false) => {
                let (work, at) = (&current.work, engine.outside.clock.now());
                let outcome = Outcome { tenant: lane.tenant, message: work.due.id, at, what: What::Unwanted };
                engine.settle(&lane, outcome, None);
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "whether a message is still wanted cannot be looked up");
                lane.forget(current.work.due.id);
                lane.close(Closing::Wait(RECOVERY));
                break;
            }
        }
        let spare = engine.limits.connections_per_lane;
        ahead = match lane.take_ahead(spare) {
            Some(work) => prepare(&engine, &lane, work).await,
            None => None,
        };
        hand_over(&engine, &lane, &mut connection, current, ahead.as_ref()).await;
        if lane.closing().is_some() || !lane.lease.is_valid() {
            break;
        }
    }
    if let Some(unsent) = ahead {
        lane.forget(unsent.work.due.id);
    }
    // the outcomes are known; nobody needs to wait for the goodbye
    tokio::spawn(async move {
        connection.close().await;
        drop(permit);
    });
}

/// Whether the lane's provider may be used: a connection be opened with its credentials, or a message be handed over.
async fn is_in_force(engine: &Engine, lane: &Lane) -> bool {
    match lane.is_in_force(engine.outside.db.read()).await {
        Ok(in_force) => in_force,
        Err(error) => {
            tracing::warn!(%error, "the provider cannot be looked up");
            false
        }
    }
}

/// Whether nobody has cancelled it since it was read, if that is long ago.
async fn is_still_due(engine: &Engine, lane: &Lane, work: &Work) -> bool {
    if work.read_at.elapsed() < FRESH {
        return true;
    }
    match store::is_due(engine.outside.db.read(), lane.tenant, work.due.id).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "a message cannot be looked up");
            false
        }
    }
}

/// Whether its type of mail still wants it sent.
async fn is_still_wanted(engine: &Engine, lane: &Lane, prepared: &Prepared) -> Result<bool, DbErr> {
    let Prepared { work, message, .. } = prepared;
    let to = MailAddressee { tenant: lane.tenant, message: work.due.id, recipient: message.to() };
    work.content.mail.still_wanted(engine.outside.db.read(), &to).await
}

/// Takes a message and makes its words.
async fn next(engine: &Engine, lane: &Arc<Lane>) -> Option<Prepared> {
    loop {
        let work = lane.take_soon().await?;
        if let Some(prepared) = prepare(engine, lane, work).await {
            return Some(prepared);
        }
    }
}

/// Makes a message's words. One of which none can be made is settled at once; one for whose files there is no memory,
/// or that cannot be read now, stays due.
async fn prepare(engine: &Engine, lane: &Arc<Lane>, work: Work) -> Option<Prepared> {
    let (date, files) = (engine.outside.clock.now(), work.content.files);
    let place = LargePlace::of(lane, &work);
    let Some(mut share) = budget::take(files, PATIENCE).await else {
        lane.forget(work.due.id);
        return None;
    };
    let attachments = match files_of(engine, lane, &work).await {
        Ok(attachments) => attachments,
        Err(error) => {
            tracing::warn!(tenant = %lane.tenant, message = %work.due.id, %error, "the files of a mail cannot be read");
            lane.forget(work.due.id);
            return None;
        }
    };
    match compose(engine, lane, &work, date, attachments) {
        Ok(message) => {
            share.composed(files);
            Some(Prepared { work, message, date, _places: (place, share) })
        }
        Err(problem) => {
            tracing::error!(tenant = %lane.tenant, message = %work.due.id, problem, "a mail cannot be composed");
            engine.settle(lane, outcome(lane, &work, date, unbuildable(date)), None);
            None
        }
    }
}

async fn files_of(engine: &Engine, lane: &Lane, work: &Work) -> Result<Vec<Attachment>, DbErr> {
    if !work.content.has_files {
        return Ok(Vec::new());
    }
    files::files(engine.outside.db.read(), lane.tenant, work.due.content).await
}

fn compose(
    engine: &Engine,
    lane: &Lane,
    work: &Work,
    date: Timestamp,
    attachments: Vec<Attachment>,
) -> Result<Message, String> {
    let to = EmailAddress::stored(&work.due.recipient).map_err(|problem| format!("{problem:?}"))?;
    let context = MailContext {
        to: MailAddressee { tenant: lane.tenant, message: work.due.id, recipient: &to },
        language: work.due.language,
        vault: &engine.outside.vault,
        base_url: &engine.outside.config.base_url,
    };
    let body = work.content.mail.render(&context).map_err(|problem| problem.to_string())?;
    let message_id = work.due.message_id.clone();
    let from = lane.active.sender.clone();
    let envelope = compose::Envelope { id: work.due.id, message_id, from, to, date };
    compose::compose(body, envelope, attachments).map_err(|problem| problem.to_string())
}

/// A message that no provider is asked about.
pub(super) fn unbuildable(now: Timestamp) -> Refused {
    Refused {
        event: Event::GivenUp,
        verdict: "unbuildable",
        failure: None,
        due_at: now,
        unwanted_address: None,
    }
}

pub(super) fn outcome(lane: &Lane, work: &Work, at: Timestamp, refused: Refused) -> Outcome {
    Outcome { tenant: lane.tenant, message: work.due.id, at, what: What::Refused(Box::new(refused)) }
}

async fn hand_over(
    engine: &Arc<Engine>,
    lane: &Arc<Lane>,
    connection: &mut Connection,
    Prepared { work, message, date, _places }: Prepared,
    ahead: Option<&Prepared>,
) {
    // From the final dot to the commit of the outcome a message has one of few places.
    let place: Mutex<Option<(Place, Instant)>> = Mutex::new(None);
    let taken = Notify::new();
    let gate = async {
        let own = engine.places.take(lane.tenant).await;
        let may = own.is_some() && lane.lease.is_valid() && !engine.is_stopping();
        // also by a conversation that is open nothing leaves through a provider that was replaced or removed
        let may = may && is_in_force(engine, lane).await;
        *place.lock().unwrap_or_else(PoisonError::into_inner) = own.map(|own| (own, Instant::now()));
        taken.notify_one();
        may
    };
    let enough = async {
        taken.notified().await;
        engine.places.overstayed(lane.tenant).await;
    };
    let next = ahead.map(|prepared| &prepared.message);
    let handed = connection.send(&message, next, engine.limits.deadline, gate, enough).await;
    let place = place.into_inner().unwrap_or_else(PoisonError::into_inner);
    let place = place.map(|(place, since)| {
        let after = since.elapsed();
        engine.places.answered(lane.tenant, after);
        lane.answered(after, engine.limits.slow);
        place
    });
    let now = engine.outside.clock.now();
    match handed {
        Handed::Accepted(acceptance) => {
            lane.accept();
            let what = What::Accepted(Box::new(sent(&work, lane, &message, date, acceptance)));
            let outcome = Outcome { tenant: lane.tenant, message: work.due.id, at: now, what };
            engine.settle(lane, outcome, place);
        }
        // nobody was asked, so it is no attempt
        Handed::Failed(failure) if failure.is_own_limit() => {
            lane.forget(work.due.id);
            if let Verdict::RetryAfter(wish) = failure.verdict() {
                lane.close(Closing::Wait(wish));
            }
            lane.close(Closing::Enough);
        }
        Handed::Failed(failure) => {
            let refused = judge(lane, &work, failure, connection.failed_to_open(), now);
            engine.settle(lane, outcome(lane, &work, now, refused), place);
        }
        Handed::CalledBack => {
            lane.forget(work.due.id);
            lane.close(Closing::Enough);
        }
    }
}

fn sent(work: &Work, lane: &Lane, message: &Message, date: Timestamp, acceptance: Acceptance) -> Sent {
    let answer = acceptance.reply.shown();
    let sender = &lane.active.sender;
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

/// What a failure means for the message, and for the lane.
fn judge(lane: &Lane, work: &Work, failure: Box<Failure>, failed_to_open: bool, now: Timestamp) -> Refused {
    let attempts = work.due.attempts.saturating_add(1);
    let next = |wish| retry::next_try(attempts, now, work.due.expires_at, wish, retry::jitter());
    let mut refused = Refused {
        event: Event::PutOff,
        verdict: "put_off",
        failure: None,
        due_at: next(None),
        unwanted_address: None,
    };
    if failure.outcome_unknown() {
        refused.event = Event::OutcomeUnknown;
        refused.verdict = "unknown";
        lane.trouble(&failure);
        return Refused { failure: Some(failure), ..refused };
    }
    match failure.verdict() {
        Verdict::GiveUp => {
            refused.event = Event::GivenUp;
            refused.verdict = "given_up";
            refused.unwanted_address = failure.refuses_recipient().then(|| work.due.recipient_key.clone());
            lane.prove();
        }
        Verdict::RetryAfter(wish) if failure.wish_is_about_everything() => {
            refused.due_at = now.plus(wish.min(retry::LONGEST_WISH));
            lane.close(Closing::Wait(wish.min(retry::LONGEST_WISH)));
        }
        Verdict::RetryAfter(wish) => {
            refused.due_at = next(Some(wish));
            lane.prove();
        }
        Verdict::Retry if failed_to_open => {
            lane.close(Closing::Hold(HoldKind::Paused, failure.clone()));
        }
        Verdict::Retry if failure.speaks_of_provider() => lane.trouble(&failure),
        Verdict::Retry => lane.prove(),
        verdict @ Verdict::ProviderBroken(_) => {
            refused.verdict = "provider_broken";
            lane.close(Closing::Hold(HoldKind::of(verdict), failure.clone()));
        }
    }
    Refused { failure: Some(failure), ..refused }
}
