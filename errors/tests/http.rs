//! Errors as problems and back: what is sent, what is read, and what is not.
#![cfg(feature = "http")]

#[path = "support/door.rs"]
#[allow(unreachable_pub, reason = "the same file is a crate in the compile tests")]
#[allow(dead_code, reason = "a part is enough here")]
mod door;

use std::convert::Infallible;
use std::time::Duration;

use door::{Door, DoorLayer};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use proptest::prelude::*;
use seawall_errors::http::{AsProblem, ERROR_CODE, MAX_BODY, Problems};
use seawall_errors::{
    Code, Coded, Error, Executed, FAMILY, Grpc, Identity, Origin, Outcome, Rejected, family,
};
use seawall_kit::alloc::peak_bytes;
use seawall_kit::extremes;
use serde_json::{Value, json};
use tower::{ServiceBuilder, ServiceExt, service_fn};

mod orders {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id", "region"]);
        /// The order is gone.
        ORDER_GONE = 2 => NotFound.http(410);
        /// The order \ cannot "be" read, 无法处理.
        ORDER_UNREADABLE = 3 => InvalidArgument.http(422).grpc(Grpc::DataLoss);
        /// The order came too slowly.
        ORDER_TOO_SLOW = 4 => Aborted.http(408);
        /// Too many orders.
        TOO_MANY_ORDERS = 5 => Throttled.keys(&["limit"]);
    }
}

seawall_errors::registry! { static CODES = [FAMILY, orders::CODES]; }
// A service that never heard of orders.
seawall_errors::registry! { static OTHER = [FAMILY]; }

const PROBLEMS: Problems =
    Problems::new(&CODES).with_type_url("https://errors.acme.com/{domain}/{name}#{number}");
const STRANGER: Problems = Problems::new(&OTHER).with_type_url("https://stranger.example/{number}");

fn send(problems: Problems, error: &Error) -> (StatusCode, HeaderMap, String) {
    let (parts, body) = problems.response::<String>(error).into_parts();
    (parts.status, parts.headers, body)
}

fn read(problems: Problems, (status, headers, body): &(StatusCode, HeaderMap, String)) -> Error {
    problems.error(*status, headers, body.as_bytes())
}

fn json_headers() -> HeaderMap {
    let json = HeaderValue::from_static("application/problem+json");
    [(http::header::CONTENT_TYPE, json)].into_iter().collect()
}

/// What a body says that comes as a problem with this status.
fn arrives(status: u16, body: impl AsRef<[u8]>) -> Error {
    PROBLEMS.error(StatusCode::from_u16(status).unwrap(), &json_headers(), body.as_ref())
}

fn foreign(error: &Error) -> &seawall_errors::Foreign {
    match error.identity() {
        Identity::Foreign(foreign) => foreign,
        known => panic!("{known:?}"),
    }
}

/// What is to be the same on the other side.
fn public(
    error: &Error,
) -> (Result<Code, seawall_errors::Foreign>, Vec<(String, String)>, Option<&str>) {
    let what = match error.identity() {
        Identity::Known(code) => Ok(code),
        Identity::Foreign(foreign) => Err(foreign.clone()),
        _ => unreachable!(),
    };
    let args = error.public_args().map(|(key, value)| (key.into(), value.into())).collect();
    (what, args, error.message())
}

#[test]
fn a_problem_says_what_the_code_says() {
    let error = Error::new(orders::ORDER_NOT_FOUND)
        .with_arg("order_id", 7)
        .with_message("order 7 is not there")
        .with_retry_after(Duration::from_millis(1500));
    let problem = PROBLEMS.problem(&error).with_instance("/orders/7");
    let body: Value = serde_json::from_str(&problem.to_json()).unwrap();
    assert_eq!(
        body,
        json!({
            "type": "https://errors.acme.com/orders.acme.com/ORDER_NOT_FOUND#210001",
            "title": "No order has this id.",
            "status": 404,
            "detail": "order 7 is not there",
            "instance": "/orders/7",
            "code": 210_001,
            "reason": "ORDER_NOT_FOUND",
            "domain": "orders.acme.com",
            "grpc_status": 5,
            "metadata": { "order_id": "7" },
            "retry_after_ms": 1500,
        })
    );
    let response: Response<String> = problem.response();
    assert_eq!(response.status(), 404);
    let headers: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    assert_eq!(
        headers,
        [
            ("content-type", "application/problem+json"),
            ("x-error-code", "orders.acme.com/ORDER_NOT_FOUND"),
            ("retry-after", "2"),
        ]
    );
}

#[test]
fn what_was_not_given_is_not_sent() {
    let body: Value = serde_json::from_str(&send(PROBLEMS, &family::CLOSED.into()).2).unwrap();
    let members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["code", "domain", "grpc_status", "reason", "status", "title", "type"]);
    let long = "/".repeat(1025);
    let error = family::CLOSED.into();
    let problem = PROBLEMS.problem(&error).with_instance(&long);
    assert!(!problem.to_json().contains("instance"));
}

#[test]
fn without_a_template_the_type_is_a_uri_of_its_own() {
    let error = Error::new(orders::ORDER_GONE);
    let body = Problems::new(&CODES).problem(&error).to_json();
    assert!(body.starts_with(r#"{"type":"tag:orders.acme.com,2026:ORDER_GONE","#), "{body}");
}

#[test]
fn a_refusal_is_sent_with_its_numbers_and_without_who_refused() {
    let refused = Rejected::new(family::RATE_LIMITED, "pool-of-mr-secret").with_numbers(&[10, 0]);
    let response: Result<Response<String>, Infallible> =
        seawall_errors::Answer::answer(&AsProblem, refused);
    let (parts, body) = response.unwrap().into_parts();
    assert_eq!(parts.status, 429);
    let sent: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(sent["metadata"], json!({ "limit": "10", "remaining": "0" }));
    assert!(!body.contains("secret"));
    let own: Result<Response<String>, Infallible> =
        seawall_errors::Answer::answer(&PROBLEMS, refused);
    assert!(own.unwrap().body().contains("https://errors.acme.com/seawall/RATE_LIMITED#100001"));
}

#[tokio::test]
async fn a_layer_answers_with_a_problem_where_the_error_is_infallible() {
    let full = Door::new("orders", 0);
    let orders = ServiceBuilder::new()
        .layer(DoorLayer::new(Door::new("outer", 1)).answer_with(PROBLEMS))
        .layer(DoorLayer::new(full).answer_with(AsProblem))
        .service(service_fn(async |_: ()| Ok::<_, Infallible>(Response::new(String::new()))));
    let Ok(response) = orders.oneshot(()).await;
    let (parts, body) = response.into_parts();
    assert_eq!(parts.status, 503);
    assert_eq!(parts.headers[ERROR_CODE], "seawall/BULKHEAD_FULL");
    let error = PROBLEMS.error(parts.status, &parts.headers, body.as_bytes());
    assert_eq!(error.identity(), Identity::Known(family::BULKHEAD_FULL));
    assert_eq!(error.arg("limit"), Some("0"));
}

#[test]
fn a_delay_is_rounded_up_and_zero_only_where_it_is_zero() {
    let longest = Duration::from_secs(i32::MAX as u64);
    let table = [
        (Duration::ZERO, "0", 0),
        (Duration::from_nanos(1), "1", 1),
        (Duration::from_millis(250), "1", 250),
        (Duration::from_micros(999_999), "1", 1000),
        (Duration::from_secs(1), "1", 1000),
        (Duration::from_nanos(1_000_000_001), "2", 1001),
        (Duration::from_secs(3600), "3600", 3_600_000),
        (longest, "2147483647", 2_147_483_647_000),
        (longest + Duration::from_nanos(1), "2147483647", 2_147_483_647_000),
        (Duration::MAX, "2147483647", 2_147_483_647_000_u64),
    ];
    for (delay, seconds, millis) in table {
        let sent = send(PROBLEMS, &Error::new(family::CLOSED).with_retry_after(delay));
        assert_eq!(sent.1["retry-after"], seconds, "{delay:?}");
        let body: Value = serde_json::from_str(&sent.2).unwrap();
        assert_eq!(body["retry_after_ms"], json!(millis), "{delay:?}");
        let back = read(PROBLEMS, &sent);
        assert_eq!(back.retry_after(), Some(Duration::from_millis(millis)), "{delay:?}");
    }
    extremes::survives("Retry-After", extremes::DURATION.to_vec(), |delay| {
        let sent = send(PROBLEMS, &Error::new(family::CLOSED).with_retry_after(delay));
        assert_eq!(sent.1["retry-after"] == "0", delay.is_zero());
    });
}

#[test]
fn an_hour_stays_an_hour_over_two_hops() {
    let hour = Duration::from_secs(3600);
    let first = send(PROBLEMS, &Error::new(orders::TOO_MANY_ORDERS).with_retry_after(hour));
    let second = send(STRANGER, &read(STRANGER, &first));
    assert_eq!(read(PROBLEMS, &second).retry_after(), Some(hour));
}

#[test]
fn both_statuses_are_those_of_the_code_also_after_a_hop() {
    for code in CODES.codes() {
        let back = read(PROBLEMS, &send(STRANGER, &read(STRANGER, &send(PROBLEMS, &code.into()))));
        assert_eq!(back.identity(), Identity::Known(code));
        assert_eq!((back.code().http(), back.code().grpc()), (code.http(), code.grpc()));
    }
}

#[test]
fn a_service_that_does_not_know_the_code_passes_it_on_byte_for_byte() {
    let codes = orders::CODES.codes().flat_map(|code| [false, true].map(|full| (code, full)));
    for (code, full) in codes {
        let mut error = Error::new(code);
        if full {
            error = error
                .with_message("zu viel\n\"\u{0}无\"")
                .with_retry_after(Duration::from_millis(250));
            error =
                code.keys().iter().rev().fold(error, |error, key| error.with_arg(key, "7\u{1}"));
        }
        let first = send(PROBLEMS, &error);
        let middle = read(STRANGER, &first);
        assert_eq!(foreign(&middle).http(), Some(code.http()));
        assert_eq!(foreign(&middle).grpc(), Some(code.grpc()));
        assert_eq!(foreign(&middle).number(), Some(code.number()));
        assert_eq!((middle.label(), middle.origin()), ("_OTHER", Origin::Remote));
        let second = send(STRANGER, &middle);
        assert_eq!(second, first);
        let third = send(STRANGER, &read(STRANGER, &second));
        assert_eq!(third, first);
        assert_eq!(public(&read(PROBLEMS, &third)), public(&read(PROBLEMS, &first)));
    }
}

#[test]
fn an_error_without_any_code_becomes_no_other_on_its_way() {
    let first = STRANGER.error(StatusCode::BAD_GATEWAY, &HeaderMap::new(), b"<html>");
    let second = send(STRANGER, &first);
    assert_eq!(second.2, r#"{"type":"about:blank","title":"Bad Gateway","status":502}"#);
    assert!(!second.1.contains_key(ERROR_CODE));
    assert_eq!(send(STRANGER, &read(STRANGER, &second)), second);
}

#[test]
fn the_name_wins_over_the_number() {
    let table = [
        // Name, number, what it is.
        ("ORDER_GONE", json!(210_001), Ok(orders::ORDER_GONE)),
        ("ORDER_GONE", json!(999_999), Ok(orders::ORDER_GONE)),
        ("ORDER_LOST", json!(210_001), Err(Some(210_001))),
        ("ORDER_LOST", json!("210001"), Err(None)),
        ("ORDER_LOST", json!(4_294_967_296_u64), Err(None)),
    ];
    for (name, number, expected) in table {
        let body = json!({ "domain": "orders.acme.com", "reason": name, "code": number });
        let error = arrives(410, body.to_string());
        match (error.identity(), expected) {
            (Identity::Known(code), Ok(expected)) => assert_eq!(code, expected),
            (Identity::Foreign(foreign), Err(number)) => {
                assert_eq!((foreign.name(), foreign.number()), (name, number));
            }
            other => panic!("{other:?}"),
        }
    }
    let number_alone = arrives(404, r#"{"code":210001}"#);
    assert_eq!(
        (foreign(&number_alone).name(), foreign(&number_alone).number()),
        ("", Some(210_001))
    );
}

#[test]
fn the_status_of_the_response_wins_over_that_of_the_body() {
    let body = r#"{"domain":"d","reason":"LOST","status":404}"#;
    assert_eq!(foreign(&arrives(503, body)).http(), Some(503));
    assert_eq!(foreign(&arrives(499, r#"{"status":"404"}"#)).http(), Some(499));
    let known = r#"{"domain":"orders.acme.com","reason":"ORDER_GONE","status":404}"#;
    assert_eq!(arrives(503, known).identity(), Identity::Known(orders::ORDER_GONE));
}

#[test]
fn what_is_no_error_status_is_not_taken_for_one() {
    for status in [100, 200, 204, 304, 399, 600, 999] {
        let error = arrives(status, "{}");
        assert_eq!((foreign(&error).http(), error.code()), (None, family::FOREIGN_FAILURE));
        assert_eq!(send(PROBLEMS, &error).0, 502, "never sent on as a success");
        let stated = arrives(status, r#"{"status":404}"#);
        assert_eq!(foreign(&stated).http(), Some(404), "{status}");
        assert_eq!(foreign(&arrives(status, r#"{"status":200}"#)).http(), None);
        assert_eq!(foreign(&arrives(status, r#"{"status":65940}"#)).http(), None);
        let known = arrives(status, send(PROBLEMS, &orders::ORDER_GONE.into()).2);
        assert_eq!(known.identity(), Identity::Known(orders::ORDER_GONE), "{status}");
    }
}

#[test]
fn a_status_that_a_hop_made_up_for_a_grpc_code_is_not_its_senders_word() {
    // RESOURCE_EXHAUSTED without a delay: it may be a quota or a size, which 429 does not say.
    let body = r#"{"domain":"d","reason":"TOO_BIG","grpc_status":8}"#;
    let error = arrives(429, body);
    assert_eq!(
        (foreign(&error).http(), foreign(&error).grpc()),
        (None, Some(Grpc::ResourceExhausted))
    );
    assert_eq!(error.code(), family::FOREIGN_EXHAUSTED);
    let sent = send(PROBLEMS, &error);
    assert_eq!(sent.0, 429, "something has to stand there");
    assert!(!sent.2.contains(r#""status""#), "{}", sent.2);
    assert_eq!(public(&read(PROBLEMS, &sent)), public(&error));
    for grpc in ["0", "17", "-1", "5.5", "\"5\"", "null"] {
        let body = format!(r#"{{"grpc_status":{grpc}}}"#);
        assert_eq!(foreign(&arrives(429, &body)).grpc(), None, "{grpc}");
        assert_eq!(foreign(&arrives(429, &body)).http(), Some(429), "{grpc}");
    }
}

#[test]
fn a_response_without_a_body_has_its_code_in_the_header() {
    for code in CODES.codes() {
        let (status, headers, _) = send(PROBLEMS, &code.into());
        let error = PROBLEMS.error(status, &headers, b"");
        assert_eq!((error.identity(), error.origin()), (Identity::Known(code), Origin::Remote));
        let stranger = STRANGER.error(status, &headers, b"");
        assert_eq!((stranger.domain(), stranger.name()), (code.domain(), code.name()));
    }
    let mut headers = json_headers();
    let table: [(&[u8], _); 12] = [
        (b"orders.acme.com/ORDER_LOST", ("orders.acme.com", "ORDER_LOST")),
        (b"a/b/C", ("a/b", "C")),
        (b"/C", ("", "C")),
        (b"C", ("", "")),
        (b"a/", ("", "")),
        (b"", ("", "")),
        (b"/", ("", "")),
        (b"a b/C", ("", "")),
        (b"a/C ", ("", "")),
        (b"a/\xff", ("", "")),
        (&[b'a'; 64], ("", "")),
        (&[b'/'; 100_000], ("", "")),
    ];
    for (header, expected) in table {
        headers.insert(ERROR_CODE, HeaderValue::from_bytes(header).unwrap());
        let error = PROBLEMS.error(StatusCode::NOT_FOUND, &headers, b"");
        assert_eq!((error.domain(), error.name()), expected);
    }
}

#[test]
fn a_name_too_long_is_no_code_and_is_not_cut_to_another() {
    let name = format!("ORDER_GONE{}", " ".repeat(60));
    let long = "A".repeat(64);
    for name in [&name, &long, "A B", "Ä", "A/B", "A\n", ""] {
        for key in ["domain", "reason"] {
            let mut body = json!({ "domain": "d", "reason": "NAME" });
            body[key] = json!(name);
            let error = arrives(404, body.to_string());
            let allowed = key == "domain" && (name == "A/B" || name.is_empty());
            assert_eq!(error.name() == "NAME", allowed, "{key} {name:?}");
            assert!(allowed || error.domain().is_empty(), "{key} {name:?}");
        }
    }
}

#[test]
fn the_body_names_the_code_where_the_header_names_another() {
    let mut sent = send(PROBLEMS, &orders::ORDER_GONE.into());
    sent.1.insert(ERROR_CODE, HeaderValue::from_static("orders.acme.com/ORDER_NOT_FOUND"));
    assert_eq!(read(PROBLEMS, &sent).identity(), Identity::Known(orders::ORDER_GONE));
}

#[test]
fn what_a_proxy_answers_is_foreign_and_nobody_knows_whether_the_call_was_executed() {
    let table = [
        (502, family::FOREIGN_UNAVAILABLE),
        (503, family::FOREIGN_UNAVAILABLE),
        (504, family::FOREIGN_TIMEOUT),
        (408, family::FOREIGN_TIMEOUT),
        (429, family::FOREIGN_THROTTLE),
        (499, family::FOREIGN_CANCEL),
        (404, family::FOREIGN_REFUSAL),
        (500, family::FOREIGN_FAILURE),
    ];
    let html = HeaderValue::from_static("text/html");
    let html: HeaderMap = [(http::header::CONTENT_TYPE, html)].into_iter().collect();
    for (status, code) in table {
        let status = StatusCode::from_u16(status).unwrap();
        for (headers, body) in [(&HeaderMap::new(), &b""[..]), (&html, b"<h1>oh no</h1>")] {
            let error = PROBLEMS.error(status, headers, body);
            assert_eq!((error.code(), error.origin()), (code, Origin::Remote), "{status}");
            assert_eq!(error.code().executed(), Executed::Unknown, "{status}");
            assert_eq!((error.name(), error.message(), error.args().count()), ("", None, 0));
        }
    }
}

#[test]
fn a_breaker_counts_what_a_backend_refused_and_not_what_we_did() {
    let ours = Error::from(Rejected::new(family::CIRCUIT_OPEN, "orders"));
    assert_eq!(ours.outcome(), Outcome::Neutral);
    assert_eq!(read(PROBLEMS, &send(PROBLEMS, &ours)).outcome(), Outcome::Failure);
}

#[test]
fn json_is_read_where_it_is_announced_and_nowhere_else() {
    let body = send(PROBLEMS, &orders::ORDER_GONE.into()).2;
    let table = [
        ("application/problem+json", true),
        ("application/problem+json; charset=utf-8", true),
        ("APPLICATION/Problem+JSON;charset=\"UTF-8\"", true),
        ("application/json", true),
        (" application/json ;q=1", true),
        ("application/vnd.acme.v2+json", true),
        ("application/problem+xml", false),
        ("text/plain", false),
        ("application/jsonp", false),
        ("text/html; x=+json", false),
        ("json", false),
        ("é+json", false),
        ("", false),
    ];
    for (line, is_read) in table {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_bytes(line.as_bytes()).unwrap());
        let error = PROBLEMS.error(StatusCode::GONE, &headers, body.as_bytes());
        assert_eq!(error.name() == "ORDER_GONE", is_read, "{line}");
    }
    assert_eq!(PROBLEMS.error(StatusCode::GONE, &HeaderMap::new(), body.as_bytes()).name(), "");
}

#[test]
fn members_of_a_wrong_type_are_as_good_as_none() {
    let good = json!({
        "type": "https://x.example/p", "title": "t", "status": 404, "detail": "d", "code": 7,
        "reason": "R", "domain": "d", "grpc_status": 5, "metadata": { "k": "v" },
        "retry_after_ms": 5, "instance": "/i",
    });
    let whole = arrives(404, good.to_string());
    assert_eq!((whole.message(), whole.arg("k")), (Some("d"), Some("v")));
    let wrong =
        [json!(null), json!(true), json!(-1), json!(1.5), json!([1, [2]]), json!({ "a": {} })];
    for member in good.as_object().unwrap().keys() {
        for wrong in &wrong {
            let mut body = good.clone();
            body[member] = wrong.clone();
            let mut without = good.clone();
            without.as_object_mut().unwrap().remove(member);
            let (error, without) =
                (arrives(404, body.to_string()), arrives(404, without.to_string()));
            assert_eq!(public(&error), public(&without), "{member}: {wrong}");
            assert_eq!(error.retry_after(), without.retry_after(), "{member}: {wrong}");
        }
    }
    let args =
        arrives(404, r#"{"metadata":{"a":"1","b":2,"c":["x"],"d":null,"e":{"f":"g"},"h":"2"}}"#);
    assert_eq!(args.args().collect::<Vec<_>>(), [("a", "1"), ("h", "2")]);
}

#[test]
fn a_foreign_problem_keeps_its_type_if_that_says_something_by_itself() {
    let table = [
        ("https://x.example/out-of-credit", true),
        ("tag:x.example,2021-09-17:OutOfLuck", true),
        ("urn:problem:x", true),
        ("about:blank", false),
        ("About:Blank", false),
        ("/out-of-credit", false),
        ("out-of-credit", false),
        ("../p:x", false),
        ("1a:b", false),
        (":", false),
        ("", false),
        ("https://x.example/a b", false),
        ("https://x.example/ü", false),
    ];
    for (uri, kept) in table {
        let body = json!({ "type": uri, "title": "t" }).to_string();
        let error = arrives(402, &body);
        assert_eq!(foreign(&error).type_url(), if kept { uri } else { "" }, "{uri}");
        let sent: Value = serde_json::from_str(&send(PROBLEMS, &error).2).unwrap();
        assert_eq!(sent["type"], if kept { uri } else { "about:blank" });
        assert_eq!((&sent["title"], &sent["status"]), (&json!("t"), &json!(402)));
    }
}

#[test]
fn members_that_nobody_here_knows_go_no_further() {
    let body = r#"{"title":"t","trace":"at Orders.java:7","instance":"/internal","x":{"y":[1]}}"#;
    let error = arrives(500, body);
    assert_eq!(send(PROBLEMS, &error).2, r#"{"type":"about:blank","title":"t","status":500}"#);
    assert!(!format!("{error:?}").contains("Orders.java"));
}

#[test]
fn a_body_cut_anywhere_is_no_body() {
    let error = Error::new(orders::ORDER_NOT_FOUND).with_arg("order_id", "é").with_message("m");
    let (status, headers, body) = send(PROBLEMS, &error);
    for end in 0..body.len() {
        let cut = arrives(404, &body.as_bytes()[..end]);
        assert_eq!((cut.name(), cut.message(), cut.args().count()), ("", None, 0), "{end}");
        let with_header = PROBLEMS.error(status, &headers, &body.as_bytes()[..end]);
        assert_eq!(with_header.identity(), Identity::Known(orders::ORDER_NOT_FOUND));
        assert_eq!((with_header.message(), with_header.args().count()), (None, 0), "{end}");
    }
    let with_mark = ["\u{feff}", &body].concat();
    assert_eq!(arrives(404, with_mark).name(), "ORDER_NOT_FOUND");
}

#[test]
fn a_body_made_to_hurt_is_a_foreign_error_and_costs_no_more_than_its_length() {
    let head = r#"{"domain":"d","reason":"NAME","#;
    let deep = |open: &str, close: &str| open.repeat(80_000) + &close.repeat(80_000);
    let many: String = (0..30_000).map(|i| format!(r#""k{i}":"v","#)).collect();
    // Whether the rest of the body is still read.
    let table = [
        ("nested, unknown", format!("{head}\"x\":{}}}", deep("[", "]")), true),
        ("nested, known", format!("{head}\"detail\":{}}}", deep("[", "]")), true),
        (
            "nested, metadata",
            format!("{head}\"metadata\":{}}}", deep("{\"a\":", "}").replacen("{\"a\":}", "{}", 1)),
            true,
        ),
        ("nested, open", format!("{head}\"x\":{}", "[".repeat(400_000)), false),
        ("nested, alone", "[".repeat(400_000), false),
        ("many keys", format!("{head}\"metadata\":{{{many}\"z\":\"v\"}}}}"), true),
        (
            "one key again",
            format!("{head}\"metadata\":{{{}\"z\":\"v\"}}}}", r#""k":"v","#.repeat(40_000)),
            true,
        ),
        ("long text", format!("{head}\"detail\":\"{}\"}}", "é".repeat(200_000)), true),
        ("escaped text", format!("{head}\"detail\":\"{}\"}}", "\\u00e9".repeat(80_000)), true),
        ("long key", format!("{head}\"{}\":1}}", "k".repeat(400_000)), true),
        ("digits, unknown", format!("{head}\"x\":{}}}", "9".repeat(400_000)), true),
        ("digits, known", format!("{head}\"code\":{}}}", "9".repeat(300)), true),
        ("digits, too many", format!("{head}\"code\":{}}}", "9".repeat(400_000)), false),
        ("exponent", format!("{head}\"code\":1e999999999}}"), false),
        ("not a number", format!("{head}\"code\":NaN}}"), false),
        ("infinity", format!("{head}\"code\":-Infinity}}"), false),
        ("half a surrogate", format!("{head}\"detail\":\"\\ud800\"}}"), false),
        ("trailing", format!("{head}\"x\":1}}{{}}"), false),
        ("too long", format!("{head}\"x\":\"{}\"}}", "x".repeat(MAX_BODY)), false),
        ("no object", "\"x\"".into(), false),
    ];
    for (what, body, is_read) in table {
        let mut error = None;
        let peak = peak_bytes(|| error = Some(arrives(503, &body)));
        let error = error.unwrap();
        assert_eq!(error.name() == "NAME", is_read, "{what}");
        assert_eq!(foreign(&error).http(), Some(503), "{what}");
        assert!(error.args().count() <= 64, "{what}");
        assert!(error.message().is_none_or(|text| text.len() <= 4096), "{what}");
        // The parser's scratch space doubles as it grows.
        assert!(peak <= 3 * body.len() as u64 + 65_536, "{what}: {peak} bytes for {}", body.len());
    }
    let mut latin = format!("{head}\"x\":\"").into_bytes();
    latin.extend(b"\xe9\"}");
    assert_eq!(arrives(503, latin).name(), "", "invalid UTF-8, also where it is skipped");
}

#[test]
fn of_two_members_with_one_name_the_last_counts() {
    let body = r#"{"domain":"d","reason":"A","reason":"B","detail":"x","detail":7,
        "metadata":{"z":"0"},"metadata":{"k":"1","l":"2","k":"3","l":4}}"#;
    let error = arrives(404, body);
    assert_eq!((error.name(), error.message()), ("B", None));
    assert_eq!(error.args().collect::<Vec<_>>(), [("k", "3")]);
}

#[test]
fn the_longest_problem_that_is_sent_is_read_on_the_other_side() {
    let worst = "\u{1}".repeat(1_000_000);
    let args: serde_json::Map<_, _> =
        (0..64).map(|i| (format!("{i:\u{1}<64}"), json!("\u{1}".repeat(1024)))).collect();
    let body = json!({
        "domain": "d".repeat(63), "reason": "N".repeat(63), "code": u32::MAX, "grpc_status": 16,
        "title": &worst[..4096], "detail": &worst[..4096], "metadata": args,
        "type": format!("x:{}", "y".repeat(1022)), "retry_after_ms": u64::MAX,
    });
    let sent = send(STRANGER, &arrives(404, body.to_string()));
    assert!(sent.2.len() > 400_000 && sent.2.len() <= MAX_BODY, "{}", sent.2.len());
    assert_eq!(send(STRANGER, &read(STRANGER, &sent)), sent);

    let local =
        Error::new(orders::ORDER_NOT_FOUND).with_arg("order_id", &worst).with_message(&*worst);
    let back = read(PROBLEMS, &send(PROBLEMS, &local));
    assert_eq!(back.code(), orders::ORDER_NOT_FOUND);
    assert_eq!(back.arg("order_id").map(str::len), Some(1024));
    assert_eq!(back.message().map(str::len), Some(4096));
}

fn hostile() -> impl Strategy<Value = String> {
    const PIECES: &[&str] =
        &["\r\n", "\"", "\\", "\0", "é", "😀", "\u{202e}", "</script>", "{number}", "%0d"];
    let piece = prop_oneof![
        prop::sample::select(PIECES).prop_map(String::from),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn any_code() -> impl Strategy<Value = Code> {
    prop::sample::select(CODES.codes().collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn every_code_comes_back_with_all_that_is_public(
        code in any_code(),
        values in prop::collection::vec(hostile(), 2),
        message in prop::option::of(hostile()),
        millis in prop::option::of(0..10_000_000_u64),
    ) {
        let mut error = Error::new(code);
        for (key, value) in code.keys().iter().zip(&values) {
            error = error.with_arg(key, value);
        }
        error = message.into_iter().fold(error, Error::with_message);
        error = millis.into_iter().fold(error, |error, millis| {
            error.with_retry_after(Duration::from_millis(millis))
        });
        let back = read(PROBLEMS, &send(PROBLEMS, &error));
        prop_assert_eq!(public(&back), public(&error));
        prop_assert_eq!(back.retry_after(), error.retry_after());
        prop_assert_eq!(back.origin(), Origin::Remote);
    }

    #[test]
    fn nothing_leaves_but_what_is_public(
        code in any_code(),
        texts in prop::collection::vec(hostile(), 4),
        big in prop::bool::weighted(0.05),
    ) {
        let secret = |i: usize| {
            format!("Hidden{}{}", texts[i], if big { "x".repeat(1_000_000) } else { String::new() })
        };
        let open = format!("open{}", texts[0]);
        let mut error = Error::new(code)
            .with_arg("undeclared", secret(1))
            .with_arg("Undeclared\r\nx: y", secret(2))
            .with_source(std::io::Error::other(secret(3)))
            .with_message(&*open);
        if let Some(key) = code.keys().first() {
            error = error.with_arg(key, &open);
        }
        let (status, headers, body) = send(PROBLEMS, &error);
        prop_assert_eq!(status.as_u16(), code.http());
        for (name, value) in &headers {
            let value = value.to_str().unwrap();
            prop_assert!(value.bytes().all(|byte| byte.is_ascii_graphic()), "{name}: {value:?}");
            prop_assert!(!value.contains("Hidden") && !value.contains("open"), "{name}: {value}");
        }
        for word in ["Hidden", "ndeclared", "Custom", "Inner", "Some("] {
            prop_assert!(!body.contains(word), "{word} in {body}");
        }
        let sent: Value = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(&sent["detail"], &json!(open));
        let declared = code.keys().first().map(|key| json!({ *key: open })).unwrap_or_default();
        prop_assert_eq!(&sent["metadata"], &declared);
    }

    #[test]
    fn any_bytes_under_any_headers_are_an_error_that_can_be_sent_on(
        status in 100..=999_u16,
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            mutated(),
        ],
        values in prop::collection::vec(prop::collection::vec(0x20..=0xff_u8, 0..40), 5),
        json in prop::bool::weighted(0.8),
    ) {
        let mut headers = if json { json_headers() } else { HeaderMap::new() };
        let names = ["content-type", ERROR_CODE, "retry-after", "date", "retry-after"];
        for (name, value) in names.into_iter().zip(values) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(name, value);
            }
        }
        let error = PROBLEMS.error(StatusCode::from_u16(status).unwrap(), &headers, &body);
        prop_assert_eq!(error.origin(), Origin::Remote);
        let sent = send(PROBLEMS, &error);
        prop_assert!((400..=599).contains(&sent.0.as_u16()));
        prop_assert!(serde_json::from_str::<Value>(&sent.2).is_ok());
        // From here on nothing changes any more.
        let again = send(PROBLEMS, &read(PROBLEMS, &sent));
        prop_assert_eq!(again, sent);
    }
}

/// A real problem with a few bytes changed, so that the parser gets far.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (any_code(), hostile(), bytes).prop_map(|(code, text, changes)| {
        let mut error =
            Error::new(code).with_message(&*text).with_retry_after(Duration::from_secs(5));
        for key in code.keys() {
            error = error.with_arg(key, &text);
        }
        let mut body = send(PROBLEMS, &error).2.into_bytes();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        body
    })
}
