//! Trouble with the database that passes: it is away, busy, full or read-only. What was asked for may be asked for again.

use std::error::Error;

use sea_orm::sqlx::error::Error as Failure;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

use super::bounded::SILENT;

/// What is said of a server that takes no changes.
pub(super) const READ_ONLY: &str = "the server takes no changes";

/// What is said when the turn to write does not come.
pub(super) const LOCKED: &str = "others have been writing to the database for long";

/// What is the matter with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot be reached, or does not answer in time.
    Away,
    /// Somebody else keeps what was wanted locked for long.
    Busy,
    /// It lets nobody write: a standby, for instance.
    ReadOnly,
    /// Its disk is full.
    Full,
}

/// Returns what is the matter with the database, if that is what an error or one of its causes speaks of.
pub fn trouble(error: &(dyn Error + 'static)) -> Option<Trouble> {
    let mut next = Some(error);
    while let Some(error) = next {
        let found = match error.downcast_ref::<DbErr>() {
            Some(DbErr::ConnectionAcquire(_)) => Some(Trouble::Away),
            Some(DbErr::Conn(error) | DbErr::Exec(error) | DbErr::Query(error)) => of_runtime(error),
            _ => None,
        };
        let found = found.or_else(|| error.downcast_ref::<RuntimeErr>().and_then(of_runtime));
        let found = found.or_else(|| error.is::<ConnAcquireErr>().then_some(Trouble::Away));
        if found.is_some() {
            return found;
        }
        next = error.source();
    }
    None
}

fn of_runtime(error: &RuntimeErr) -> Option<Trouble> {
    match error {
        RuntimeErr::Internal(said) if said == SILENT => Some(Trouble::Away),
        RuntimeErr::Internal(said) if said == READ_ONLY => Some(Trouble::ReadOnly),
        RuntimeErr::Internal(said) if said == LOCKED => Some(Trouble::Busy),
        RuntimeErr::Internal(_) => None,
        RuntimeErr::SqlxError(error) => of_driver(error),
    }
}

fn of_driver(error: &Failure) -> Option<Trouble> {
    match error {
        Failure::Io(_)
        | Failure::Tls(_)
        | Failure::PoolTimedOut
        | Failure::PoolClosed
        | Failure::WorkerCrashed => Some(Trouble::Away),
        Failure::Database(error) => of_code(error.code().as_deref()?),
        _ => None,
    }
}

/// SQLSTATE of PostgreSQL has five characters, the extended codes of SQLite are numbers whose last byte says it.
fn of_code(code: &str) -> Option<Trouble> {
    if code.len() == 5 {
        return match code {
            "53100" => Some(Trouble::Full),
            "25006" => Some(Trouble::ReadOnly),
            // a lock, a statement's time, a deadlock, another transaction
            "55P03" | "57014" | "40P01" | "40001" => Some(Trouble::Busy),
            // an idle transaction that the server has ended
            "25P03" => Some(Trouble::Away),
            // connections, resources, an operator's intervention
            _ if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => Some(Trouble::Away),
            _ => None,
        };
    }
    match code.parse::<u32>().ok()? & 0xff {
        5 | 6 => Some(Trouble::Busy),
        8 => Some(Trouble::ReadOnly),
        13 => Some(Trouble::Full),
        10 | 14 => Some(Trouble::Away),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_is_wrong() {
        for (code, trouble) in [
            ("53100", Some(Trouble::Full)),
            ("25006", Some(Trouble::ReadOnly)),
            ("55P03", Some(Trouble::Busy)),
            ("57P01", Some(Trouble::Away)),
            ("08006", Some(Trouble::Away)),
            ("53300", Some(Trouble::Away)),
            ("5", Some(Trouble::Busy)),
            ("517", Some(Trouble::Busy)),
            ("13", Some(Trouble::Full)),
            ("1032", Some(Trouble::ReadOnly)),
            ("522", Some(Trouble::Away)),
            // a unique key, a syntax error
            ("23505", None),
            ("42601", None),
            ("2067", None),
            ("1", None),
        ] {
            assert_eq!(of_code(code), trouble, "{code}");
        }
    }

    #[derive(Debug, thiserror::Error)]
    enum OfARoom {
        #[error(transparent)]
        Database(#[from] DbErr),
    }

    #[test]
    fn it_is_found_however_it_is_wrapped() {
        let away = || DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        let silent = || DbErr::Conn(RuntimeErr::Internal(SILENT.to_owned()));
        for error in [away(), silent()] {
            assert_eq!(trouble(&error), Some(Trouble::Away), "{error}");
            assert_eq!(trouble(&OfARoom::from(error.clone())), Some(Trouble::Away), "{error}");
        }
        assert_eq!(trouble(&DbErr::RecordNotInserted), None);
    }
}
