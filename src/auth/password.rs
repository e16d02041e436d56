//! Password hashes: argon2id at the parameters that OWASP recommends (Password Storage Cheat Sheet:
//! 19 MiB, 2 passes, 1 lane), in PHC string form with a salt each.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::Error;
use crate::values::Secret;

/// Who comes when so many wait is asked to come again: they would not want to wait that long.
const MOST_WAITING: usize = 256;
/// Of these from one client: one member with the right password must not keep all others waiting.
const MOST_WAITING_FROM_ONE: usize = 24;

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(turns())));

type Work = Box<dyn FnOnce() + Send>;

/// The way to the threads that hash: as many as there are turns, for the life of the process. Each thread
/// of the runtime's own pool would keep the 19 MiB of its last hash in a heap of its own: measured, 312 MiB
/// after a flood of sign-ins.
static HASHERS: LazyLock<mpsc::Sender<Work>> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel::<Work>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..turns() {
        let receiver = Arc::clone(&receiver);
        let next = move || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let hasher = std::thread::Builder::new().name("hasher".to_owned());
        if let Err(error) = hasher.spawn(move || std::iter::from_fn(|| next().ok()).for_each(|work| work())) {
            tracing::error!(%error, "a thread that hashes passwords cannot be started");
        }
    }
    sender
});

/// One processor is left to everything else.
fn turns() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    processors.saturating_sub(1).max(1)
}

/// Has it done by a thread that hashes; the turn is held until it is done.
async fn on_hasher<T: Send + 'static>(
    turn: Arc<OwnedSemaphorePermit>,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (done, result) = oneshot::channel();
    let work = Box::new(move || {
        let _turn = turn;
        done.send(work()).ok();
    });
    HASHERS.send(work).map_err(|error| Error::Hash(error.to_string()))?;
    result.await.map_err(|error| Error::Hash(error.to_string()))?
}

static WAITING: LazyLock<Mutex<HashMap<String, usize>>> = LazyLock::new(Mutex::default);

/// Verified in place of a hash that is not there, so that the work is the same.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let salt = [7_u8; 16];
    let hash = hasher().ok().and_then(|hasher| hasher.hash_password_with_salt(b"nobody", &salt).ok());
    hash.map(|hash| hash.to_string()).unwrap_or_default()
});

/// The right to hash, one at a time. The work holds it as well: it goes on when nobody waits for it any
/// more, and must count until it ends.
pub(super) struct Turn(Arc<OwnedSemaphorePermit>);

/// One who waits, noted as long as they do.
struct Waiting(String);

impl Waiting {
    fn note(who: &str) -> Result<Self, Error> {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = waiting.values().sum();
        let own = waiting.entry(who.to_owned()).or_default();
        if all >= MOST_WAITING || *own >= MOST_WAITING_FROM_ONE {
            return Err(Error::Busy);
        }
        *own += 1;
        Ok(Self(who.to_owned()))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = waiting.get_mut(&self.0) {
            *own -= 1;
            if *own == 0 {
                waiting.remove(&self.0);
            }
        }
    }
}

/// Waits for a turn. `who` is the client, so that one alone cannot fill the queue.
pub(super) async fn turn(who: &str) -> Result<Turn, Error> {
    let _waiting = Waiting::note(who)?;
    let permit = Arc::clone(&TURNS).acquire_owned().await.map_err(|_| Error::Busy)?;
    Ok(Turn(Arc::new(permit)))
}

impl Turn {
    /// Whether the password is that of the hash. Without a hash it takes as long and says no.
    pub(super) async fn verify(&self, password: Secret, hash: Option<String>) -> Result<bool, Error> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        Ok(on_hasher(Arc::clone(&self.0), move || verify(&password, &hash)).await? && known)
    }

    /// The hash of a new password.
    pub(super) async fn hash(&self, password: Secret) -> Result<String, Error> {
        on_hasher(Arc::clone(&self.0), move || hash(&password)).await
    }
}

fn hasher() -> Result<Argon2<'static>, Error> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| Error::Hash(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash of a password, computed here and now: for the command line and the demo.
///
/// # Errors
/// When the system gives no random numbers.
pub fn hash(password: &Secret) -> Result<String, Error> {
    let hash = hasher()?.hash_password(password.expose().as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| Error::Hash(error.to_string()))
}

fn verify(password: &Secret, hash: &str) -> Result<bool, Error> {
    let hash = PasswordHash::new(hash).map_err(|error| Error::Hash(error.to_string()))?;
    Ok(hasher()?.verify_password(password.expose().as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_verifies_its_password_and_no_other() {
        let hash = hash(&Secret::new("correct horse")).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let turn = turn("here").await.unwrap();
        assert!(turn.verify(Secret::new("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!turn.verify(Secret::new("correct horsf"), Some(hash)).await.unwrap());
        assert!(!turn.verify(Secret::new("nobody"), None).await.unwrap(), "nobody has no password");
    }
}
