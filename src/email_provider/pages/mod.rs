mod checks;
mod presets;
mod secret;
mod settings;
mod test_messages;

use super::{Error, Provider, Saved, Settings};
use crate::email_provider::notices;
use crate::i18n::Text;
use crate::web::{self, Access, Flash, Route, SupportAccess, get, post};

const SETTINGS: &str = "/administration/settings";
const SECRET: &str = "/administration/settings/email-provider/microsoft365/secret";
const CHECKS: &str = "/administration/settings/email-provider/checks";
const TESTS: &str = "/administration/settings/email-provider/test-messages";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    let admin = Access::TenantAdmin;
    vec![
        get("/administration", admin, settings::administration),
        get(SETTINGS, admin, settings::show),
        post("/administration/settings/email-provider/smtp", admin, settings::save_smtp),
        post("/administration/settings/email-provider/smtp/recognise", admin, presets::recognise),
        post("/administration/settings/email-provider/microsoft365", admin, settings::save_microsoft365),
        get(SECRET, admin, secret::show),
        post(SECRET, admin, secret::replace),
        post("/administration/settings/email-provider/none", admin, settings::remove),
        post("/administration/settings/email-provider/smtp/check", admin, checks::check_smtp),
        post("/administration/settings/email-provider/microsoft365/check", admin, checks::check_microsoft365),
        post(CHECKS, admin, checks::check_stored).for_support(SupportAccess::Write),
        get("/administration/settings/email-provider/checks/{id}", admin, checks::show),
        post("/administration/settings/email-provider/checks/{id}/ports", admin, checks::try_ports),
        get(TESTS, admin, test_messages::show_test_form),
        post(TESTS, admin, test_messages::send_test),
        get("/administration/settings/email-provider/test-messages/{id}", admin, test_messages::show_test),
    ]
}

/// The stored provider as the subject of a sentence.
fn named(stored: &Provider) -> Text {
    match &stored.settings {
        Settings::Smtp(smtp) => {
            let server = format!("{}:{}", smtp.server_address, smtp.server_port);
            Text::new("provider-named-smtp").with("server", server)
        }
        Settings::Microsoft365(microsoft) => {
            Text::new("provider-named-microsoft365").with("sender", &microsoft.sender_address)
        }
    }
}

/// The revision to send along with a form.
fn revision(stored: Option<&Provider>) -> String {
    stored.map_or("none".to_owned(), |stored| stored.revision.to_string())
}

/// What is said after a save.
fn flash(saved: Saved, settings: &Settings) -> Flash {
    match (saved, settings) {
        (Saved::First, _) => notices::PROVIDER_SAVED,
        (Saved::Replaced, _) => notices::PROVIDER_REPLACED,
        (Saved::SecretKept, Settings::Smtp(_)) => notices::PROVIDER_KEPT,
        (Saved::SecretKept, Settings::Microsoft365(_)) => notices::CLIENT_SECRET_KEPT,
    }
}

fn refused(error: Error) -> web::Error {
    match error {
        Error::Conflict => web::Error::conflict(Text::new("provider-conflict"), SETTINGS),
        error => error.into(),
    }
}
