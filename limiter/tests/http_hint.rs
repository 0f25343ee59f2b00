//! What a client makes of what a server says.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::prelude::*;
use seawall_limiter::http::{Fields, HintPolicy, hint};
use seawall_limiter::{Quota, TokenBucket};

const NO_JITTER: HintPolicy =
    HintPolicy::new().with_jitter_percent(0).with_cap(Duration::from_secs(3600));

/// Sun, 06 Nov 1994 08:49:00 GMT.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_111_740)
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn asked(status: u16, lines: &[(&str, &str)], policy: &HintPolicy) -> Option<u64> {
    let status = StatusCode::from_u16(status).unwrap();
    hint(status, &headers(lines), now(), policy, u64::MAX / 3).map(|delay| delay.as_secs())
}

#[test]
fn a_refusal_asks_for_what_its_headers_say() {
    let limit = "ratelimit";
    let after = "retry-after";
    for (lines, seconds) in [
        (&[(after, "7")][..], Some(7)),
        (&[(after, "Sun, 06 Nov 1994 08:49:37 GMT")], Some(37)),
        // By the server's clock, where it tells.
        (
            &[(after, "Sun, 06 Nov 1994 08:49:37 GMT"), ("date", "Sun, 06 Nov 1994 08:49:30 GMT")],
            Some(7),
        ),
        // Less than a second, said by those who round down.
        (&[(after, "0")], Some(1)),
        (&[(after, "Sun, 06 Nov 1994 08:48:00 GMT")], Some(1)),
        (&[(after, "7"), (after, "9")], Some(9)),
        (&[(after, "99999999999999999999999")], Some(3600)),
        (&[(after, "soon")], None),
        (&[(after, "-5")], None),
        (&[(after, "1.5")], None),
        (&[], None),
        (&[(limit, r#""a";r=0;t=5"#)], Some(5)),
        (&[(limit, r#""a";r=0;t=0"#)], Some(1)),
        (&[(limit, r#""a";r=0"#)], None),
        // All that are exhausted must come back; those with something left need not.
        (&[(limit, r#""a";r=0;t=5, "b";r=0;t=9, "c";r=3;t=500"#)], Some(9)),
        (&[(limit, r#""a";r=0;t=5"#), (limit, r#""b";r=0;t=9"#)], Some(9)),
        // A dear call is refused while something is left.
        (&[(limit, r#""a";r=3;t=5, "b";r=4000;t=900"#)], Some(5)),
        (&[(limit, r#""a";r=0;t=999999999999999"#)], Some(3600)),
        (&[(limit, "nonsense=")], None),
        // `Retry-After` takes precedence.
        (&[(after, "2"), (limit, r#""a";r=0;t=50"#)], Some(2)),
        (&[(after, "soon"), (limit, r#""a";r=0;t=50"#)], Some(50)),
        // From a cache: of the past.
        (&[("age", "60"), (limit, r#""a";r=0;t=50"#)], None),
        (&[("age", "0"), (limit, r#""a";r=0;t=50"#)], Some(50)),
        (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")], None),
    ] {
        assert_eq!(asked(429, lines, &NO_JITTER), seconds, "{lines:?}");
        assert_eq!(asked(503, lines, &NO_JITTER), seconds, "{lines:?}");
    }
}

#[test]
fn any_other_response_asks_for_nothing_unless_it_is_to() {
    let exhausted = [("ratelimit", r#""a";r=0;t=5, "b";r=2;t=9"#)];
    let some_left = [("ratelimit", r#""a";r=1;t=5"#)];
    let after = [("retry-after", "7")];
    for status in [200, 202, 301, 403, 404, 500, 502] {
        assert_eq!(asked(status, &exhausted, &NO_JITTER), None, "{status}");
        let heed = NO_JITTER.with_successes(true).with_fallback(Duration::from_secs(2));
        assert_eq!(asked(status, &exhausted, &heed), Some(5), "{status}");
        assert_eq!(asked(status, &some_left, &heed), None, "{status}");
        assert_eq!(asked(status, &after, &heed), None, "{status}");
    }
}

#[test]
fn a_refusal_that_says_nothing_asks_for_the_fallback() {
    let policy = NO_JITTER.with_fallback(Duration::from_secs(4));
    assert_eq!(asked(503, &[], &policy), Some(4));
    assert_eq!(asked(503, &[("retry-after", "9")], &policy), Some(9));
    assert_eq!(asked(200, &[], &policy), None);
}

#[test]
fn older_headers_are_heeded_where_asked_for() {
    let policy = NO_JITTER.with_legacy(true);
    let (left, reset) = ("x-ratelimit-remaining", "x-ratelimit-reset");
    for (lines, seconds) in [
        (&[(left, "0"), (reset, "5")][..], Some(5)),
        (&[("ratelimit-remaining", "0"), ("ratelimit-reset", "6")], Some(6)),
        // A date, in seconds or in milliseconds: long past in 1994 it cannot be.
        (&[(left, "0"), (reset, "1000000030")], Some(3600)),
        (&[(left, "0"), (reset, "1000000030000")], Some(3600)),
        (&[(reset, "5")], Some(5)),
        (&[(left, "3"), (reset, "5")], None),
        (&[(left, "0"), (reset, "-5")], None),
        (&[(left, "0"), (reset, "tomorrow")], None),
        (&[(left, "0"), (reset, "99999999999999999999999999")], None),
        (&[(left, "0")], None),
        (&[("ratelimit", r#""a";r=0;t=8"#), (left, "0"), (reset, "5")], Some(8)),
        (&[("retry-after", "9"), (left, "0"), (reset, "5")], Some(9)),
        (&[("ratelimit", r#""a";r=0"#), (left, "0"), (reset, "5")], Some(5)),
        // From a cache: of the past, too.
        (&[("age", "60"), (left, "0"), (reset, "5")], None),
    ] {
        assert_eq!(asked(429, lines, &policy), seconds, "{lines:?}");
    }
    let late = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for date in ["1000000030", "1000000030000"] {
        let lines = headers(&[(left, "0"), (reset, date)]);
        let delay = hint(StatusCode::TOO_MANY_REQUESTS, &lines, late, &policy, 0);
        assert_eq!(delay, Some(Duration::from_secs(30)), "{date}");
    }
    let past = headers(&[(left, "0"), (reset, "1000000000")]);
    let later = late + Duration::from_secs(50);
    let delay = hint(StatusCode::TOO_MANY_REQUESTS, &past, later, &policy, 0);
    assert_eq!(delay, Some(Duration::from_secs(1)));
    // Before it refuses, only what says that nothing is left.
    let heed = policy.with_successes(true);
    assert_eq!(asked(200, &[(left, "0"), (reset, "5")], &heed), Some(5));
    assert_eq!(asked(200, &[(reset, "5")], &heed), None);
    let some_left = [("ratelimit", r#""a";r=3;t=5"#), (left, "0"), (reset, "5")];
    assert_eq!(asked(200, &some_left, &heed), None, "the newer field says otherwise");
}

#[test]
fn jitter_comes_after_the_wait_and_after_the_cap() {
    let policy = HintPolicy::new().with_jitter_percent(50).with_cap(Duration::from_secs(100));
    let delay = |seconds: &str, chance| {
        let lines = headers(&[("retry-after", seconds)]);
        hint(StatusCode::TOO_MANY_REQUESTS, &lines, now(), &policy, chance).unwrap()
    };
    for (seconds, chance, millis) in [
        ("10", 0, 10_000),
        ("10", 1 << 63, 12_500),
        ("10", 1 << 62, 11_250),
        ("1000", 0, 100_000),
        ("1000", 1 << 63, 125_000),
    ] {
        assert_eq!(delay(seconds, chance), Duration::from_millis(millis), "{seconds} {chance}");
    }
    let most = delay("10", u64::MAX);
    assert!(most < Duration::from_secs(15) && most > Duration::from_millis(14_999));
}

#[test]
fn a_policy_names_every_fault() {
    let policy = HintPolicy::new()
        .with_cap(Duration::from_secs(86_401))
        .with_floor(Duration::from_secs(90_000))
        .with_jitter_percent(101)
        .with_fallback(Duration::from_secs(90_000));
    let fault = policy.check().unwrap_err();
    assert_eq!(fault.fields().collect::<Vec<_>>(), ["cap", "floor", "jitter_percent", "fallback"]);
    assert!(HintPolicy::default().check().is_ok());
    assert!(HintPolicy::new().with_cap(Duration::from_secs(86_400)).check().is_ok());
}

#[test]
fn what_was_set_can_be_asked_for() {
    let second = Duration::from_secs(1);
    let policy = HintPolicy::new().with_fallback(second).with_successes(true).with_legacy(true);
    assert_eq!((policy.cap(), policy.floor()), (300 * second, second));
    assert_eq!((policy.jitter_percent(), policy.fallback()), (10, Some(second)));
    assert!(policy.successes() && policy.legacy());
}

#[test]
fn a_client_that_obeys_is_let_in_and_one_that_comes_a_second_earlier_is_not() {
    for millis in [999, 1000, 1001, 2500, 61_000] {
        let server = TokenBucket::new(Quota::every(Duration::from_millis(millis))).unwrap();
        let start = Duration::from_secs(5);
        server.try_acquire_at(start).unwrap();
        let refused = server.try_acquire_at(start).unwrap_err();
        let mut response = HeaderMap::new();
        Fields::new().write_refusal(&refused, &[], &mut response);
        let told = hint(StatusCode::TOO_MANY_REQUESTS, &response, now(), &NO_JITTER, 0).unwrap();
        assert!(server.peek_at(1, start + told).is_ok(), "{millis}");
        if let Some(early) = told.checked_sub(Duration::from_secs(1)).filter(|d| !d.is_zero()) {
            assert!(server.peek_at(1, start + early).is_err(), "{millis}");
        }

        // On the limiter that the clones of the client share.
        let client = TokenBucket::new(Quota::per_second(1000)).unwrap();
        client.block_until_at(start + told, start);
        assert!(
            client.try_acquire_at(start + told.saturating_sub(Duration::from_nanos(1))).is_err()
        );
        assert!(client.try_acquire_at(start + told).is_ok());
    }
}

proptest! {
    #[test]
    fn whatever_is_said_and_set_the_delay_is_bounded(
        after in prop::option::of("[ -~]{0,30}"),
        limit in prop::option::of(r#"("a"|b)(;[rt]=-?[0-9]{0,16}){0,3}"#),
        reset in prop::option::of("[0-9]{0,25}"),
        cap in any::<u64>(),
        floor in any::<u64>(),
        percent in any::<u32>(),
        chance in any::<u64>(),
        before in any::<bool>(),
        status in prop::sample::select(vec![200_u16, 429, 503]),
    ) {
        let mut lines = Vec::new();
        lines.extend(after.as_deref().map(|after| ("retry-after", after)));
        lines.extend(limit.as_deref().map(|limit| ("ratelimit", limit)));
        lines.extend(reset.as_deref().map(|reset| ("x-ratelimit-reset", reset)));
        let lines = headers(&lines);
        let policy = HintPolicy::new()
            .with_cap(Duration::from_nanos(cap))
            .with_floor(Duration::from_nanos(floor))
            .with_jitter_percent(percent)
            .with_successes(true)
            .with_legacy(true);
        let hour = Duration::from_secs(3600);
        let now = if before { UNIX_EPOCH - hour } else { UNIX_EPOCH + hour };
        let status = StatusCode::from_u16(status).unwrap();
        if let Some(delay) = hint(status, &lines, now, &policy, chance) {
            let cap = policy.cap();
            let most = cap.as_nanos() + cap.as_nanos() * u128::from(percent) / 100;
            prop_assert!(delay.as_nanos() <= most);
            prop_assert!(delay >= policy.floor().min(cap));
        }
        // The extremes, too.
        let policy = policy.with_cap(Duration::MAX).with_floor(Duration::MAX);
        let _ = hint(status, &lines, now, &policy, chance);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), chance in any::<u64>()) {
        let Ok(line) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
        let mut lines = HeaderMap::new();
        for name in ["retry-after", "ratelimit", "ratelimit-policy", "age", "date", "x-ratelimit-reset"] {
            lines.insert(name, line.clone());
        }
        let policy = HintPolicy::new().with_legacy(true).with_successes(true);
        for status in [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
            let _ = hint(status, &lines, now(), &policy, chance);
        }
    }
}
