use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::Path;

use posthorn::auth;
use posthorn::values::{Role, Secret, StaffRole};

/// Somebody with an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) tenant: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) role: Role,
}

/// Administers acme.
pub(crate) const ALICE: Account = Account {
    tenant: "acme",
    name: "Alice Archer",
    email: "alice@acme.example",
    password: "the password of Alice",
    role: Role::TenantAdmin,
};

/// A member of acme.
pub(crate) const BEN: Account = Account {
    tenant: "acme",
    name: "Ben Baker",
    email: "ben@acme.example",
    password: "the password of Ben",
    role: Role::Member,
};

/// Administers globex, whose language is German.
pub(crate) const GRETA: Account = Account {
    tenant: "globex",
    name: "Greta Gärtner",
    email: "greta@globex.example",
    password: "the password of Greta",
    role: Role::TenantAdmin,
};

/// A member of globex.
pub(crate) const HANS: Account = Account {
    tenant: "globex",
    name: "Hans Hübner",
    email: "hans@globex.example",
    password: "the password of Hans",
    role: Role::Member,
};

/// A member of the staff, who signs in at the base host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StaffAccount {
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) totp_secret: &'static str,
    pub(crate) role: StaffRole,
}

/// Of the support.
pub(crate) const SAM: StaffAccount = StaffAccount {
    name: "Sam Sutter",
    email: "sam@staff.example",
    password: "the password of Sam",
    totp_secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    role: StaffRole::Support,
};

/// An operator.
pub(crate) const OLGA: StaffAccount = StaffAccount {
    name: "Olga Orlow",
    email: "olga@staff.example",
    password: "the password of Olga",
    totp_secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    role: StaffRole::Operator,
};

/// A hash costs 20 ms; that of a known password is made once for all tests, each of which is a process of its own.
pub(super) fn hash(password: &str) -> String {
    let mut key = DefaultHasher::new();
    (include_str!("../../../src/auth/password.rs"), password).hash(&mut key);
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = place.join(format!("posthorn_hash_{:016x}", key.finish()));
    fs::read_to_string(&file).unwrap_or_else(|_| {
        let hash = auth::hash_password(&Secret::new(password)).unwrap();
        let mut half = tempfile::NamedTempFile::new_in(place).unwrap();
        half.write_all(hash.as_bytes()).unwrap();
        half.persist(&file).unwrap();
        hash
    })
}
