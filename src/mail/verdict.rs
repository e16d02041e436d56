use std::time::Duration;

/// What should become of the message, and of the others that wait for the same provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again, with growing gaps.
    Retry,
    /// Try again after that time.
    RetryAfter(Duration),
    /// This message will never be taken: give it up. The provider is fine.
    GiveUp,
    /// Nothing gets through: hold everything.
    ProviderBroken(Recovery),
}

/// How a broken provider can come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Only somebody who changes the settings or the account. Trying again by ourselves does harm: it
    /// locks accounts.
    ByPerson,
    /// Perhaps by itself, when a certificate is renewed or a server repaired: now and then a probe
    /// tells.
    ByItself,
}
