//! Password hashes: argon2id at the parameters that OWASP recommends (Password Storage Cheat Sheet:
//! 19 MiB, 2 passes, 1 lane), in PHC string form with a salt each.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Error;
use crate::values::Secret;

/// Who comes when so many wait is asked to come again: they would not want to wait that long.
const MOST_WAITING: usize = 256;

/// One processor is left to everything else.
static TURNS: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Semaphore::new(processors.saturating_sub(1).max(1))
});

static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Verified in place of a hash that is not there, so that the work is the same.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let salt = [7_u8; 16];
    let hash = hasher().ok().and_then(|hasher| hasher.hash_password_with_salt(b"nobody", &salt).ok());
    hash.map(|hash| hash.to_string()).unwrap_or_default()
});

/// The right to hash, one at a time.
pub(super) struct Turn(#[allow(dead_code, reason = "held, not read")] SemaphorePermit<'static>);

/// Waits for a turn.
pub(super) async fn turn() -> Result<Turn, Error> {
    struct Waiting;
    impl Drop for Waiting {
        fn drop(&mut self) {
            WAITING.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let before = WAITING.fetch_add(1, Ordering::SeqCst);
    let _waiting = Waiting;
    if before >= MOST_WAITING {
        return Err(Error::Busy);
    }
    TURNS.acquire().await.map(Turn).map_err(|_| Error::Busy)
}

impl Turn {
    /// Whether the password is that of the hash. Without a hash it takes as long and says no.
    pub(super) async fn verify(&self, password: Secret, hash: Option<String>) -> Result<bool, Error> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let checked = tokio::task::spawn_blocking(move || verify(&password, &hash)).await;
        Ok(checked.map_err(|error| Error::Hash(error.to_string()))?? && known)
    }

    /// The hash of a new password.
    pub(super) async fn hash(&self, password: Secret) -> Result<String, Error> {
        let hashed = tokio::task::spawn_blocking(move || hash(&password)).await;
        hashed.map_err(|error| Error::Hash(error.to_string()))?
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
        let turn = turn().await.unwrap();
        assert!(turn.verify(Secret::new("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!turn.verify(Secret::new("correct horsf"), Some(hash)).await.unwrap());
        assert!(!turn.verify(Secret::new("nobody"), None).await.unwrap(), "nobody has no password");
    }
}
