//! `Retry-After`: whole seconds out; seconds and three formats of dates in.

use std::time::{Duration, SystemTime};

use ::http::header::{DATE, RETRY_AFTER};
use ::http::{HeaderMap, HeaderValue};

/// The longest delay that is sent or believed, 68 years. Peers read the header into 32
/// bits, and a clock to which `Duration::MAX` is added panics.
const LONGEST: Duration = Duration::from_secs(i32::MAX as u64);

/// How far the header may be from the finer number in the body: it is rounded
/// to a second, up by us, and maybe down by others.
const ROUNDED: Duration = Duration::from_secs(1);

/// How long to wait before coming back, as the header `Retry-After` tells.
///
/// Seconds, or a date in any of the three formats of HTTP, taken relative to the header
/// `Date`, so that the two clocks need not agree, and without that to this
/// machine's clock. A date that has passed is a delay of zero; what is neither is `None`, also a
/// negative or a broken number. Of several lines the longest delay counts. No
/// delay is longer than 68 years.
///
/// ```
/// use std::time::Duration;
/// use seawall_errors::http::retry_after;
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("date", "Sun, 06 Nov 1994 08:49:00 GMT".parse().unwrap());
/// headers.insert("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
/// assert_eq!(retry_after(&headers), Some(Duration::from_secs(37)));
/// ```
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    retry_after_at(headers, now())
}

/// [`retry_after`], with the time for a response without the header `Date`.
pub fn retry_after_at(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let now = headers.get(DATE).and_then(text).and_then(date).unwrap_or(now);
    headers
        .get_all(RETRY_AFTER)
        .iter()
        .filter_map(text)
        .filter_map(|line| seconds(line).or_else(|| until(line, now)))
        .max()
        .map(|delay| delay.min(LONGEST))
}

#[expect(clippy::disallowed_methods, reason = "a date on the wire means the wall clock")]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}

fn text(line: &HeaderValue) -> Option<&str> {
    line.to_str().ok().map(str::trim)
}

fn date(line: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(line).ok()
}

fn seconds(line: &str) -> Option<Duration> {
    let digits = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    // What does not fit is very long.
    digits.then(|| Duration::from_secs(line.parse().unwrap_or(u64::MAX)))
}

fn until(line: &str, now: SystemTime) -> Option<Duration> {
    Some(date(line)?.duration_since(now).unwrap_or_default())
}

/// The header for a delay: a client that comes early is turned away again, so
/// it is rounded up.
pub(super) fn header(delay: Duration) -> HeaderValue {
    let delay = delay.min(LONGEST);
    HeaderValue::from(delay.as_secs() + u64::from(delay.subsec_nanos() > 0))
}

/// Milliseconds for the body, rounded up likewise.
pub(super) fn to_millis(delay: Duration) -> u64 {
    let delay = delay.min(LONGEST);
    let part = delay.subsec_nanos().div_ceil(1_000_000);
    delay.as_secs() * 1000 + u64::from(part)
}

pub(super) fn from_millis(millis: u64) -> Duration {
    Duration::from_millis(millis).min(LONGEST)
}

/// The delay of a response that states it twice. The body is finer, the header
/// nearer: whoever changed it on the way meant it.
pub(super) fn agree(header: Option<Duration>, body: Option<Duration>) -> Option<Duration> {
    match (header, body) {
        (Some(near), Some(fine)) if near.abs_diff(fine) >= ROUNDED => Some(near),
        (header, body) => body.or(header),
    }
}
