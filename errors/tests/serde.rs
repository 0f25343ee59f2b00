//! Codes and errors in a format for people and in one for machines.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use std::io;
use std::time::Duration;

use proptest::prelude::*;
use seawall_errors::{
    Code, Coded, Error, FAMILY, Grpc, Identity, Origin, Rejected, RetryClass, family,
};
use seawall_kit::alloc::peak_bytes;
use serde::de::DeserializeSeed;

seawall_errors::codes! {
    domain "orders.acme.com" = 210 as ORDERS;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.http(410).keys(&["order_id", "region"]);
    /// A name as long as one may be.
    ABCDEFGHIJKLMNOPQRSTUVWXYZ_ABCDEFGHIJKLMNOPQRSTUVWXYZ_ABCDEFGHI = 9 => Overloaded;
}
use ABCDEFGHIJKLMNOPQRSTUVWXYZ_ABCDEFGHIJKLMNOPQRSTUVWXYZ_ABCDEFGHI as LONGEST_NAME;
const LONGEST: Duration = Duration::from_secs(i32::MAX as u64);

seawall_errors::registry! { static CODES = [FAMILY, ORDERS]; }
// Knows none of the orders.
seawall_errors::registry! { static MIDDLE = [FAMILY]; }

fn read(registry: &seawall_errors::Registry, json: &str) -> serde_json::Result<Error> {
    registry.error_seed().deserialize(&mut serde_json::Deserializer::from_str(json))
}

fn read_code(json: &str) -> serde_json::Result<Code> {
    CODES.code_seed().deserialize(&mut serde_json::Deserializer::from_str(json))
}

fn full() -> Error {
    Error::new(ORDER_NOT_FOUND)
        .with_arg("order_id", "7\n\u{1f980}")
        .with_arg("shard", "secret")
        .with_message("größer")
        .with_retry_after(Duration::from_millis(250))
        .without_retry()
        .with_source(io::Error::other("secret"))
}

fn said(error: &Error) -> impl PartialEq + std::fmt::Debug + use<> {
    let args: Vec<_> =
        error.public_args().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let name = format!("{}/{}", error.domain(), error.name());
    (name, args, error.public_message().to_owned(), error.retry_after(), error.retry())
}

#[test]
fn an_error_is_written_with_what_is_public_and_comes_back_the_same() {
    let json = serde_json::to_string(&full()).unwrap();
    assert_eq!(
        json,
        concat!(
            r#"{"title":"No order has this id.","status":410,"detail":"größer","code":210001,"#,
            r#""reason":"ORDER_NOT_FOUND","domain":"orders.acme.com","grpc_status":5,"#,
            r#""metadata":{"order_id":"7\n🦀"},"retry_after_ms":250,"retry":"never"}"#
        )
    );
    let back = read(&CODES, &json).unwrap();
    assert_eq!(back.identity(), Identity::Known(ORDER_NOT_FOUND));
    assert_eq!((back.origin(), back.retry()), (Origin::Remote, RetryClass::Never));
    assert_eq!(said(&back), said(&full()));
    assert_eq!(back.args().count(), 1);
}

#[test]
fn what_is_not_known_is_foreign_and_is_written_as_it_came() {
    let json = serde_json::to_string(&full()).unwrap();
    let middle = read(&MIDDLE, &json).unwrap();
    let Identity::Foreign(foreign) = middle.identity() else { panic!("{middle:?}") };
    assert_eq!((foreign.number(), foreign.http()), (Some(210_001), Some(410)));
    assert_eq!((foreign.grpc(), middle.code()), (Some(Grpc::NotFound), family::FOREIGN_REFUSAL));
    assert_eq!(serde_json::to_string(&middle).unwrap(), json);
    assert_eq!(serde_json::to_string(&read(&MIDDLE, "{}").unwrap()).unwrap(), "{}");
}

#[test]
fn a_format_for_machines_carries_the_same() {
    for error in [full(), Error::new(family::UNKNOWN), read(&MIDDLE, "{}").unwrap()] {
        let bytes = postcard::to_stdvec(&error).unwrap();
        let mut from = postcard::Deserializer::from_bytes(&bytes);
        let back = CODES.error_seed().deserialize(&mut from).unwrap();
        assert_eq!((said(&back), back.code()), (said(&error), error.code()));
        assert!(from.finalize().unwrap().is_empty(), "all of it was read");
    }
    let bytes = postcard::to_stdvec(&ORDER_NOT_FOUND).unwrap();
    let mut from = postcard::Deserializer::from_bytes(&bytes);
    assert_eq!(CODES.code_seed().deserialize(&mut from), Ok(ORDER_NOT_FOUND));
}

#[test]
fn a_code_is_written_by_name_and_read_by_name_or_number() {
    for code in CODES.codes() {
        let json = serde_json::to_string(&code).unwrap();
        assert_eq!(json, format!("\"{}/{}\"", code.domain(), code.name()));
        assert_eq!(read_code(&json).unwrap(), code);
        assert_eq!(read_code(&code.number().to_string()).unwrap(), code);
    }
}

#[test]
fn a_code_that_there_is_not_is_an_error_that_says_so() {
    let table = [
        ("210002", "no error code has the number 210002"),
        ("18446744073709551615", "no error code has the number 18446744073709551615"),
        (r#""orders.acme.com""#, r#"no error code is called "orders.acme.com""#),
        (r#""a/B""#, r#"no error code is called "a/B""#),
        ("-1", "expected an error code as `domain/NAME`, or its number"),
        ("null", "expected an error code as `domain/NAME`, or its number"),
    ];
    for (json, expected) in table {
        let message = read_code(json).unwrap_err().to_string();
        assert!(message.contains(expected), "{json}: {message}");
    }
    let long = format!("\"{}\"", "x".repeat(10_000));
    assert!(read_code(&long).unwrap_err().to_string().len() < 300);
}

#[test]
fn a_refusal_is_written_as_the_error_that_it_is_elsewhere() {
    let refused = Rejected::new(family::RATE_LIMITED, "inner-name")
        .with_retry_after(Duration::from_micros(1))
        .with_numbers(&[10, 0]);
    let json = serde_json::to_string(&refused).unwrap();
    assert!(!json.contains("inner-name"), "{json}");
    let back = read(&CODES, &json).unwrap();
    assert_eq!((back.code(), back.arg("limit")), (family::RATE_LIMITED, Some("10")));
    assert_eq!(back.retry_after(), Some(Duration::from_millis(1)), "rounded up");
    assert_eq!(back.rejected(), None, "it is no refusal of this process");
}

#[test]
fn delays_at_the_ends_survive() {
    for delay in seawall_kit::extremes::DURATION {
        let error = Error::new(family::RATE_LIMITED).with_retry_after(*delay);
        let back = read(&CODES, &serde_json::to_string(&error).unwrap()).unwrap();
        let back = back.retry_after().unwrap();
        assert!(back >= (*delay).min(LONGEST) && back <= LONGEST, "{delay:?}: {back:?}");
        assert!(back.saturating_sub(*delay) < Duration::from_millis(1), "{delay:?}: {back:?}");
    }
    let longest = Error::new(family::RATE_LIMITED).with_retry_after(Duration::MAX);
    let json = serde_json::to_string(&longest).unwrap();
    assert!(json.contains(r#""retry_after_ms":2147483647000}"#), "{json}");
    let back = read(&CODES, r#"{"retry_after_ms":18446744073709551615}"#).unwrap();
    assert_eq!(back.retry_after(), Some(LONGEST), "a clock to which this is added does not panic");
}

#[test]
fn what_is_too_long_is_not_cut_to_a_code_or_a_key_that_is_known() {
    let (name, key) = (LONGEST_NAME.name(), "k".repeat(64));
    assert_eq!(name.len(), 63);
    let read = |domain: &str, name: &str, key: &str| {
        let json =
            format!(r#"{{"reason":"{name}","domain":"{domain}","metadata":{{"{key}":"v"}}}}"#);
        let middle = serde_json::to_string(&read(&MIDDLE, &json).unwrap()).unwrap();
        read(&CODES, &middle).unwrap()
    };
    let exact = read("orders.acme.com", name, &key);
    assert_eq!((exact.code(), exact.args().next()), (LONGEST_NAME, Some((&*key, "v"))));
    let longer = read("orders.acme.com", &format!("{name}X"), &format!("{key}k"));
    assert_eq!((longer.domain(), longer.name(), longer.args().next()), ("", "", None));
    let domain = read(&"d".repeat(64), name, "");
    assert_eq!((domain.domain(), domain.name(), domain.args().next()), ("", "", None));
}

#[test]
fn a_foreign_type_and_any_number_are_passed_on() {
    let json = r#"{"title":"T","status":404,"code":4011,"reason":"X_Y","domain":"d.com","type":"https://d.com/e"}"#;
    let error = read(&CODES, json).unwrap();
    assert_eq!(serde_json::to_string(&error).unwrap(), json);
    let bytes = postcard::to_stdvec(&error).unwrap();
    let back = CODES.error_seed().deserialize(&mut postcard::Deserializer::from_bytes(&bytes));
    assert_eq!(back.unwrap().identity(), error.identity());
    for (number, read_as) in [(1, Some(1)), (u64::from(u32::MAX), Some(u32::MAX)), (1 << 32, None)]
    {
        let error = read(&CODES, &format!(r#"{{"code":{number}}}"#)).unwrap();
        let Identity::Foreign(foreign) = error.identity() else { panic!("{error:?}") };
        assert_eq!(foreign.number(), read_as);
    }
    let long = format!("https://d.com/{}", "x".repeat(1024));
    for uri in ["/e", "about:blank", &long] {
        let error = read(&CODES, &format!(r#"{{"type":"{uri}"}}"#)).unwrap();
        assert_eq!(serde_json::to_string(&error).unwrap(), "{}", "{uri}");
    }
}

#[test]
fn a_status_that_is_no_error_of_http_is_not_believed() {
    for (sent, expected) in
        [(399, None), (400, Some(400)), (599, Some(599)), (600, None), (699, None), (65940, None)]
    {
        let error = read(&CODES, &format!(r#"{{"status":{sent}}}"#)).unwrap();
        let Identity::Foreign(foreign) = error.identity() else { panic!("{error:?}") };
        assert_eq!(foreign.http(), expected, "{sent}");
    }
}

#[test]
fn an_empty_message_is_none() {
    let json = serde_json::to_string(&Error::new(ORDER_NOT_FOUND).with_message("")).unwrap();
    assert!(!json.contains("detail"), "{json}");
    assert_eq!(read(&CODES, r#"{"detail":""}"#).unwrap().message(), None);
}

#[test]
fn members_that_mean_nothing_are_skipped_and_values_that_cannot_be_are_not_believed() {
    let json = r#"{"status":200,"grpc_status":0,"code":0,"retry":"later","title":null,
        "trace":[{"a":[1,2,{}]}],"reason":"LOST","domain":"a.b","metadata":null}"#;
    let error = read(&CODES, json).unwrap();
    let Identity::Foreign(foreign) = error.identity() else { panic!("{error:?}") };
    assert_eq!((foreign.http(), foreign.grpc(), foreign.number()), (None, None, None));
    assert_eq!(foreign.title(), "");
    let later = read(&CODES, r#"{"status":503,"retry":"later"}"#).unwrap();
    assert_eq!(later.retry(), RetryClass::Backoff);
}

#[test]
fn a_member_of_a_wrong_type_is_the_formats_error() {
    for (json, expected) in [
        ("7", "expected an error with its code"),
        ("[]", ""),
        (r#"{"status":"404"}"#, "expected a whole number"),
        (r#"{"status":-1}"#, "expected a whole number"),
        (r#"{"reason":7}"#, "expected a text"),
        (r#"{"metadata":{"a":7}}"#, "expected a text"),
        (r#"{"metadata":"a"}"#, "expected texts by their keys"),
    ] {
        match read(&CODES, json) {
            Ok(error) => assert_eq!((json, error.name()), ("[]", ""), "as old as can be"),
            Err(error) => assert!(error.to_string().contains(expected), "{json}: {error}"),
        }
    }
}

#[test]
fn what_is_read_is_kept_within_bounds() {
    let long = "x".repeat(100_000);
    let metadata: Vec<_> = (0..1000).map(|i| format!("\"{i}{long}\":\"{long}\"")).collect();
    let json = format!(
        r#"{{"reason":"{long}","domain":"{long}","detail":"{long}","metadata":{{{}}}}}"#,
        metadata.join(",")
    );
    let mut error = None;
    let peak = peak_bytes(|| error = Some(read(&CODES, &json).unwrap()));
    let error = error.unwrap();
    assert!(peak < 200_000, "{peak} bytes for {}", json.len());
    assert_eq!((error.name(), error.domain()), ("", ""), "neither is cut to another");
    assert_eq!((error.message().unwrap().len(), error.args().count()), (4096, 0));
    let metadata: Vec<_> = (0..1000).map(|i| format!("\"{i:0>64}\":\"{long}\"")).collect();
    let error = read(&CODES, &format!(r#"{{"metadata":{{{}}}}}"#, metadata.join(","))).unwrap();
    assert_eq!(error.args().count(), 64);
    assert!(error.args().all(|(key, value)| key.len() == 64 && value.len() == 1024));
}

proptest! {
    #[test]
    fn every_code_comes_back_whatever_is_written_with_it(
        at in 0..CODES.len(),
        message in proptest::option::of(".{1,40}"),
        values in proptest::collection::vec(".{0,40}", 2),
        millis in proptest::option::of(0..=i32::MAX as u64 * 1000),
        never: bool,
    ) {
        let code = CODES.codes().nth(at).unwrap();
        let mut error = Error::new(code).with_arg("undeclared", "secret").with_source("secret");
        for (key, value) in code.keys().iter().zip(&values) {
            error = error.with_arg(key, value);
        }
        if let Some(message) = message {
            error = error.with_message(message);
        }
        if let Some(millis) = millis {
            error = error.with_retry_after(Duration::from_millis(millis));
        }
        if never {
            error = error.without_retry();
        }
        let json = serde_json::to_string(&error).unwrap();
        prop_assert!(!json.contains("secret") && !json.contains("undeclared"));
        for registry in [&CODES, &MIDDLE] {
            let back = read(registry, &json).unwrap();
            prop_assert_eq!(said(&read(&CODES, &serde_json::to_string(&back).unwrap()).unwrap()), said(&error));
        }
        let bytes = postcard::to_stdvec(&error).unwrap();
        let back = CODES.error_seed().deserialize(&mut postcard::Deserializer::from_bytes(&bytes)).unwrap();
        prop_assert_eq!(said(&back), said(&error));
    }

    #[test]
    fn no_text_and_no_bytes_do_harm(text in ".*", bytes in proptest::collection::vec(prop::num::u8::ANY, 0..200)) {
        let _ = read(&CODES, &text);
        let _ = read_code(&text);
        let _ = CODES.error_seed().deserialize(&mut postcard::Deserializer::from_bytes(&bytes));
        let _ = CODES.code_seed().deserialize(&mut postcard::Deserializer::from_bytes(&bytes));
    }
}
