use std::borrow::Borrow;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use chrono::{NaiveDate, NaiveTime, SecondsFormat, TimeZone as _};
use chrono_tz::Tz;
use futures_util::future::LocalBoxFuture;

use super::banner::{self, Banner, Banners, Tone};
use super::context::Context;
use super::{Error, assets};
use crate::clock::Timestamp;
use crate::i18n::{self, Language, Text};
use crate::sessions::Support;
use crate::state::State;
use crate::values::{Role, StaffRole, Token};

pub(super) const FORM_COOKIE: &str = "posthorn_form";
pub(super) const FLASH_COOKIE: &str = "posthorn_flash";

/// Where in the portal a page stands: what the navigation marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The person's own pages.
    Home,
    /// The person's account.
    Account,
    /// Administration, Settings.
    Settings,
    /// Administration, Settings: signing in.
    SignIn,
    /// Administration, Deliveries.
    Deliveries,
    /// Administration, Users.
    Users,
    /// Administration, API keys.
    ApiKeys,
    /// Administration, Support access.
    Support,
    /// Administration, Audit log.
    AuditLog,
}

/// What every page needs for its frame. Templates call its methods.
pub struct Page {
    /// The language of the page.
    pub language: Language,
    /// What the product is called.
    pub product: String,
    /// The tenant's name, on a tenant's host.
    pub tenant: Option<String>,
    /// Who is signed in: the name, and whether they administer.
    pub person: Option<(String, bool)>,
    /// The token of the page's forms.
    pub csrf: String,
    /// The request's identifier.
    pub request_id: String,
    /// What administrators must know wherever they are.
    pub banners: Vec<Banner>,
    /// Who of the staff is signed in, at the base host: the name, and what they may do.
    pub staff: Option<(String, StaffRole)>,
    /// The support person who looks at the portal as somebody else, and as whom.
    pub support: Option<(Support, String)>,
    zone: Tz,
    flash: Option<Flash>,
}

impl Page {
    /// The words of a message, in the page's language.
    pub fn t(&self, key: &str) -> String {
        i18n::words(self.language, key)
    }

    /// The words of a message with one argument.
    pub fn t1(&self, key: &'static str, name: &'static str, value: impl std::fmt::Display) -> String {
        Text::new(key).with(name, value).say(self.language)
    }

    /// What a text says in the page's language.
    pub fn say(&self, text: impl Borrow<Text>) -> String {
        text.borrow().say(self.language)
    }

    /// Whether a banner says that something is wrong.
    pub fn is_warned(&self) -> bool {
        self.banners.iter().any(|banner| banner.tone != Tone::Info)
    }

    /// A date and time as the reader writes it.
    pub fn date_time(&self, at: &Timestamp) -> String {
        i18n::format_date_time(*at, self.zone, self.language)
    }

    /// A whole number as the reader writes it.
    pub fn number(&self, number: &i64) -> String {
        i18n::format_number(*number, self.language)
    }

    /// A date and time in few characters, for tables, without what is of today or of this year.
    pub fn short_time(&self, at: &Timestamp, now: &Timestamp) -> String {
        i18n::format_short(*at, *now, self.zone, self.language)
    }

    /// A time for programs, as the `datetime` of a `<time>` wants it.
    pub fn exact_time(&self, at: &Timestamp) -> String {
        at.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// The time without the date, or with it if it is not near the present.
    pub fn soon(&self, at: &Timestamp, now: Timestamp) -> String {
        let local = |at: Timestamp| at.utc().with_timezone(&self.zone).date_naive();
        if local(*at) == local(now) { self.hour(at) } else { self.date_time(at) }
    }

    /// When a day begins for the reader.
    pub fn beginning_of(&self, day: NaiveDate) -> Option<Timestamp> {
        let midnight = day.and_time(NaiveTime::MIN);
        // a day that begins with a leap of the clock has no midnight; an hour later it has begun
        let local = [0, 1].iter().find_map(|hours| {
            self.zone.from_local_datetime(&(midnight + chrono::Duration::hours(*hours))).earliest()
        });
        local.map(|at| Timestamp(at.timestamp_micros()))
    }

    /// A date as the reader writes it.
    pub fn date(&self, on: &NaiveDate) -> String {
        i18n::format_date(*on, self.language)
    }

    /// A time of today, with the seconds and the zone.
    pub fn time(&self, at: &Timestamp) -> String {
        i18n::format_time(*at, self.zone)
    }

    /// The hour and minute of today.
    pub fn hour(&self, at: &Timestamp) -> String {
        at.utc().with_timezone(&self.zone).format("%H:%M").to_string()
    }

    /// The language's tag.
    pub fn lang(&self) -> &'static str {
        self.language.code()
    }

    /// The notice of what was just done.
    pub fn flash(&self) -> Option<String> {
        self.flash.map(|flash| flash.text().say(self.language))
    }

    /// The URL of a static file.
    pub fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    /// The frame of an error page: no forms but sign-out, and the notice waits for the next page.
    pub(super) fn for_error(context: &Rc<Context>, product: &str) -> Self {
        Self::of(context, product)
    }

    fn of(context: &Rc<Context>, product: &str) -> Self {
        let (signed_in, staff) = (context.signed_in.get(), context.staff.get());
        Self {
            language: context.language.get(),
            product: product.to_owned(),
            tenant: context.tenant.get().map(|tenant| tenant.name.clone()),
            person: signed_in.map(|who| (who.person.name.clone(), who.person.role == Role::TenantAdmin)),
            csrf: match (signed_in, staff) {
                (Some(who), _) => who.csrf.clone(),
                (None, Some(who)) => who.csrf.clone(),
                (None, None) => context.form_token.borrow().clone().unwrap_or_default(),
            },
            staff: staff.map(|who| (who.member.name.clone(), who.member.role)),
            support: context.support().map(|support| {
                let who = signed_in.map(|who| who.person.name.clone()).unwrap_or_default();
                (support.clone(), who)
            }),
            request_id: context.request_id.clone(),
            banners: Vec::new(),
            zone: signed_in.map_or(Tz::UTC, |who| who.person.zone()),
            flash: None,
        }
    }
}

impl FromRequest for Page {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (context, state) = (Context::of(request), request.app_data::<Data<State>>().cloned());
        let banners = request.app_data::<Data<Banners>>().cloned();
        Box::pin(async move {
            let (Some(context), Some(state)) = (context, state) else { return Err(Error::malformed()) };
            let mut page = page(&context, &state)?;
            page.banners = banner::of(banners.as_deref().map(|all| &**all), &context, &state, &page).await?;
            Ok(page)
        })
    }
}

fn page(context: &Rc<Context>, state: &State) -> Result<Page, Error> {
    if context.signed_in.get().is_none() && context.staff.get().is_none() {
        let mut token = context.form_token.borrow_mut();
        if token.as_deref().is_none_or(|token| token.len() < 22) {
            *token = Some(Token::generate()?.expose().to_owned());
            context.form_token_is_new.set(true);
        }
    }
    let mut page = Page::of(context, &state.config.product_name);
    page.flash = context.flash.get();
    context.flash_was_shown.set(page.flash.is_some());
    Ok(page)
}

/// A notice that the next page shows once. Only its name travels, in a cookie: there is nothing in it
/// to forge but another notice of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flash {
    /// The provider was saved, for the first time.
    ProviderSaved,
    /// The provider was saved in place of another.
    ProviderReplaced,
    /// The provider was saved in place of the former settings, its secret kept.
    ProviderKept,
    /// Likewise, with a client secret for its secret.
    ClientSecretKept,
    /// The client secret was replaced, and nothing else.
    ClientSecretReplaced,
    /// The provider was deactivated and deleted.
    ProviderRemoved,
    /// The password was changed; other sessions have ended.
    PasswordChanged,
    /// The first password was set.
    PasswordSet,
    /// Language and time zone were saved.
    PreferencesSaved,
    /// A session was ended.
    SessionEnded,
    /// All other sessions were ended.
    OtherSessionsEnded,
    /// The person signed out.
    SignedOut,
    /// Mails are tried again.
    MailTriedAgain,
    /// Mails were cancelled.
    MailCancelled,
    /// Some mails were changed, others could not be.
    MailPartlyChanged,
    /// No mail was changed.
    MailUnchanged,
    /// As many mails were changed as one press changes; there are more.
    MailMoreLeft,
    /// A held lane was released.
    LaneReleased,
    /// The suppression of an address was lifted.
    SuppressionLifted,
    /// Support staff may look at the portal.
    SupportGranted,
    /// Support staff may no longer look at the portal.
    SupportRevoked,
    /// A tenant was taken out of service.
    TenantSuspended,
    /// A tenant was put back into service.
    TenantResumed,
    /// A tenant was deleted.
    TenantDeleted,
    /// The second factor was removed.
    SecondFactorRemoved,
    /// A person's second factor was reset by an administrator.
    SecondFactorReset,
    /// A sign-in that waited for a code is over.
    SignInAgain,
    /// The rules of signing in were saved.
    SignInRulesSaved,
    /// A user has another role.
    RoleChanged,
    /// A user was taken out of use.
    UserDeactivated,
    /// A user was put back into use.
    UserReactivated,
    /// A user was removed.
    UserRemoved,
    /// An invitation was revoked.
    InvitationRevoked,
    /// People of this tenant sign in with its own service.
    LocalSignInOff,
    /// The sign-in service was saved.
    OidcSaved,
    /// The sign-in service was removed.
    OidcRemoved,
    /// An API key was revoked.
    ApiKeyRevoked,
    /// To whom programs may write was saved.
    RecipientsSaved,
}

impl Flash {
    const ALL: [(Flash, &'static str); 38] = [
        (Flash::ProviderSaved, "provider-saved"),
        (Flash::ProviderReplaced, "provider-replaced"),
        (Flash::ProviderKept, "provider-kept"),
        (Flash::ClientSecretKept, "client-secret-kept"),
        (Flash::ClientSecretReplaced, "client-secret-replaced"),
        (Flash::ProviderRemoved, "provider-removed"),
        (Flash::PasswordChanged, "password-changed"),
        (Flash::PasswordSet, "password-set"),
        (Flash::PreferencesSaved, "preferences-saved"),
        (Flash::SessionEnded, "session-ended"),
        (Flash::OtherSessionsEnded, "other-sessions-ended"),
        (Flash::SignedOut, "signed-out"),
        (Flash::MailTriedAgain, "mail-tried-again"),
        (Flash::MailCancelled, "mail-cancelled"),
        (Flash::MailPartlyChanged, "mail-partly-changed"),
        (Flash::MailUnchanged, "mail-unchanged"),
        (Flash::MailMoreLeft, "mail-more-left"),
        (Flash::LaneReleased, "lane-released"),
        (Flash::SuppressionLifted, "suppression-lifted"),
        (Flash::SupportGranted, "support-granted"),
        (Flash::SupportRevoked, "support-revoked"),
        (Flash::TenantSuspended, "tenant-suspended"),
        (Flash::TenantResumed, "tenant-resumed"),
        (Flash::TenantDeleted, "tenant-deleted"),
        (Flash::SecondFactorRemoved, "second-factor-removed"),
        (Flash::SecondFactorReset, "second-factor-reset"),
        (Flash::SignInAgain, "sign-in-again"),
        (Flash::SignInRulesSaved, "sign-in-rules-saved"),
        (Flash::RoleChanged, "role-changed"),
        (Flash::UserDeactivated, "user-deactivated"),
        (Flash::UserReactivated, "user-reactivated"),
        (Flash::UserRemoved, "user-removed"),
        (Flash::InvitationRevoked, "invitation-revoked"),
        (Flash::LocalSignInOff, "local-sign-in-off"),
        (Flash::OidcSaved, "oidc-saved"),
        (Flash::OidcRemoved, "oidc-removed"),
        (Flash::ApiKeyRevoked, "api-key-revoked"),
        (Flash::RecipientsSaved, "recipients-saved"),
    ];

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(flash, _)| *flash)
    }

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(flash, _)| *flash == self).map_or("", |(_, name)| name)
    }

    fn text(self) -> Text {
        Text::new(match self {
            Flash::ProviderSaved => "flash-provider-saved",
            Flash::ProviderReplaced => "flash-provider-replaced",
            Flash::ProviderKept => "flash-provider-kept",
            Flash::ClientSecretKept => "flash-client-secret-kept",
            Flash::ClientSecretReplaced => "flash-client-secret-replaced",
            Flash::ProviderRemoved => "flash-provider-removed",
            Flash::PasswordChanged => "flash-password-changed",
            Flash::PasswordSet => "flash-password-set",
            Flash::PreferencesSaved => "flash-preferences-saved",
            Flash::SessionEnded => "flash-session-ended",
            Flash::OtherSessionsEnded => "flash-other-sessions-ended",
            Flash::SignedOut => "flash-signed-out",
            Flash::MailTriedAgain => "flash-mail-tried-again",
            Flash::MailCancelled => "flash-mail-cancelled",
            Flash::MailPartlyChanged => "flash-mail-partly-changed",
            Flash::MailUnchanged => "flash-mail-unchanged",
            Flash::MailMoreLeft => "flash-mail-more-left",
            Flash::LaneReleased => "flash-lane-released",
            Flash::SuppressionLifted => "flash-suppression-lifted",
            Flash::SupportGranted => "flash-support-granted",
            Flash::SupportRevoked => "flash-support-revoked",
            Flash::TenantSuspended => "flash-tenant-suspended",
            Flash::TenantResumed => "flash-tenant-resumed",
            Flash::TenantDeleted => "flash-tenant-deleted",
            Flash::SecondFactorRemoved => "flash-second-factor-removed",
            Flash::SecondFactorReset => "flash-second-factor-reset",
            Flash::SignInAgain => "flash-sign-in-again",
            Flash::SignInRulesSaved => "flash-sign-in-rules-saved",
            Flash::RoleChanged => "flash-role-changed",
            Flash::UserDeactivated => "flash-user-deactivated",
            Flash::UserReactivated => "flash-user-reactivated",
            Flash::UserRemoved => "flash-user-removed",
            Flash::InvitationRevoked => "flash-invitation-revoked",
            Flash::LocalSignInOff => "flash-local-sign-in-off",
            Flash::OidcSaved => "flash-oidc-saved",
            Flash::OidcRemoved => "flash-oidc-removed",
            Flash::ApiKeyRevoked => "flash-api-key-revoked",
            Flash::RecipientsSaved => "flash-recipients-saved",
        })
    }
}

/// What an answer has to do with a frame; the front door makes its headers of it. Without one, an answer
/// neither holds a frame nor is shown in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A page with a frame of ours in it.
    Around,
    /// What such a frame shows: the HTML of a mail, which strangers may have written.
    Inside,
}

/// Lets a page hold a frame with something of ours.
#[must_use]
pub fn around_frame(response: HttpResponse) -> HttpResponse {
    marked(response, Frame::Around)
}

/// The HTML of a mail, to be shown in a frame: no script runs, nothing is loaded, no link leads away.
pub fn mail_in_frame(html: String) -> HttpResponse {
    marked(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html), Frame::Inside)
}

fn marked(mut response: HttpResponse, frame: Frame) -> HttpResponse {
    response.extensions_mut().insert(frame);
    response
}

/// An answer in which people's addresses are masked; the front door does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Masked;

/// Has people's addresses masked in the finished page.
#[must_use]
pub fn masked(mut response: HttpResponse) -> HttpResponse {
    response.extensions_mut().insert(Masked);
    response
}

/// An answer whose page has a script of ours; the front door makes its headers of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scripted;

/// Lets a page run a static file of ours as a script. It may make things easier and carry nothing: every
/// page works without.
#[must_use]
pub fn scripted(mut response: HttpResponse) -> HttpResponse {
    response.extensions_mut().insert(Scripted);
    response
}

/// A page on which the viewer of the API's documentation runs; the front door makes its headers of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Viewer;

/// Lets a page run the viewer of the API's documentation, which asks this portal and nobody else.
#[must_use]
pub fn viewer(response: HttpResponse) -> HttpResponse {
    let mut response = scripted(response);
    response.extensions_mut().insert(Viewer);
    response
}

/// A rendered page.
///
/// # Errors
/// When the template fails.
pub fn render(status: StatusCode, template: &impl askama::Template) -> Result<HttpResponse, Error> {
    let html = template.render()?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// Sends the browser to another page after a form.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// Sends the browser to another page, which says what was done. The front door makes the cookie.
pub fn see_other_with(path: &str, flash: Flash) -> HttpResponse {
    let mut response = see_other(path);
    response.extensions_mut().insert(flash);
    response
}
