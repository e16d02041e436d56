use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use super::{Problem, Tier};
use crate::config::Config;
use crate::i18n::Text;
use crate::values::{ApiKeyId, TenantId};

type Limiter = RateLimiter<Uuid, HashMapStateStore<Uuid>, DefaultClock, StateInformationMiddleware>;

/// A pause may be made up for within so many minutes.
const MINUTES: u32 = 5;
/// All keys of a tenant together may do as much as so many of them.
const KEYS: u32 = 10;
/// After so many calls what has not been heard of for long is forgotten.
const TIDY_EVERY: u32 = 10_000;

/// How fast programs may be, in this process: each key, and all of a tenant together.
pub struct Limits {
    one: Tiers,
    two: Tiers,
    calls: AtomicU32,
}

struct Tiers {
    a_minute: u32,
    key: Limiter,
    tenant: Limiter,
}

/// What is left of a key's allowance after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) struct Left {
    /// So many calls are allowed in that time,
    pub calls: u32,
    /// in so many seconds,
    pub seconds: u32,
    /// and so many are left at once.
    pub remaining: u32,
}

impl Limits {
    /// The limits as configured.
    pub fn of(config: &Config) -> Self {
        Self {
            one: Tiers::of(config.api_reads_a_minute),
            two: Tiers::of(config.api_writes_a_minute),
            calls: AtomicU32::new(0),
        }
    }

    /// Counts a call of that key: what is left after it, and why it may not be, if it may not.
    pub(super) fn take(&self, key: ApiKeyId, tenant: TenantId, tier: Tier) -> (Left, Result<(), Problem>) {
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(TIDY_EVERY) {
            for limiter in [&self.one.key, &self.one.tenant, &self.two.key, &self.two.tenant] {
                limiter.retain_recent();
            }
        }
        let tiers = match tier {
            Tier::One => &self.one,
            Tier::Two => &self.two,
        };
        let of_key = tiers.key.check_key(&key.uuid());
        let (calls, seconds) = (tiers.a_minute.saturating_mul(MINUTES), 60 * MINUTES);
        let remaining =
            of_key.as_ref().map_or(0, governor::middleware::StateSnapshot::remaining_burst_capacity);
        let counted = of_key.and_then(|_| tiers.tenant.check_key(&tenant.uuid()));
        (Left { calls, seconds, remaining }, counted.map(drop).map_err(|refused| too_many(&refused)))
    }
}

impl Tiers {
    fn of(a_minute: u32) -> Self {
        let limiter = |a_minute: u32| {
            let rate = NonZeroU32::new(a_minute).unwrap_or(NonZeroU32::MIN);
            let burst = rate.saturating_mul(NonZeroU32::new(MINUTES).unwrap_or(NonZeroU32::MIN));
            RateLimiter::hashmap(Quota::per_minute(rate).allow_burst(burst)).with_middleware()
        };
        Self { a_minute, key: limiter(a_minute), tenant: limiter(a_minute.saturating_mul(KEYS)) }
    }
}

fn too_many(refused: &governor::NotUntil<<DefaultClock as governor::clock::Clock>::Instant>) -> Problem {
    let wait = refused.wait_time_from(DefaultClock::default().now());
    let seconds = (wait + Duration::from_millis(999)).as_secs().max(1);
    Problem::too_many(Text::new("api-too-many-what").with_number("seconds", seconds), seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(reads: u32, writes: u32) -> Limits {
        let set = [("POSTHORN_API_READS_A_MINUTE", reads), ("POSTHORN_API_WRITES_A_MINUTE", writes)];
        let set = set.map(|(name, value)| (name.to_owned(), value.to_string())).into();
        Limits::of(&Config::parse("", &set).unwrap())
    }

    #[test]
    fn a_key_may_make_up_for_five_minutes_and_no_more() {
        let limits = limits(2, 1);
        let (key, tenant) = (ApiKeyId::new(), TenantId::new());
        for remaining in (0..10).rev() {
            let (left, counted) = limits.take(key, tenant, Tier::One);
            assert_eq!(left, Left { calls: 10, seconds: 300, remaining });
            assert!(counted.is_ok());
        }
        assert!(limits.take(key, tenant, Tier::One).1.is_err());
        assert!(limits.take(key, tenant, Tier::Two).1.is_ok(), "the other tier counts for itself");
        assert!(limits.take(ApiKeyId::new(), tenant, Tier::One).1.is_ok(), "another key counts for itself");
    }

    #[test]
    fn a_tenants_keys_together_have_a_limit_and_other_tenants_do_not_feel_it() {
        let limits = limits(1, 1);
        let tenant = TenantId::new();
        let allowed = (0..100).filter(|_| limits.take(ApiKeyId::new(), tenant, Tier::One).1.is_ok()).count();
        assert_eq!(allowed, 50);
        assert!(limits.take(ApiKeyId::new(), TenantId::new(), Tier::One).1.is_ok());
    }
}
