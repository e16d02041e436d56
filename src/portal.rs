//! The portal put together: every room's routes, the order of the middleware, the housekeeping.

use std::borrow::Cow;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::web::{Data, Query, ServiceConfig};
use actix_web::{App, HttpMessage as _, HttpResponse, HttpServer};
use askama::Template;
use tracing::Span;
use tracing_actix_web::{RootSpanBuilder, TracingLogger};

use crate::api_docs::Document;
use crate::audit::EventTables;
use crate::config::{Shares, open_files};
use crate::db::Trouble;
use crate::mail_types::MailTypes;
use crate::state::{State, Tables};
use crate::tenants::Slug;
use crate::web::api::Limits;
use crate::web::{
    self, Access, Page, Place, Route, Surfaces, Visitor, assets, front, gate, get, render, session_middleware,
};
use crate::{
    account, allow_list, api_docs, api_keys, audit, audit_log, auth, console, email_provider, messages, oidc,
    outbox, people, programs, second_factor, sender_domain, sessions, sign_in, staff, support, tenants,
    users,
};

/// A header or a body that takes longer is cut.
const PATIENCE: Duration = Duration::from_secs(5);
/// Requests under way get so long to end when the process is to stop.
const SHUTDOWN_SECONDS: u64 = 9;
const HOUSEKEEPING: Duration = Duration::from_secs(10 * 60);

/// What the rooms contribute beside routes.
pub const TABLES: Tables = Tables {
    mail_types: MailTypes(&[outbox::MAIL_TYPES, messages::MAIL_TYPES, people::MAIL_TYPES, auth::MAIL_TYPES]),
    audit_events: EventTables(&[
        &auth::events::EVENTS,
        &second_factor::events::EVENTS,
        &sign_in::events::EVENTS,
        &oidc::events::EVENTS,
        &users::events::EVENTS,
        &people::events::EVENTS,
        &tenants::events::EVENTS,
        &email_provider::events::EVENTS,
        &sender_domain::events::EVENTS,
        &outbox::events::EVENTS,
        &support::events::EVENTS,
        &api_keys::events::EVENTS,
        &messages::events::EVENTS,
        &account::events::EVENTS,
        &audit_log::events::EVENTS,
    ]),
    sign_in_services: &[oidc::offers_sign_in],
    may_write: messages::may_write,
};

/// What the rooms contribute to the frame of every page.
const SURFACES: Surfaces = Surfaces {
    banners: &[support::banner, outbox::banner],
    navigation: &[
        email_provider::SECTION,
        sign_in::SECTION,
        outbox::SECTION,
        people::SECTION,
        messages::SECTION,
        support::SECTION,
        audit_log::SECTION,
    ],
    notices: &[
        email_provider::notices::NOTICES,
        outbox::notices::NOTICES,
        messages::notices::NOTICES,
        support::notices::NOTICES,
        auth::notices::NOTICES,
        sign_in::notices::NOTICES,
        people::notices::NOTICES,
        programs::notices::NOTICES,
        account::notices::NOTICES,
        console::notices::NOTICES,
    ],
};

/// Every route there is: what is not here is denied.
pub fn routes() -> Vec<Route> {
    let own = vec![
        get("/", Access::Anyone, front_page).on(Place::Site),
        get("/healthz", Access::Anyone, healthz).on(Place::Everywhere),
        get("/readyz", Access::Anyone, readyz).on(Place::Everywhere),
    ];
    own.into_iter()
        .chain(assets::routes())
        .chain(support::routes())
        .chain(auth::routes())
        .chain(oidc::routes())
        .chain(sign_in::routes())
        .chain(people::routes())
        .chain(programs::routes())
        .chain(account::routes())
        .chain(email_provider::routes())
        .chain(outbox::routes())
        .chain(messages::routes())
        .chain(audit_log::routes())
        .chain(sender_domain::routes())
        .chain(allow_list::routes())
        .chain(console::routes())
        .chain(email_provider::calls())
        .chain(allow_list::calls())
        // `users/me` stands before `users/{id}`
        .chain(programs::calls())
        .chain(people::calls())
        .chain(outbox::calls())
        .chain(audit_log::calls())
        .chain(messages::calls())
        .chain(api_docs::routes())
        .collect()
}

/// Serves the portal on a listening socket until it is told to stop.
///
/// # Errors
/// When the socket cannot be used.
pub fn serve(state: State, socket: TcpListener) -> std::io::Result<Server> {
    let state = Data::new(state);
    let all = routes();
    let table = Data::new(gate::Table::of(&all));
    let limits = Data::new(Limits::of(&state.config));
    let document = Data::new(Document::of(&all, &state.config.product_name, state.tables));
    let visitors = Shares::of(&state.config, open_files()).visitors;
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(Data::new(SURFACES))
            .app_data(table.clone())
            .app_data(limits.clone())
            .app_data(document.clone())
            .configure(configure)
            .default_service(actix_web::web::to(nothing_here))
            .wrap(from_fn(gate::gate))
            .wrap(session_middleware(&state))
            .wrap(from_fn(front::door))
            .wrap(TracingLogger::<Spans>::new())
    })
    .workers(processors)
    // others wait before they are let in: files are kept back for mail and for the database
    .max_connections(visitors.div_ceil(processors))
    .client_request_timeout(PATIENCE)
    .client_disconnect_timeout(Duration::from_secs(2))
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .disable_signals()
    .listen(socket)?;
    Ok(server.run())
}

/// Opens the portal's socket.
///
/// # Errors
/// When the address is taken or not ours.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address)
}

fn configure(config: &mut ServiceConfig) {
    let mut paths: Vec<(Cow<'static, str>, Vec<actix_web::Route>)> = Vec::new();
    for route in routes() {
        match paths.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, handlers)) => handlers.push(route.handler),
            None => paths.push((route.path, vec![route.handler])),
        }
    }
    for (path, handlers) in paths {
        let resource = actix_web::web::resource(path.as_ref());
        config.service(handlers.into_iter().fold(resource, actix_web::Resource::route));
    }
}

async fn nothing_here() -> Result<HttpResponse, web::Error> {
    Err(web::Error::not_found())
}

/// Removes, every ten minutes, what has ended by time.
pub async fn housekeeping(state: State) {
    loop {
        tokio::time::sleep(HOUSEKEEPING).await;
        if let Err(error) = sweep(&state).await {
            tracing::warn!(%error, "the housekeeping failed; it is tried again in ten minutes");
        }
    }
}

/// Removes once what has ended by time.
pub async fn sweep(state: &State) -> Result<(), sea_orm::DbErr> {
    let tx = state.db.write().await?;
    let now = state.clock.now();
    sessions::sweep(&*tx, state.session_limits(), now).await?;
    staff::sweep(&*tx, state.session_limits(), now).await?;
    support::sweep(&*tx, now).await?;
    messages::sweep(&*tx, now).await?;
    tx.commit().await?;
    state.db.erase_traces();
    auth::sweep(state).await?;
    oidc::sweep(state).await?;
    if let Some(kept) = state.config.audit_retention {
        let deleted = audit::prune(&state.db, state.clock.now().minus(kept)).await?;
        if deleted > 0 {
            tracing::info!(deleted, "entries of the audit log have reached their age and are deleted");
        }
    }
    Ok(())
}

#[derive(serde::Deserialize)]
struct FindQuery {
    tenant: Option<String>,
}

#[derive(Template)]
#[template(path = "find.html")]
struct FindPage {
    page: Page,
    base_host: String,
    typed: String,
    malformed: bool,
}

/// On a tenant's host the way in; on the base host the page where one types the tenant's name. It
/// leads to any name of the right form: whether there is such a tenant is not told here either.
async fn front_page(
    visitor: Result<Visitor, web::Error>,
    page: Page,
    state: Data<State>,
    query: Query<FindQuery>,
) -> Result<HttpResponse, web::Error> {
    if let Ok(visitor) = visitor {
        return Ok(web::see_other(if visitor.signed_in.is_some() { "/home" } else { "/sign-in" }));
    }
    let typed = query.into_inner().tenant;
    let slug = typed.as_deref().and_then(Slug::parse);
    if let Some(slug) = slug {
        let to = format!("{}/", state.config.base_url.tenant(slug.as_str()));
        return Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish());
    }
    let malformed = typed.is_some();
    let status = if malformed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let base_host = state.config.base_url.host.clone();
    render(status, &FindPage { page, base_host, typed: typed.unwrap_or_default(), malformed })
}

/// The process is alive.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can do its work: the database answers, has the schema of this program and can be written to, and the mail
/// that this process sends moves.
async fn readyz(state: Data<State>) -> HttpResponse {
    let why = match state.db.pending_migrations().await {
        Ok(0) => match state.db.trouble_with_writing().await {
            None if outbox::worker::stalled().is_empty() => return HttpResponse::Ok().body("ready\n"),
            None => "mail is due, and nothing was done for a minute",
            Some(Trouble::Away) => "the database does not answer",
            Some(Trouble::Busy) => "the database is locked",
            Some(Trouble::ReadOnly) => "the database is read-only",
            Some(Trouble::Full) => "the disk of the database is full",
        },
        Ok(_) => "the schema is to be migrated",
        Err(error) => {
            tracing::warn!(%error, "not ready");
            "the database does not answer"
        }
    };
    HttpResponse::ServiceUnavailable().body(format!("not ready: {why}\n"))
}

/// What the log says of a request: the route's pattern, never the path or the query, in which tokens
/// and addresses stand.
struct Spans;

impl RootSpanBuilder for Spans {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<tracing_actix_web::RequestId>().map(ToString::to_string);
        tracing::info_span!(
            "request",
            id = id.unwrap_or_default(),
            method = %request.method(),
            route = request.match_pattern().unwrap_or_default(),
            status = tracing::field::Empty,
            tenant = tracing::field::Empty,
            user = tracing::field::Empty,
            staff = tracing::field::Empty,
            key = tracing::field::Empty,
        )
    }

    fn on_request_end<B: actix_web::body::MessageBody>(
        span: Span,
        outcome: &Result<ServiceResponse<B>, actix_web::Error>,
    ) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
        span.in_scope(|| tracing::info!(status = status.as_u16(), "answered"));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::i18n::{Language, Text};

    /// How often the sources say that.
    fn said(folder: &Path, what: &str) -> usize {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let count = |path: std::path::PathBuf| {
            if path.is_dir() {
                return said(&path, what);
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            text.split("\n#[cfg(test)]").next().unwrap_or_default().matches(what).count()
        };
        entries.map(count).sum()
    }

    fn said_in_sources(what: &str) -> usize {
        said(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), what)
    }

    #[test]
    fn every_type_of_mail_is_in_the_table_under_a_name_of_its_own_and_has_a_label() {
        let names: BTreeSet<&str> = TABLES.mail_types.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), TABLES.mail_types.iter().count());
        assert_eq!(
            names.len(),
            said_in_sources("impl MailType for "),
            "each is in the MAIL_TYPES of its room"
        );
        for (kind, language) in TABLES.mail_types.iter().flat_map(|kind| Language::ALL.map(|one| (kind, one)))
        {
            assert!(!kind.label().say(language).contains("-kind"), "{}", kind.name);
        }
    }

    #[test]
    fn every_notice_is_in_the_table_and_has_words() {
        let notices: Vec<_> = SURFACES.notices.iter().copied().flatten().collect();
        let said: BTreeSet<String> =
            notices.iter().map(|notice| notice.text().say(Language::German)).collect();
        assert_eq!(said.len(), notices.len(), "no two are the same, and each has words");
        assert!(said.iter().all(|words| !words.contains("flash-")), "{said:?}");
        assert_eq!(
            notices.len(),
            said_in_sources("Flash::new(\"flash-"),
            "each is in the NOTICES of its room"
        );
    }

    #[test]
    fn every_section_of_the_administration_is_in_the_navigation() {
        assert_eq!(SURFACES.navigation.len(), said_in_sources("pub const SECTION: Section"));
        let all = routes();
        for section in SURFACES.navigation {
            assert!(all.iter().any(|route| route.path == section.path), "{}", section.path);
            assert_ne!(Text::new(section.name).say(Language::English), section.name);
        }
    }

    #[test]
    fn every_table_of_events_is_collected() {
        assert_eq!(TABLES.audit_events.0.len(), said_in_sources("pub(crate) const EVENTS: EventTable"));
    }
}
