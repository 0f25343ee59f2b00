//! `RateLimit`, `RateLimit-Policy` and `Retry-After`: out, in, and made to hurt.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, Response};
use proptest::prelude::*;
use seawall_errors::family::{CIRCUIT_OPEN, COST_ABOVE_LIMIT, RATE_LIMITED};
use seawall_errors::{Answer, Rejected};
use seawall_kit::alloc::{allocations, peak_bytes};
use seawall_limiter::http::{
    Fields, Name, Partition, RATELIMIT, RATELIMIT_POLICY, Standing, WithFields, retry_after_value,
};
use seawall_limiter::{FixedWindow, LeakyBucket, Limit, Quota, SlidingWindow, TokenBucket};
use sfv::{BareItem, List, ListEntry, Parser};

const SECOND: Duration = Duration::from_secs(1);

fn written(standings: &[Standing<'_>]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    Fields::new().write(standings, &mut headers);
    headers
}

fn lines(field: &'static str, lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(field, HeaderValue::from_bytes(line.as_bytes()).unwrap());
    }
    headers
}

fn text<'a>(headers: &'a HeaderMap, field: &str) -> &'a str {
    headers.get(field).map_or("", |line| line.to_str().unwrap())
}

fn named(name: &str) -> Standing<'_> {
    Standing::new(Name::new(name))
}

/// What is read of one `RateLimit` line: name, remaining, reset in seconds.
fn levels(line: &str) -> Vec<(String, u64, Option<u64>)> {
    let headers = lines(RATELIMIT, &[line]);
    let read = Standing::read(&headers);
    let seconds = |standing: &Standing<'_>| standing.reset().map(|reset| reset.as_secs());
    read.iter()
        .map(|one| (one.policy().to_string(), one.remaining().unwrap(), seconds(one)))
        .collect()
}

fn one(name: &str, remaining: u64, reset: Option<u64>) -> Vec<(String, u64, Option<u64>)> {
    vec![(name.to_owned(), remaining, reset)]
}

#[test]
fn a_delay_is_rounded_up_to_whole_seconds_and_never_to_none() {
    let table: [(Duration, u64); 8] = [
        (Duration::ZERO, 1),
        (Duration::from_nanos(1), 1),
        (Duration::from_millis(999), 1),
        (SECOND, 1),
        (SECOND + Duration::from_nanos(1), 2),
        (Duration::from_secs(30), 30),
        (Duration::from_nanos(59_999_999_999), 60),
        (Duration::MAX, 2_147_483_647),
    ];
    for (delay, seconds) in table {
        assert_eq!(retry_after_value(delay), seconds.to_string(), "{delay:?}");
        if !delay.is_zero() {
            let headers = written(&[named("a").with_remaining(0).with_reset(delay)]);
            assert_eq!(text(&headers, RATELIMIT), format!("\"a\";r=0;t={seconds}"), "{delay:?}");
        }
    }
}

#[test]
fn a_reset_of_zero_is_not_sent() {
    let headers = written(&[named("a").with_remaining(5).with_reset(Duration::ZERO)]);
    assert_eq!(text(&headers, RATELIMIT), r#""a";r=5"#);
}

#[test]
fn a_policy_says_all_that_is_known_of_it_and_no_more() {
    let full = named("peruser")
        .with_limit(65535)
        .with_unit(Name::new("content-bytes"))
        .with_window(Duration::from_secs(10))
        .with_partition(Partition::new(b"user-7"))
        .with_remaining(7)
        .with_reset(Duration::from_millis(2500));
    let headers = written(&[full]);
    let policy = r#""peruser";q=65535;qu="content-bytes";w=10;pk=:dXNlci03:"#;
    assert_eq!(text(&headers, RATELIMIT_POLICY), policy);
    assert_eq!(text(&headers, RATELIMIT), r#""peruser";r=7;t=3;pk=:dXNlci03:"#);

    assert_eq!(text(&written(&[named("a").with_limit(5)]), RATELIMIT), "");
    assert_eq!(text(&written(&[named("a").with_remaining(5)]), RATELIMIT_POLICY), "");
    assert!(written(&[named("a")]).is_empty());
    assert!(written(&[]).is_empty());
}

#[test]
fn a_window_below_a_second_becomes_one_that_promises_less() {
    let headers = written(&[Standing::of(&Quota::per(10, Duration::from_millis(250)))]);
    assert_eq!(text(&headers, RATELIMIT_POLICY), r#""limiter";q=10;w=1"#);
}

#[test]
fn the_policy_that_holds_back_most_comes_first_and_the_policies_stay_in_place() {
    let standings = [
        named("day").with_limit(1000).with_remaining(3).with_reset(Duration::from_secs(9)),
        named("hour").with_limit(100).with_remaining(0).with_reset(Duration::from_secs(5)),
        named("minute").with_limit(10).with_remaining(0).with_reset(Duration::from_secs(7)),
        named("open").with_limit(5),
    ];
    let headers = written(&standings);
    let levels = r#""minute";r=0;t=7, "day";r=3;t=9, "hour";r=0;t=5"#;
    assert_eq!(text(&headers, RATELIMIT), levels);
    let policies = r#""day";q=1000, "hour";q=100, "minute";q=10, "open";q=5"#;
    assert_eq!(text(&headers, RATELIMIT_POLICY), policies);
}

#[test]
fn two_limiters_on_the_way_write_two_lines_and_both_are_read() {
    let mut headers = written(&[named("inner").with_remaining(3)]);
    Fields::new().write(&[named("outer").with_remaining(1)], &mut headers);
    assert_eq!(headers.get_all(RATELIMIT).iter().count(), 2);
    let names: Vec<_> =
        Standing::read(&headers).iter().map(|one| one.policy().to_string()).collect();
    assert_eq!(names, ["inner", "outer"]);
}

#[test]
fn older_headers_are_written_only_where_asked_for_and_tell_of_the_tightest() {
    let standings = [
        named("day").with_limit(1000).with_remaining(30).with_reset(Duration::from_secs(90)),
        named("minute").with_limit(10).with_remaining(0).with_reset(Duration::from_millis(1500)),
    ];
    assert!(!written(&standings).contains_key("x-ratelimit-limit"));
    let mut headers = HeaderMap::new();
    Fields::new().with_legacy(true).write(&standings, &mut headers);
    let legacy = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
    assert_eq!(legacy.map(|name| text(&headers, name)), ["10", "0", "2"]);
    // Of what is not known nothing is told.
    let standings = [named("open").with_limit(5), named("day").with_limit(7).with_remaining(6)];
    let mut headers = HeaderMap::new();
    Fields::new().with_legacy(true).write(&standings, &mut headers);
    assert_eq!(legacy.map(|name| text(&headers, name)), ["7", "6", ""]);
}

#[test]
fn a_refusal_says_when_to_come_back_and_not_before_its_reset() {
    let refused =
        Rejected::new(RATE_LIMITED, "api").with_numbers(&[10, 3]).with_retry_after(3 * SECOND);
    let mut headers = HeaderMap::new();
    Fields::new().write_refusal(&refused, &[], &mut headers);
    assert_eq!(text(&headers, "retry-after"), "3");
    assert_eq!(text(&headers, RATELIMIT), r#""api";r=3;t=3"#);
    assert_eq!(text(&headers, RATELIMIT_POLICY), r#""api";q=10"#);
}

#[test]
fn what_never_fits_has_no_time_to_come_back() {
    let mut headers = HeaderMap::new();
    let never = Rejected::new(COST_ABOVE_LIMIT, "api").with_numbers(&[10, 11]);
    Fields::new().write_refusal(&never, &[], &mut headers);
    assert!(headers.is_empty());
}

#[test]
fn a_refusal_for_another_reason_has_a_retry_after_and_no_limit() {
    let mut headers = HeaderMap::new();
    let open = Rejected::new(CIRCUIT_OPEN, "api").with_numbers(&[50, 100]).with_retry_after(SECOND);
    Fields::new().write_refusal(&open, &[], &mut headers);
    assert_eq!(text(&headers, "retry-after"), "1");
    assert_eq!(headers.len(), 1);
}

#[test]
fn a_refusal_by_several_policies_is_not_over_before_all_of_them_are_back() {
    let refused =
        Rejected::new(RATE_LIMITED, "all").with_numbers(&[10, 0]).with_retry_after(2 * SECOND);
    let standings = [
        named("minute").with_remaining(0).with_reset(Duration::from_millis(4500)),
        named("day").with_remaining(1).with_reset(90 * SECOND),
        named("hour").with_remaining(0).with_reset(3 * SECOND),
    ];
    let mut headers = HeaderMap::new();
    Fields::new().write_refusal(&refused, &standings, &mut headers);
    assert_eq!(text(&headers, "retry-after"), "5");
    assert_eq!(text(&headers, RATELIMIT), r#""minute";r=0;t=5, "day";r=1;t=90, "hour";r=0;t=3"#);
}

#[test]
fn of_two_retry_afters_the_later_one_stays() {
    for (there, told) in [("9", "9"), ("1", "3"), ("0", "3"), ("soon", "3"), ("-4", "3")] {
        let mut headers = lines("retry-after", &[there]);
        let refused = Rejected::new(CIRCUIT_OPEN, "a").with_retry_after(3 * SECOND);
        Fields::new().write_refusal(&refused, &[], &mut headers);
        assert_eq!(headers.get_all(RETRY_AFTER).iter().collect::<Vec<_>>(), [told], "{there}");
    }
}

#[test]
fn an_answer_around_another_mends_its_retry_after_of_zero() {
    let refused =
        Rejected::new(RATE_LIMITED, "api").with_numbers(&[10, 0]).with_retry_after(Duration::ZERO);
    let response: Result<Response<String>, ()> = WithFields::new().answer(refused);
    let (parts, body) = response.unwrap().into_parts();
    assert_eq!((parts.status.as_u16(), text(&parts.headers, "retry-after")), (429, "1"));
    assert!(body.contains("RATE_LIMITED"));

    let plain = |_: Rejected| Response::new(String::from("no"));
    let around = WithFields::around(plain).with_fields(Fields::new().with_legacy(true));
    let response: Result<Response<String>, ()> = around.answer(refused);
    let response = response.unwrap();
    assert_eq!(response.body(), "no");
    assert_eq!(text(response.headers(), "x-ratelimit-limit"), "10");
}

#[test]
fn every_limiter_tells_the_time_at_which_there_is_one_more() {
    let quota = Quota::per(4, 20 * SECOND).with_name("api");
    let limiters: [Box<dyn Limit>; 4] = [
        Box::new(TokenBucket::new(quota).unwrap()),
        Box::new(LeakyBucket::new(quota).unwrap()),
        Box::new(FixedWindow::new(quota).unwrap()),
        Box::new(SlidingWindow::new(quota).unwrap()),
    ];
    for limiter in limiters {
        let start = 40 * SECOND;
        let of = |now| Standing::of(&quota).with_level(&*limiter, now);
        let full = of(start);
        assert_eq!((full.remaining(), full.reset()), (Some(4), None), "{limiter:?}");
        for left in (0..4).rev() {
            limiter.try_acquire_many_at(1, start).unwrap();
            let standing = of(start);
            assert_eq!(standing.remaining(), Some(left), "{limiter:?}");
            // Before it nothing more, at it one more.
            let reset = standing.reset().unwrap();
            assert_eq!(
                of(start + reset.saturating_sub(Duration::from_nanos(1))).remaining(),
                Some(left)
            );
            assert!(of(start + reset).remaining() > Some(left), "{limiter:?}");
            // And what is sent is at least that, and less than a second more.
            let headers = written(&[standing]);
            let sent = Standing::read(&headers)[0].reset().unwrap();
            assert!(sent >= reset && sent.abs_diff(reset) < SECOND, "{reset:?} sent as {sent:?}");
        }
        let refused = limiter.try_acquire_many_at(1, start).unwrap_err();
        assert_eq!(refused.retry_after(), of(start).reset(), "{limiter:?}");
    }
}

#[test]
fn fields_are_read_as_structured_fields() {
    for (line, read) in [
        (r#""default";r=50;t=30"#, one("default", 50, Some(30))),
        (r#""default";r=50"#, one("default", 50, None)),
        (r#""default";r=0;t=0"#, one("default", 0, Some(0))),
        (r#""a";r=1;pk=:QXBwLTk5OQ==:"#, one("a", 1, None)),
        // Earlier drafts had tokens.
        ("default;r=50;t=30", one("default", 50, Some(30))),
        ("*a!#$%&'*+-.^_`|~:/;r=1", one("*a!#$%&'*+-.^_`|~:/", 1, None)),
        // Space is where the RFC has it.
        ("  \"a\"; r=1;  t=2  ", one("a", 1, Some(2))),
        // Escapes.
        (r#""a\"b\\c";r=1"#, one("a\"b\\c", 1, None)),
        (r#""a\\";r=1"#, one("a\\", 1, None)),
        (r#""";r=1"#, one("", 1, None)),
        // The last of two parameters counts.
        (r#""a";r=1;r=2"#, one("a", 2, None)),
        // Parameters of any type are comments.
        (r#""a";x;y=?0;z=1.5;b=:AA==:;d=@-7;s=%"%c3%bc";k=*t;r=1;t=2"#, one("a", 1, Some(2))),
        // Leading zeros are digits, and 15 of them is all.
        (r#""a";r=000000000000007"#, one("a", 7, None)),
        (r#""a";r=999999999999999"#, one("a", 999_999_999_999_999, None)),
        // An optional parameter that is wrong is as good as none.
        (r#""a";r=1;t=-1"#, one("a", 1, None)),
        (r#""a";r=1;t="7""#, one("a", 1, None)),
        // A member that is none of ours is not there.
        (r#"5;r=1, ("x" y);r=2, "a";r=3, "b", "c";r=1.0, "d";r=-1"#, one("a", 3, None)),
    ] {
        assert_eq!(levels(line), read, "{line}");
    }
}

#[test]
fn a_field_that_is_malformed_in_one_place_is_ignored_as_a_whole() {
    for line in [
        r#""a";r=1,"#,
        r#","a";r=1"#,
        r#""a";r=1,,"b";r=2"#,
        r#""a";r=1 "b";r=2"#,
        r#""a;r=1"#,
        r#""a\";r=1"#,
        r#""a\n";r=1"#,
        r#""a" ;r=1"#,
        r#""a";r =1"#,
        r#""a";r= 1"#,
        r#""a";R=1"#,
        r#""a";r=1;"#,
        r#""a";r="#,
        r#""a";r=--1"#,
        r#""a";r=+1"#,
        r#""a";r=-"#,
        r#""a";r=1."#,
        r#""a";r=1.2345"#,
        r#""a";r=1234567890123.1"#,
        r#""a";r=1000000000000000"#,
        r#""a";r=1;x=?2"#,
        r#""a";r=1;x=@1.5"#,
        r#""a";r=1;x=:A:"#,
        r#""a";r=1;x=:AA=:"#,
        r#""a";r=1;x=:AA===:"#,
        r#""a";r=1;x=:A=A=:"#,
        r#""a";r=1;x=:AA"#,
        r#""a";r=1;x=%"%C3%BC""#,
        r#""a";r=1;x=%"%c3""#,
        r#""a";r=1;x=%"a"#,
        r#""a";r=1;x=%a"#,
        r#""a";r=1, ("x"#,
        r#""a";r=1, ("x""y")"#,
        r#""a";r=1, (("x"))"#,
        // The dictionary of an earlier draft.
        "limit=10, remaining=5, reset=3",
    ] {
        assert_eq!(levels(line), [], "{line}");
        let good = format!(r#""good";r=1, {line}"#);
        assert_eq!(levels(&good), [], "{good}");
    }
    // Before the first member there may be spaces only.
    assert_eq!(levels("\t\"a\";r=1"), []);
    // An empty line alone is an empty list, and one among others an empty member.
    for all in [&["\"a\";r=1", ""][..], &[" ", "\"a\";r=1"], &[""]] {
        assert_eq!(Standing::read(&lines(RATELIMIT, all)), [], "{all:?}");
    }
    // One bad line spoils the others, and not the other field.
    let mut headers = lines(RATELIMIT, &[r#""a";r=1"#, r#""b";r=1,"#]);
    headers.insert(RATELIMIT_POLICY, HeaderValue::from_static(r#""a";q=5;w=60"#));
    let read = Standing::read(&headers);
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].limit(), read[0].remaining()), (Some(5), None));
}

#[test]
fn what_is_no_ascii_is_malformed() {
    let mut headers = HeaderMap::new();
    headers.insert(RATELIMIT, HeaderValue::from_bytes("\"ä\";r=1".as_bytes()).unwrap());
    assert_eq!(Standing::read(&headers), []);
}

#[test]
fn a_policy_is_joined_with_its_level_by_name_and_share() {
    let mut headers =
        lines(RATELIMIT, &[r#""a";r=1;pk=:AQ==:, "a";r=2;pk=:Ag:, "b\"";r=3, c;r=4"#]);
    let policies = [r#""a";q=10;w=60;pk=:Ag==:, "a";q=20"#, r#"b;q=1, "b\"";q=30;w=0, "c";q=40"#];
    for line in policies {
        headers.append(RATELIMIT_POLICY, HeaderValue::from_static(line));
    }
    let read = Standing::read(&headers);
    let table: Vec<_> = read
        .iter()
        .map(|one| {
            let window = one.window().map(|window| window.as_secs());
            (one.policy().to_string(), one.remaining(), one.limit(), window)
        })
        .collect();
    let row = |name: &str, remaining, limit, window| (name.to_owned(), remaining, limit, window);
    assert_eq!(
        table,
        [
            row("a", Some(1), Some(20), None),
            row("a", Some(2), Some(10), Some(60)),
            row("b\"", Some(3), Some(30), None),
            row("c", Some(4), Some(40), None),
            row("b", None, Some(1), None),
        ]
    );
}

#[test]
fn a_flood_of_members_lines_or_bytes_is_bounded() {
    let many: Vec<String> = (0..100).map(|i| format!("\"p{i}\";r={i}")).collect();
    assert_eq!(Standing::read(&lines(RATELIMIT, &[&many.join(",")])).len(), 16);

    let line = format!("\"a\";r=1;x=\"{}\"", "y".repeat(8192));
    assert_eq!(levels(&line), []);
    let most = format!("\"a\";r=1;x=\"{}\"", "y".repeat(8192 - 12));
    assert_eq!(levels(&most), one("a", 1, None));
    let lots = vec![r#""a";r=1"#; 65];
    assert_eq!(Standing::read(&lines(RATELIMIT, &lots)), []);
    assert_eq!(Standing::read(&lines(RATELIMIT, &lots[1..])).len(), 16);

    // What is held is bounded, too, whatever comes.
    let display = format!("\"a\";r=1;x=%\"{}\"", "y".repeat(8000));
    for hostile in [&display, &"(".repeat(8000), &";".repeat(8000), &"a,".repeat(4000)] {
        let headers = lines(RATELIMIT, &[hostile]);
        let peak = peak_bytes(|| drop(Standing::read(&headers)));
        assert!(peak < 32_768, "{peak} bytes for {}", &hostile[..20]);
    }
}

#[test]
fn a_field_costs_one_allocation_of_its_length() {
    let standing = Standing::of(&Quota::per_minute(60).with_name("search"))
        .with_remaining(59)
        .with_reset(SECOND)
        .with_partition(Partition::new(b"ann"));
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(RATELIMIT, HeaderValue::from_static("x"));
    headers.insert(RATELIMIT_POLICY, HeaderValue::from_static("x"));
    headers.clear();
    let count = allocations(|| Fields::new().write(&[standing, standing], &mut headers));
    assert_eq!(count, 2);
    let length: usize = headers.values().map(HeaderValue::len).sum();
    let mut again = HeaderMap::with_capacity(16);
    let peak = peak_bytes(|| Fields::new().write(&[standing, standing], &mut again));
    assert_eq!(peak, u64::try_from(length).unwrap());
}

#[test]
fn a_map_that_is_full_is_left_as_it_is() {
    let mut headers = HeaderMap::new();
    let filler = |i: usize| http::HeaderName::try_from(format!("x-{i}")).unwrap();
    while headers.try_insert(filler(headers.len()), HeaderValue::from_static("1")).is_ok() {}
    let before = headers.len();
    let refused =
        Rejected::new(RATE_LIMITED, "api").with_numbers(&[10, 0]).with_retry_after(SECOND);
    Fields::new().with_legacy(true).write_refusal(&refused, &[], &mut headers);
    assert_eq!(headers.len(), before);
}

#[test]
fn a_name_outside_ascii_goes_out_as_something_that_may_stand_there() {
    let headers = written(&[named("küche\n\u{7f}").with_remaining(1)]);
    assert_eq!(text(&headers, RATELIMIT), r#""k%C3%BCche%0A%7F";r=1"#);
}

#[test]
fn a_name_is_the_same_with_and_without_escapes() {
    use std::collections::HashSet;
    let headers = lines(RATELIMIT, &[r#""a\"\\";r=1"#]);
    let read = Standing::read(&headers)[0].policy();
    let name = Name::new("a\"\\");
    assert_eq!(read, name);
    assert!(read == "a\"\\" && read != "a\\\"\\\\");
    assert_eq!(HashSet::from([read, name]).len(), 1);
    assert_eq!((read.as_str(), name.as_str()), (None, Some("a\"\\")));
    assert_eq!(format!("{read} {read:?}"), r#"a"\ "a\"\\""#);
}

/// What another reader makes of the line, in our words.
fn judged(line: &str) -> Vec<(String, u64, Option<u64>)> {
    let Ok(list) = Parser::new(line).parse::<List>() else { return Vec::new() };
    let number = |item: Option<&BareItem>| {
        item.and_then(BareItem::as_integer).and_then(|number| u64::try_from(i64::from(number)).ok())
    };
    let read = list.iter().filter_map(|entry| {
        let ListEntry::Item(item) = entry else { return None };
        let name = match &item.bare_item {
            BareItem::String(name) => name.as_str().to_owned(),
            BareItem::Token(name) => name.as_str().to_owned(),
            _ => return None,
        };
        let get = |key: &str| item.params.iter().find(|(k, _)| k.as_str() == key).map(|(_, v)| v);
        Some((name, number(get("r"))?, number(get("t"))))
    });
    read.take(16).collect()
}

/// Lines that are nearly right.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\"a\"",
        "b",
        ";r=1",
        ";t=2",
        ";r=-1",
        ";r=1.5",
        ";r",
        ";t=",
        ",",
        ", ",
        " ",
        "\t",
        ";",
        "=",
        "\"",
        "\\",
        "\\\"",
        "(",
        ")",
        "?1",
        "?",
        "@1",
        "@",
        ":AA==:",
        ":A",
        ":",
        "%\"a\"",
        "%\"%c3%bc\"",
        "%",
        "-",
        ".",
        "1",
        "999999999999999",
        "*",
        ";*x=1",
        ";x=\"y\"",
        "ü",
        "=",
        ";w=60",
        "a/b:c",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Lines that are right, but for a letter put in, taken out or changed in some of them.
fn spoiled() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "-?[0-9]{1,16}",
        "-?[0-9]{1,13}\\.[0-9]{1,4}",
        "\"([ !#-\\[\\]-~]|\\\\[\"\\\\]){0,5}\"",
        "[a-zA-Z*][a-zA-Z0-9:/!#*.-]{0,4}",
        "\\?[01]",
        ":([a-zA-Z0-9+/]{4}){0,2}([A-Z]{2}(==)?|[A-Z]{3}=?)?:",
        "@-?[0-9]{1,5}",
        "%\"[ a-z]{0,3}(%c3%bc|%41)?\"",
        "\\( {0,2}(\"x\"(;y)?( {1,2}1)?)? {0,1}\\)",
    ];
    let key = prop::sample::select(vec!["r", "r", "r", "t", "t", "q", "x", "*a-1_.b"]);
    let parameter =
        (key, prop::option::of(value.clone()), " {0,2}").prop_map(|(key, value, gap)| {
            value.map_or(format!(";{gap}{key}"), |value| format!(";{gap}{key}={value}"))
        });
    let parameters = prop::collection::vec(parameter, 0..4).prop_map(|all| all.concat());
    let member = (value, parameters).prop_map(|(value, parameters)| value + &parameters);
    let line = prop::collection::vec(member, 1..4);
    let spoil = prop::option::of((any::<prop::sample::Index>(), 0..3_u8, 32..127_u8));
    (line, "[ \t]{0,2},[ \t]{0,2}", spoil).prop_map(|(members, comma, spoil)| {
        let mut line = members.join(&comma).into_bytes();
        if let Some((place, how, byte)) = spoil {
            let place = place.index(line.len());
            match how {
                0 => line.insert(place, byte),
                1 => drop(line.remove(place)),
                _ => line[place] = byte,
            }
        }
        String::from_utf8(line).unwrap()
    })
}

fn standing_parts() -> impl Strategy<Value = (String, u64, Option<u64>, Option<u64>, Vec<u8>)> {
    let most = 0..1_000_000_000_000_000_u64;
    let seconds = prop::option::of(1..2_147_483_647_u64);
    ("[ -~]{0,20}", most, seconds.clone(), seconds, prop::collection::vec(any::<u8>(), 0..12))
}

proptest! {
    #[test]
    fn what_is_written_is_read(parts in prop::collection::vec(standing_parts(), 1..8)) {
        let standings: Vec<Standing<'_>> = parts
            .iter()
            .enumerate()
            .map(|(place, (name, number, reset, window, share))| {
                // The tightest first, so that the order stays; the share tells them apart.
                let mut standing = named(name)
                    .with_limit(*number)
                    .with_remaining(place as u64)
                    .with_partition(Partition::new(share));
                if let Some(reset) = reset {
                    standing = standing.with_reset(Duration::from_secs(*reset));
                }
                if let Some(window) = window {
                    standing = standing.with_window(Duration::from_secs(*window));
                }
                standing
            })
            .collect();
        let apart = |a: &Standing<'_>, b: &Standing<'_>| {
            a.policy() != b.policy() || a.partition() != b.partition()
        };
        let distinct = standings.iter().enumerate().all(|(i, a)| standings[..i].iter().all(|b| apart(a, b)));
        prop_assume!(distinct);
        let headers = written(&standings);
        prop_assert_eq!(Standing::read(&headers), standings);
    }

    #[test]
    fn what_is_written_is_a_structured_field_to_others(parts in standing_parts(), unit in ".{0,9}") {
        let (name, number, reset, window, share) = &parts;
        let standing = named(name)
            .with_limit(*number)
            .with_unit(Name::new(&unit))
            .with_window(Duration::from_secs(window.unwrap_or(1)))
            .with_remaining(*number)
            .with_reset(Duration::from_millis(reset.unwrap_or(1)))
            .with_partition(Partition::new(share));
        let headers = written(&[standing]);
        for (field, key) in [(RATELIMIT, "r"), (RATELIMIT_POLICY, "q")] {
            let list: List = Parser::new(text(&headers, field)).parse().unwrap();
            let ListEntry::Item(item) = &list[0] else { panic!() };
            prop_assert_eq!(item.bare_item.as_string().unwrap().as_str(), name.as_str());
            let get = |key: &str| item.params.iter().find(|(k, _)| k.as_str() == key).unwrap().1;
            prop_assert_eq!(i64::from(get(key).as_integer().unwrap()), i64::try_from(*number).unwrap());
            prop_assert_eq!(get("pk").as_byte_sequence().unwrap(), &share[..]);
        }
    }

    #[test]
    fn nearly_right_lines_are_read_as_another_reader_reads_them(line in nearly()) {
        if line.is_ascii() && !line.contains('\u{7f}') {
            prop_assert_eq!(levels(&line), judged(&line), "{}", line);
        } else {
            prop_assert_eq!(levels(&line), vec![], "{}", line);
        }
    }

    #[test]
    fn spoiled_lines_are_read_as_another_reader_reads_them(line in spoiled()) {
        prop_assert_eq!(levels(&line), judged(&line), "{}", line);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(line) = HeaderValue::from_bytes(&bytes) {
            let mut headers = HeaderMap::new();
            headers.append(RATELIMIT, line.clone());
            headers.append(RATELIMIT_POLICY, line);
            for standing in Standing::read(&headers) {
                // Whatever was read can be written.
                let again = written(&[standing]);
                prop_assert_eq!(&Standing::read(&again)[0].policy(), &standing.policy());
            }
        }
    }
}
