//! HTTP and gRPC in turn: neither view of a code is ever made of the other.
#![cfg(all(feature = "http", feature = "tonic"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "support/problems.rs"]
mod problems;

use std::time::Duration;

use problems::{CODES, PROBLEMS, arrives, foreign, read, send};
use seawall_errors::http::Problems;
use seawall_errors::{Coded, Error, Grpc, Identity, RetryClass, family, grpc};

// A service that lists no codes: over gRPC it knows our own family all the same.
seawall_errors::registry! { static NONE = []; }
const STRANGER: Problems = Problems::new(&NONE);

/// One hop over gRPC to a service that knows nothing.
fn over_grpc(error: &Error) -> Error {
    let mut headers = http::HeaderMap::new();
    grpc::status(error).add_header(&mut headers).unwrap();
    grpc::error(&NONE, &tonic::Status::from_header_map(&headers).unwrap())
}

/// One hop over HTTP to a service that knows nothing.
fn over_http(error: &Error) -> Error {
    read(STRANGER, &send(STRANGER, error))
}

#[test]
fn every_code_survives_both_wires_in_any_order_with_both_statuses_as_stated() {
    let hops: [fn(&Error) -> Error; 2] = [over_grpc, over_http];
    for code in problems::orders::CODES.codes() {
        let error = Error::new(code)
            .with_message("seven of \"nine\"")
            .with_retry_after(Duration::from_millis(250))
            .without_retry();
        let error = code.keys().iter().fold(error, |error, key| error.with_arg(key, "7"));
        for route in 0..8_usize {
            let mut middle = hops[route & 1](&error);
            for hop in [route >> 1 & 1, route >> 2 & 1] {
                middle = hops[hop](&middle);
            }
            let stated = foreign(&middle);
            assert_eq!(stated.http(), Some(code.http()), "{code}, route {route:03b}");
            assert_eq!(stated.grpc(), Some(code.grpc()), "{code}, route {route:03b}");
            assert_eq!(stated.number(), Some(code.number()), "{code}, route {route:03b}");
            let back = read(PROBLEMS, &send(STRANGER, &middle));
            assert_eq!(back.identity(), Identity::Known(code));
            assert_eq!(back.message(), error.message());
            assert_eq!(back.retry_after(), error.retry_after(), "{code}, route {route:03b}");
            assert_eq!(back.retry(), RetryClass::Never);
            let mut args: Vec<_> = back.args().collect();
            args.sort_by_key(|(key, _)| code.keys().iter().position(|known| known == key));
            assert!(args.into_iter().eq(error.args()), "{code}, route {route:03b}");
        }
    }
}

#[test]
fn a_grpc_code_that_came_without_an_http_status_has_none_after_a_hop_over_http() {
    for code in 1..=16 {
        let status = tonic::Status::new(tonic::Code::from(code), "no details");
        let error = grpc::error(&NONE, &status);
        let expected = (None, foreign(&error).grpc().map(Grpc::number), error.code());
        let there = over_http(&error);
        let back = over_grpc(&over_http(&there));
        for error in [&there, &back] {
            let stated = (foreign(error).http(), foreign(error).grpc().map(Grpc::number));
            assert_eq!((stated.0, stated.1, error.code()), expected, "{code}");
            assert_eq!(error.message(), Some("no details"));
        }
    }
}

#[test]
fn an_http_status_without_a_code_keeps_its_class_over_grpc() {
    for status in 400..=599 {
        let error = arrives(status, "{}");
        let back = over_http(&over_grpc(&error));
        assert_eq!(back.code(), error.code(), "{status}");
        assert_eq!(foreign(&back).http(), Some(status));
    }
    assert_eq!(over_grpc(&arrives(429, "{}")).code(), family::FOREIGN_THROTTLE);
}

/// What is to be the same after any number of hops.
fn said(error: &Error) -> impl PartialEq + std::fmt::Debug + use<> {
    let args: Vec<_> =
        error.args().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    (foreign(error).clone(), args, error.message().map(str::to_owned), error.retry_after())
}

#[test]
fn a_foreign_error_stays_itself_over_both_wires_in_any_order() {
    let hops: [fn(&Error) -> Error; 2] = [over_grpc, over_http];
    let with_code = r#""reason":"X_Y","domain":"d.com","code":4011"#;
    let bodies = [
        format!(r#"{{{with_code},"type":"https://d.com/e","title":"Title T"}}"#),
        format!(r#"{{{with_code},"type":"https://d.com/e","title":"Title T","detail":"D"}}"#),
        format!(r#"{{{with_code},"title":"Same","detail":"Same"}}"#),
        format!(r#"{{{with_code},"detail":"D","retry_after_ms":7,"metadata":{{"a":"1"}}}}"#),
        format!("{{{with_code}}}"),
        r#"{"type":"https://d.com/e","title":"Title T","grpc_status":8}"#.to_owned(),
        r#"{"title":"T","grpc_status":5,"made_up":"status"}"#.to_owned(),
        r#"{"type":"urn:x","title":"T"}"#.to_owned(),
    ];
    for body in &bodies {
        for status in [404, 429, 499, 503, 599, 200] {
            let first = arrives(status, body);
            for route in 0..8_usize {
                let mut error = hops[route & 1](&first);
                for hop in [route >> 1 & 1, route >> 2 & 1] {
                    error = hops[hop](&error);
                }
                assert_eq!(error.code(), first.code(), "{status} {body}, route {route:03b}");
                assert_eq!(said(&error), said(&first), "{status} {body}, route {route:03b}");
            }
        }
    }
}

#[test]
fn a_title_is_no_message_after_a_hop_that_does_not_know_the_code() {
    for code in CODES.codes() {
        let middle = over_grpc(&Error::new(code));
        for middle in [over_http(&middle), over_grpc(&middle), middle] {
            let back = read(PROBLEMS, &send(STRANGER, &middle));
            assert_eq!((back.identity(), back.message()), (Identity::Known(code), None));
            let mut headers = http::HeaderMap::new();
            grpc::status(&middle).add_header(&mut headers).unwrap();
            let back = grpc::error(&CODES, &tonic::Status::from_header_map(&headers).unwrap());
            assert_eq!((back.identity(), back.message()), (Identity::Known(code), None));
        }
    }
}

#[test]
fn texts_that_have_no_room_in_a_trailer_cost_no_argument() {
    let (title, value) = ("T".repeat(4096), "v".repeat(1024));
    let body = format!(
        r#"{{"reason":"X_Y","domain":"d.com","title":"{title}","detail":"D","metadata":{{"a":"{value}"}}}}"#
    );
    let error = over_grpc(&arrives(404, &body));
    assert_eq!((foreign(&error).name(), foreign(&error).title()), ("X_Y", ""));
    assert_eq!((error.message(), error.arg("a")), (Some("D"), Some(&*value)));
}
