use core::time::Duration;

use crate::quota::Quota;

/// What a limiter does, whatever its quota says. Switched at run time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It limits.
    #[default]
    Normal,
    /// It decides and counts as always, and lets everything pass at once. Who
    /// would have waited takes his permits when his turn would have come.
    Shadow,
    /// It refuses everything, and does not say when to come back: nobody knows.
    ForcedOn,
    /// It is switched off: everything passes, and nothing is counted.
    ForcedOff,
}

/// How a limiter stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The most that one call may take.
    pub limit: u32,
    /// How many permits could be taken at once now.
    pub remaining: u32,
    /// How long until everything that was taken is back.
    pub full_in: Duration,
    /// How many callers wait.
    pub waiting: u32,
    /// For how long it stays blocked, if it is.
    pub blocked_for: Option<Duration>,
    /// The mode.
    pub mode: Mode,
    /// How many calls passed that would have been refused, in shadow mode.
    pub shadowed: u64,
    /// How many calls passed at once that would have waited, in shadow mode.
    pub delayed: u64,
}

/// How much room one limit has at one moment; a [`Combined`](crate::Combined) has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Room {
    /// The quota as it is set.
    pub quota: Quota,
    /// How many permits it would let through now.
    pub remaining: u32,
    /// How long until there is one more, if nobody takes any; `None` where all of them are there.
    pub next_in: Option<Duration>,
}
