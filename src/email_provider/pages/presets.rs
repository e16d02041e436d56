//! What fills the SMTP form in: a service chosen from the list, or recognised from an address.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::settings::{ProviderForm, ShowPage};
use crate::email_provider::form::{Microsoft365Form, RecogniseForm, SmtpForm};
use crate::email_provider::{self, Autoconfig, Error, PRESETS, Preset, Recognised, Settings};
use crate::i18n::Text;
use crate::state::State;
use crate::values::EmailAddress;
use crate::web::{self, Form, Page, Problems, TenantAdmin, render};

/// How the form was filled in.
#[derive(Default)]
pub(super) struct Prefill {
    /// The service that was chosen or recognised.
    chosen: Option<&'static Preset>,
    /// What was found out from the address.
    found: Option<Found>,
    /// The address as it was typed.
    address: String,
    /// What was filled in from a check.
    pub(super) mended: Option<Text>,
}

impl Prefill {
    /// Filled in from a check, with that to be said of it.
    pub(super) fn mended(said: Text) -> Self {
        Self { mended: Some(said), ..Self::default() }
    }
}

struct Found {
    is_something: bool,
    said: Text,
}

impl ShowPage {
    /// The services to choose from: key, name, whether it is the one in the form.
    pub(super) fn presets(&self, form: &SmtpForm) -> Vec<(&'static str, String, bool)> {
        let present = self.preset(form).map(|preset| preset.key);
        PRESETS
            .iter()
            .map(|preset| {
                let own = preset.is_own();
                let name = if own { self.page.t("provider-preset-own") } else { preset.name.to_owned() };
                (preset.key, name, present == Some(preset.key))
            })
            .collect()
    }

    /// The service that was chosen, or whose server stands in the form.
    fn preset(&self, form: &SmtpForm) -> Option<&'static Preset> {
        self.aid.chosen.or_else(|| Preset::of_server(form.server_address.trim()))
    }

    /// What that service needs, with its name.
    pub(super) fn preset_hint(&self, form: &SmtpForm) -> Option<(String, String)> {
        let preset = self.preset(form)?;
        let title = if preset.is_own() {
            self.page.t("provider-preset-own")
        } else {
            self.page.t1("provider-preset-needs", "service", preset.name)
        };
        Some((title, self.page.t(preset.hint_on(self.today))))
    }

    /// What was found out from the address, and whether it is something.
    pub(super) fn recognised(&self) -> Option<(bool, String)> {
        self.aid.found.as_ref().map(|found| (found.is_something, self.page.say(&found.said)))
    }

    /// The address to recognise a service from.
    pub(super) fn recognise_address(&self, form: &SmtpForm) -> String {
        let typed = &self.aid.address;
        if typed.is_empty() { form.sender_address.clone() } else { typed.clone() }
    }
}

/// The form filled in for the service of that key. Microsoft 365 has a form of its own.
pub(super) fn filled_in(editor: ProviderForm, key: &str) -> (ProviderForm, Prefill) {
    let (ProviderForm::Smtp(form), Some(preset)) = (&editor, Preset::find(key)) else {
        return (editor, Prefill::default());
    };
    if preset.key == "microsoft365" {
        let mut microsoft = Microsoft365Form::empty();
        microsoft.sender_address.clone_from(&form.sender_address);
        return (ProviderForm::Microsoft365(microsoft), Prefill::default());
    }
    let aid = Prefill { chosen: Some(preset), ..Prefill::default() };
    match (preset.server, editor) {
        (Some(server), ProviderForm::Smtp(form)) => (ProviderForm::Smtp(form.with_server(&server)), aid),
        // a server of one's own: what a known service had is gone
        (None, ProviderForm::Smtp(form)) if Preset::of_server(&form.server_address).is_some() => {
            let mut empty = SmtpForm::empty();
            (empty.sender_address, empty.sender_name) = (form.sender_address, form.sender_name);
            (ProviderForm::Smtp(empty), aid)
        }
        (_, editor) => (editor, aid),
    }
}

/// Answers with the form itself: what was found is shown and saved nowhere. It stands in no URL either, or
/// anybody could make a link to a form with a server of theirs.
pub(super) async fn recognise(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<RecogniseForm>,
) -> Result<HttpResponse, web::Error> {
    let typed = form.0;
    let stored = email_provider::find(state.db.read(), admin.tenant()).await?;
    let mut smtp = match stored.as_ref().map(|stored| &stored.settings) {
        Some(Settings::Smtp(smtp)) => SmtpForm::of(smtp),
        Some(Settings::Microsoft365(_)) | None => SmtpForm::empty(),
    };
    let sender = match typed.parse() {
        Ok(sender) => sender,
        Err(problem) => {
            let mut page = ShowPage::new(page, &state, stored, ProviderForm::Smtp(smtp));
            page.problems = Problems::one("address", problem);
            page.aid.address = typed.address;
            return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let found = match email_provider::recognise(&state, &admin.actor(), &sender).await {
        Ok(found) => found,
        Err(Error::TooManyLookUps) => {
            return Err(web::Error::too_many(Text::new("provider-too-many-look-ups"), 60));
        }
        Err(error) => return Err(error.into()),
    };
    smtp.sender_address = sender.to_string();
    let (editor, mut aid) = with_found(smtp, found, &sender);
    aid.address = sender.to_string();
    let mut page = ShowPage::new(page, &state, stored, editor);
    page.aid = aid;
    render(StatusCode::OK, &page)
}

fn with_found(form: SmtpForm, found: Recognised, sender: &EmailAddress) -> (ProviderForm, Prefill) {
    let domain = sender.domain();
    match found {
        Recognised::Service { preset, mx } => {
            let said = Text::new("provider-recognised").with("domain", domain).with("service", preset.name);
            let (editor, aid) = filled_in(ProviderForm::Smtp(form), preset.key);
            let found = Some(Found { is_something: true, said: said.with("mx", mx) });
            (editor, Prefill { found, ..aid })
        }
        Recognised::Said { config, by } => {
            let Autoconfig { host, .. } = &config;
            let said = Text::new("provider-recognised-autoconfig").with("domain", domain).with("by", by);
            let found = Some(Found { is_something: true, said: said.with("server", host) });
            (ProviderForm::Smtp(form.with_autoconfig(&config)), Prefill { found, ..Prefill::default() })
        }
        Recognised::Nothing => {
            let said = Text::new("provider-recognised-nothing").with("domain", domain);
            let found = Some(Found { is_something: false, said });
            (ProviderForm::Smtp(form), Prefill { found, ..Prefill::default() })
        }
    }
}
