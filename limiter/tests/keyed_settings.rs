//! Plans in files.
#![cfg(all(feature = "keyed", feature = "serde"))]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use seawall_limiter::{Plan, Quota, Rule};

fn read(json: &str) -> Result<Plan, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn a_plan_reads_as_a_quota_a_rule_or_a_list_and_is_written_as_it_was_read() {
    let (ten, hour) = (Quota::per_second(10).with_burst(3), Quota::per_hour(7).with_name("hour"));
    let table = [
        (r#"{"period":"1s","limit":10,"burst":3}"#, Plan::from(ten)),
        (r#"{"token_bucket":{"limit":10,"period":"1s","burst":3}}"#, Plan::from(ten)),
        (r#"[{"token_bucket":{"limit":10,"period":"1s","burst":3}}]"#, Plan::from(ten)),
        (
            r#"{"fixed_window":{"limit":7,"period":"1h","name":"hour"}}"#,
            Plan::from(Rule::FixedWindow(hour)),
        ),
        (
            r#"[{"sliding_window":{"limit":7,"period":"1h","name":"hour"}},
                {"token_bucket":{"limit":10,"period":"1s","burst":3}}]"#,
            Plan::from([Rule::SlidingWindow(hour), Rule::TokenBucket(ten)]),
        ),
    ];
    for (json, plan) in table {
        assert_eq!(read(json), Ok(plan.clone()), "{json}");
        // Also by way of a value in memory, which is asked in another way.
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::from_value::<Plan>(value).unwrap(), plan, "{json}");
        let written = serde_json::to_string(&plan).unwrap();
        assert_eq!(read(&written), Ok(plan.clone()), "{written}");
        let first = written.split(':').next().unwrap();
        let expected = match plan.rules() {
            [Rule::TokenBucket(_)] => r#"{"limit""#,
            [_] => r#"{"fixed_window""#,
            _ => r#"[{"sliding_window""#,
        };
        assert_eq!(first, expected, "{written}");
    }
}

#[test]
fn what_is_no_plan_is_told() {
    let table = [
        ("{}", "missing field `limit`"),
        ("[]", "rules is empty, must be at least one"),
        ("7", "a quota, a rule or a list of rules"),
        (r#"{"limit":0,"period":"0s"}"#, "limit is 0, must be at least 1; period is 0ns, "),
        (r#"{"limit":1,"period":"1s","limit":2}"#, "duplicate field `limit`"),
        (r#"{"limit":1,"period":"1s","token_bucket":{}}"#, "unknown field `token_bucket`"),
        (r#"{"leaky":{"limit":1,"period":"1s"}}"#, "unknown field `leaky`"),
        (r#"{"fixed_window":{"limit":0,"period":"1s"}}"#, "limit is 0, "),
        (
            r#"{"fixed_window":{"limit":1,"period":"1s"},"token_bucket":{"limit":1,"period":"1s"}}"#,
            "several rules must be a list",
        ),
        (r#"[{"limit":1,"period":"1s"}]"#, "unknown variant `limit`"),
        ("[[]]", ""),
    ];
    for (json, expected) in table {
        let error = read(json).unwrap_err();
        assert!(error.contains(expected), "{json}: {error}");
        let value: Result<serde_json::Value, _> = serde_json::from_str(json);
        // A value keeps only the last of two fields with one name.
        if let Some(value) = value.ok().filter(|_| !expected.starts_with("duplicate")) {
            assert!(serde_json::from_value::<Plan>(value).is_err(), "{json}");
        }
    }
}
