use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::clock::Timestamp;

/// The hash of an entry: SHA-256.
pub type Hash = [u8; 32];

/// What the first entry follows.
pub(super) const BEGINNING: Link = Link { seq: 0, hash: [0; 32] };

/// One link of a chain: which entry, and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The entry's number, from 1 within the tenant.
    pub seq: i64,
    pub hash: Hash,
}

/// The two ends of a tenant's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    /// The last entry that was deleted when its time was over.
    pub anchor: Link,
    /// The last entry there is.
    pub head: Link,
}

/// An entry with everything that its hash covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chained {
    pub tenant: Uuid,
    pub seq: i64,
    pub id: Uuid,
    pub at: Timestamp,
    pub actor: Option<Uuid>,
    pub actor_name: String,
    pub support_staff: Option<Uuid>,
    pub support_name: Option<String>,
    pub diagnosis: Option<Uuid>,
    pub client: String,
    pub request_id: String,
    pub event: String,
    pub details: String,
}

impl Chained {
    /// The hash of the entry behind the one of that hash.
    ///
    /// SHA-256 over the former hash (32 bytes; zeros for the first entry) and then each column in this order:
    /// `tenant_id`, `seq`, `id`, `at`, `actor`, `actor_name`, `support_staff`, `support_name`, `diagnosis`,
    /// `client`, `request_id`, `event`, `details`. A column is its length in bytes, as eight bytes with the
    /// highest first, and the bytes themselves: 16 of a UUID, 8 with the highest first of a number, UTF-8 of a
    /// text. What is null has the length 2⁶⁴-1 and no bytes. So no two different entries have the same
    /// encoding.
    ///
    /// The rule can never change, since stored hashes were made by it. A further column needs a new one,
    /// by which entries of a later number are hashed.
    pub(super) fn hash_after(&self, former: Hash) -> Hash {
        let mut hash = Sha256::new();
        hash.update(former);
        let mut column = |bytes: Option<&[u8]>| {
            hash.update(bytes.map_or(u64::MAX, |bytes| bytes.len() as u64).to_be_bytes());
            hash.update(bytes.unwrap_or_default());
        };
        column(Some(self.tenant.as_bytes()));
        column(Some(&self.seq.to_be_bytes()));
        column(Some(self.id.as_bytes()));
        column(Some(&self.at.0.to_be_bytes()));
        column(self.actor.as_ref().map(bytes));
        column(Some(self.actor_name.as_bytes()));
        column(self.support_staff.as_ref().map(bytes));
        column(self.support_name.as_deref().map(str::as_bytes));
        column(self.diagnosis.as_ref().map(bytes));
        column(Some(self.client.as_bytes()));
        column(Some(self.request_id.as_bytes()));
        column(Some(self.event.as_bytes()));
        column(Some(self.details.as_bytes()));
        hash.finalize().into()
    }
}

fn bytes(uuid: &Uuid) -> &[u8] {
    uuid.as_bytes()
}

/// A hash as people read it.
pub(super) fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Chained {
        Chained {
            tenant: Uuid::from_u128(1),
            seq: 1,
            id: Uuid::from_u128(2),
            at: Timestamp(1_795_525_331_000_000),
            actor: Some(Uuid::from_u128(3)),
            actor_name: "Greta Gärtner".to_owned(),
            support_staff: None,
            support_name: None,
            diagnosis: None,
            client: "192.0.2.7".to_owned(),
            request_id: "018f0000-0000-7000-8000-000000000000".to_owned(),
            event: "auth.signed_in".to_owned(),
            details: "{}".to_owned(),
        }
    }

    // made by another program from the rule above: see docs/audit-log.md
    #[test]
    fn the_rule_is_the_one_by_which_stored_hashes_were_made() {
        let first = entry().hash_after(BEGINNING.hash);
        assert_eq!(hex(&first), "b7425cb92f294150ff3528244a0cf6aba7753d969e0d1340e8970f6eb640f221");
        let second = Chained {
            seq: 2,
            actor: None,
            actor_name: "operator".to_owned(),
            support_staff: Some(Uuid::from_u128(4)),
            support_name: Some(String::new()),
            diagnosis: Some(Uuid::from_u128(5)),
            client: String::new(),
            request_id: String::new(),
            ..entry()
        };
        assert_eq!(
            hex(&second.hash_after(first)),
            "786f4bff23fc126e688970d00af5a1b454a03869d1f09c7d96bf919371c36988"
        );
    }

    #[test]
    fn every_column_counts_and_none_runs_into_the_next() {
        let whole = entry().hash_after(BEGINNING.hash);
        let text = |text: &str| text.to_owned();
        for other in [
            Chained { tenant: Uuid::from_u128(9), ..entry() },
            Chained { seq: 2, ..entry() },
            Chained { id: Uuid::from_u128(9), ..entry() },
            Chained { at: Timestamp(0), ..entry() },
            Chained { actor: None, ..entry() },
            Chained { actor_name: text("Greta"), ..entry() },
            Chained { support_staff: Some(Uuid::nil()), ..entry() },
            Chained { support_name: Some(text("")), ..entry() },
            Chained { diagnosis: Some(Uuid::nil()), ..entry() },
            Chained { client: text(""), ..entry() },
            Chained { request_id: text(""), ..entry() },
            Chained { event: text("auth.signed_in{"), details: text("}"), ..entry() },
            Chained { details: text("{ }"), ..entry() },
        ] {
            assert_ne!(other.hash_after(BEGINNING.hash), whole, "{other:?}");
        }
        assert_ne!(entry().hash_after(whole), whole);
    }
}
