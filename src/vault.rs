//! Seals and opens secrets: XChaCha20-Poly1305 with a master key that never enters the database.
//!
//! A sealed secret is bound to its tenant, its purpose and its destination (server, port, security,
//! user) as associated data. Copied into another tenant's row, or left in place while somebody
//! changes the server it is meant for, it does not open: what forgets this hands the password of one
//! server to another.
//!
//! Layout: version (1 byte, `1`), key id (4), nonce (24), ciphertext with tag. The key file holds one
//! key a line, base64 of 32 bytes; the first seals, all open, so that a new key is put on top.

use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::values::{Secret, TenantId};

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;

/// What a sealed secret is for. It opens only for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// Whose it is; `None`: the installation's own.
    pub tenant: Option<TenantId>,
    /// What it is, such as `smtp-password`.
    pub purpose: &'a str,
    /// Where it may be sent, in a form that differs whenever the place does.
    pub destination: &'a str,
}

/// Why a key file or a sealed secret is of no use.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key file cannot be read or written.
    #[error("the master key file {path}: {source}")]
    File {
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The key file has a line that is no key.
    #[error(
        "the master key file {path}, line {line}: expected base64 of exactly 32 bytes (make one with `posthorn keys generate`)"
    )]
    MalformedKey {
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// The key file has no key in it.
    #[error("the master key file {0} holds no key (make one with `posthorn keys generate`)")]
    NoKey(String),
    /// The secret was sealed with a key that is not in the key file.
    #[error("a secret was sealed with the master key {0}, which is not in the key file")]
    UnknownKey(String),
    /// The secret was altered, or belongs to another tenant, purpose or destination.
    #[error("a sealed secret does not open: it was altered or belongs elsewhere")]
    Refused,
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

struct Key {
    id: [u8; KEY_ID_BYTES],
    bytes: Zeroizing<[u8; KEY_BYTES]>,
}

pub struct Vault {
    sealing: Key,
    former: Vec<Key>,
}

impl Vault {
    /// Reads the master keys from a file.
    ///
    /// # Errors
    /// When it cannot be read or holds anything but keys, comments (`#`) and empty lines.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map(Zeroizing::new)
            .map_err(|source| Error::File { path: name.clone(), source })?;
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate().map(|(index, line)| (index, line.trim())) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bytes = STANDARD.decode(line).map(Zeroizing::new).ok();
            let bytes = bytes.and_then(|bytes| <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).ok());
            let bytes = bytes.ok_or(Error::MalformedKey { path: name.clone(), line: index + 1 })?;
            keys.push(Key::new(bytes));
        }
        let mut keys = keys.into_iter();
        let sealing = keys.next().ok_or(Error::NoKey(name))?;
        Ok(Self { sealing, former: keys.collect() })
    }

    /// Writes a new master key to a file that does not exist yet, readable by its owner only.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn generate(path: &Path) -> Result<(), Error> {
        let fail = |source| Error::File { path: path.display().to_string(), source };
        let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
        getrandom::fill(key.as_mut_slice())?;
        let line = Zeroizing::new(format!("{}\n", STANDARD.encode(key.as_slice())));
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fail)?;
        file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(fail)
    }

    /// Seals a secret for one tenant, purpose and destination.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(&self, secret: &Secret, binding: &Binding<'_>) -> Result<Vec<u8>, Error> {
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce)?;
        let key = &self.sealing;
        let message = Payload { msg: secret.expose().as_bytes(), aad: &associated_data(key.id, binding) };
        let sealed = key.cipher().encrypt(&XNonce::from(nonce), message).map_err(|_| Error::Refused)?;
        let mut out = Vec::with_capacity(1 + KEY_ID_BYTES + NONCE_BYTES + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&key.id);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens a secret for the tenant, purpose and destination that it was sealed for.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when its key is missing, [`Error::Refused`] when it is not for this binding.
    pub fn open(&self, sealed: &[u8], binding: &Binding<'_>) -> Result<Secret, Error> {
        let (version, rest) = sealed.split_first().ok_or(Error::Refused)?;
        let (id, rest) = rest.split_first_chunk::<KEY_ID_BYTES>().ok_or(Error::Refused)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Error::Refused)?;
        if *version != VERSION {
            return Err(Error::Refused);
        }
        let key = std::iter::once(&self.sealing)
            .chain(&self.former)
            .find(|key| key.id == *id)
            .ok_or_else(|| Error::UnknownKey(hex(id)))?;
        let message = Payload { msg: sealed, aad: &associated_data(key.id, binding) };
        let opened = key.cipher().decrypt(&XNonce::from(*nonce), message).map_err(|_| Error::Refused)?;
        String::from_utf8(opened).map(Secret::new).map_err(|_| Error::Refused)
    }

    /// 64 bytes derived from the sealing key for another use, such as the key of the session cookie.
    /// The label keeps the uses apart.
    pub fn derive(&self, label: &str) -> Zeroizing<[u8; 64]> {
        let mut hash = Sha512::new();
        hash.update((label.len() as u64).to_be_bytes());
        hash.update(label.as_bytes());
        hash.update(self.sealing.bytes.as_slice());
        Zeroizing::new(hash.finalize().into())
    }
}

impl Key {
    fn new(bytes: [u8; KEY_BYTES]) -> Self {
        let digest = Sha256::digest(bytes);
        let id = digest.first_chunk::<KEY_ID_BYTES>().copied().unwrap_or_default();
        Self { id, bytes: Zeroizing::new(bytes) }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.bytes).into())
    }
}

/// Every part with its length before it, so that no two bindings run together to the same bytes.
fn associated_data(key: [u8; KEY_ID_BYTES], binding: &Binding<'_>) -> Vec<u8> {
    let mut data = vec![VERSION];
    data.extend_from_slice(&key);
    // a tenant's identifier is never nil
    let tenant = binding.tenant.map(|tenant| *tenant.uuid().as_bytes()).unwrap_or_default();
    data.extend_from_slice(&tenant);
    for part in [binding.purpose, binding.destination] {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    data
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn vault() -> Vault {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        Vault::generate(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(Vault::generate(&path), Err(Error::File { .. })), "a key must never be overwritten");
        Vault::read(&path).unwrap()
    }

    #[test]
    fn a_secret_opens_only_for_what_it_was_sealed_for() {
        let vault = vault();
        let tenant = TenantId::new();
        let binding =
            Binding { tenant: Some(tenant), purpose: "smtp-password", destination: "a.example:587" };
        let sealed = vault.seal(&Secret::new("Pässwörd 🔑"), &binding).unwrap();
        assert_eq!(vault.open(&sealed, &binding).unwrap().expose(), "Pässwörd 🔑");
        for other in [
            Binding { tenant: Some(TenantId::new()), ..binding.clone() },
            Binding { tenant: None, ..binding.clone() },
            Binding { purpose: "client-secret", ..binding.clone() },
            Binding { destination: "b.example:587", ..binding.clone() },
            Binding { purpose: "smtp-passworda", destination: ".example:587", ..binding.clone() },
        ] {
            assert!(matches!(vault.open(&sealed, &other), Err(Error::Refused)), "{other:?}");
        }
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert!(vault.open(&altered, &binding).is_err(), "byte {index}");
        }
        assert!(vault.open(&[], &binding).is_err());
    }

    #[test]
    fn a_former_key_still_opens_and_a_missing_one_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let binding = Binding { tenant: Some(TenantId::new()), purpose: "p", destination: "d" };
        Vault::generate(&path).unwrap();
        let sealed = Vault::read(&path).unwrap().seal(&Secret::new("x"), &binding).unwrap();
        let former = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        Vault::generate(&path).unwrap();
        assert!(matches!(Vault::read(&path).unwrap().open(&sealed, &binding), Err(Error::UnknownKey(_))));
        let new = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("# rotated\n{new}\n{former}")).unwrap();
        assert_eq!(Vault::read(&path).unwrap().open(&sealed, &binding).unwrap().expose(), "x");
    }

    #[test]
    fn what_is_no_key_is_named_by_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        std::fs::write(&path, "# nothing\n").unwrap();
        assert!(matches!(Vault::read(&path), Err(Error::NoKey(_))));
        std::fs::write(&path, format!("\n{}\n", STANDARD.encode([7_u8; 16]))).unwrap();
        assert!(matches!(Vault::read(&path), Err(Error::MalformedKey { line: 2, .. })));
    }
}
