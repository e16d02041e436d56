use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use askama::Template;
use utoipa_swagger_ui::{Config, SwaggerFile};

use super::Document;
use crate::web::{self, Access, Page, Route, get};

const VIEWER: &str = "/api/docs";

/// The pages of the documentation. They tell nothing of a tenant, so anyone may read them.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/openapi.json", Access::Anyone, document),
        get(VIEWER, Access::Anyone, viewer),
        get("/api/docs/{file}", Access::Anyone, file),
    ]
}

async fn document(document: Data<Document>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.json.clone())
}

#[derive(Template)]
#[template(path = "api_docs/viewer.html")]
struct ViewerPage {
    page: Page,
}

async fn viewer(page: Page) -> Result<HttpResponse, web::Error> {
    Ok(web::viewer(web::render(StatusCode::OK, &ViewerPage { page })?))
}

/// The viewer's own files, which are part of this program; its start is ours, since the policy of our pages lets
/// nothing stand in them that runs.
async fn file(name: Path<String>) -> Result<HttpResponse, web::Error> {
    const OURS: [&str; 3] = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];
    if !OURS.contains(&name.as_str()) {
        return Err(web::Error::not_found());
    }
    let found = utoipa_swagger_ui::serve(&name, Arc::new(Config::from("/api/openapi.json")));
    let found = found.map_err(|error| std::io::Error::other(error.to_string()))?;
    let SwaggerFile { bytes, content_type, .. } = found.ok_or_else(web::Error::not_found)?;
    let mut answer = HttpResponse::Ok();
    answer.content_type(content_type).insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    Ok(answer.body(bytes.into_owned()))
}
