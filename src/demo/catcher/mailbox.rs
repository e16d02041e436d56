//! The caught mails: two files each in one folder, and an index in memory.
//!
//! `<id>.eml` holds the mail as it came, `<id>.json` what the conversation said about it. The second is
//! written last and put in its place by a rename, so a mail whose `.json` exists is complete, and an
//! `.eml` without it was never accepted.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use crate::clock::Timestamp;

/// The most mails kept; beyond it the oldest go.
pub(super) const MAX_MAILS: usize = 1_000;
/// The most bytes kept; beyond it the oldest go.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// The identifier of a caught mail; later mails have later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailId(#[serde(with = "uuid::serde::simple")] Uuid);

impl fmt::Display for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

impl FromStr for MailId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

/// How a mail came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// To the SMTP server. Mails that were kept before there was another way came so, too.
    #[default]
    Smtp,
    /// To the stand-in for Microsoft 365.
    Microsoft365,
}

impl Way {
    /// What it is called, in every language.
    pub fn name(self) -> &'static str {
        match self {
            Way::Smtp => "SMTP",
            Way::Microsoft365 => "Microsoft 365",
        }
    }
}

/// What is known of a mail before it comes to the mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::demo) struct Envelope {
    pub(in crate::demo) way: Way,
    pub(in crate::demo) from: String,
    pub(in crate::demo) recipients: Vec<String>,
    pub(in crate::demo) signed_in_as: String,
}

/// A caught mail without its contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaughtMail {
    pub id: MailId,
    #[serde(default)]
    pub way: Way,
    /// When it was accepted.
    pub received_at: Timestamp,
    /// The envelope's sender; empty in a report about another mail.
    pub from: String,
    pub recipients: Vec<String>,
    /// The user name that the client signed in with; with Microsoft 365 the client ID.
    pub signed_in_as: String,
    /// The decoded `Subject`; empty if it has none.
    pub subject: String,
    /// The `Message-ID` without its angle brackets.
    pub message_id: Option<String>,
    /// Its size in bytes.
    pub size: u64,
}

pub struct Mailbox {
    folder: PathBuf,
    mails: Mutex<Vec<Arc<CaughtMail>>>,
    count: watch::Sender<usize>,
}

impl Mailbox {
    /// Opens the folder, or creates it.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        #[cfg(unix)]
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        let mut mails = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => match read_index_entry(&path) {
                    Ok(mail) => mails.push(Arc::new(mail)),
                    Err(error) => {
                        tracing::warn!(path = %path.display(), %error, "a caught mail is unreadable");
                    }
                },
                Some("part") => fs::remove_file(&path)?,
                Some("eml") if !path.with_extension("json").exists() => fs::remove_file(&path)?,
                _ => {}
            }
        }
        mails.sort_by_key(|mail| mail.id);
        let count = watch::Sender::new(mails.len());
        Ok(Self { folder: folder.to_owned(), mails: Mutex::new(mails), count })
    }

    /// The caught mails, the newest first.
    pub fn mails(&self) -> Vec<Arc<CaughtMail>> {
        self.lock().iter().rev().cloned().collect()
    }

    /// The mail of that identifier.
    pub fn mail(&self, id: MailId) -> Option<Arc<CaughtMail>> {
        self.lock().iter().find(|mail| mail.id == id).cloned()
    }

    /// The bytes of a mail exactly as they came; they are read from the disk.
    ///
    /// # Errors
    /// When the file cannot be read; also when the mail was cleared away in between.
    pub fn source(&self, id: MailId) -> io::Result<Vec<u8>> {
        fs::read(self.path(id, "eml"))
    }

    /// Waits until at least that many mails are there, the newest first; `None` when the deadline passed.
    pub async fn wait_for(&self, mails: usize, deadline: Duration) -> Option<Vec<Arc<CaughtMail>>> {
        let mut count = self.count.subscribe();
        let arrived = count.wait_for(|count| *count >= mails);
        tokio::time::timeout(deadline, arrived).await.ok()?.ok()?;
        Some(self.mails())
    }

    /// Removes every mail.
    ///
    /// # Errors
    /// When a file cannot be removed; the mails that are still there stay listed.
    pub fn clear(&self) -> io::Result<()> {
        let mut mails = self.lock();
        while let Some(mail) = mails.last() {
            self.remove(mail.id)?;
            mails.pop();
            self.count.send_replace(mails.len());
        }
        Ok(())
    }

    /// Keeps a mail: it is on the disk when this returns.
    pub(in crate::demo) fn keep(
        &self,
        envelope: Envelope,
        raw: &[u8],
        at: Timestamp,
    ) -> io::Result<Arc<CaughtMail>> {
        let parsed = super::contents::Contents::parse(raw);
        let Envelope { way, from, recipients, signed_in_as } = envelope;
        let mail = Arc::new(CaughtMail {
            id: MailId(Uuid::now_v7()),
            way,
            received_at: at,
            from,
            recipients,
            signed_in_as,
            subject: parsed.subject,
            message_id: parsed.message_id,
            size: raw.len() as u64,
        });
        self.write(mail.id, "eml", raw)?;
        self.write(mail.id, "json", &serde_json::to_vec_pretty(&*mail)?)?;
        File::open(&self.folder)?.sync_all()?;

        let mut mails = self.lock();
        mails.push(Arc::clone(&mail));
        for id in oldest_beyond(&mails, MAX_MAILS, MAX_BYTES) {
            // What cannot be removed is forgotten: an old file must not stop a new mail.
            if let Err(error) = self.remove(id) {
                tracing::warn!(%id, %error, "an old caught mail cannot be removed");
            }
            mails.retain(|mail| mail.id != id);
        }
        self.count.send_replace(mails.len());
        Ok(mail)
    }

    fn write(&self, id: MailId, extension: &str, bytes: &[u8]) -> io::Result<()> {
        let part = self.path(id, "part");
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(part, self.path(id, extension))
    }

    /// The `.json` goes first: see the top of this file.
    fn remove(&self, id: MailId) -> io::Result<()> {
        for extension in ["json", "eml"] {
            match fs::remove_file(self.path(id, extension)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn path(&self, id: MailId, extension: &str) -> PathBuf {
        self.folder.join(format!("{id}.{extension}"))
    }

    /// No code that holds this lock leaves the list half changed, so a panic elsewhere spoils nothing.
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<CaughtMail>>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_index_entry(path: &Path) -> io::Result<CaughtMail> {
    let mail: CaughtMail = serde_json::from_slice(&fs::read(path)?)?;
    if path.file_stem().and_then(|stem| stem.to_str()) != Some(mail.id.to_string().as_str()) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file was renamed"));
    }
    fs::metadata(path.with_extension("eml"))?;
    Ok(mail)
}

/// The mails that must go so that the rest keeps both bounds; the newest always stays.
fn oldest_beyond(mails: &[Arc<CaughtMail>], most_mails: usize, most_bytes: u64) -> Vec<MailId> {
    let mut bytes: u64 = mails.iter().map(|mail| mail.size).sum();
    let mut count = mails.len();
    let mut gone = Vec::new();
    for mail in mails {
        if count <= 1 || (count <= most_mails && bytes <= most_bytes) {
            break;
        }
        gone.push(mail.id);
        count -= 1;
        bytes -= mail.size;
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope {
            way: Way::Microsoft365,
            from: "a@example.org".into(),
            recipients: vec!["b@example.org".into()],
            signed_in_as: "a".into(),
        }
    }

    #[test]
    fn a_mail_survives_a_restart_byte_for_byte_and_half_a_mail_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let raw = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@example.org>\r\n\r\n\xff\r\n";
        let kept = Mailbox::open(folder.path()).unwrap().keep(envelope(), raw, Timestamp(7)).unwrap();
        fs::write(folder.path().join("half.eml"), "x").unwrap();

        let mailbox = Mailbox::open(folder.path()).unwrap();
        assert_eq!(mailbox.mails(), vec![Arc::clone(&kept)]);
        assert_eq!((kept.subject.as_str(), kept.message_id.as_deref()), ("Grüße", Some("1@example.org")));
        assert_eq!(mailbox.source(kept.id).unwrap(), raw);
        assert!(!folder.path().join("half.eml").exists());

        // as it was written before there was a way
        let index = folder.path().join(format!("{}.json", kept.id));
        let written = fs::read_to_string(&index).unwrap();
        assert!(written.contains("\"way\": \"microsoft365\""), "{written}");
        fs::write(&index, written.replace("\"way\": \"microsoft365\",", "")).unwrap();
        let mailbox = Mailbox::open(folder.path()).unwrap();
        assert_eq!(mailbox.mails()[0].way, Way::Smtp);

        mailbox.clear().unwrap();
        assert!(Mailbox::open(folder.path()).unwrap().mails().is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_oldest_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::open(folder.path()).unwrap();
        let ids: Vec<MailId> =
            (0..4).map(|_| mailbox.keep(envelope(), b"12345", Timestamp(0)).unwrap().id).collect();
        let mails = mailbox.lock().clone();
        assert_eq!(oldest_beyond(&mails, 3, 1_000), ids[..1]);
        assert_eq!(oldest_beyond(&mails, 9, 11), ids[..2]);
        assert_eq!(oldest_beyond(&mails, 9, 1), ids[..3]);
        assert!(oldest_beyond(&mails, 4, 20).is_empty());
    }
}
