//! What operators measure, at `/metrics` of an address of its own: never on the portal's, where everybody
//! could read how much mail there is. Without `POSTHORN_METRICS_LISTEN` there is none.

use std::io;
use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::web::Data;
use actix_web::{App, HttpResponse, HttpServer, web};

use crate::outbox::metrics;
use crate::state::State;

/// Serves the figures on a listening socket until the process ends.
///
/// # Errors
/// When the socket cannot be used.
pub fn serve(state: State, socket: TcpListener) -> io::Result<Server> {
    let state = Data::new(state);
    let server =
        HttpServer::new(move || App::new().app_data(state.clone()).route("/metrics", web::get().to(figures)));
    Ok(server.workers(1).disable_signals().shutdown_timeout(1).listen(socket)?.run())
}

async fn figures(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().content_type(metrics::CONTENT_TYPE).body(metrics::text(&state).await)
}
