//! Scenarios: what breakers get wrong, at given times.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall_breaker::{Breaker, Mode, Policy, Reason, Receipt, State};
use seawall_errors::family::{CIRCUIT_FORCED_OPEN, CIRCUIT_OPEN, CIRCUIT_PROBING};
use seawall_errors::{Coded, Outcome, Rejected};
use seawall_kit::clock::walks;
use seawall_kit::extremes::{DURATION, F64, U32, pairs, survives};

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

/// Opened at the given time.
fn opened(policy: Policy, now: Duration) -> Breaker {
    let breaker = make(policy);
    calls(&breaker, 2, Outcome::Failure, now);
    assert_eq!(breaker.state(), State::Open);
    breaker
}

#[test]
fn the_strict_preset_opens_at_the_eleventh_of_twenty_one_and_sleeps_half_a_second() {
    let breaker = make(Policy::strict());
    calls(&breaker, 10, Outcome::Success, s(1));
    calls(&breaker, 10, Outcome::Failure, s(1));
    assert_eq!(breaker.state(), State::Closed, "20 calls are not more than 20");
    calls(&breaker, 1, Outcome::Failure, s(1));
    let refused = breaker.try_acquire_at(ms(1_001)).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (CIRCUIT_OPEN, Some(ms(499))));
    assert_eq!(refused.number("failed_percent"), Some(52));
    assert_eq!(refused.number("calls"), Some(21));
    assert!(breaker.try_acquire_at(ms(1_500)).unwrap().is_probe());
}

#[test]
fn fifty_percent_is_not_more_than_fifty_percent() {
    let breaker = make(Policy::strict());
    calls(&breaker, 15, Outcome::Success, s(1));
    calls(&breaker, 15, Outcome::Failure, s(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn hystrix_opens_at_the_tenth_of_twenty_and_sleeps_five_seconds() {
    let breaker = make(Policy::hystrix());
    calls(&breaker, 10, Outcome::Success, s(1));
    calls(&breaker, 9, Outcome::Failure, s(1));
    assert_eq!(breaker.state(), State::Closed);
    calls(&breaker, 1, Outcome::Failure, s(1));
    assert_eq!(breaker.try_acquire_at(s(1)).unwrap_err().retry_after(), Some(s(5)));
    breaker.try_acquire_at(s(6)).unwrap().succeed_at(s(6));
    assert_eq!(breaker.state(), State::Closed, "one success closes everything");
}

#[test]
fn late_successes_do_not_close_it() {
    let breaker = make(row());
    let early = [breaker.try_acquire_at(s(1)).unwrap(), breaker.try_acquire_at(s(1)).unwrap()];
    calls(&breaker, 2, Outcome::Failure, s(1));
    let probe = breaker.try_acquire_at(s(2)).unwrap();
    for permit in early {
        assert_eq!(permit.succeed_at(s(2)), Receipt::Late);
    }
    assert_eq!(breaker.state(), State::HalfOpen);
    assert_eq!(breaker.snapshot_at(s(2)).late, 2);
    assert_eq!(probe.succeed_at(s(2)), Receipt::Recorded);
}

#[test]
fn a_late_failure_neither_opens_it_again_nor_makes_it_stay_open() {
    let breaker = make(row());
    let early = [breaker.try_acquire_at(s(1)).unwrap(), breaker.try_acquire_at(s(1)).unwrap()];
    let [while_open, while_closed] = early;
    calls(&breaker, 2, Outcome::Failure, s(1));
    assert_eq!(while_open.fail_at(ms(1_900)), Receipt::Late);
    breaker.try_acquire_at(s(2)).expect("the open time is what it was").succeed_at(s(2));
    assert_eq!(while_closed.fail_at(s(2)), Receipt::Late);
    assert_eq!((breaker.state(), breaker.snapshot_at(s(2)).streak), (State::Closed, 0));
}

#[test]
fn a_neutral_probe_gives_its_place_back_and_closes_nothing() {
    let breaker = opened(row(), s(1));
    for i in 0..100 {
        let probe = breaker.try_acquire_at(s(2) + ms(i)).unwrap();
        assert!(breaker.try_acquire_at(s(2) + ms(i)).is_err(), "one at a time");
        probe.complete_at(Outcome::Neutral, s(2) + ms(i));
        assert_eq!(breaker.state(), State::HalfOpen);
    }
}

#[test]
fn a_dropped_probe_gives_its_place_back() {
    let breaker = opened(row(), s(1));
    drop(breaker.try_acquire_at(s(2)).unwrap());
    assert_eq!(breaker.snapshot_at(s(2)).probes_in_flight, 0);
    assert!(breaker.try_acquire_at(s(2)).is_ok());
}

#[test]
fn a_probe_that_never_returns_is_given_up() {
    let breaker = opened(row().with_probe_deadline(s(3)), s(1));
    std::mem::forget(breaker.try_acquire_at(s(2)).unwrap());
    let refused = breaker.try_acquire_at(ms(4_999)).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (CIRCUIT_PROBING, Some(ms(1))));
    assert_eq!((refused.number("probes"), refused.number("in_flight")), (Some(1), Some(1)));
    assert_eq!(breaker.try_acquire_at(s(5)).unwrap_err().retry_after(), Some(s(1)));
    assert!(breaker.try_acquire_at(s(6)).is_ok(), "no more than open time and deadline");
}

#[test]
fn probes_that_are_rare_are_no_silence() {
    // Three probes, minutes apart, each of which answers at once.
    let breaker = opened(row().with_probes(3).with_probe_deadline(ms(50)), s(1));
    for minute in 1..=3 {
        let now = s(60 * minute);
        assert_ne!(breaker.state(), State::Closed);
        breaker.try_acquire_at(now).unwrap().succeed_at(now + ms(10));
    }
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn slow_probes_in_a_short_window_do_close_it() {
    // The window is shorter than the distance of the probes.
    let policy = row().with_errors_above(50.0).with_window(ms(50), 5).with_probes(2);
    let breaker = opened(policy, s(1));
    breaker.try_acquire_at(ms(2_000)).unwrap().succeed_at(ms(2_010));
    breaker.try_acquire_at(ms(2_080)).unwrap().succeed_at(ms(2_090));
    assert_eq!(breaker.state(), State::Closed);
    assert!((0..18).all(|_| breaker.try_acquire_at(ms(2_100)).is_ok()));
}

#[test]
fn another_refusal_behind_a_probe_leaves_no_trace() {
    let breaker = opened(row(), s(1));
    let refused = Rejected::new(seawall_errors::family::BULKHEAD_FULL, "orders");
    let probe = breaker.try_acquire_at(s(2)).unwrap();
    probe.complete_at(refused.outcome(), s(2));
    assert!(breaker.try_acquire_at(s(2)).is_ok());
}

#[test]
fn two_breakers_in_series_do_not_wait_for_each_other() {
    let (outer, inner) = (opened(row(), s(1)), opened(row(), s(1)));
    // The inner one opened later, and still refuses when the outer one probes.
    inner.open_for_at(s(3), s(1));
    for now in 2..10 {
        let Ok(permit) = outer.try_acquire_at(s(now)) else { continue };
        match inner.try_acquire_at(s(now)) {
            Ok(probe) => {
                probe.succeed_at(s(now));
                permit.succeed_at(s(now));
            }
            Err(refused) => {
                permit.complete_at(refused.outcome(), s(now));
            }
        }
    }
    assert_eq!((outer.state(), inner.state()), (State::Closed, State::Closed));
}

#[test]
fn half_open_lets_no_more_through_than_it_says_nor_closer_together() {
    let breaker = opened(row().with_probes(3).with_probe_spacing(s(1)), s(1));
    let mut let_through = Vec::new();
    for now in (2_000..12_000).step_by(10) {
        if let Ok(permit) = breaker.try_acquire_at(ms(now)) {
            std::mem::forget(permit);
            let_through.push(now);
        }
    }
    assert_eq!(let_through, [2_000, 3_000, 4_000]);
}

#[test]
fn all_probes_must_succeed_and_one_failure_opens_it_again() {
    let breaker = opened(row().with_probes(3), s(1));
    let probes: Vec<_> = (0..3).map(|_| breaker.try_acquire_at(s(2)).unwrap()).collect();
    let [one, two, three] = probes.try_into().unwrap();
    one.succeed_at(s(2));
    assert_eq!(two.fail_at(s(2)), Receipt::Recorded);
    assert_eq!(three.fail_at(s(2)), Receipt::Late);
    assert_eq!((breaker.state(), breaker.snapshot_at(s(2)).attempts), (State::Open, 2));
}

#[test]
fn failures_of_an_hour_ago_are_forgotten() {
    let breaker = make(Policy::new().with_min_calls(2).with_errors_from(100.0));
    calls(&breaker, 1, Outcome::Failure, s(1));
    calls(&breaker, 1, Outcome::Failure, s(3_600));
    assert_eq!(breaker.state(), State::Closed);
    calls(&breaker, 1, Outcome::Failure, s(3_601));
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_count_window_forgets_what_falls_out_of_it() {
    let breaker = make(Policy::new().with_count_window(100).with_min_calls(100));
    calls(&breaker, 10_000, Outcome::Success, s(1));
    calls(&breaker, 50, Outcome::Failure, s(1));
    assert_eq!(breaker.state(), State::Closed);
    calls(&breaker, 1, Outcome::Failure, s(1));
    assert_eq!(breaker.state(), State::Open, "after 51 of the last 100, not after 10,000");
}

#[test]
fn a_burst_within_one_millisecond_is_seen() {
    let breaker = make(Policy::new());
    for i in 0..21 {
        let now = s(5) + Duration::from_nanos(i);
        breaker.try_acquire_at(now).unwrap().fail_at(now);
    }
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn an_old_failure_does_not_come_back_when_the_tags_come_round() {
    // The tag of a bucket comes round after 1024 windows.
    for windows in [1023, 1024, 1025, 2048, 1 << 20] {
        let policy = Policy::new().with_window(s(10), 10).with_min_calls(2);
        let breaker = make(policy.with_errors_from(100.0));
        calls(&breaker, 1, Outcome::Failure, s(5));
        let later = s(5 + 10 * windows);
        calls(&breaker, 1, Outcome::Failure, later);
        assert_eq!(breaker.state(), State::Closed, "{windows} windows later");
        assert_eq!(breaker.snapshot_at(later).failed, 1);
    }
}

#[test]
fn a_bucket_that_is_never_written_does_not_come_back_either() {
    // One call per window, always in another bucket than the first failure.
    let policy = Policy::new().with_window(s(10), 10).with_min_calls(2).with_errors_from(100.0);
    let breaker = make(policy);
    calls(&breaker, 1, Outcome::Failure, s(5));
    for window in 1..=1024 {
        calls(&breaker, 1, Outcome::Success, s(2 + 10 * window));
    }
    assert_eq!(breaker.snapshot_at(s(5 + 10 * 1024)).failed, 0);
}

#[test]
fn more_calls_than_a_bucket_counts_keep_their_share() {
    let breaker = make(Policy::new().with_min_calls(1_000_000).with_errors_above(26.0));
    for i in 0..20_000_000_u32 {
        let permit = breaker.try_acquire_at(s(1)).unwrap();
        if i % 4 == 0 {
            permit.fail_at(s(1))
        } else {
            permit.succeed_at(s(1))
        };
        if cfg!(debug_assertions) && i > 9_000_000 {
            break;
        }
    }
    let seen = breaker.snapshot_at(s(1));
    assert_eq!(breaker.state(), State::Closed);
    assert!(seen.calls >= 4_000_000, "{seen:?}");
    assert!(seen.failed.abs_diff(seen.calls / 4) < 1_000, "{seen:?}");
}

#[test]
fn a_generation_is_as_it_was_only_after_two_thousand_million() {
    let breaker = make(row());
    let parked = breaker.try_acquire_at(s(1)).unwrap();
    for _ in 0..1_000 {
        breaker.reset_at(s(1));
    }
    assert_eq!(
        (parked.fail_at(s(1)), breaker.snapshot_at(s(1)).generation),
        (Receipt::Late, 1_000)
    );
}

#[test]
fn open_times_double_until_it_was_well_for_as_long() {
    let breaker = make(row().with_growth(2.0, s(8)));
    let (mut now, mut waits) = (s(1), Vec::new());
    calls(&breaker, 2, Outcome::Failure, now);
    for _ in 0..5 {
        let wait = breaker.try_acquire_at(now).unwrap_err().retry_after().unwrap();
        waits.push(wait.as_secs());
        now += wait;
        breaker.try_acquire_at(now).unwrap().fail_at(now);
    }
    assert_eq!(waits, [1, 2, 4, 8, 8]);
    // Closed, but not for long: it goes on where it was.
    now += s(8);
    breaker.try_acquire_at(now).unwrap().succeed_at(now);
    now += s(7);
    calls(&breaker, 2, Outcome::Failure, now);
    assert_eq!(breaker.try_acquire_at(now).unwrap_err().retry_after(), Some(s(8)));
    // Closed for as long as it was last open: it starts anew.
    now += s(8);
    breaker.try_acquire_at(now).unwrap().succeed_at(now);
    now += s(8);
    calls(&breaker, 2, Outcome::Failure, now);
    assert_eq!(breaker.try_acquire_at(now).unwrap_err().retry_after(), Some(s(1)));
}

#[test]
fn breakers_do_not_wake_at_one_moment() {
    let waits: std::collections::HashSet<_> = (0..100)
        .map(|_| opened(row().with_jitter(50.0), s(1)).snapshot_at(s(1)).open_left.unwrap())
        .collect();
    assert!(waits.len() > 95, "{waits:?}");
    assert!(waits.iter().all(|wait| *wait >= ms(500) && *wait <= s(1)));
    let seeded = || opened(row().with_jitter(50.0).with_seed(7), s(1)).snapshot_at(s(1)).open_left;
    assert_eq!(seeded(), seeded());
}

#[test]
fn a_server_says_how_long_it_wants_to_be_left_alone() {
    let breaker = make(row().with_hint_max(s(30)));
    calls(&breaker, 1, Outcome::Failure, s(1));
    breaker.try_acquire_at(s(1)).unwrap().fail_for_at(s(7), s(1));
    assert_eq!(breaker.try_acquire_at(s(1)).unwrap_err().retry_after(), Some(s(7)));
    let probe = breaker.try_acquire_at(s(8)).unwrap();
    probe.fail_for_at(Duration::MAX, s(8));
    assert_eq!(breaker.try_acquire_at(s(8)).unwrap_err().retry_after(), Some(s(30)), "capped");
    breaker.open_for_at(s(3), s(9));
    assert_eq!(breaker.try_acquire_at(s(9)).unwrap_err().retry_after(), Some(s(3)));
}

#[test]
fn after_it_closed_the_backend_is_not_stampeded() {
    let breaker = opened(row().with_ramp(s(10), 10.0), s(1));
    breaker.try_acquire_at(s(2)).unwrap().succeed_at(s(2));
    assert_eq!(breaker.state(), State::Closed);
    // A hundred calls a second: which part of them goes through in each second?
    let mut parts = Vec::new();
    for second in 0..11 {
        let through = (0..100).filter(|i| {
            let now = s(2 + second) + ms(i * 10);
            breaker.try_acquire_at(now).map(|permit| permit.succeed_at(now)).is_ok()
        });
        parts.push(through.count());
    }
    assert!(parts.is_sorted() && parts[0] <= 16 && parts[10] == 100, "{parts:?}");
    assert!((540..=560).contains(&parts[..10].iter().sum::<usize>()), "{parts:?}");
    assert!(!breaker.snapshot_at(s(13)).ramping);
}

#[test]
fn a_failure_during_the_ramp_opens_it_for_longer() {
    let breaker = opened(row().with_growth(2.0, s(60)).with_ramp(s(10), 50.0), s(1));
    breaker.try_acquire_at(s(2)).unwrap().succeed_at(s(2));
    let mut now = ms(2_100);
    while breaker.state() == State::Closed {
        now += ms(10);
        let _ = breaker.try_acquire_at(now).map(|permit| permit.fail_at(now));
    }
    assert_eq!(breaker.snapshot_at(now).open_left, Some(s(2)));
}

#[test]
fn a_caller_who_gives_up_says_nothing_unless_he_has_waited_for_long() {
    let breaker = make(row().with_slow_after(ms(100)));
    for _ in 0..50 {
        let cancelled = breaker.try_acquire_at(s(1)).unwrap().cancel_at(ms(1_100));
        assert_eq!(cancelled, Receipt::Recorded);
    }
    assert_eq!((breaker.state(), breaker.snapshot_at(s(2)).streak), (State::Closed, 0));
    // A timeout outside drops them after 101 ms.
    for _ in 0..2 {
        breaker.try_acquire_at(s(2)).unwrap().cancel_at(ms(2_101));
    }
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_panic_is_a_failure_and_gives_a_probe_back() {
    let breaker = opened(row(), s(1));
    let panics = || {
        let _permit = breaker.try_acquire_at(s(2)).unwrap();
        panic!("on purpose");
    };
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    let seen = breaker.snapshot_at(s(2));
    assert_eq!((seen.state, seen.attempts, seen.probes_in_flight), (State::Open, 2, 0));
}

#[test]
fn slow_calls_open_it_by_a_share_of_their_own() {
    let policy = Policy::new().with_slow_after(ms(100)).with_slow_from(50.0).with_min_calls(10);
    let breaker = make(policy.with_jitter(0.0));
    let mut events = breaker.subscribe(9);
    for i in 0..10 {
        let took = if i % 2 == 0 { ms(100) } else { ms(101) };
        breaker.try_acquire_at(s(1)).unwrap().succeed_at(s(1) + took);
    }
    let event = events.try_next().unwrap();
    assert_eq!((event.reason, event.calls, event.slow, event.failed), (Reason::Slow, 10, 5, 0));
}

#[test]
fn calls_that_hang_count_before_they_return() {
    let policy = Policy::new().with_slow_after(s(1)).with_slow_from(50.0).with_hanging_calls();
    let breaker = make(policy.with_min_calls(10));
    let hanging: Vec<_> = (0..10).map(|_| breaker.try_acquire_at(s(1)).unwrap()).collect();
    assert!(breaker.try_acquire_at(s(2)).is_ok(), "not yet a second");
    assert!(breaker.try_acquire_at(s(4)).is_err(), "nothing has returned, and it is open");
    assert_eq!(breaker.state(), State::Open);
    drop(hanging);
    let back = make(policy.with_min_calls(10));
    for _ in 0..10 {
        back.try_acquire_at(s(1)).unwrap().succeed_at(ms(1_500));
    }
    assert!(back.try_acquire_at(s(4)).is_ok(), "those have returned");
}

#[test]
fn it_says_when_optional_work_should_be_left_out() {
    let breaker = make(Policy::new().with_degrade_from(20.0).with_min_calls(10));
    calls(&breaker, 8, Outcome::Success, s(1));
    calls(&breaker, 1, Outcome::Failure, s(1));
    assert!(!breaker.try_acquire_at(s(1)).unwrap().is_degraded());
    calls(&breaker, 1, Outcome::Failure, s(1));
    assert!(breaker.try_acquire_at(s(1)).unwrap().is_degraded() && breaker.is_degraded_at(s(1)));
    assert_eq!(breaker.state(), State::Closed);
    // Better by successes, and without any call by the window.
    assert!(!breaker.is_degraded_at(s(20)));
    assert!(!breaker.try_acquire_at(s(20)).unwrap().is_degraded());
}

#[test]
fn forced_states_ignore_results_and_end_in_time() {
    let breaker = opened(row(), s(1));
    breaker.set_mode_for_at(Mode::ForcedClosed, s(10), s(1));
    let during = breaker.try_acquire_at(s(2)).unwrap();
    for _ in 0..10 {
        assert_eq!(breaker.try_acquire_at(s(2)).unwrap().fail_at(s(2)), Receipt::Ignored);
    }
    assert_eq!(breaker.state(), State::ForcedClosed);
    calls(&breaker, 1, Outcome::Failure, s(11));
    assert_eq!((breaker.state(), breaker.snapshot_at(s(11)).streak), (State::Closed, 1));
    assert_eq!(during.fail_at(s(11)), Receipt::Ignored);

    breaker.set_mode_for_at(Mode::ForcedOpen, s(10), s(20));
    let refused = breaker.try_acquire_at(s(21)).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (CIRCUIT_FORCED_OPEN, Some(s(9))));
    assert!(breaker.try_acquire_at(s(30)).is_ok());
    assert_eq!(breaker.mode_at(s(30)), Mode::Normal);

    breaker.set_mode_at(Mode::ForcedOpen, s(40));
    assert_eq!(breaker.try_acquire_at(s(99_999)).unwrap_err().retry_after(), None);
    breaker.set_mode_at(Mode::Normal, s(100_000));
    assert!(breaker.try_acquire_at(s(100_000)).is_ok());
}

#[test]
fn in_shadow_mode_it_counts_and_reports_and_refuses_nothing() {
    let breaker = make(row());
    breaker.set_mode_at(Mode::Shadow, s(1));
    let mut events = breaker.subscribe(9);
    calls(&breaker, 2, Outcome::Failure, s(1));
    assert_eq!(breaker.state(), State::Open);
    for _ in 0..5 {
        assert_eq!(breaker.try_acquire_at(ms(1_500)).unwrap().fail_at(ms(1_500)), Receipt::Ignored);
    }
    assert_eq!(breaker.snapshot_at(s(2)).shadowed, 5);
    breaker.try_acquire_at(s(2)).unwrap().succeed_at(s(2));
    let states: Vec<_> = std::iter::from_fn(|| events.try_next()).map(|event| event.to).collect();
    assert_eq!(states, [State::Open, State::HalfOpen, State::Closed]);
}

#[test]
fn a_change_of_policy_takes_effect_at_once_and_keeps_the_counts() {
    let breaker = make(Policy::new());
    calls(&breaker, 10, Outcome::Success, s(1));
    calls(&breaker, 6, Outcome::Failure, s(1));
    let same = breaker.try_acquire_at(s(1)).unwrap();
    breaker.update_at(Policy::new().with_min_calls(17).with_errors_from(40.0), s(1)).unwrap();
    assert_eq!(same.fail_at(s(1)), Receipt::Recorded);
    assert_eq!(breaker.state(), State::Open, "7 of 17");

    for policy in [
        Policy::new().with_window(s(60), 128).with_slow_after(s(1)).with_slow_above(90.0),
        Policy::new().with_count_window(4096).with_slow_after(s(1)).with_slow_above(90.0),
        Policy::new().with_window(s(1), 1),
    ] {
        let breaker = make(Policy::new());
        calls(&breaker, 14, Outcome::Success, s(1));
        calls(&breaker, 6, Outcome::Failure, s(1));
        let early = breaker.try_acquire_at(s(1)).unwrap();
        breaker.update_at(policy, s(1)).unwrap();
        let seen = breaker.snapshot_at(s(1));
        assert_eq!((seen.calls, seen.failed), (20, 6));
        assert_eq!(early.fail_at(s(1)), Receipt::Late, "the window is another one");
        calls(&breaker, 7, Outcome::Failure, s(1));
        assert_eq!(breaker.state(), State::Closed);
        calls(&breaker, 2, Outcome::Failure, s(1));
        assert_eq!(breaker.state(), State::Open);
    }
    let invalid = breaker.update(Policy::new().with_probes(0)).unwrap_err();
    assert_eq!(invalid.fields().collect::<Vec<_>>(), ["probes"]);
}

#[test]
fn fewer_probes_by_a_change_of_policy_lock_nobody_out() {
    let breaker = opened(row().with_probes(5), s(1));
    for _ in 0..3 {
        breaker.try_acquire_at(s(2)).unwrap().succeed_at(s(2));
    }
    breaker.update_at(row().with_probes(2), s(2)).unwrap();
    breaker.try_acquire_at(s(2)).unwrap().succeed_at(s(2));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_snapshot_goes_on_in_another_process() {
    let policy = row().with_growth(2.0, s(60)).with_errors_above(50.0);
    let breaker = opened(policy, s(1));
    let snapshot = breaker.snapshot_at(ms(1_250));
    assert_eq!(snapshot.open_left, Some(ms(750)));
    let restored = make(policy);
    restored.restore_at(&snapshot, s(1_000));
    assert_eq!(restored.try_acquire_at(s(1_000)).unwrap_err().retry_after(), Some(ms(750)));
    let now = ms(1_000_750);
    restored.try_acquire_at(now).unwrap().fail_at(now);
    assert_eq!(restored.snapshot_at(now).open_left, Some(s(2)), "it remembers the attempts");

    let closed = make(policy);
    calls(&closed, 7, Outcome::Success, s(1));
    calls(&closed, 1, Outcome::Failure, s(1));
    let restored = make(policy);
    restored.restore_at(&closed.snapshot_at(s(2)), s(9));
    let seen = restored.snapshot_at(s(9));
    assert_eq!((seen.calls, seen.failed, seen.streak, seen.age), (8, 1, 1, s(2)));
    let mut wild = seen;
    (wild.calls, wild.failed, wild.slow) = (u64::MAX, u64::MAX, u64::MAX);
    (wild.open_left, wild.mode_left, wild.age) =
        (Some(Duration::MAX), Some(Duration::MAX), Duration::MAX);
    for state in State::ALL {
        wild.state = state;
        restored.restore_at(&wild, s(9));
        let _ = restored.try_acquire_at(s(9)).map(|permit| permit.fail_at(s(9)));
    }
}

#[test]
fn no_clock_opens_it_or_locks_anybody_out() {
    for walk in walks(7) {
        let name = walk.name();
        let breaker = make(Policy::new().with_consecutive(50).with_slow_after(s(5)));
        for now in walk.clone().take(300) {
            if let Ok(permit) = breaker.try_acquire_at(now) {
                permit.succeed_at(now);
            }
            assert_eq!(breaker.state(), State::Closed, "{name}: nothing has failed");
        }
        // Open, on a clock that walks on like this and then is a good one.
        let breaker = opened(row().with_probe_deadline(s(1)), s(1));
        let mut last = Duration::ZERO;
        for now in walk.take(300) {
            let _ = breaker.try_acquire_at(now).map(|permit| permit.fail_at(now));
            last = now;
        }
        let base = last.min(s(100 * 365 * 86_400));
        let admitted = (0..100).any(|i| breaker.try_acquire_at(base + ms(i * 100)).is_ok());
        assert!(admitted, "{name}: locked out for ten seconds");
    }
}

#[test]
fn a_clock_that_leapt_ahead_and_came_back_is_mended() {
    let year = s(365 * 86_400);
    // It opens in the future, and would stay open until then.
    let breaker = opened(row(), year);
    assert!(breaker.try_acquire_at(s(1)).is_err());
    assert!(breaker.try_acquire_at(s(2)).is_ok(), "within its open time");
    // It was half open in the future, with the probe still out.
    let breaker = opened(row().with_probe_deadline(s(3)), s(1));
    std::mem::forget(breaker.try_acquire_at(year).unwrap());
    assert!((3..9).any(|now| breaker.try_acquire_at(s(now)).is_ok()));
}

#[test]
fn no_setting_and_no_time_makes_it_panic() {
    survives("times", pairs(DURATION, DURATION), |(a, b)| {
        let policy = Policy::new()
            .with_window(a, 10)
            .with_open_time(b)
            .with_growth(3.0, a)
            .with_probe_spacing(b)
            .with_probe_deadline(a)
            .with_slow_after(b)
            .with_ramp(a, 5.0);
        if let Ok(breaker) = Breaker::new(policy) {
            drive(&breaker, a, b);
        }
        drive(&make(row()), a, b);
    });
    survives("numbers", pairs(F64, U32), |(share, n)| {
        let policy = Policy::new().with_errors_above(share).with_min_calls(n).with_jitter(share);
        let policy = policy.with_growth(share, s(9)).with_degrade_from(share);
        if let Ok(breaker) = Breaker::new(policy.with_consecutive(n)) {
            drive(&breaker, s(1), s(2));
        }
        let _ = Policy::new().with_count_window(n).with_slow_from(share).check();
    });
}

fn drive(breaker: &Breaker, a: Duration, b: Duration) {
    for now in [a, b, Duration::ZERO, a] {
        for outcome in [Outcome::Failure, Outcome::Failure, Outcome::Success, Outcome::Neutral] {
            if let Ok(permit) = breaker.try_acquire_at(now) {
                permit.complete_at(outcome, b);
            }
        }
        let _ = breaker.try_acquire_at(now).map(|permit| permit.fail_for_at(b, a));
        breaker.open_for_at(b, now);
        breaker.set_mode_for_at(Mode::Shadow, a, now);
        let _ = breaker.snapshot_at(b);
    }
}

#[test]
fn bad_settings_are_refused_by_name() {
    let table: [(Policy, &[&str]); 14] = [
        (Policy::new().with_probes(0), &["probes"]),
        (Policy::new().with_window(s(0), 10), &["window", "buckets"]),
        (Policy::new().with_window(s(10), 0), &["buckets"]),
        (Policy::new().with_window(ms(5), 10), &["buckets"]),
        (Policy::new().with_count_window(0), &["window", "min_calls"]),
        (Policy::new().with_count_window(20), &["min_calls"]),
        (Policy::new().with_count_window(5000), &["window"]),
        (Policy::new().with_errors_above(f64::NAN), &["errors"]),
        (Policy::new().with_errors_from(f64::INFINITY), &["errors"]),
        (Policy::new().with_slow_from(50.0), &["slow_after"]),
        (Policy::new().with_hanging_calls(), &["slow"]),
        (Policy::new().with_consecutive(0).with_min_calls(0), &["min_calls", "consecutive"]),
        (
            Policy::new().with_open_time(s(0)).with_growth(0.5, s(0)),
            &["growth", "open_time", "open_max"],
        ),
        (Policy::new().with_probe_deadline(s(0)), &["probe_deadline"]),
    ];
    for (policy, fields) in table {
        let invalid = Breaker::new(policy).unwrap_err();
        assert_eq!(invalid.fields().collect::<Vec<_>>(), fields, "{invalid}");
    }
    // A window need not divide by its buckets.
    assert!(Policy::new().with_window(ms(1_000), 7).check().is_ok());
}

#[test]
fn whole_calls_are_asked_for_run_and_judged() {
    type Error = Box<dyn std::error::Error + Send + Sync>;
    let breaker = make(row());
    let missing = || Err::<(), Error>(std::io::Error::from(std::io::ErrorKind::NotFound).into());
    let reset =
        || Err::<(), Error>(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into());
    let neutral = || Err::<(), Error>(Rejected::new(CIRCUIT_OPEN, "another").into());
    for _ in 0..5 {
        assert!(breaker.call(neutral).is_err());
    }
    assert!(breaker.call_with(&|_: &Result<(), Error>| Outcome::Success, missing).is_err());
    assert_eq!(breaker.state(), State::Closed);
    assert!(breaker.call(reset).is_err());
    let run = breaker.run(|| async { reset() });
    assert!(futures::executor::block_on(run).is_err());
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.call(|| Ok::<_, Error>(())).unwrap_err().code(), CIRCUIT_OPEN);
}

#[test]
fn a_future_that_is_dropped_or_panics_leaves_no_probe_behind() {
    let breaker = opened(row(), breaker_now());
    let later = breaker_now() + s(100);
    breaker.reset();
    breaker.open_for(Duration::from_nanos(1));
    let mut pending = Box::pin(breaker.run(|| async {
        std::future::pending::<()>().await;
        Ok::<(), Rejected>(())
    }));
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    assert!(pending.as_mut().poll(context).is_pending());
    assert_eq!(breaker.snapshot().probes_in_flight, 1);
    drop(pending);
    assert_eq!((breaker.snapshot().probes_in_flight, breaker.state()), (0, State::HalfOpen));
    let panics = breaker.run(|| async {
        assert!(later.is_zero(), "on purpose");
        Ok::<(), Rejected>(())
    });
    let panics = AssertUnwindSafe(|| futures::executor::block_on(panics));
    assert!(catch_unwind(panics).is_err());
    assert_eq!(breaker.state(), State::Open);
}

/// Where the process clock stands.
fn breaker_now() -> Duration {
    make(row()).now()
}

#[test]
fn reports_without_a_permit_open_and_reopen_but_never_close() {
    let breaker = make(row());
    breaker.report_at(Outcome::Failure, s(1));
    breaker.report_at(Outcome::Failure, s(1));
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.report_at(Outcome::Failure, s(1)), Receipt::Ignored);
    let probe = breaker.try_acquire_at(s(2)).unwrap();
    assert_eq!(breaker.report_at(Outcome::Success, s(2)), Receipt::Ignored);
    assert_eq!(breaker.state(), State::HalfOpen);
    assert_eq!(breaker.report_at(Outcome::Failure, s(2)), Receipt::Recorded);
    assert_eq!((breaker.state(), probe.succeed_at(s(2))), (State::Open, Receipt::Late));
}

#[test]
fn nothing_is_allocated_for_a_call_let_through_or_refused() {
    use seawall_kit::alloc::assert_no_allocations;
    let policies = [row(), Policy::new(), Policy::new().with_count_window(100)];
    for policy in policies {
        let breaker = make(policy.with_slow_after(s(1)));
        let mut now = s(1);
        assert_no_allocations("calls that go through", 1000, || {
            now += ms(30);
            breaker.try_acquire_at(now).unwrap().succeed_at(now);
            drop(breaker.try_acquire_owned_at(now).unwrap());
        });
        breaker.open_for_at(s(60), now);
        assert_no_allocations("calls that are refused", 1000, || {
            assert!(breaker.try_acquire_at(now).is_err());
        });
    }
}

#[test]
fn a_breaker_with_ten_buckets_takes_256_bytes() {
    use seawall_kit::alloc::allocations;
    // The core with its counts of handles, and the buckets.
    let breaker = make(Policy::new());
    assert_eq!(breaker.bytes(), 256);
    let slow = make(Policy::new().with_slow_after(s(1)).with_slow_above(50.0));
    assert_eq!(slow.bytes(), 336);
    assert_eq!(allocations(|| drop(make(Policy::new()))), 4, "core, buckets, rules, name");
}
