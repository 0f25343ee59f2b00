//! HTTP and gRPC in turn: neither view of a code is ever made of the other.
#![cfg(all(feature = "http", feature = "tonic"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "support/problems.rs"]
mod problems;

use std::time::Duration;

use problems::{CODES, PROBLEMS, arrives, foreign, read, send};
use seawall_errors::http::Problems;
use seawall_errors::{Coded, Error, Grpc, Identity, RetryClass, family, grpc};

// A service that knows not even our own family.
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
    for code in CODES.codes() {
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
