//! Bare actix-web that answers every request with 13 bytes, or with those of a file: the yardstick that
//! `bench/run` and `bench/api` hold the portal against. Same library, same features, same profile, same
//! number of workers; nothing else. A body that is sent to it is read to its end.
//!
//! `bench-hello ADDRESS [STATUS FILE]`

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer, web};

struct Answer {
    status: StatusCode,
    kind: &'static str,
    body: Bytes,
}

async fn hello(answer: Data<Answer>, _: Bytes) -> HttpResponse {
    HttpResponse::build(answer.status).content_type(answer.kind).body(answer.body.clone())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8099".to_owned());
    let answer = match (arguments.next(), arguments.next()) {
        (Some(status), Some(file)) => {
            Answer { status: status.parse()?, kind: "application/json", body: std::fs::read(file)?.into() }
        }
        _ => Answer {
            status: StatusCode::OK,
            kind: "text/plain; charset=utf-8",
            body: Bytes::from_static(b"Hello, world!"),
        },
    };
    let answer = Data::new(answer);
    Ok(actix_web::rt::System::new().block_on(async {
        let app = move || App::new().app_data(answer.clone()).default_service(web::to(hello));
        HttpServer::new(app).bind(address)?.run().await
    })?)
}
