use std::borrow::Borrow;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use chrono::{NaiveDate, NaiveTime, SecondsFormat, TimeZone as _};
use chrono_tz::Tz;
use futures_util::future::LocalBoxFuture;

use super::banner::{self, Banner, Tone};
use super::context::Context;
use super::{Error, Flash, Section, Surfaces, assets};
use crate::clock::Timestamp;
use crate::i18n::{self, Language, Text};
use crate::sessions::Support;
use crate::state::State;
use crate::values::{Role, StaffRole, Token};

pub(super) const FORM_COOKIE: &str = "posthorn_form";
pub(super) const FLASH_COOKIE: &str = "posthorn_flash";

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
    pub request_id: String,
    /// What administrators must know wherever they are.
    pub banners: Vec<Banner>,
    /// Who of the staff is signed in, at the base host: the name, and what they may do.
    pub staff: Option<(String, StaffRole)>,
    /// The support person who looks at the portal as somebody else, and as whom.
    pub support: Option<(Support, String)>,
    /// The entries of the administration's navigation.
    pub navigation: &'static [Section],
    path: String,
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

    /// What `aria-current` says of an entry in the navigation: whether the page in that section is the entry's own, or is in
    /// the entry's section.
    pub fn current(&self, entry: &Section, section: &Section) -> Option<&'static str> {
        (entry == section).then_some(if self.path == entry.path { "page" } else { "true" })
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
            navigation: &[],
            path: context.path.split('?').next().unwrap_or_default().to_owned(),
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
        let surfaces = request.app_data::<Data<Surfaces>>().cloned();
        Box::pin(async move {
            let (Some(context), Some(state)) = (context, state) else { return Err(Error::malformed()) };
            let mut page = page(&context, &state)?;
            page.navigation = surfaces.as_deref().map_or(&[], |all| all.navigation);
            page.banners = banner::of(surfaces.as_deref().map(|all| &**all), &context, &state, &page).await?;
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
