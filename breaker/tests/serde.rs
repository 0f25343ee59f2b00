//! Policies and snapshots in files.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::time::Duration;

use proptest::prelude::*;
use seawall_breaker::{Breaker, Mode, Policy, Snapshot, State};

#[test]
fn what_is_written_is_read_again() {
    let policies = [
        Policy::new(),
        Policy::strict().with_name("orders").with_seed(u64::MAX),
        Policy::hystrix().with_count_window(64).with_slow_above(10.5).with_hanging_calls(),
        Policy::new().without_errors().with_consecutive(3).with_degrade_from(12.5),
        Policy::new().with_slow_from(0.0).with_slow_after(Duration::from_nanos(1_001)),
        Policy::new()
            .with_ramp(Duration::from_secs(90), 5.0)
            .with_probe_deadline(Duration::from_millis(1)),
    ];
    for policy in policies {
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy, "{text}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (text, said) in [
        (r#"{"probes": 0, "jitter": 200}"#, "jitter is 200, must be from 0 to 100"),
        (r#"{"probes": 0, "jitter": 200}"#, "probes is 0, must be from 1 to 4095"),
        (r#"{"prbes": 1}"#, "unknown field `prbes`"),
        (r#"{"open_time": 5}"#, "a duration such as 250ms"),
        (r#"{"open_time": "5 parsecs"}"#, "a duration such as 250ms"),
        (r#"{"window": "1ns"}"#, "window is 1ns, must be from 1ms to a day"),
    ] {
        let error = serde_json::from_str::<Policy>(text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), Policy::new());
}

#[test]
fn a_snapshot_goes_through_a_file_and_a_breaker_goes_on_with_it() {
    let breaker = Breaker::new(Policy::new().with_consecutive(1)).unwrap();
    breaker.try_acquire().unwrap().fail();
    breaker.set_mode_for(Mode::Shadow, Duration::from_secs(60));
    let text = serde_json::to_string(&breaker.snapshot()).unwrap();
    let snapshot: Snapshot = serde_json::from_str(&text).unwrap();
    assert_eq!((snapshot.state, snapshot.mode), (State::Open, Mode::Shadow));
    let restored = Breaker::restore(Policy::new(), &snapshot).unwrap();
    assert_eq!((restored.state(), restored.mode()), (State::Open, Mode::Shadow));
    // Of a later version, with more to say.
    let more: Snapshot = serde_json::from_str(r#"{"state":"half_open","mood":[1,{}]}"#).unwrap();
    assert_eq!(more.state, State::HalfOpen);
    assert!(serde_json::from_str::<Snapshot>(r#"{"state":"ajar"}"#).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,80}") {
        let _ = serde_json::from_str::<Policy>(&text);
        let wrapped = format!(r#"{{"window":{text:?},"errors_above":1e400}}"#);
        let _ = serde_json::from_str::<Policy>(&wrapped);
        let _ = serde_json::from_str::<Snapshot>(&text);
    }
}
