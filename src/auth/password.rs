//! Password hashes: argon2id at the parameters that OWASP recommends (Password Storage Cheat Sheet:
//! 19 MiB, 2 passes, 1 lane), in PHC string form with a salt each.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use zeroize::Zeroizing;

use super::Error;
use crate::values::{Secret, unicode};

/// Who comes when so many wait is asked to come again: they would not want to wait that long.
const MAX_WAITING: usize = 256;
/// Of these from one client: one member with the right password must not keep all others waiting.
const MAX_WAITING_FROM_ONE: usize = 24;

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(turns())));

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// What a hash is computed in: 19 MiB, kept from one to the next. glibc does not reuse freed blocks of that
/// size and alignment, so that memory taken anew for each hash grows: bench/README.md has the figures.
type Memory = Vec<Block>;

/// The way to the threads that hash: as many as there are turns, for the life of the process, each with
/// memory of its own.
static HASHERS: LazyLock<mpsc::Sender<Work>> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel::<Work>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..turns() {
        let receiver = Arc::clone(&receiver);
        let next = move || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let hasher = std::thread::Builder::new().name("hasher".to_owned());
        let run = move || {
            let mut memory = Memory::new();
            while let Ok(work) = next() {
                work(&mut memory);
            }
        };
        if let Err(error) = hasher.spawn(run) {
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
    work: impl FnOnce(&mut Memory) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (done, result) = oneshot::channel();
    let work: Work = Box::new(move |memory| {
        let _turn = turn;
        done.send(work(memory)).ok();
    });
    HASHERS.send(work).map_err(|error| Error::Hash(error.to_string()))?;
    result.await.map_err(|error| Error::Hash(error.to_string()))?
}

static WAITING: LazyLock<Mutex<HashMap<String, usize>>> = LazyLock::new(Mutex::default);

/// Verified in place of a hash that is not there, so that the work is the same.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&Secret::new("nobody")).unwrap_or_default());

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
        if all >= MAX_WAITING || *own >= MAX_WAITING_FROM_ONE {
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

/// What a check of a password says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// It is another one.
    No,
    /// It is that of the hash.
    Yes,
    /// It is, but the hash is one of before passwords had one form for all encodings: it is to be made anew.
    Former,
}

impl Match {
    /// Whether the password is the right one.
    pub(super) fn is_right(self) -> bool {
        self != Match::No
    }
}

impl Turn {
    /// Whether the password is that of the hash. Without a hash it takes as long and says no.
    pub(super) async fn verify(&self, password: Secret, hash: Option<String>) -> Result<Match, Error> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let found = on_hasher(Arc::clone(&self.0), move |memory| matches(&password, &hash, memory)).await?;
        Ok(if known { found } else { Match::No })
    }

    /// The hash of a new password.
    pub(super) async fn hash(&self, password: Secret) -> Result<String, Error> {
        on_hasher(Arc::clone(&self.0), move |memory| hash_in(&password, memory)).await
    }
}

fn hasher() -> Result<Argon2<'static>, Error> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| Error::Hash(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash of a password, waited for here and now: for the demo's sample people.
///
/// # Errors
/// When the system gives no random numbers.
pub fn hash(password: &Secret) -> Result<String, Error> {
    let (done, hash) = mpsc::channel();
    let password = password.clone();
    let work: Work = Box::new(move |memory| {
        done.send(hash_in(&password, memory)).ok();
    });
    HASHERS.send(work).map_err(|error| Error::Hash(error.to_string()))?;
    hash.recv().map_err(|error| Error::Hash(error.to_string()))?
}

fn hash_in(password: &Secret, memory: &mut Memory) -> Result<String, Error> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|error| Error::Hash(error.to_string()))?;
    let hasher = hasher()?;
    let fail = |error: &dyn std::fmt::Display| Error::Hash(error.to_string());
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: hasher.params().try_into().map_err(|error| fail(&error))?,
        salt: Some(Salt::new(&salt).map_err(|error| fail(&error))?),
        hash: Some(output(
            &hasher,
            &unicode::opaque(password.expose()),
            &salt,
            Params::DEFAULT_OUTPUT_LEN,
            memory,
        )?),
    };
    Ok(hash.to_string())
}

/// Checks both forms, whatever the first check says: how long it takes depends on what was typed alone.
fn matches(password: &Secret, hash: &str, memory: &mut Memory) -> Result<Match, Error> {
    let now = verify(&unicode::opaque(password.expose()), hash, memory)?;
    let former = match unicode::former_opaque(password.expose()) {
        Some(former) => verify(&former, hash, memory)?,
        None => false,
    };
    Ok(match (now, former) {
        (true, _) => Match::Yes,
        (false, true) => Match::Former,
        (false, false) => Match::No,
    })
}

/// By the algorithm and parameters that the hash names: those of former versions verify still.
fn verify(password: &str, hash: &str, memory: &mut Memory) -> Result<bool, Error> {
    let fail = |error: &dyn std::fmt::Display| Error::Hash(error.to_string());
    let hash = PasswordHash::new(hash).map_err(|error| fail(&error))?;
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Err(fail(&"a stored hash has no salt or no output"));
    };
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(|error| fail(&error))?;
    let version = match hash.version {
        Some(version) => Version::try_from(version).map_err(|error| fail(&error))?,
        None => Version::default(),
    };
    let params = Params::try_from(&hash).map_err(|error| fail(&error))?;
    let hasher = Argon2::new(algorithm, version, params);
    // phc compares outputs in a time that does not depend on where they differ
    Ok(output(&hasher, password, salt, expected.len(), memory)? == *expected)
}

fn output(
    hasher: &Argon2<'_>,
    password: &str,
    salt: &[u8],
    length: usize,
    memory: &mut Memory,
) -> Result<Output, Error> {
    memory.resize(hasher.params().block_count(), Block::default());
    let mut bytes = Zeroizing::new(vec![0; length]);
    hasher
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut bytes, memory.as_mut_slice())
        .map_err(|error| Error::Hash(error.to_string()))?;
    Output::new(&bytes).map_err(|error| Error::Hash(error.to_string()))
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher as _, PasswordVerifier as _};

    use super::*;

    #[tokio::test]
    async fn a_hash_verifies_its_password_and_no_other() {
        let hash = hash(&Secret::new("correct horse")).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let turn = turn("here").await.unwrap();
        assert_eq!(turn.verify(Secret::new("correct horse"), Some(hash.clone())).await.unwrap(), Match::Yes);
        assert_eq!(turn.verify(Secret::new("correct horsf"), Some(hash)).await.unwrap(), Match::No);
        assert_eq!(
            turn.verify(Secret::new("nobody"), None).await.unwrap(),
            Match::No,
            "nobody has no password"
        );
    }

    #[test]
    fn what_the_library_makes_we_verify_and_what_we_make_it_verifies() {
        let (right, wrong) = (Secret::new("correct horse"), Secret::new("correct horsf"));
        let mut memory = Memory::new();
        for kib in [19 * 1024, 8 * 1024, 32 * 1024] {
            let params = Params::new(kib, 2, 1, None).unwrap();
            let library = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let theirs = library.hash_password(right.expose().as_bytes()).unwrap().to_string();
            assert!(verify(right.expose(), &theirs, &mut memory).unwrap(), "{theirs}");
            assert!(!verify(wrong.expose(), &theirs, &mut memory).unwrap());
            let ours = hash_in(&right, &mut memory).unwrap();
            assert!(Argon2::default().verify_password(right.expose().as_bytes(), ours.as_str()).is_ok());
            assert_ne!(ours, hash_in(&right, &mut memory).unwrap(), "a salt each");
        }
        for broken in ["", "$argon2id$v=19$m=19456,t=2,p=1", "$2b$12$abc"] {
            assert!(verify(right.expose(), broken, &mut memory).is_err(), "{broken}");
        }
    }
}
