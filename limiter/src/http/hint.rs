use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use ::http::header::AGE;
use ::http::{HeaderMap, HeaderValue, StatusCode};
use seawall_errors::http::retry_after_at;

use super::fault::InvalidPolicy;
use super::standing::Standing;
use crate::faults::Faults;

/// How far a client believes what a server says of its limits.
///
/// An inert value: [`hint`] takes it as it is, and [`check`](Self::check) tells what is wrong with
/// it.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::http::HintPolicy;
///
/// let policy = HintPolicy::new().with_cap(Duration::from_secs(60)).with_jitter_percent(20);
/// assert!(policy.check().is_ok());
///
/// let impossible = HintPolicy::new().with_cap(Duration::ZERO).with_jitter_percent(101).check();
/// assert_eq!(
///     impossible.unwrap_err().to_string(),
///     "cap is 0ns, must be above zero and at most a day; floor is 1s, must be at most the cap; \
///      jitter_percent is 101, must be at most 100",
/// );
/// ```
///
/// # Default
///
/// | setting | unless set |
/// |---|---|
/// | `cap` | five minutes |
/// | `floor` | one second |
/// | `jitter_percent` | 10 |
/// | `fallback` | none |
/// | `successes` | off |
/// | `legacy` | off |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a policy heeds nothing by itself"]
pub struct HintPolicy {
    cap: Duration,
    floor: Duration,
    jitter_percent: u32,
    fallback: Option<Duration>,
    successes: bool,
    legacy: bool,
}

impl Default for HintPolicy {
    fn default() -> Self {
        Self::new()
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl HintPolicy {
    /// The defaults.
    pub const fn new() -> Self {
        HintPolicy {
            cap: Duration::from_secs(300),
            floor: Duration::from_secs(1),
            jitter_percent: 10,
            fallback: None,
            successes: false,
            legacy: false,
        }
    }

    /// No server is left alone longer than this, whatever it says: one wrong header must not
    /// silence a client for a year.
    pub const fn with_cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// A refusal that asks for less is taken to ask for this. Servers that round down send 0.
    pub const fn with_floor(mut self, floor: Duration) -> Self {
        self.floor = floor;
        self
    }

    /// By up to how many percent of it a delay is made longer, by chance, so that clients which
    /// were told the same do not come back together. Never shorter: they would be early. It comes on top of the
    /// cap.
    pub const fn with_jitter_percent(mut self, percent: u32) -> Self {
        self.jitter_percent = percent;
        self
    }

    /// What a 429 or 503 is taken to ask for if it says nothing. Nothing, unless set.
    pub const fn with_fallback(mut self, fallback: Duration) -> Self {
        self.fallback = Some(fallback);
        self
    }

    /// Whether responses of any other status are heeded, too, if they say that nothing is left of a policy:
    /// the client then stops before it is refused. It must not be asked for where many kinds of
    /// calls with limits of their own share what is left alone.
    pub const fn with_successes(mut self, successes: bool) -> Self {
        self.successes = successes;
        self
    }

    /// Whether `X-RateLimit-Remaining` and `X-RateLimit-Reset` are heeded where neither `Retry-After` nor
    /// `RateLimit` says when to come back, and the same without `X-`. What `-Reset` means nobody has
    /// agreed on: above 10⁹ it is taken for a date in Unix seconds, above 10¹² in milliseconds, else for seconds
    /// from now.
    pub const fn with_legacy(mut self, legacy: bool) -> Self {
        self.legacy = legacy;
        self
    }

    /// The longest delay, before jitter.
    pub const fn cap(&self) -> Duration {
        self.cap
    }

    /// The shortest delay.
    pub const fn floor(&self) -> Duration {
        self.floor
    }

    /// The most jitter.
    pub const fn jitter_percent(&self) -> u32 {
        self.jitter_percent
    }

    /// What a refusal without a hint asks for.
    pub const fn fallback(&self) -> Option<Duration> {
        self.fallback
    }

    /// Whether other responses count.
    pub const fn successes(&self) -> bool {
        self.successes
    }

    /// Whether the older headers count.
    pub const fn legacy(&self) -> bool {
        self.legacy
    }

    /// Every fault at once.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        let mut faults = Faults::default();
        if self.cap.is_zero() || self.cap > DAY {
            let allowed = "must be above zero and at most a day";
            faults.add("cap", format_args!("{:?}", self.cap), allowed);
        }
        if self.floor > self.cap {
            faults.add("floor", format_args!("{:?}", self.floor), "must be at most the cap");
        }
        if self.jitter_percent > 100 {
            faults.add("jitter_percent", self.jitter_percent, "must be at most 100");
        }
        if let Some(fallback) = self.fallback.filter(|fallback| *fallback > self.cap) {
            faults.add("fallback", format_args!("{fallback:?}"), "must be at most the cap");
        }
        faults.or(InvalidPolicy)
    }

    /// Within the floor and the cap, and then later by chance.
    fn shape(&self, asked: Duration, chance: u64) -> Duration {
        let delay = asked.max(self.floor).min(self.cap);
        let most = delay.as_nanos().saturating_mul(self.jitter_percent.into()) / 100;
        let extra = (u64::try_from(most).map_or(u128::from(u64::MAX), u128::from)
            * u128::from(chance))
            >> 64;
        delay.saturating_add(Duration::from_nanos(u64::try_from(extra).unwrap_or(u64::MAX)))
    }
}

/// How long whoever sent this response should be left alone, if it asks for that.
///
/// To be put on the limiter that all clones of a client share for that authority:
/// `limiter.block_until(limiter.now() + delay)`. A pure function: `now` is the wall clock, for a
/// `Retry-After` that is a date in a response without a `Date`, and `chance` any 64 random bits.
///
/// - A 429 or a 503 asks for its `Retry-After`, which takes precedence; without one for the `t` of the policies of
///   which least is left; without that for the [fallback](HintPolicy::with_fallback).
/// - Any other response asks for nothing, unless [`with_successes`](HintPolicy::with_successes) is
///   on: then for the longest `t` of the policies of which nothing is left.
/// - `RateLimit`, or what is older, in a response from a cache (with an `Age`) tells of the past, and is ignored.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use http::{HeaderMap, StatusCode};
/// use seawall_limiter::http::{HintPolicy, hint};
///
/// let policy = HintPolicy::new().with_jitter_percent(50);
/// let mut headers = HeaderMap::new();
/// headers.insert("ratelimit", r#""burst";r=0;t=8, "daily";r=9000;t=600"#.parse().unwrap());
///
/// let ask = |headers: &HeaderMap, chance| {
///     hint(StatusCode::TOO_MANY_REQUESTS, headers, SystemTime::UNIX_EPOCH, &policy, chance)
/// };
/// assert_eq!(ask(&headers, 0), Some(Duration::from_secs(8)));
/// assert_eq!(ask(&headers, u64::MAX / 2 + 1), Some(Duration::from_secs(10)));
///
/// headers.insert("retry-after", "31536000".parse().unwrap());
/// assert_eq!(ask(&headers, 0), Some(Duration::from_secs(300)));
/// ```
pub fn hint(
    status: StatusCode,
    headers: &HeaderMap,
    now: SystemTime,
    policy: &HintPolicy,
    chance: u64,
) -> Option<Duration> {
    let refused = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if !refused && !policy.successes {
        return None;
    }
    // Elsewhere it means something else: when a redirection may be followed, or a job be looked at.
    let asked = refused
        .then(|| retry_after_at(headers, now))
        .flatten()
        .or_else(|| told(headers, now, policy, refused))
        .or_else(|| policy.fallback.filter(|_| refused))?;
    Some(policy.shape(asked, chance))
}

/// What `RateLimit` asks for, or what is older.
fn told(
    headers: &HeaderMap,
    now: SystemTime,
    policy: &HintPolicy,
    refused: bool,
) -> Option<Duration> {
    let is_old = |age: &HeaderValue| age.as_bytes().trim_ascii() != b"0";
    if headers.get_all(AGE).iter().any(is_old) {
        return None;
    }
    let standings = Standing::read(headers);
    let least = standings.iter().filter_map(Standing::remaining).min();
    if least.is_some_and(|least| least > 0) && !refused {
        return None;
    }
    let of_least = |standing: &&Standing<'_>| standing.remaining() == least;
    let asked = standings.iter().filter(of_least).filter_map(Standing::reset).max();
    asked.or_else(|| policy.legacy.then(|| legacy(headers, now, refused)).flatten())
}

/// What the headers ask for that are older than any standard.
fn legacy(headers: &HeaderMap, now: SystemTime, refused: bool) -> Option<Duration> {
    let number = |names: [&'static str; 2]| {
        let lines = names.into_iter().flat_map(|name| headers.get_all(name));
        lines.filter_map(|line| line.to_str().ok()?.trim().parse::<u64>().ok())
    };
    let left = number(["x-ratelimit-remaining", "ratelimit-remaining"]).min();
    // A refusal for another reason, while something is left, says nothing of when to come back.
    if left.map_or(!refused, |left| left > 0) {
        return None;
    }
    let reset = number(["x-ratelimit-reset", "ratelimit-reset"]).max()?;
    let at = match reset {
        0..1_000_000_000 => return Some(Duration::from_secs(reset)),
        1_000_000_000..1_000_000_000_000 => Duration::from_secs(reset),
        _ => Duration::from_millis(reset),
    };
    Some(at.saturating_sub(now.duration_since(UNIX_EPOCH).unwrap_or_default()))
}
