use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use askama::Template;

use super::{USERS, words};
use crate::people::SECTION;
use crate::state::State;
use crate::users::directory::{self, AccountStatus, Counters, Filter, Listed, Listing};
use crate::values::{Role, UserId};
use crate::web::{self, Page, Section, TenantAdmin, render};

/// What narrows the list, as it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub(super) struct FilterForm {
    #[serde(skip_serializing_if = "String::is_empty")]
    q: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    role: String,
}

#[derive(serde::Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    after: String,
}

impl FilterForm {
    /// States and roles that there are not are those of a mistyped address and mean nothing.
    fn parse(&self, in_addresses: bool) -> Filter {
        Filter {
            in_addresses,
            search: self.q.trim().chars().take(200).collect(),
            standing: AccountStatus::parse(&self.state),
            role: Role::parse(&self.role),
            ..Filter::default()
        }
    }
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct ListPage {
    page: Page,
    section: Section,
    form: FilterForm,
    counts: Counters,
    listing: Listing,
    /// Whose page it is.
    own: UserId,
    /// Whether this is not the first page.
    is_further: bool,
}

impl ListPage {
    fn state_of(&self, person: &Listed) -> String {
        self.page.say(words::state(person))
    }

    fn badge(person: &Listed) -> &'static str {
        words::badge(person)
    }

    fn role_of(&self, person: &Listed) -> String {
        self.page.say(words::role(person.role))
    }

    fn roles(&self) -> Vec<(&'static str, String, bool)> {
        words::roles(&self.page, &self.form.role)
    }

    /// The states as links: name in the address, words, how many, whether chosen.
    fn states(&self) -> Vec<(&'static str, String, String, bool)> {
        let states = AccountStatus::ALL.into_iter().map(|one| {
            let count = self.page.number(&self.counts.of(one));
            (one.as_str(), self.page.say(words::standing(one)), count, self.form.state == one.as_str())
        });
        states.collect()
    }

    fn all(&self) -> String {
        self.page.number(&self.counts.all())
    }

    fn is_empty_form(&self) -> bool {
        self.form == FilterForm::default()
    }

    /// Whether more is filled in than the state, which has links of its own.
    fn is_narrowed(&self) -> bool {
        !self.form.q.is_empty() || !self.form.role.is_empty()
    }

    fn first(&self) -> String {
        link(&self.form, None)
    }

    fn next(&self) -> Option<String> {
        self.listing.next.map(|after| link(&self.form, Some(after)))
    }
}

/// The address of the list with that filter, from there on.
fn link(form: &FilterForm, after: Option<UserId>) -> String {
    let filter = serde_urlencoded::to_string(form).unwrap_or_default();
    let after = after.map(|after| format!("after={after}")).unwrap_or_default();
    let query: Vec<&str> =
        [filter.as_str(), after.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    if query.is_empty() { USERS.to_owned() } else { format!("{USERS}?{}", query.join("&")) }
}

pub(super) async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Query<FilterForm>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (form, tenant, db) = (form.into_inner(), admin.tenant(), state.db.read());
    let after: Option<UserId> = query.after.parse().ok();
    let listing =
        directory::list(db, tenant, &form.parse(admin.person.sees_addresses()), after, state.clock.now())
            .await?;
    let counts = directory::counts(db, tenant).await?;
    let (section, own, is_further) = (SECTION, admin.person.user, after.is_some());
    render(StatusCode::OK, &ListPage { page, section, form, counts, listing, own, is_further })
}
