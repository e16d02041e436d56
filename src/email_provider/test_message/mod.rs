//! The test message: sent at once through the stored provider, by the very code that real mail uses.

mod emails;
mod outcome;
mod own_words;
mod store;

use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::health::{self, HealthEvent};
use super::{Error, mailer_for, store as provider_store};
use crate::audit::{self, By, Event, Limit};
use crate::i18n::Language;
use crate::mail::{Acceptance, Compose, Message, SendError, Sender};
use crate::state::State;
use crate::values::{Actor, EmailAddress, TenantId, TestMessageId};

pub use outcome::{Outcome, TestMessage};
pub use own_words::OwnWords;

/// A test message answers within 15 seconds; the rest of them is ours.
pub const TEST_DEADLINE: Duration = Duration::from_secs(13);
/// So many test messages and checks a minute a tenant may ask for.
pub const TESTS_A_MINUTE: u64 = 10;
/// Whatever makes us connect to a server of a tenant's choice counts.
pub(super) const LIMIT: Limit = Limit {
    most: TESTS_A_MINUTE,
    within: Duration::from_secs(60),
    together_with: &["email_provider.test_message", "email_provider.checked", "email_provider.ports_tried"],
};
/// So many former test messages are kept.
const TESTS_KEPT: u64 = 50;

/// Sends a test message through the stored provider and notes what became of it.
///
/// # Errors
/// [`Error::NoProvider`], [`Error::TooManyTests`], or when our own part fails. That the provider
/// refuses is no error here but the [`Outcome`].
pub async fn send_test(
    state: &State,
    actor: &Actor,
    recipient: EmailAddress,
    language: Language,
) -> Result<TestMessageId, Error> {
    send_test_with(state, actor, recipient, language, OwnWords::default()).await
}

/// As [`send_test`], with words of whoever asks.
///
/// # Errors
/// As [`send_test`].
pub async fn send_test_with(
    state: &State,
    actor: &Actor,
    recipient: EmailAddress,
    language: Language,
    words: OwnWords,
) -> Result<TestMessageId, Error> {
    let active = mailer_for(state, actor.tenant).await?;
    let id = TestMessageId::new();
    let now = state.clock.now();
    let from = active.sender.clone();
    let ours = composition(state, id.uuid(), from, recipient.clone(), &actor.name, language)?;
    let message = message(words.in_place_of(ours))?;

    let tx = state.db.write().await?;
    provider_store::find_for_update(&*tx, actor.tenant).await?.ok_or(Error::NoProvider)?;
    let event =
        Event { name: "email_provider.test_message", details: json!({ "recipient": recipient.to_string() }) };
    store::insert(&*tx, actor, id, &recipient, now).await?;
    store::delete_old(&*tx, actor.tenant, TESTS_KEPT).await?;
    if !audit::record_within(&*tx, actor.tenant, By::Actor(actor), event, now, LIMIT).await? {
        return Err(Error::TooManyTests);
    }
    tx.commit().await?;

    // A task of its own: a visitor who leaves does not take the message and its outcome along.
    let (state, tenant) = (state.clone(), actor.tenant);
    let sending = tokio::spawn(async move {
        let result = active.mailer.send(&message, TEST_DEADLINE).await;
        note_test(&state, tenant, active.revision, id, result).await
    });
    sending.await.map_err(|error| Error::Unusable(error.to_string()))??;
    Ok(id)
}

/// The test message, ready to be sent.
pub(super) fn compose(
    state: &State,
    id: Uuid,
    from: Sender,
    to: EmailAddress,
    requested_by: &str,
    language: Language,
) -> Result<Message, Error> {
    message(composition(state, id, from, to, requested_by, language)?)
}

fn message(compose: Compose) -> Result<Message, Error> {
    Message::compose(compose).map_err(|error| Error::Unusable(error.to_string()))
}

fn composition(
    state: &State,
    id: Uuid,
    from: Sender,
    to: EmailAddress,
    requested_by: &str,
    language: Language,
) -> Result<Compose, Error> {
    let compose = emails::test_message(emails::TestMessage {
        id,
        from,
        to,
        product: &state.config.product_name,
        requested_by,
        language,
        date: state.clock.now(),
    });
    compose.map_err(|error| Error::Unusable(error.to_string()))
}

async fn note_test(
    state: &State,
    tenant: TenantId,
    revision: Uuid,
    id: TestMessageId,
    result: Result<Acceptance, SendError>,
) -> Result<(), Error> {
    let now = state.clock.now();
    let tx = state.db.write().await?;
    let news =
        result.as_ref().map_or_else(|error| HealthEvent::Failed(&error.failure), |_| HealthEvent::Accepted);
    health::note(&*tx, tenant, revision, news, now).await?;
    let outcome = match result {
        Ok(Acceptance { server, reply, transcript }) => {
            Outcome::Accepted { at: now, server, reply, transcript: transcript.to_text() }
        }
        Err(SendError { failure, transcript }) => {
            Outcome::Failed { at: now, failure, transcript: transcript.to_text() }
        }
    };
    store::set_outcome(&*tx, tenant, id, &outcome).await?;
    tx.commit().await?;
    Ok(())
}

/// A test message of the tenant.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn find_test(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: TestMessageId,
) -> Result<Option<TestMessage>, Error> {
    store::find(db, tenant, id).await
}
