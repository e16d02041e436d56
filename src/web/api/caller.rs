use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::Problem;
use crate::i18n::Language;
use crate::sessions::{KeyInUse, Person};
use crate::state::State;
use crate::values::{Actor, Origin, TenantId};
use crate::web::{Context, Error};

/// A program, and the administrator as whom it acts. A handler that takes one is not reached by others; the scope
/// is the table's to check.
#[derive(Clone)]
pub struct ApiClient {
    /// The key that it has shown.
    pub key: KeyInUse,
    pub origin: Origin,
    /// The language to answer in.
    pub language: Language,
}

impl ApiClient {
    pub fn tenant(&self) -> TenantId {
        self.key.person.tenant
    }

    /// As whom it acts.
    pub fn person(&self) -> &Person {
        &self.key.person
    }

    /// The whole address of that path at the tenant's host.
    pub fn url(&self, state: &State, path: &str) -> String {
        format!("{}{path}", state.config.base_url.tenant(&self.key.person.tenant_slug))
    }

    /// The program as one who acts.
    pub fn actor(&self) -> Actor {
        Actor { api_key: Some(self.key.prefix.clone()), ..self.key.person.actor(self.origin.clone()) }
    }
}

impl FromRequest for ApiClient {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = Context::of(request).ok_or_else(Error::malformed).and_then(|context| {
            let key = context.program.get().cloned().ok_or_else(Problem::unauthorised)?;
            Ok(Self { key, origin: context.origin(), language: context.language.get() })
        });
        ready(caller)
    }
}
