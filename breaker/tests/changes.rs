//! Changes of policy and of mode, restored counts, and looks from outside.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::time::Duration;

use seawall_breaker::{Breaker, Mode, Permit, Policy, State};
use seawall_errors::Outcome;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Opens at the second failure in a row, for a second; one probe.
fn row() -> Policy {
    let policy = Policy::new().without_errors().with_consecutive(2).with_open_time(s(1));
    policy.with_growth(1.0, s(1)).with_jitter(0.0).with_probes(1).with_probe_spacing(ms(0))
}

fn make(policy: Policy) -> Breaker {
    Breaker::new(policy).unwrap()
}

fn calls(breaker: &Breaker, n: u32, outcome: Outcome, now: Duration) {
    for _ in 0..n {
        breaker.try_acquire_at(now).unwrap().complete_at(outcome, now);
    }
}

#[test]
fn without_a_rule_on_degrading_no_permit_is_degraded() {
    let policy = Policy::new().with_min_calls(10);
    let breaker = make(policy.with_degrade_from(20.0));
    calls(&breaker, 8, Outcome::Success, s(1));
    calls(&breaker, 2, Outcome::Failure, s(1));
    assert!(breaker.try_acquire_at(s(1)).unwrap().is_degraded());
    breaker.update_at(policy, s(1)).unwrap();
    assert!(!breaker.try_acquire_at(s(1)).unwrap().is_degraded());
}

#[test]
fn a_ramp_that_is_taken_out_of_the_policy_is_over() {
    let breaker = make(row().with_ramp(s(3600), 10.0));
    breaker.open_for_at(s(1), s(1));
    breaker.try_acquire_at(s(2)).unwrap().succeed_at(s(2));
    let through = |from| (0..100).filter(|i| breaker.try_acquire_at(from + ms(*i)).is_ok()).count();
    assert!((10..15).contains(&through(s(2))));
    breaker.update_at(row(), s(3)).unwrap();
    assert_eq!(through(s(4)), 100);
}

#[test]
fn the_first_call_after_it_has_closed_goes_through_whatever_the_ramp() {
    let breaker = make(row().with_ramp(s(100), 1.0));
    breaker.open_for_at(s(1), s(1));
    breaker.try_acquire_at(s(2)).unwrap().succeed_at(s(2));
    assert!(breaker.try_acquire_at(s(2)).is_ok());
    assert!(breaker.try_acquire_at(s(2)).is_err());
}

#[test]
fn calls_that_hang_are_not_forgotten_by_a_change_of_another_setting() {
    let policy = Policy::new().with_slow_after(s(1)).with_slow_from(50.0).with_hanging_calls();
    let policy = policy.with_min_calls(10);
    let breaker = make(policy);
    let hanging: Vec<_> = (0..10).map(|_| breaker.try_acquire_at(s(1)).unwrap()).collect();
    breaker.update_at(policy.with_open_time(s(9)), ms(1_500)).unwrap();
    assert_eq!(
        breaker.try_acquire_at(s(4)).unwrap_err().retry_after().map(|t| t > s(7)),
        Some(true)
    );
    drop(hanging);
}

#[test]
fn calls_that_hang_for_longer_than_the_window_count() {
    let policy = Policy::new().with_window(s(2), 2).with_min_calls(10).with_slow_after(s(5));
    let breaker = make(policy.with_slow_from(50.0).with_hanging_calls());
    // Ten a second, and nothing ever returns.
    let mut hanging: Vec<Permit<'_>> = Vec::new();
    let mut times = (0..).map(|i| s(1) + ms(i * 100));
    let noticed = times.find(|now| match breaker.try_acquire_at(*now) {
        Ok(permit) => {
            hanging.push(permit);
            *now > s(60)
        }
        Err(_) => true,
    });
    // A sixteenth of forty seconds later than it could be known.
    assert!((s(6)..=s(10)).contains(&noticed.unwrap()), "{noticed:?}");
}

#[test]
fn a_look_after_a_thousand_windows_sees_nothing_old() {
    // The tag of a bucket comes round after 1024 windows.
    for windows in [2, 1023, 1024, 1025, 2048] {
        let policy = Policy::new().with_degrade_from(10.0).with_min_calls(1);
        let breaker = make(policy.with_errors_above(99.0));
        calls(&breaker, 2, Outcome::Success, s(5));
        calls(&breaker, 2, Outcome::Failure, s(5));
        let seen = breaker.snapshot_at(s(5 + 10 * windows));
        assert_eq!((seen.calls, seen.failed, seen.degraded), (0, 0, false), "{windows}");
    }
}

#[test]
fn more_results_than_a_bucket_holds_keep_their_share_when_they_are_carried() {
    for policy in [Policy::new(), Policy::new().with_count_window(100)] {
        let breaker = make(policy);
        let mut seen = breaker.snapshot_at(s(1));
        (seen.calls, seen.failed) = (40_000_000, 10_000_000);
        breaker.restore_at(&seen, s(1));
        let seen = breaker.snapshot_at(s(1));
        assert!(seen.calls >= 100 && seen.failed == seen.calls.div_ceil(4), "{seen:?}");
    }
}

#[test]
fn a_server_that_says_at_once_gets_no_probe_sooner() {
    for hint in [Duration::ZERO, Duration::from_nanos(1), ms(10)] {
        let breaker = make(row().with_probe_spacing(s(1)));
        calls(&breaker, 2, Outcome::Failure, s(1));
        let probes = (0..10_000).filter(|i| {
            let now = s(1) + ms(*i);
            breaker.try_acquire_at(now).map(|probe| probe.fail_for_at(hint, now)).is_ok()
        });
        assert_eq!(probes.count(), 9, "in ten seconds, {hint:?}");
    }
}

#[test]
fn a_probe_that_is_slow_has_failed_only_where_slow_calls_count() {
    let slow = row().with_slow_after(ms(100));
    for (policy, state) in [(slow, State::Closed), (slow.with_slow_above(90.0), State::Open)] {
        let breaker = make(policy);
        breaker.open_for_at(s(1), s(1));
        breaker.try_acquire_at(s(2)).unwrap().succeed_at(s(3));
        assert_eq!(breaker.state(), state);
    }
}

#[test]
fn who_keeps_it_open_makes_its_own_open_times_no_longer() {
    let breaker = make(row().with_growth(2.0, s(3600)));
    calls(&breaker, 2, Outcome::Failure, s(1));
    for i in 0..10 {
        breaker.open_for_at(s(1), s(1) + ms(i));
    }
    assert_eq!(breaker.snapshot_at(ms(1_009)).open_left, Some(s(1)));
    let now = ms(2_009);
    breaker.try_acquire_at(now).unwrap().fail_at(now);
    assert_eq!(breaker.snapshot_at(now).open_left, Some(s(2)));
}

#[test]
fn a_forced_state_starts_the_open_times_anew() {
    let breaker = make(row().with_growth(2.0, s(3600)));
    calls(&breaker, 2, Outcome::Failure, s(1));
    breaker.try_acquire_at(s(2)).unwrap().fail_at(s(2));
    assert_eq!(breaker.snapshot_at(s(2)).attempts, 2);
    breaker.set_mode_at(Mode::ForcedClosed, s(3));
    breaker.set_mode_at(Mode::Normal, s(3));
    calls(&breaker, 2, Outcome::Failure, s(3));
    assert_eq!(breaker.snapshot_at(s(3)).open_left, Some(s(1)));
}

#[test]
fn a_mode_ends_in_time_though_the_clock_had_leapt_when_it_was_set() {
    let year = s(365 * 86_400);
    let breaker = make(row());
    breaker.set_mode_for_at(Mode::ForcedOpen, s(10), year);
    assert!(breaker.try_acquire_at(s(1)).is_err());
    assert_eq!(breaker.try_acquire_at(s(2)).unwrap_err().retry_after(), Some(s(9)));
    assert!(breaker.try_acquire_at(s(11)).is_ok());
    assert_eq!(breaker.state(), State::Closed);
}
