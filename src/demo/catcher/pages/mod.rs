//! The catcher's site: the list of caught mails, one mail in four views, and the same for scripts.
//!
//! It is an application of its own on a port of its own: a caught mail is hostile until proven
//! otherwise, and a browser keeps origins apart, so nothing in it comes near the portal's session.

mod guard;
mod read;
mod show;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};

use super::mailbox::Mailbox;
use crate::web::assets;

/// What the pages need.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) smtp: SocketAddr,
    pub(super) mailbox: Arc<Mailbox>,
}

/// The running site; dropping it stops it without waiting.
pub(super) struct Site(ServerHandle);

impl Site {
    pub(super) fn start(listener: std::net::TcpListener, setting: Setting) -> io::Result<Self> {
        let setting = web::Data::new(setting);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(setting.clone())
                .app_data(web::PayloadConfig::new(1024))
                .wrap(from_fn(guard::guard))
                .route("/", web::get().to(show::list))
                .route("/posthorn.svg", web::get().to(logo))
                .route("/portal.css", web::get().to(stylesheet))
                .route("/mails.json", web::get().to(read::list))
                .route("/mails/clear", web::post().to(clear))
                .route("/mails/{id}", web::get().to(show::mail))
                .route("/mails/{id}/html", web::get().to(read::html))
                .route("/mails/{id}/source", web::get().to(read::source))
                .default_service(web::to(show::missing))
        })
        .workers(1)
        .disable_signals()
        .client_request_timeout(Duration::from_secs(5))
        .shutdown_timeout(1)
        .listen(listener)?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self(handle))
    }

    pub(super) async fn stop(&self) {
        self.0.stop(true).await;
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // The order is given by the call; awaiting it would only wait until it was carried out.
        drop(self.0.stop(false));
    }
}

async fn stylesheet() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(assets::STYLESHEET)
}

async fn logo() -> HttpResponse {
    HttpResponse::Ok().content_type("image/svg+xml").body(assets::LOGO)
}

async fn clear(setting: web::Data<Setting>) -> HttpResponse {
    let cleared = web::block(move || setting.mailbox.clear()).await;
    match cleared.map_err(io::Error::other).flatten() {
        Ok(()) => HttpResponse::SeeOther().insert_header((header::LOCATION, "/")).finish(),
        Err(error) => {
            tracing::error!(%error, "the caught mails cannot be cleared");
            HttpResponse::InternalServerError().body("The mails cannot be removed; see the log.")
        }
    }
}
