use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use askama::Template;
use chrono::NaiveDate;

use super::checks;
use super::presets::{self, Prefill};
use super::{SETTINGS, flash, named, refused, revision};
use crate::email_provider::SECTION;
use crate::email_provider::form::{
    Microsoft365Field, Microsoft365Form, RevisionForm, SmtpField, SmtpForm, seen,
};
use crate::email_provider::notices;
use crate::email_provider::powershell::restrict_to_mailbox;
use crate::email_provider::{
    self, Error, Health, Provider, SecretChange, SecretExpiry, Settings, password_sign_in_at_exchange_online,
};
use crate::i18n::Text;
use crate::mail::{Cloud, Security};
use crate::state::State;
use crate::web::{self, Form, Page, Problems, Section, TenantAdmin, render};

#[derive(serde::Deserialize)]
pub(super) struct ShowQuery {
    #[serde(default)]
    provider: String,
    /// The key of a service whose settings are to be filled in.
    #[serde(default)]
    preset: String,
    /// A check whose settings are to be filled in, and which change puts its failure right.
    #[serde(default)]
    check: String,
    #[serde(default)]
    mend: String,
    /// A test message whose failure the change puts right; without one it is the provider's last failure.
    #[serde(default)]
    test: String,
}

/// The form that a page shows, and what is wrong with it.
pub(super) enum ProviderForm {
    Smtp(SmtpForm),
    Microsoft365(Microsoft365Form),
}

impl ProviderForm {
    fn is_smtp(&self) -> bool {
        matches!(self, ProviderForm::Smtp(_))
    }
}

#[derive(Template)]
#[template(path = "email_provider/show.html")]
pub(super) struct ShowPage {
    pub(super) page: Page,
    section: Section,
    stored: Option<Provider>,
    editor: ProviderForm,
    pub(super) problems: Problems,
    /// The revision to send along.
    revision: String,
    pub(super) today: NaiveDate,
    /// How the form was filled in.
    pub(super) aid: Prefill,
}

#[derive(Template)]
#[template(path = "email_provider/remove.html")]
struct RemovePage {
    page: Page,
    section: Section,
    stored: Option<Provider>,
    revision: String,
}

/// A radio button: its value, name and hint, and whether it is chosen.
type Radio = (&'static str, String, String, bool);

impl ShowPage {
    /// The page with a form in which nothing is wrong.
    pub(super) fn new(page: Page, state: &State, stored: Option<Provider>, editor: ProviderForm) -> Self {
        let (section, today) = (SECTION, email_provider::today(state));
        let revision = revision(stored.as_ref());
        Self {
            page,
            section,
            stored,
            editor,
            problems: Problems::default(),
            revision,
            today,
            aid: Prefill::default(),
        }
    }

    fn is_active(&self, kind: &str) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.settings.kind() == kind)
    }

    /// What was filled in from a check, and whether the secret must be typed again.
    fn mended(&self) -> Option<(String, bool)> {
        let said = self.page.say(self.aid.mended.as_ref()?);
        let keeps = self.stored.as_ref().is_some_and(|stored| match &self.editor {
            ProviderForm::Smtp(form) => form.parse(Some(stored)).is_ok(),
            ProviderForm::Microsoft365(form) => form.parse(Some(stored), self.today).is_ok(),
        });
        let signs_in = match &self.editor {
            ProviderForm::Smtp(form) => form.same_as_sender() || !form.username.is_empty(),
            ProviderForm::Microsoft365(_) => true,
        };
        Some((said, signs_in && !keeps))
    }

    /// What puts the provider's failure right: names in links, and what the buttons say.
    fn mends(&self, stored: &Provider) -> Vec<(String, String)> {
        stored.mends().iter().map(|mend| (mend.key(), self.page.say(mend.button()))).collect()
    }

    fn has_password(&self) -> bool {
        self.stored.as_ref().is_some_and(Provider::has_smtp_password)
    }

    fn has_client_secret(&self) -> bool {
        self.stored.as_ref().is_some_and(Provider::has_client_secret)
    }

    fn saved_by(&self, stored: &Provider) -> String {
        let at = self.page.date_time(&stored.saved_at);
        self.page.say(Text::new("provider-saved-by").with("name", &stored.saved_by).with("at", at))
    }

    fn will_be_replaced(&self, stored: &Provider) -> String {
        let same_kind = match &self.editor {
            ProviderForm::Smtp(_) => matches!(stored.settings, Settings::Smtp(_)),
            ProviderForm::Microsoft365(_) => matches!(stored.settings, Settings::Microsoft365(_)),
        };
        let key = if same_kind { "provider-will-be-replaced" } else { "provider-will-be-deleted" };
        self.page.say(Text::new(key).with_text("provider", named(stored)))
    }

    fn securities(&self, form: &SmtpForm) -> Vec<Radio> {
        let radio = |security: Security, name, hint| {
            let (name, hint) = (self.page.t(name), self.page.t(hint));
            (security.as_str(), name, hint, form.security == security.as_str())
        };
        Security::ALL
            .into_iter()
            .map(|security| match security {
                Security::StartTls => radio(security, "provider-starttls", "provider-starttls-hint"),
                Security::Tls => radio(security, "provider-tls", "provider-tls-hint"),
                Security::None => radio(security, "provider-clear", "provider-clear-hint"),
            })
            .collect()
    }

    fn clouds(&self, form: &Microsoft365Form) -> Vec<(&'static str, String, bool)> {
        Cloud::ALL
            .into_iter()
            .map(|cloud| (cloud.as_str(), self.page.say(cloud_name(cloud)), form.cloud == cloud.as_str()))
            .collect()
    }

    /// Whether the SMTP form names Exchange Online, where sign-in with a password is coming to its end.
    fn is_exchange_online(form: &SmtpForm) -> bool {
        email_provider::is_exchange_online(form.server_address.trim())
    }

    fn exchange_online_hint(&self) -> String {
        self.page.t(password_sign_in_at_exchange_online(self.today))
    }

    /// What is to be said of the client secret's end.
    fn expiry(&self, stored: &Provider) -> Option<SecretExpiry> {
        SecretExpiry::of(&stored.settings, self.today)
    }

    /// The commands that let the application send from one mailbox only.
    fn powershell(&self) -> String {
        let parsed = match &self.editor {
            ProviderForm::Microsoft365(form) => form.ids(),
            ProviderForm::Smtp(_) => None,
        };
        let (client_id, sender) = parsed.unzip();
        restrict_to_mailbox(client_id.as_deref(), sender.as_deref())
    }
}

fn cloud_name(cloud: Cloud) -> Text {
    Text::new(match cloud {
        Cloud::Global => "provider-cloud-global",
        Cloud::GccHigh => "provider-cloud-gcc-high",
        Cloud::Dod => "provider-cloud-dod",
        Cloud::China => "provider-cloud-china",
    })
}

impl RemovePage {
    fn deactivated(&self, stored: &Provider) -> String {
        self.page.say(Text::new("provider-remove-deactivated").with_text("provider", named(stored)))
    }
}

pub(super) async fn administration(_: TenantAdmin) -> HttpResponse {
    web::see_other(SETTINGS)
}

pub(super) async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    query: Query<ShowQuery>,
) -> Result<HttpResponse, web::Error> {
    let stored = email_provider::find(state.db.read(), admin.tenant()).await?;
    let (revision, section) = (revision(stored.as_ref()), SECTION);
    let settings = stored.as_ref().map(|stored| &stored.settings);
    let editor = match (query.provider.as_str(), settings) {
        ("none", _) => return render(StatusCode::OK, &RemovePage { page, section, stored, revision }),
        ("microsoft365" | "", Some(Settings::Microsoft365(microsoft))) => {
            ProviderForm::Microsoft365(Microsoft365Form::of(microsoft))
        }
        ("microsoft365", _) => ProviderForm::Microsoft365(Microsoft365Form::empty()),
        (_, Some(Settings::Smtp(smtp))) => ProviderForm::Smtp(SmtpForm::of(smtp)),
        _ => ProviderForm::Smtp(SmtpForm::empty()),
    };
    let (editor, aid) = match checks::find(&admin, &state, &query.check).await? {
        Some(check) => checks::filled_in(&check, &query.mend),
        None => match mended(&admin, &state, stored.as_ref(), &query).await? {
            Some(mended) => mended,
            None => presets::filled_in(editor, &query.preset),
        },
    };
    let page = ShowPage { aid, ..ShowPage::new(page, &state, stored, editor) };
    render(StatusCode::OK, &page)
}

/// The form with the change of that name, if it puts right what failed with the stored provider.
async fn mended(
    admin: &TenantAdmin,
    state: &State,
    stored: Option<&Provider>,
    query: &ShowQuery,
) -> Result<Option<(ProviderForm, Prefill)>, web::Error> {
    let Some((stored, Settings::Smtp(smtp))) = stored.map(|stored| (stored, &stored.settings)) else {
        return Ok(None);
    };
    let mends = if query.test.is_empty() {
        stored.mends()
    } else {
        match query.test.parse() {
            Ok(id) => match email_provider::find_test(state.db.read(), admin.tenant(), id).await? {
                Some(test) => test.mends(Some(stored)),
                None => Vec::new(),
            },
            Err(_) => Vec::new(),
        }
    };
    let mend = mends.into_iter().find(|mend| mend.key() == query.mend);
    Ok(mend.map(|mend| checks::mended(smtp, &mend)))
}

pub(super) async fn save_smtp(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<SmtpForm>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let stored = email_provider::find(state.db.read(), admin.tenant()).await?;
    let problems = match form.parse(stored.as_ref()) {
        Ok(parsed) => match save(&admin, &state, parsed, form.revision.as_deref()).await? {
            Some(response) => return Ok(response),
            None => Problems::one(SmtpField::Password.name(), Text::new("provider-password-again")),
        },
        Err(errors) => Problems::of(errors, SmtpField::name),
    };
    let sent = form.revision.clone();
    refusal(page, &state, stored, ProviderForm::Smtp(form), problems, sent)
}

pub(super) async fn save_microsoft365(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<Microsoft365Form>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let stored = email_provider::find(state.db.read(), admin.tenant()).await?;
    let problems = match form.parse(stored.as_ref(), email_provider::today(&state)) {
        Ok(parsed) => match save(&admin, &state, parsed, form.revision.as_deref()).await? {
            Some(response) => return Ok(response),
            None => {
                let problem = Text::new("provider-client-secret-again");
                Problems::one(Microsoft365Field::ClientSecret.name(), problem)
            }
        },
        Err(errors) => Problems::of(errors, Microsoft365Field::name),
    };
    let sent = form.revision.clone();
    refusal(page, &state, stored, ProviderForm::Microsoft365(form), problems, sent)
}

/// The way on after a save; nothing if the secret that was to be kept is not there any more.
async fn save(
    admin: &TenantAdmin,
    state: &State,
    (settings, secret): (Settings, SecretChange),
    revision: Option<&str>,
) -> Result<Option<HttpResponse>, web::Error> {
    match email_provider::save(state, &admin.actor(), &settings, secret, seen(revision)).await {
        Ok(saved) => Ok(Some(web::see_other_with(SETTINGS, flash(saved, &settings)))),
        Err(Error::SecretNeeded) => Ok(None),
        Err(error) => Err(refused(error)),
    }
}

pub(super) fn refusal(
    page: Page,
    state: &State,
    stored: Option<Provider>,
    editor: ProviderForm,
    problems: Problems,
    sent: Option<String>,
) -> Result<HttpResponse, web::Error> {
    let revision = sent.unwrap_or_else(|| revision(stored.as_ref()));
    let page = ShowPage { problems, revision, ..ShowPage::new(page, state, stored, editor) };
    render(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

pub(super) async fn remove(
    admin: TenantAdmin,
    state: Data<State>,
    form: Form<RevisionForm>,
) -> Result<HttpResponse, web::Error> {
    let seen = seen(form.0.revision.as_deref());
    email_provider::remove(&state, &admin.actor(), seen).await.map_err(refused)?;
    Ok(web::see_other_with(SETTINGS, notices::PROVIDER_REMOVED))
}
