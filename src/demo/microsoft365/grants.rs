use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::directory::App;
use crate::clock::{Clock, Timestamp};
use crate::values::{Token, TokenHash};

/// As the real service: an hour less a second.
pub(super) const LIFETIME: Duration = Duration::from_secs(3_599);
/// More tokens than anybody needs; beyond it those that end first go.
const MOST: usize = 1_000;

/// What an access token allows, and until when.
struct Grant {
    app: &'static App,
    until: Timestamp,
}

/// The access tokens that were given out, known by their hashes only.
pub(super) struct Grants {
    clock: Clock,
    by_hash: Mutex<HashMap<Vec<u8>, Grant>>,
}

/// Why a token opens nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BadToken {
    Unknown,
    Expired,
}

impl Grants {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, by_hash: Mutex::default() }
    }

    pub(super) fn give(&self, app: &'static App) -> Result<Token, getrandom::Error> {
        let token = Token::generate()?;
        let until = self.clock.now().plus(LIFETIME);
        let mut all = self.by_hash.lock().unwrap_or_else(PoisonError::into_inner);
        while all.len() >= MOST {
            let Some(first) = all.iter().min_by_key(|(_, grant)| grant.until).map(|(hash, _)| hash.clone())
            else {
                break;
            };
            all.remove(&first);
        }
        all.insert(token.hash().into_bytes(), Grant { app, until });
        Ok(token)
    }

    /// The app that the token was given to.
    pub(super) fn of(&self, token: &str) -> Result<&'static App, BadToken> {
        let all = self.by_hash.lock().unwrap_or_else(PoisonError::into_inner);
        let grant = all.get(&TokenHash::of(token).into_bytes()).ok_or(BadToken::Unknown)?;
        if self.clock.now() < grant.until { Ok(grant.app) } else { Err(BadToken::Expired) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::directory::APPS;
    use super::*;

    #[test]
    fn old_tokens_make_room_for_new_ones() {
        let clock = Clock::wound_to_now();
        let grants = Grants::new(clock.clone());
        let first = grants.give(&APPS[0]).unwrap();
        clock.advance(Duration::from_secs(1));
        let rest: Vec<Token> = (0..MOST).map(|_| grants.give(&APPS[1]).unwrap()).collect();
        assert!(grants.of(first.expose()).is_err_and(|bad| bad == BadToken::Unknown));
        assert!(rest.iter().all(|token| grants.of(token.expose()).is_ok()));
    }
}
