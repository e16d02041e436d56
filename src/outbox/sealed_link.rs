use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::values::{Secret, TenantId, UserId};
use crate::vault::{self, Binding, Vault};

/// What a sealed link is for.
const PURPOSE: &str = "mailed link";

/// A link that lets in whoever has it. In the database it stands sealed, bound to the tenant and the person, and
/// is opened when the words of the mail are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedLink(String);

impl SealedLink {
    /// Seals a link for that person of that tenant.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(vault: &Vault, tenant: TenantId, user: UserId, link: &Secret) -> Result<Self, vault::Error> {
        let sealed = vault.seal(link, &binding(tenant, &user.to_string()))?;
        Ok(Self(STANDARD.encode(sealed)))
    }

    /// The link, if it was sealed for that person of that tenant.
    ///
    /// # Errors
    /// When it was not, or its key is missing.
    pub fn open(&self, vault: &Vault, tenant: TenantId, user: UserId) -> Result<Secret, vault::Error> {
        let sealed = STANDARD.decode(&self.0).map_err(|_| vault::Error::Refused)?;
        vault.open(&sealed, &binding(tenant, &user.to_string()))
    }
}

fn binding(tenant: TenantId, user: &str) -> Binding<'_> {
    Binding { tenant: Some(tenant), purpose: PURPOSE, destination: user }
}
