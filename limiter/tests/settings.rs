//! Settings in files.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use proptest::prelude::*;
use seawall_limiter::{Quota, Rule};
use serde::ser::{self, Impossible, Serialize, SerializeStruct, Serializer};

fn read(json: &str) -> Result<Quota, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn durations_read_as_people_write_them() {
    let period = |text: &str| {
        read(&format!(r#"{{ "limit": 1, "period": {text:?} }}"#)).map(|quota| quota.period())
    };
    let table = [
        ("250ms", Duration::from_millis(250)),
        ("1.5s", Duration::from_millis(1500)),
        ("1h30m", Duration::from_secs(5400)),
        ("2d", Duration::from_secs(172_800)),
        ("7us", Duration::from_micros(7)),
        ("7µs", Duration::from_micros(7)),
        ("0.000001ms", Duration::from_nanos(1)),
        ("1s1ns", Duration::new(1, 1)),
    ];
    for (text, duration) in table {
        assert_eq!(period(text), Ok(duration), "{text}");
    }
    let endless = "9".repeat(40) + "d";
    for text in [
        "", "5", "s", "1 s", "-1s", "1.s", ".5s", "0.1ns", "1sec", "1s.", "1e3s", &endless, "1.5.s",
    ] {
        let error = period(text).unwrap_err();
        assert!(error.contains("a duration such as"), "{text}: {error}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let table = [
        (r#"{ "period": "1s" }"#, "missing field `limit`"),
        (r#"{ "limit": 1 }"#, "missing field `period`"),
        (r#"{ "limit": 1, "period": "1s", "bursts": 2 }"#, "unknown field `bursts`"),
        (r#"{ "limit": 1, "limit": 1, "period": "1s" }"#, "duplicate field `limit`"),
        (r#"{ "limit": 1, "period": "1s", "burst": 0 }"#, "burst is 0, must be at least 1"),
        (r#"{ "limit": -1, "period": "1s" }"#, "invalid value: integer `-1`"),
        (r#"{ "limit": 4294967296, "period": "1s" }"#, "invalid value: integer `4294967296`"),
        (r#"{ "limit": 2, "period": "1ns" }"#, "rate is 2 in 1ns"),
        ("[]", "a quota: a map with limit and period"),
    ];
    for (json, says) in table {
        let error = read(json).unwrap_err();
        assert!(error.contains(says), "{json}: {error}");
    }
    let window = r#"{ "sliding_window": { "limit": 1, "period": "1s", "burst": 3 } }"#;
    let error = serde_json::from_str::<Rule>(window).unwrap_err().to_string();
    assert!(error.contains("burst is 3, must not be set for a window"), "{error}");
    let error = serde_json::from_str::<Rule>(r#"{ "leaky": {} }"#).unwrap_err().to_string();
    assert!(error.contains("unknown variant `leaky`"), "{error}");
}

/// Compares the number of fields that is announced with that of those that come, as formats do
/// that write the number first.
struct Counts;

struct Fields {
    announced: usize,
    written: usize,
}

type Never = Impossible<(usize, usize), serde_json::Error>;

macro_rules! not_asked_for {
    ($($verb:ident($($of:ty),*) -> $answer:ty;)*) => {
        $(fn $verb(self, $(_: $of),*) -> Result<$answer, serde_json::Error> {
            Err(ser::Error::custom(stringify!($verb)))
        })*
    };
}

impl Serializer for Counts {
    type Ok = (usize, usize);
    type Error = serde_json::Error;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Never;

    not_asked_for! {
        serialize_bool(bool) -> Self::Ok;
        serialize_i8(i8) -> Self::Ok;
        serialize_i16(i16) -> Self::Ok;
        serialize_i32(i32) -> Self::Ok;
        serialize_i64(i64) -> Self::Ok;
        serialize_u8(u8) -> Self::Ok;
        serialize_u16(u16) -> Self::Ok;
        serialize_u32(u32) -> Self::Ok;
        serialize_u64(u64) -> Self::Ok;
        serialize_f32(f32) -> Self::Ok;
        serialize_f64(f64) -> Self::Ok;
        serialize_char(char) -> Self::Ok;
        serialize_str(&str) -> Self::Ok;
        serialize_bytes(&[u8]) -> Self::Ok;
        serialize_none() -> Self::Ok;
        serialize_unit() -> Self::Ok;
        serialize_unit_struct(&'static str) -> Self::Ok;
        serialize_unit_variant(&'static str, u32, &'static str) -> Self::Ok;
        serialize_seq(Option<usize>) -> Never;
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }
    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Self::Ok, Self::Error> {
        Err(ser::Error::custom("some"))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<Self::Ok, Self::Error> {
        Err(ser::Error::custom("newtype"))
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Self::Ok, Self::Error> {
        Err(ser::Error::custom("variant"))
    }
    fn serialize_struct(self, _: &'static str, announced: usize) -> Result<Fields, Self::Error> {
        Ok(Fields { announced, written: 0 })
    }
}

impl SerializeStruct for Fields {
    type Ok = (usize, usize);
    type Error = serde_json::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _: &'static str,
        _: &T,
    ) -> Result<(), Self::Error> {
        self.written += 1;
        Ok(())
    }
    fn end(self) -> Result<(usize, usize), Self::Error> {
        Ok((self.announced, self.written))
    }
}

#[test]
fn as_many_fields_are_written_as_are_announced() {
    let quota = Quota::per_second(1);
    assert_eq!(quota.serialize(Counts).unwrap(), (5, 5));
    assert_eq!(quota.with_burst(2).serialize(Counts).unwrap(), (6, 6));
    #[cfg(feature = "http")]
    for proxies in [
        seawall_limiter::http::TrustedProxies::none(),
        seawall_limiter::http::TrustedProxies::networks(["10.0.0.0/8"]),
    ] {
        assert_eq!(proxies.serialize(Counts).unwrap(), (4, 4));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again(
        limit in 1_u32.., period in 1_u64..1_000_000_000_000, burst in prop::option::of(1_u32..),
        wait in 0_u64..u64::MAX, waiting: u32, kind in 0..4_u8, name in "[a-z ]{1,30}",
    ) {
        let period = Duration::from_nanos(period.max(limit.into()));
        let mut quota = Quota::per(limit, period)
            .with_max_wait(Duration::from_nanos(wait))
            .with_max_waiting(waiting)
            .with_name(seawall_errors::intern(&name));
        if let (Some(burst), 0) = (burst, kind) {
            quota = quota.with_burst(burst);
        }
        let rule = match kind {
            0 => Rule::TokenBucket(quota),
            1 => Rule::FixedWindow(quota),
            2 => Rule::SlidingWindow(quota),
            _ => Rule::SlidingCounter(quota),
        };
        let json = serde_json::to_string(&rule).unwrap();
        prop_assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), rule, "{}", json);
    }

    #[test]
    fn no_text_panics(text: String) {
        let _ = read(&format!(r#"{{ "limit": 1, "period": {} }}"#, serde_json::to_string(&text).unwrap()));
        let _ = read(&text);
    }
}
