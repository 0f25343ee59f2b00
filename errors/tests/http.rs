//! Errors as problems and back: what is sent, and what comes of it.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "support/door.rs"]
#[allow(unreachable_pub, reason = "the same file is a crate in the compile tests")]
#[allow(dead_code, reason = "a part is enough here")]
mod door;
#[path = "support/problems.rs"]
mod problems;

use std::convert::Infallible;
use std::time::Duration;

use door::{Door, DoorLayer};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use problems::{
    CODES, PROBLEMS, STRANGER, arrives, foreign, json_headers, orders, public, read, send,
};
use seawall_errors::http::{AsProblem, ERROR_CODE, Problems};
use seawall_errors::{
    Coded, Error, Executed, Grpc, Identity, Origin, Outcome, Rejected, RetryClass, family,
};
use seawall_kit::extremes;
use serde_json::{Value, json};
use tower::{ServiceBuilder, ServiceExt, service_fn};

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
        .layer(DoorLayer::new(Door::new("outer", 1)).with_answer(PROBLEMS))
        .layer(DoorLayer::new(full).with_answer(AsProblem))
        .service(service_fn(async |()| Ok::<_, Infallible>(Response::new(String::new()))));
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
fn never_is_said_of_one_error_and_heard_over_two_hops() {
    for code in CODES.codes() {
        let first = send(PROBLEMS, &Error::new(code).without_retry());
        let middle = read(STRANGER, &first);
        assert_eq!(middle.retry(), RetryClass::Never, "{code}");
        let second = send(STRANGER, &middle);
        assert!(second.2.contains(r#""retry":"never""#), "{code}");
        assert_eq!(read(PROBLEMS, &second).retry(), RetryClass::Never, "{code}");
        let without = send(PROBLEMS, &code.into());
        assert!(!without.2.contains(r#""retry""#), "{code}");
        assert_eq!(read(PROBLEMS, &without).retry(), code.retry());
    }
    let error = arrives(503, r#"{"retry":"always"}"#);
    assert_eq!(error.retry(), family::FOREIGN_UNAVAILABLE.retry());
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
        ("ORDER_LOST", json!(4_294_967_295_u64), Err(Some(u32::MAX))),
        ("ORDER_LOST", json!(1), Err(Some(1))),
        ("ORDER_LOST", json!(0), Err(None)),
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
    let body = r#"{"domain":"d","reason":"TOO_BIG","grpc_status":8,"made_up":"status"}"#;
    let error = arrives(429, body);
    assert_eq!(
        (foreign(&error).http(), foreign(&error).grpc()),
        (None, Some(Grpc::ResourceExhausted))
    );
    assert_eq!(error.code(), family::FOREIGN_EXHAUSTED);
    let sent = send(PROBLEMS, &error);
    assert_eq!(sent.0, 429, "something has to stand there");
    assert!(!sent.2.contains(r#""status":"#), "{}", sent.2);
    assert!(sent.2.contains(r#""made_up":"status""#), "{}", sent.2);
    assert_eq!(public(&read(PROBLEMS, &sent)), public(&error));
    for grpc in ["0", "17", "-1", "5.5", "\"5\"", "null"] {
        let body = format!(r#"{{"grpc_status":{grpc}}}"#);
        assert_eq!(foreign(&arrives(429, &body)).grpc(), None, "{grpc}");
        assert_eq!(foreign(&arrives(429, &body)).http(), Some(429), "{grpc}");
    }
}

#[test]
fn no_body_talks_away_a_status_line_that_says_more_than_its_grpc_status() {
    let table = [
        (503, r#"{"reason":"X_Y","grpc_status":3}"#, family::FOREIGN_UNAVAILABLE, Outcome::Failure),
        (
            503,
            r#"{"reason":"X_Y","grpc_status":3,"made_up":"status"}"#,
            family::FOREIGN_UNAVAILABLE,
            Outcome::Failure,
        ),
        (
            503,
            r#"{"reason":"X_Y","grpc_status":3,"status":400}"#,
            family::FOREIGN_UNAVAILABLE,
            Outcome::Failure,
        ),
        (429, r#"{"reason":"X_Y","grpc_status":8}"#, family::FOREIGN_THROTTLE, Outcome::Neutral),
        (
            504,
            r#"{"reason":"X_Y","grpc_status":5,"made_up":"status"}"#,
            family::FOREIGN_TIMEOUT,
            Outcome::Failure,
        ),
        // Ours would not have chosen this one.
        (
            404,
            r#"{"reason":"X_Y","grpc_status":3,"made_up":"status"}"#,
            family::FOREIGN_REFUSAL,
            Outcome::Success,
        ),
    ];
    for (status, body, code, outcome) in table {
        let error = arrives(status, body);
        assert_eq!((error.code(), error.outcome()), (code, outcome), "{status} {body}");
        assert_eq!(foreign(&error).http(), Some(status), "{status} {body}");
        let again = read(PROBLEMS, &send(PROBLEMS, &error));
        assert_eq!(public(&again), public(&error), "{status} {body}");
    }
}

#[test]
fn the_edges_of_what_a_status_says_are_where_they_are_said_to_be() {
    let table = [
        (400, family::FOREIGN_REFUSAL),
        (498, family::FOREIGN_REFUSAL),
        (499, family::FOREIGN_CANCEL),
        (500, family::FOREIGN_FAILURE),
        (501, family::FOREIGN_FAILURE),
        (505, family::FOREIGN_FAILURE),
    ];
    for (status, code) in table {
        assert_eq!(arrives(status, "{}").code(), code, "{status}");
    }
}

#[test]
fn an_empty_message_is_none() {
    let sent = send(PROBLEMS, &Error::new(orders::ORDER_GONE).with_message(""));
    assert!(!sent.2.contains("detail"), "{}", sent.2);
    assert_eq!(arrives(404, r#"{"detail":""}"#).message(), None);
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
        (&[b'/'; 10_000], ("", "")),
    ];
    for (header, expected) in table {
        headers.insert(ERROR_CODE, HeaderValue::from_bytes(header).unwrap());
        let error = PROBLEMS.error(StatusCode::NOT_FOUND, &headers, b"");
        assert_eq!((error.domain(), error.name()), expected);
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
