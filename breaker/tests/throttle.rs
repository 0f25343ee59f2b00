//! What a throttle lets through, in virtual time.
#![allow(
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

use std::collections::VecDeque;
use std::time::Duration;

use seawall_breaker::{Mode, Receipt, Throttle, ThrottlePermit, ThrottlePolicy};
use seawall_errors::Outcome;
use seawall_errors::family::CIRCUIT_THROTTLED;
use seawall_kit::clock::walks;
use seawall_kit::extremes::{DURATION, F64, pairs, survives};

fn us(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn policy() -> ThrottlePolicy {
    ThrottlePolicy::new().with_window(s(10), 10).with_seed(1).with_most(100.0)
}

/// `rate` calls a second for so long to a backend that takes the first
/// `capacity` of each second. How many were sent, and taken, in the last half.
fn overload(policy: ThrottlePolicy, rate: u64, capacity: u64, seconds: u64) -> (u64, u64) {
    let throttle = Throttle::new(policy).unwrap();
    let (mut sent, mut taken) = (0, 0);
    for second in 0..seconds {
        let mut this_second = 0;
        for i in 0..rate {
            let now = s(second) + us(i * 1_000_000 / rate);
            let Ok(permit) = throttle.try_acquire_at(now) else { continue };
            this_second += 1;
            let good = this_second <= capacity;
            permit.complete_at(if good { Outcome::Success } else { Outcome::Failure }, now);
            if second >= seconds / 2 {
                sent += 1;
                taken += u64::from(good);
            }
        }
    }
    (sent, taken)
}

#[test]
fn it_sends_its_factor_times_what_the_backend_takes() {
    let (rate, capacity, seconds) = (1_000, 100, 60);
    for (factor, expected) in [(2.0, 2.0), (1.1, 1.1)] {
        let (sent, taken) = overload(policy().with_factor(factor), rate, capacity, seconds);
        let ratio = sent as f64 / taken as f64;
        assert!((ratio - expected).abs() < 0.15, "K = {factor}: {sent} sent, {taken} taken");
        assert!(taken >= 95 * seconds / 2, "{taken} of {} were taken", 100 * seconds / 2);
    }
}

#[test]
fn a_dead_backend_gets_one_call_a_second_and_not_none() {
    let (sent, _) = overload(policy(), 1_000, 0, 60);
    assert!((30..=60).contains(&sent), "{sent} in 30 seconds");
    let (sent, _) = overload(policy().with_most(90.0), 1_000, 0, 60);
    assert!((2_700..3_300).contains(&sent), "a cap of 90 % leaks a tenth: {sent}");
}

/// A dead backend is well again; how many windows until nobody is refused?
fn recovery(policy: ThrottlePolicy) -> u64 {
    let throttle = Throttle::new(policy).unwrap();
    for i in 0..80_000_u64 {
        let now = us(i * 1_000);
        let Ok(permit) = throttle.try_acquire_at(now) else { continue };
        permit.complete_at(if i < 20_000 { Outcome::Failure } else { Outcome::Success }, now);
        if i > 20_000 && throttle.snapshot_at(now).refusal == 0.0 {
            return (i - 20_000) / 10_000;
        }
    }
    u64::MAX
}

#[test]
fn how_soon_it_lets_all_through_again_depends_on_the_most_that_it_refuses() {
    let windows = [90.0, 99.0, 100.0].map(|most| recovery(policy().with_most(most)));
    assert_eq!(windows[0], 1);
    assert!(windows.is_sorted() && windows[2] <= 4, "{windows:?}");
}

/// A thousand calls a second, each of which takes so long; how many of ten
/// thousand are refused.
fn refused(takes: Duration, outcome: Outcome) -> usize {
    let throttle = Throttle::new(policy()).unwrap();
    let mut under_way: VecDeque<(Duration, ThrottlePermit)> = VecDeque::new();
    let refused = (0..10_000).filter(|i| {
        let now = us(i * 1_000);
        while under_way.front().is_some_and(|(end, _)| *end <= now) {
            let (_, permit) = under_way.pop_front().unwrap();
            permit.complete_at(outcome, now);
        }
        let permit = throttle.try_acquire_at(now);
        permit.map(|permit| under_way.push_back((now + takes, permit))).is_err()
    });
    refused.count()
}

#[test]
fn a_healthy_backend_is_not_taken_for_a_dead_one_before_its_first_answer() {
    for takes in [us(0), us(500_000), us(900_000)] {
        assert_eq!(refused(takes, Outcome::Success), 0, "{takes:?}");
        assert!(refused(takes, Outcome::Failure) > 8_000, "{takes:?}");
    }
    // Buckets are a second long: one that answers nothing is found out after two.
    let hanging = refused(s(60), Outcome::Success);
    assert!((7_000..8_100).contains(&hanging), "{hanging}");
}

#[test]
fn forced_states_count_nothing_here_or_in_the_whole() {
    let whole = Throttle::new(policy()).unwrap();
    let part = Throttle::with_parent(policy(), &whole).unwrap();
    let before = part.try_acquire_at(s(1)).unwrap();
    part.set_mode_for_at(Mode::ForcedClosed, s(2), s(1));
    let during = part.try_acquire_at(s(1)).unwrap();
    assert_eq!(part.report_at(Outcome::Failure, s(1)), Receipt::Ignored);
    assert_eq!(part.try_acquire_at(s(1)).unwrap().fail_at(s(1)), Receipt::Ignored);
    let seen = whole.snapshot_at(s(1));
    assert_eq!((seen.requests, seen.ended), (1, 0));
    assert_eq!(before.fail_at(s(2)), Receipt::Ignored);
    assert_eq!(during.succeed_at(s(3)), Receipt::Ignored);
    let seen = part.snapshot_at(s(3));
    assert_eq!((seen.requests, seen.ended), (0, 0));
}

#[test]
fn a_mode_ends_in_time_though_the_clock_had_leapt_when_it_was_set() {
    let throttle = Throttle::new(policy()).unwrap();
    throttle.set_mode_for_at(Mode::ForcedOpen, s(10), s(365 * 86_400));
    assert!(throttle.try_acquire_at(s(1)).is_err());
    assert!(throttle.try_acquire_at(s(10)).is_err());
    assert!(throttle.try_acquire_at(s(11)).is_ok());
}

#[test]
fn a_few_failures_refuse_nobody() {
    let throttle = Throttle::new(policy()).unwrap();
    for i in 0..10 {
        throttle.try_acquire_at(us(i)).unwrap().fail_at(us(i));
    }
}

#[test]
fn a_call_that_is_given_up_was_never_there() {
    let throttle = Throttle::new(policy()).unwrap();
    for _ in 0..1_000 {
        drop(throttle.try_acquire_at(s(1)).unwrap());
    }
    let seen = throttle.snapshot_at(s(1));
    assert_eq!((seen.requests, seen.ended), (0, 0));
}

#[test]
fn a_refusal_says_when_somebody_is_let_through_in_any_case() {
    let throttle = Throttle::new(policy()).unwrap();
    let mut refused = None;
    for i in 0..1_000 {
        match throttle.try_acquire_at(us(i)) {
            Ok(permit) => drop(permit.fail_at(us(i))),
            Err(rejected) => refused = Some(rejected),
        }
    }
    let refused = refused.unwrap();
    assert_eq!((refused.code(), refused.who()), (CIRCUIT_THROTTLED, "throttle"));
    assert!(refused.retry_after().unwrap() <= s(1));
    assert_eq!(refused.number("accepted_percent"), Some(0));
    let due = us(999) + refused.retry_after().unwrap();
    assert!(throttle.try_acquire_at(due).is_ok());
}

#[test]
fn what_is_not_known_of_a_part_is_taken_from_the_whole() {
    let whole = Throttle::new(policy()).unwrap();
    let make = || Throttle::with_parent(policy(), &whole).unwrap();
    let (bad, fresh) = (make(), make());
    for i in 0..40 {
        if let Ok(permit) = bad.try_acquire_at(us(i)) {
            permit.complete_at(if i % 4 == 0 { Outcome::Success } else { Outcome::Failure }, us(i));
        }
    }
    let chance = |throttle: &Throttle| throttle.success_probability_at(us(40));
    assert!(chance(&whole) < 0.5 && chance(&bad) < chance(&whole));
    assert!((chance(&fresh) - chance(&whole)).abs() < 1e-5, "it knows nothing yet");
    let never = Throttle::new(policy().with_prior(30.0, 10)).unwrap();
    assert!((never.success_probability_at(s(1)) - 0.3).abs() < 1e-5);
}

#[test]
fn modes_resets_and_changes_do_as_they_say() {
    let throttle = Throttle::new(policy()).unwrap();
    let fail = |throttle: &Throttle, n: u64| {
        let sent = (0..n)
            .filter(|_| throttle.try_acquire_at(s(1)).map(|permit| permit.fail_at(s(1))).is_ok());
        sent.count() as u64
    };
    assert!(fail(&throttle, 1_000) < 200);
    throttle.set_mode(Mode::Shadow);
    assert_eq!(fail(&throttle, 1_000), 1_000);
    assert!(throttle.snapshot_at(s(1)).shadowed > 800);
    throttle.set_mode_for_at(Mode::ForcedClosed, s(1), s(1));
    let permit = throttle.try_acquire_at(s(1)).unwrap();
    assert_eq!(permit.fail_at(s(1)), Receipt::Ignored);
    assert_eq!(throttle.snapshot_at(s(2)).mode, Mode::Normal);
    throttle.set_mode(Mode::ForcedOpen);
    assert!(throttle.try_acquire_at(s(1)).is_err());
    throttle.set_mode(Mode::Normal);
    throttle.update(policy().with_window(s(60), 6).with_spared(1_000_000)).unwrap();
    assert!(throttle.snapshot_at(s(1)).requests > 1_000, "what it has seen counts on");
    let late = throttle.try_acquire_at(s(1)).expect("a million are spared");
    throttle.reset();
    assert_eq!((late.fail_at(s(1)), throttle.snapshot_at(s(1)).requests), (Receipt::Late, 0));
    assert!(throttle.update(policy().with_factor(0.5)).is_err());
}

#[test]
fn no_clock_and_no_setting_locks_out_or_panics() {
    for walk in walks(3) {
        let throttle = Throttle::new(policy()).unwrap();
        let name = walk.name();
        let mut last = Duration::ZERO;
        for now in walk.take(500) {
            let _ = throttle.try_acquire_at(now).map(|permit| permit.fail_at(now));
            last = now;
        }
        let base = last.min(s(100 * 365 * 86_400));
        assert!((0..130).any(|i| throttle.try_acquire_at(base + s(i) / 10).is_ok()), "{name}");
    }
    survives("settings", pairs(F64, DURATION), |(number, time)| {
        let policy = ThrottlePolicy::new().with_factor(number).with_most(number);
        let policy = policy.with_prior(number, 7).with_floor(time).with_window(time, 10);
        if let Ok(throttle) = Throttle::new(policy) {
            for now in [time, Duration::ZERO, Duration::MAX] {
                let _ = throttle.try_acquire_at(now).map(|permit| permit.succeed_at(time));
                let _ = throttle.snapshot_at(now);
            }
        }
    });
    let invalid = ThrottlePolicy::new().with_factor(f64::NAN).with_floor(s(0)).check();
    assert_eq!(invalid.unwrap_err().fields().collect::<Vec<_>>(), ["factor", "floor"]);
}
