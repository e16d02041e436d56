use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::{KEYS, failed, id, words};
use crate::api_keys::{self, ApiKey, Status};
use crate::clock::Timestamp;
use crate::messages::SECTION;
use crate::programs::notices;
use crate::state::State;
use crate::users::directory;
use crate::web::{self, Form, Page, Section, TenantAdmin, render};

#[derive(Template)]
#[template(path = "programs/revoke.html")]
struct RevokePage {
    page: Page,
    section: Section,
    key: ApiKey,
    maker: String,
    now: Timestamp,
}

impl RevokePage {
    fn status(&self) -> String {
        self.page.say(words::status(self.key.status(self.now)))
    }

    fn badge(&self) -> &'static str {
        words::badge(self.key.status(self.now))
    }

    fn is_revoked(&self) -> bool {
        self.key.status(self.now) == Status::Revoked
    }

    fn scopes(&self) -> Vec<String> {
        self.key.scopes.iter().map(|scope| self.page.say(words::scope(scope))).collect()
    }
}

/// Asks before a key is revoked, since a program may depend on it.
pub(super) async fn ask(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let (db, tenant) = (state.db.read(), admin.tenant());
    let key = api_keys::find(db, tenant, id(&path)?).await?.ok_or_else(web::Error::not_found)?;
    let maker = directory::names(db, tenant, &[key.user]).await?.remove(&key.user).unwrap_or_default();
    let (section, now) = (SECTION, state.clock.now());
    render(StatusCode::OK, &RevokePage { page, section, key, maker, now })
}

#[derive(serde::Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn revoke(
    admin: TenantAdmin,
    state: Data<State>,
    path: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let id = id(&path)?;
    api_keys::revoke(&state.db, &admin.actor(), id, state.clock.now()).await.map_err(failed)?;
    Ok(web::see_other_with(KEYS, notices::API_KEY_REVOKED))
}
