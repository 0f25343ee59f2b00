//! Problems made to hurt, and texts that try to get out or in.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "support/problems.rs"]
mod problems;

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};
use problems::{
    CODES, PROBLEMS, STRANGER, arrives, foreign, json_headers, orders, public, read, send,
};
use proptest::prelude::*;
use seawall_errors::http::{ERROR_CODE, MAX_BODY};
use seawall_errors::{Code, Coded, Error, Identity, Origin, RetryClass};
use seawall_kit::alloc::peak_bytes;
use serde_json::{Value, json};

mod wide {
    #[rustfmt::skip]
    pub(crate) const KEYS: [&str; 65] = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12", "k13", "k14", "k15", "k16", "k17", "k18", "k19", "k20", "k21", "k22", "k23", "k24", "k25", "k26", "k27", "k28", "k29", "k30", "k31", "k32", "k33", "k34", "k35", "k36", "k37", "k38", "k39", "k40", "k41", "k42", "k43", "k44", "k45", "k46", "k47", "k48", "k49", "k50", "k51", "k52", "k53", "k54", "k55", "k56", "k57", "k58", "k59", "k60", "k61", "k62", "k63", "k64"];
    seawall_errors::codes! {
        pub domain "wide.com" = 212;
        /// More keys than are sent.
        WIDE = 1 => NotFound.keys(&KEYS);
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
fn members_of_a_wrong_type_are_as_good_as_none() {
    let good = json!({
        "type": "https://x.example/p", "title": "t", "status": 404, "detail": "d", "code": 7,
        "reason": "R", "domain": "d", "grpc_status": 5, "metadata": { "k": "v" },
        "retry_after_ms": 5, "retry": "never", "instance": "/i",
    });
    let whole = arrives(503, good.to_string());
    assert_eq!(whole.retry(), RetryClass::Never);
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
                (arrives(503, body.to_string()), arrives(503, without.to_string()));
            assert_eq!(public(&error), public(&without), "{member}: {wrong}");
            assert_eq!(error.retry_after(), without.retry_after(), "{member}: {wrong}");
            assert_eq!(error.retry(), without.retry(), "{member}: {wrong}");
        }
    }
    let args =
        arrives(404, r#"{"metadata":{"a":"1","b":2,"c":["x"],"d":null,"e":{"f":"g"},"h":"2"}}"#);
    assert_eq!(args.args().collect::<Vec<_>>(), [("a", "1"), ("h", "2")]);
}

#[test]
fn members_that_nobody_here_knows_go_no_further() {
    let body = r#"{"title":"t","trace":"at Orders.java:7","instance":"/internal","x":{"y":[1]}}"#;
    let error = arrives(500, body);
    assert_eq!(send(PROBLEMS, &error).2, r#"{"type":"about:blank","title":"t","status":500}"#);
    assert!(!format!("{error:?}").contains("Orders.java"));
}

#[test]
fn arguments_that_the_code_does_not_declare_go_no_further() {
    let error = arrives(
        404,
        r#"{"domain":"orders.acme.com","reason":"ORDER_NOT_FOUND","metadata":{"shard":"3","region":"eu"}}"#,
    );
    assert_eq!(error.arg("shard"), Some("3"), "for the log");
    assert!(send(PROBLEMS, &error).2.contains(r#""metadata":{"region":"eu"}"#));
}

#[test]
fn what_is_too_long_is_cut_if_it_is_text_and_left_out_if_it_identifies() {
    let text = "é".repeat(3000);
    let body = json!({
        "type": format!("https://x.example/{}", "p".repeat(1007)),
        "title": text,
        "detail": text,
        "metadata": { "k".repeat(64): text, "k".repeat(65): "v", "": "v" },
    });
    let error = arrives(404, body.to_string());
    assert_eq!(foreign(&error).type_url(), "");
    assert_eq!(foreign(&error).title().len(), 4096);
    assert_eq!(error.message().map(str::len), Some(4096));
    let args: Vec<_> = error.args().map(|(key, value)| (key.len(), value.len())).collect();
    assert_eq!(args, [(64, 1024)]);
}

#[test]
fn a_body_as_long_as_may_be_is_read_and_a_byte_more_is_not() {
    let body = r#"{"reason":"LOST","domain":"a.b"}"#;
    for (len, name) in [(MAX_BODY, "LOST"), (MAX_BODY + 1, "")] {
        let padded = format!("{body}{}", " ".repeat(len - body.len()));
        assert_eq!(arrives(404, padded).name(), name, "{len}");
    }
}

#[test]
fn arguments_beyond_the_bounds_are_not_sent() {
    let error = wide::KEYS.iter().fold(Error::new(wide::WIDE), |error, key| error.with_arg(key, 1));
    assert_eq!(error.public_args().count(), 65);
    let body: Value = serde_json::from_str(&send(PROBLEMS, &error).2).unwrap();
    assert_eq!(body["metadata"].as_object().unwrap().len(), 64);
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
    let many: Vec<String> = (0..30_000).map(|i| format!(r#""k{i}":"v","#)).collect();
    let many = many.concat();
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
        message in prop::option::of(hostile().prop_filter("an empty one is none", |text| !text.is_empty())),
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
