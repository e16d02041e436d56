use std::fmt;

use sea_orm::{ConnectionTrait, DbErr};

use super::chain::{BEGINNING, Chained, Ends, Hash, Link, hex};
use super::store;
use crate::values::TenantId;

/// So many entries are read at once; among so many a swapped entry is looked for.
const PAGE: u64 = 1000;

/// What the chain of a tenant proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The last entry that was deleted when its time was over, or number 0.
    pub anchor: Link,
    /// The last entry that is proved.
    pub proved: Link,
    /// Which entry is the first that is not right, and what is wrong with it.
    pub broken: Option<(i64, Fault)>,
}

/// What is wrong with an entry, or with the end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It, or its hash, is not what was recorded.
    Altered,
    /// It is not there, and later ones are.
    Missing,
    /// Another one stands in its place, which belongs to it: they have changed places.
    SwappedWith(i64),
    /// It and all behind it, up to that one, are not there.
    CutAtTheEnd(i64),
    /// It lies behind the head: it was not recorded by us.
    BehindTheHead,
    /// It lies before the anchor, where everything was deleted.
    BeforeTheAnchor,
    /// It is right, but the head, which should hold its hash, is not.
    Head,
    /// There are entries, but nothing says where the chain begins and ends.
    NoEnds,
}

impl Link {
    /// The hash in hexadecimal digits.
    pub fn hex(&self) -> String {
        hex(&self.hash)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Altered => f.write_str("it was altered"),
            Fault::Missing => f.write_str("it is missing"),
            Fault::SwappedWith(seq) => write!(f, "it was swapped with entry {seq}"),
            Fault::CutAtTheEnd(seq) => {
                write!(f, "it is missing, as is everything from it to entry {seq}, the last")
            }
            Fault::BehindTheHead => {
                f.write_str("it lies behind the head of the chain and was never recorded")
            }
            Fault::BeforeTheAnchor => f.write_str("it lies before the anchor, where everything was deleted"),
            Fault::Head => f.write_str("it does not fit the head of the chain, which was altered"),
            Fault::NoEnds => f.write_str("the row with the ends of the chain is missing or unreadable"),
        }
    }
}

/// Walks the tenant's chain from its anchor to its head. Deeds may be recorded and old entries be deleted
/// meanwhile.
///
/// # Errors
/// When the database fails. That the chain is broken is no error but what is told.
pub async fn verify(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Proof, DbErr> {
    let mut walk = match begin(db, tenant).await? {
        Ok(walk) => walk,
        Err(proof) => return Ok(proof),
    };
    let mut seen_head = None;
    loop {
        let page = store::page(db, tenant, walk.read_from(), PAGE).await?;
        if page.is_empty() {
            // the head is read after the entries: it can only be further than what was read of them
            let Some(Ends { anchor, head }) = ends(db, tenant).await? else {
                return Ok(walk.broken_at(walk.at.seq, Fault::NoEnds));
            };
            if anchor.seq > walk.at.seq {
                walk = Walk { anchor, at: anchor, is_first: false };
                continue;
            }
            match walk.compare(head) {
                Some(proof) => return Ok(proof),
                // what was recorded while we walked; what is still not there then was cut off
                None if seen_head != Some(head.seq) => seen_head = Some(head.seq),
                None => return Ok(walk.broken_at(walk.at.seq + 1, Fault::CutAtTheEnd(head.seq))),
            }
        }
        for at in 0..page.len() {
            let Err(broken) = walk.step(page.get(at..).unwrap_or_default()) else { continue };
            // entries may have been deleted since we read the anchor
            match ends(db, tenant).await? {
                Some(Ends { anchor, .. }) if anchor.seq > walk.at.seq => {
                    walk = Walk { anchor, at: anchor, is_first: false };
                    break;
                }
                _ => return Ok(walk.broken_at(broken.0, broken.1)),
            }
        }
    }
}

async fn begin(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Result<Walk, Proof>, DbErr> {
    if let Some(Ends { anchor, .. }) = ends(db, tenant).await? {
        return Ok(Ok(Walk { anchor, at: anchor, is_first: true }));
    }
    let nothing = Walk { anchor: BEGINNING, at: BEGINNING, is_first: true };
    let first = store::page(db, tenant, i64::MIN, 1).await?;
    Ok(Err(match first.first() {
        Some((entry, _)) => nothing.broken_at(entry.seq, Fault::NoEnds),
        None => Proof { anchor: BEGINNING, proved: BEGINNING, broken: None },
    }))
}

/// The ends; none also if they cannot be read: somebody has written there who does not know how.
async fn ends(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Ends>, DbErr> {
    match store::ends(db, tenant).await {
        Err(DbErr::Type(_)) => Ok(None),
        other => other,
    }
}

/// Where one is on the way along a chain.
struct Walk {
    anchor: Link,
    at: Link,
    /// Whether nothing was read yet: then what lies before the anchor is read, too.
    is_first: bool,
}

impl Walk {
    fn read_from(&self) -> i64 {
        if self.is_first { i64::MIN } else { self.at.seq }
    }

    /// Goes on to the first of these entries, or says what is wrong.
    fn step(&mut self, entries: &[(Chained, Vec<u8>)]) -> Result<(), (i64, Fault)> {
        let Some((entry, hash)) = entries.first() else { return Ok(()) };
        let next = self.at.seq + 1;
        if entry.seq < next {
            return Err((entry.seq, Fault::BeforeTheAnchor));
        }
        if entry.seq > next {
            return Err((next, Fault::Missing));
        }
        let right = entry.hash_after(self.at.hash);
        if right.as_slice() != hash {
            let swapped =
                entries.iter().skip(1).find(|(other, hash)| belongs(other, next, self.at.hash, hash));
            let fault = swapped.map_or(Fault::Altered, |(other, _)| Fault::SwappedWith(other.seq));
            return Err((next, fault));
        }
        (self.at, self.is_first) = (Link { seq: next, hash: right }, false);
        Ok(())
    }

    /// What is proved when nothing is left to read; nothing if the head is further.
    fn compare(&self, head: Link) -> Option<Proof> {
        if head.seq > self.at.seq {
            return None;
        }
        if head.seq < self.at.seq {
            return Some(self.broken_at(head.seq + 1, Fault::BehindTheHead));
        }
        let broken = (head.hash != self.at.hash).then_some((head.seq, Fault::Head));
        Some(Proof { anchor: self.anchor, proved: self.at, broken })
    }

    fn broken_at(&self, seq: i64, fault: Fault) -> Proof {
        Proof { anchor: self.anchor, proved: self.at, broken: Some((seq, fault)) }
    }
}

/// Whether that entry was recorded under that number, behind the entry of that hash.
fn belongs(entry: &Chained, seq: i64, former: Hash, hash: &[u8]) -> bool {
    Chained { seq, ..entry.clone() }.hash_after(former).as_slice() == hash
}
