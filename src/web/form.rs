//! Forms: the token is checked before anything is decoded, and a refusal keeps what was typed.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use serde::de::DeserializeOwned;

use super::context::Context;
use super::read::read;
use super::{Error, Page};
use crate::i18n::Text;

/// No form of ours comes near it.
const MAX_BYTES: usize = 64 * 1024;
/// A body that takes longer is cut.
const DEADLINE: Duration = Duration::from_secs(10);

/// The decoded body of a form whose CSRF token was right.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let context = Context::of(request);
        let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let mut payload = payload.take();
        Box::pin(async move {
            let context = context.ok_or_else(Error::malformed)?;
            if !is_form {
                return Err(Error::malformed());
            }
            let body = read(&mut payload, MAX_BYTES, DEADLINE).await?;
            check_token(&context, &body)?;
            serde_urlencoded::from_bytes(&body).map(Form).map_err(|_| Error::malformed())
        })
    }
}

#[derive(serde::Deserialize)]
struct Token {
    #[serde(default)]
    csrf_token: String,
}

/// A signed-in form carries the session's token, any other the one in the visitor's own cookie.
fn check_token(context: &Context, body: &[u8]) -> Result<(), Error> {
    let given: Token = serde_urlencoded::from_bytes(body).map_err(|_| Error::malformed())?;
    let expected = match (context.signed_in.get(), context.staff.get()) {
        (Some(who), _) => Some(who.csrf.clone()),
        (None, Some(who)) => Some(who.csrf.clone()),
        (None, None) => context.form_token.borrow().clone(),
    };
    let right = expected.is_some_and(|expected| expected.len() >= 22 && same(&expected, &given.csrf_token));
    if right { Ok(()) } else { Err(Error::foreign_form()) }
}

/// Compares in a time that does not depend on where they differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// All problems of a form: which field, and what to say at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormErrors<F>(Vec<(F, Text)>);

impl<F> Default for FormErrors<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: Copy + PartialEq> FormErrors<F> {
    /// Notes a problem at a field.
    pub fn add(&mut self, field: F, problem: Text) {
        self.0.push((field, problem));
    }

    /// The value, or a note of the problem at the field.
    pub fn take<T>(&mut self, field: F, result: Result<T, Text>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(problem) => {
                self.add(field, problem);
                None
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problem at that field, if there is one.
    pub fn at(&self, field: F) -> Option<&Text> {
        self.0.iter().find(|(at, _)| *at == field).map(|(_, problem)| problem)
    }

    /// All of them, in the order in which they were noted.
    pub fn iter(&self) -> impl Iterator<Item = &(F, Text)> {
        self.0.iter()
    }
}

/// The problems of a page's form by the names of its inputs: what a template shows at each, and above all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<(&'static str, Text)>);

impl Problems {
    /// Those of a form, whose fields are named so.
    pub fn of<F>(errors: FormErrors<F>, name: fn(F) -> &'static str) -> Self {
        Self(errors.0.into_iter().map(|(field, problem)| (name(field), problem)).collect())
    }

    pub fn one(name: &'static str, problem: Text) -> Self {
        Self(vec![(name, problem)])
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What to say at that input.
    pub fn at(&self, name: &str, page: &Page) -> Option<String> {
        self.0.iter().find(|(at, _)| *at == name).map(|(_, problem)| page.say(problem))
    }

    /// All of them, for the summary above the form.
    pub fn said(&self, page: &Page) -> Vec<(&'static str, String)> {
        self.0.iter().map(|(name, problem)| (*name, page.say(problem))).collect()
    }
}
