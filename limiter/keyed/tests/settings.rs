//! Policies in files.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use proptest::prelude::*;
use seawall_keyed::{Overflow, Policy};

#[test]
fn what_is_wrong_is_named() {
    let table = [
        ("{}", "missing field `capacity`"),
        (
            r#"{ "capacity": 0, "shards": 3 }"#,
            "capacity is 0, must be from 1 to 1073741824; shards",
        ),
        (r#"{ "capacity": 1, "overflow": "evict" }"#, "expected `refuse` or `share`"),
        (r#"{ "capacity": 1, "capacity": 2 }"#, "duplicate field `capacity`"),
        (r#"{ "capacity": 1, "seed": 2 }"#, "unknown field `seed`"),
        (r#"{ "capacity": -1 }"#, "invalid value: integer `-1`"),
        ("7", "a policy for keys: a map with capacity"),
    ];
    for (json, says) in table {
        let error = serde_json::from_str::<Policy>(json).unwrap_err().to_string();
        assert!(error.contains(says), "{json}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again(
        capacity in 4096..1_000_000_usize, shards in prop::option::of(0..12_u32), share: bool,
    ) {
        let overflow = if share { Overflow::Share } else { Overflow::Refuse };
        let mut policy = Policy::new(capacity).with_overflow(overflow);
        if let Some(shards) = shards {
            policy = policy.with_shards(1 << shards);
        }
        let json = serde_json::to_string(&policy).unwrap();
        prop_assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy, "{}", json);
    }
}
