//! Bare actix-web that answers every request with 13 bytes: the yardstick that
//! `bench/run` holds the portal against. Same library, same features, same
//! profile, same number of workers; nothing else.
//!
//! `bench-hello ADDRESS`

use actix_web::{App, HttpResponse, HttpServer, web};

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("Hello, world!")
}

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8099".to_owned());
    actix_web::rt::System::new().block_on(async {
        HttpServer::new(|| App::new().default_service(web::to(hello))).bind(address)?.run().await
    })
}
