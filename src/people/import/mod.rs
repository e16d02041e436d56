//! Importing many people at once from a table: a preview that names what is wrong in which line, and nothing is
//! written; then a second press, at which everything is looked at again.

mod headings;
mod table;
mod text;

use std::collections::HashSet;

use serde_json::json;

use super::{Error, acting, invitation};
use crate::audit::{self, By, Event};
use crate::i18n::{Language, Text};
use crate::outbox::{self, SendOptions};
use crate::state::State;
use crate::users::{self, directory};
use crate::values::{Actor, EmailAddress, TenantId};

pub use table::{Column, MAX_ROWS, Problem, Row, Table};

/// What an import would do.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// The people who would be invited.
    pub good: Vec<Row>,
    /// What is wrong, in the order of the lines.
    pub problems: Vec<Problem>,
}

impl Preview {
    /// How many lines have something wrong.
    pub fn bad_lines(&self) -> usize {
        self.problems.iter().filter_map(|problem| problem.line).collect::<HashSet<u64>>().len()
    }

    /// Whether the table as a whole cannot be read.
    pub fn is_unreadable(&self) -> bool {
        self.problems.iter().any(|problem| problem.line.is_none())
    }
}

/// What an import of that text would do. Nothing is written.
pub async fn preview(state: &State, tenant: TenantId, text: &str) -> Result<Preview, Error> {
    let Table { rows, mut problems } = Table::read(text);
    let addresses: Vec<EmailAddress> = rows.iter().map(|row| row.new.email.clone()).collect();
    let taken = directory::taken(state.db.read(), tenant, &addresses).await?;
    let (good, others): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| !taken.contains(&row.new.email.normalised()));
    problems.extend(others.into_iter().map(|row| {
        let text = Text::new("people-import-taken").with("email", &row.new.email);
        Problem { line: Some(row.line), column: Some(Column::Email), text }
    }));
    problems.sort_by_key(|problem| problem.line);
    Ok(Preview { good, problems })
}

/// Invites everybody of that text who can be, in one transaction. With `despite_problems` the lines with something
/// wrong are left out; without, nobody is invited if there is one. What is wrong is looked for again now.
///
/// # Errors
/// [`Error::NotInCharge`], or when our own part fails; then nobody is invited.
pub async fn run(
    state: &State,
    actor: &Actor,
    text: &str,
    despite_problems: bool,
    fallback: Language,
) -> Result<Result<Vec<invitation::Invited>, Preview>, Error> {
    let preview = preview(state, actor.tenant, text).await?;
    let is_refused = preview.is_unreadable() || (!preview.problems.is_empty() && !despite_problems);
    if is_refused || preview.good.is_empty() {
        return Ok(Err(preview));
    }
    let now = state.clock.now();
    let tx = state.db.write().await?;
    let inviter = acting(&*tx, actor).await?;
    let mut invited = Vec::with_capacity(preview.good.len());
    for Row { new, .. } in preview.good {
        let one = invitation::add(&*tx, state, &inviter, new, fallback, SendOptions::BULK, now).await;
        match one {
            Ok(one) => invited.push(one),
            // somebody else has added them since; the next preview says so
            Err(Error::User(users::Error::EmailTaken(_))) => {
                drop(tx);
                return Ok(Err(self::preview(state, actor.tenant, text).await?));
            }
            Err(error) => return Err(error),
        }
    }
    let people: Vec<String> = invited.iter().map(|one| one.email.to_string()).collect();
    let event =
        Event { name: "people.imported", details: json!({ "count": people.len(), "emails": people }) };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await?;
    outbox::wake(state).await;
    Ok(Ok(invited))
}
