use core::fmt::{self, Display, Write};
use core::time::Duration;

use ::http::header::RETRY_AFTER;
use ::http::{HeaderMap, HeaderName, HeaderValue};
use seawall_errors::Rejected;

use super::standing::Standing;
use super::{RATELIMIT, RATELIMIT_POLICY};

/// The longest delay that is sent, 68 years: peers read it into 32 bits.
const LONGEST: u64 = i32::MAX as u64;

/// The largest Integer of RFC 9651.
const MOST: u64 = 999_999_999_999_999;

/// What clients look for who know no draft.
const LEGACY: [&str; 3] = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];

/// Whole seconds, rounded up, never 0: who comes back after them is not early, and who
/// comes back a second earlier is.
pub(super) fn seconds(delay: Duration) -> u64 {
    delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0)).clamp(1, LONGEST)
}

/// The header `Retry-After` for a delay: whole seconds, rounded up, at least 1, at most 68 years.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::http::retry_after_value;
///
/// assert_eq!(retry_after_value(Duration::from_millis(2001)), "3");
/// assert_eq!(retry_after_value(Duration::from_secs(2)), "2");
/// assert_eq!(retry_after_value(Duration::ZERO), "1");
/// ```
pub fn retry_after_value(delay: Duration) -> HeaderValue {
    HeaderValue::from(seconds(delay))
}

/// Writes `RateLimit` and `RateLimit-Policy`, and what goes with a refusal.
///
/// An inert value. One header value is allocated for each field, and nothing else but what the map needs.
/// A header is left out where the map is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct Fields {
    legacy: bool,
}

impl Fields {
    /// The two fields alone.
    pub const fn new() -> Self {
        Fields { legacy: false }
    }

    /// Whether `X-RateLimit-Limit`, `-Remaining` and `-Reset` are written as well. They have room for one
    /// policy, the tightest, and `-Reset` is in seconds from now. Off unless set.
    pub const fn with_legacy(mut self, legacy: bool) -> Self {
        self.legacy = legacy;
        self
    }

    /// Whether they are.
    pub const fn legacy(&self) -> bool {
        self.legacy
    }

    /// Adds the fields for these policies, in `RateLimit` the one that holds the client back most first.
    ///
    /// What other limiters have written stays: a field may stand on several lines. Of the legacy
    /// headers the last writer's stay.
    pub fn write(&self, standings: &[Standing<'_>], headers: &mut HeaderMap) {
        let by_tightness = standings.iter().enumerate().min_by_key(|(_, one)| one.tightness());
        let Some((first, tightest)) = by_tightness else { return };
        // This one is to stay as it is from response to response.
        append(headers, RATELIMIT_POLICY, &List { standings, first: 0, write: write_policy });
        append(headers, RATELIMIT, &List { standings, first, write: write_level });
        if self.legacy {
            let reset = tightest.reset.filter(|reset| !reset.is_zero()).map(seconds);
            let numbers = [tightest.limit, tightest.remaining, reset];
            for (name, number) in LEGACY.into_iter().zip(numbers) {
                if let Some(number) = number {
                    let name = HeaderName::from_static(name);
                    let _full = headers.try_insert(name, HeaderValue::from(number.min(MOST)));
                }
            }
        }
    }

    /// Adds what a refusal tells: `Retry-After`, unless a later one is there, and the fields for these
    /// policies; for the one that refused, where there are none and the refusal has its numbers.
    ///
    /// `Retry-After` is not earlier than the reset of any of these of which nothing is left. Where waiting does not
    /// help there is none.
    pub fn write_refusal(
        &self,
        rejected: &Rejected,
        standings: &[Standing<'_>],
        headers: &mut HeaderMap,
    ) {
        if let Some(delay) = rejected.retry_after() {
            let exhausted = standings.iter().filter(|standing| standing.remaining == Some(0));
            let delay = exhausted.filter_map(|standing| standing.reset).fold(delay, Duration::max);
            let there = headers.get(RETRY_AFTER).and_then(|line| line.to_str().ok());
            let later = there.and_then(|line| line.parse::<u64>().ok());
            if later.is_none_or(|later| later < seconds(delay)) {
                let _full = headers.try_insert(RETRY_AFTER, retry_after_value(delay));
            }
        }
        match Standing::refused(rejected) {
            Some(standing) if standings.is_empty() => self.write(&[standing], headers),
            _ => self.write(standings, headers),
        }
    }
}

fn append(headers: &mut HeaderMap, name: &'static str, list: &impl Display) {
    let mut length = Length(0);
    let known = write!(length, "{list}");
    if known.is_err() || length.0 == 0 {
        return;
    }
    // Of the exact size, so that the header takes it over as it is.
    let mut text = String::with_capacity(length.0);
    if write!(text, "{list}").is_err() {
        return;
    }
    if let Ok(value) = HeaderValue::try_from(text) {
        let _full = headers.try_append(HeaderName::from_static(name), value);
    }
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.saturating_add(text.len());
        Ok(())
    }
}

/// The members that there are, with commas between them.
struct List<'a> {
    standings: &'a [Standing<'a>],
    /// Which of them comes first.
    first: usize,
    write: fn(&Standing<'_>, &str, &mut fmt::Formatter<'_>) -> Result<bool, fmt::Error>,
}

impl Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = self.standings.iter().enumerate().filter(|(place, _)| *place != self.first);
        let first = self.standings.get(self.first);
        let mut comma = "";
        for standing in first.into_iter().chain(others.map(|(_, standing)| standing)) {
            if (self.write)(standing, comma, f)? {
                comma = ", ";
            }
        }
        Ok(())
    }
}

fn write_policy(
    standing: &Standing<'_>,
    comma: &str,
    out: &mut fmt::Formatter<'_>,
) -> Result<bool, fmt::Error> {
    let Some(limit) = standing.limit else { return Ok(false) };
    out.write_str(comma)?;
    standing.policy.write(out)?;
    write!(out, ";q={}", limit.min(MOST))?;
    if let Some(unit) = standing.unit {
        out.write_str(";qu=")?;
        unit.write(out)?;
    }
    if let Some(window) = standing.window {
        write!(out, ";w={}", seconds(window))?;
    }
    write_partition(standing, out)?;
    Ok(true)
}

fn write_level(
    standing: &Standing<'_>,
    comma: &str,
    out: &mut fmt::Formatter<'_>,
) -> Result<bool, fmt::Error> {
    let Some(remaining) = standing.remaining else { return Ok(false) };
    out.write_str(comma)?;
    standing.policy.write(out)?;
    write!(out, ";r={}", remaining.min(MOST))?;
    if let Some(reset) = standing.reset.filter(|reset| !reset.is_zero()) {
        write!(out, ";t={}", seconds(reset))?;
    }
    write_partition(standing, out)?;
    Ok(true)
}

fn write_partition(standing: &Standing<'_>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Some(partition) = standing.partition else { return Ok(()) };
    out.write_str(";pk=")?;
    partition.write(out)
}
