//! `Retry-After` as others send it.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use seawall_errors::http::{Problems, retry_after, retry_after_at};
use seawall_errors::{Coded, FAMILY};

seawall_errors::registry! { static CODES = [FAMILY]; }
const PROBLEMS: Problems = Problems::new(&CODES);

/// Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: Duration = Duration::from_secs(784_111_777);
const LONGEST: Duration = Duration::from_secs(i32::MAX as u64);

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn at_now(lines: &[(&'static str, &str)]) -> Option<Duration> {
    retry_after_at(&headers(lines), SystemTime::UNIX_EPOCH + NOW)
}

#[test]
fn seconds_and_dates_are_read_and_garbage_is_none() {
    let table = [
        ("0", Some(0)),
        ("1", Some(1)),
        ("007", Some(7)),
        (" 120\t", Some(120)),
        ("2147483647", Some(2_147_483_647)),
        ("2147483648", Some(2_147_483_647)),
        ("18446744073709551615", Some(2_147_483_647)),
        ("99999999999999999999999999999999", Some(2_147_483_647)),
        // The three formats of HTTP.
        ("Sun, 06 Nov 1994 08:49:38 GMT", Some(1)),
        ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
        ("Sun Nov  6 09:49:37 1994", Some(3600)),
        // Now, past, long past, and far ahead.
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
        ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(2_147_483_647)),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1e3", None),
        ("0x10", None),
        ("1 2", None),
        ("120, 60", None),
        ("soon", None),
        ("", None),
        (" ", None),
        ("١٢", None),
        ("Sun, 32 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 CET", None),
        ("1994-11-06T08:49:37Z", None),
    ];
    for (line, seconds) in table {
        let expected = seconds.map(Duration::from_secs);
        assert_eq!(at_now(&[("retry-after", line)]), expected, "{line:?}");
    }
    assert_eq!(at_now(&[]), None);
}

#[test]
fn a_date_counts_from_the_clock_of_its_sender() {
    let until = ("retry-after", "Sun, 06 Nov 1994 08:51:37 GMT");
    let table = [
        (vec![until], 120),
        // It is a minute ahead of this machine, a minute behind, and a century ahead.
        (vec![until, ("date", "Sun, 06 Nov 1994 08:50:37 GMT")], 60),
        (vec![until, ("date", "Sun, 06 Nov 1994 08:48:37 GMT")], 180),
        (vec![until, ("date", "Sat, 06 Nov 2094 08:50:37 GMT")], 0),
        (vec![until, ("date", "yesterday")], 120),
        // It is no matter for seconds.
        (vec![("retry-after", "7"), ("date", "Sun, 06 Nov 1994 08:50:37 GMT")], 7),
    ];
    for (lines, seconds) in table {
        assert_eq!(at_now(&lines), Some(Duration::from_secs(seconds)), "{lines:?}");
    }
}

#[test]
fn without_a_date_of_the_response_the_wall_clock_counts() {
    let past = headers(&[("retry-after", "Sun, 06 Nov 1994 08:51:37 GMT")]);
    assert_eq!(retry_after(&past), Some(Duration::ZERO));
    let ahead = headers(&[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")]);
    assert_eq!(retry_after(&ahead), Some(LONGEST));
    let error = PROBLEMS.error(StatusCode::SERVICE_UNAVAILABLE, &past, b"");
    assert_eq!(error.retry_after(), Some(Duration::ZERO));
}

#[test]
fn of_several_lines_the_longest_delay_counts() {
    let lines = [("retry-after", "soon"), ("retry-after", "30"), ("retry-after", "5")];
    assert_eq!(at_now(&lines), Some(Duration::from_secs(30)));
}

#[test]
fn the_finer_number_counts_unless_somebody_changed_the_header() {
    let table = [
        // Header, body, what counts in milliseconds.
        (Some("1"), Some("250"), Some(250)),
        (Some("2"), Some("1500"), Some(1500)),
        // Rounded down by others.
        (Some("1"), Some("1500"), Some(1500)),
        (Some("0"), Some("250"), Some(250)),
        (Some("0"), Some("0"), Some(0)),
        // A date is to a second.
        (Some("Sun, 06 Nov 1994 08:49:39 GMT"), Some("1500"), Some(1500)),
        // Changed on the way.
        (Some("30"), Some("250"), Some(30_000)),
        (Some("0"), Some("5000"), Some(0)),
        (Some("1"), Some("0"), Some(1000)),
        // One alone.
        (None, Some("250"), Some(250)),
        (Some("3"), None, Some(3000)),
        (Some("soon"), Some("250"), Some(250)),
        (Some("3"), Some("-250"), Some(3000)),
        (Some("3"), Some("2.5e3"), Some(3000)),
        (Some("3"), Some("\"2500\""), Some(3000)),
        (None, Some("18446744073709551615"), Some(2_147_483_647_000)),
        (None, Some("184467440737095516160"), None),
        (None, None, None),
    ];
    for (header, body, millis) in table {
        let mut lines = vec![("content-type", "application/json")];
        lines.extend(header.map(|line| ("retry-after", line)));
        let json = body.map_or("{}".into(), |body| format!(r#"{{"retry_after_ms":{body}}}"#));
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let now = SystemTime::UNIX_EPOCH + NOW;
        let error = PROBLEMS.error_at(status, &headers(&lines), json.as_bytes(), now);
        assert_eq!(error.retry_after(), millis.map(Duration::from_millis), "{header:?} {body:?}");
    }
}

proptest! {
    #[test]
    fn any_line_and_any_clock_give_a_delay_that_a_clock_can_hold(
        line in prop_oneof![
            prop::collection::vec(0x20..=0xff_u8, 0..60),
            "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
                .prop_map(String::into_bytes),
            "(Mon|Sun), [0-3][0-9] (Jan|Feb|Nov|Dec) [0-9]{4} [0-2][0-9]:[0-9]{2}:[0-9]{2} GMT"
                .prop_map(String::into_bytes),
            "[0-9]{1,40}".prop_map(String::into_bytes),
        ],
        date: Option<bool>,
        now in 0..u64::from(u32::MAX) * 1000,
    ) {
        prop_assume!(!line.contains(&0x7f));
        let value = HeaderValue::from_bytes(&line).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", value.clone());
        if date.is_some() {
            headers.insert("date", value);
        }
        let delay = retry_after_at(&headers, SystemTime::UNIX_EPOCH + Duration::from_millis(now));
        prop_assert!(delay.is_none_or(|delay| delay <= LONGEST));
    }
}
