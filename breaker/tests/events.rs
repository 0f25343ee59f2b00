//! Transitions, told in order to whoever asks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_breaker::State::{Closed, ForcedOpen, HalfOpen, Open};
use seawall_breaker::{Breaker, Event, Events, Mode, Policy, Reason};
use seawall_errors::Outcome;
use seawall_kit::Wakes;

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn make() -> Breaker {
    let policy = Policy::new().with_consecutive(2).with_open_time(s(5)).with_jitter(0.0);
    Breaker::new(policy.with_probes(1).with_name("orders")).unwrap()
}

fn all(events: &mut Events) -> Vec<Event> {
    std::iter::from_fn(|| events.try_next()).collect()
}

#[test]
fn each_transition_is_told_once_in_order_with_its_reason_and_counts() {
    let breaker = make();
    let mut events = breaker.subscribe(20);
    for outcome in [Outcome::Success, Outcome::Failure, Outcome::Failure] {
        breaker.try_acquire_at(s(1)).unwrap().complete_at(outcome, s(1));
    }
    breaker.try_acquire_at(s(6)).unwrap().fail_at(s(6));
    breaker.try_acquire_at(s(16)).unwrap().succeed_at(s(16));
    breaker.set_mode_for_at(Mode::ForcedOpen, s(1), s(17));
    let _ = breaker.try_acquire_at(s(18));
    breaker.reset_at(s(19));
    let events = all(&mut events);
    let told: Vec<_> = events.iter().map(|e| (e.from, e.to, e.reason)).collect();
    assert_eq!(
        told,
        [
            (Closed, Open, Reason::Consecutive),
            (Open, HalfOpen, Reason::OpenTimeOver),
            (HalfOpen, Open, Reason::ProbeFailed),
            (Open, HalfOpen, Reason::OpenTimeOver),
            (HalfOpen, Closed, Reason::ProbesSucceeded),
            (Closed, ForcedOpen, Reason::Forced),
            (ForcedOpen, Closed, Reason::Released),
            (Closed, Closed, Reason::Reset),
        ]
    );
    assert!(events.iter().zip(1..).all(|(e, n)| e.generation == n && e.name == "orders"));
    let first = events[0];
    assert_eq!((first.calls, first.failed, first.streak), (3, 2, 2));
    assert_eq!((first.open_for, events[2].open_for), (Some(s(5)), Some(s(10))));
}

#[test]
fn a_listener_may_use_the_breaker_and_one_that_is_gone_hears_nothing() {
    let breaker = make();
    let (mut one, two) = (breaker.subscribe(9), breaker.subscribe(9));
    drop(two);
    breaker.set_mode(Mode::ForcedOpen);
    while let Some(event) = one.try_next() {
        if event.to == ForcedOpen {
            breaker.set_mode(Mode::Normal);
            breaker.subscribe(1);
        }
    }
    assert_eq!(breaker.state(), Closed);
}

#[test]
fn a_full_inbox_keeps_the_newest_and_counts_what_it_missed() {
    let breaker = make();
    let mut events = breaker.subscribe(3);
    for _ in 0..10 {
        breaker.reset();
    }
    assert_eq!(events.missed(), 7);
    assert_eq!(all(&mut events).iter().map(|e| e.generation).collect::<Vec<_>>(), [8, 9, 10]);
}

#[test]
fn who_waits_is_woken_once_and_told_when_the_breaker_is_gone() {
    let breaker = make();
    let mut events = breaker.subscribe(9);
    let wakes = Wakes::new();
    let context = &mut Context::from_waker(wakes.waker());
    assert_eq!(events.poll_next(context), Poll::Pending);
    breaker.reset();
    breaker.reset();
    assert_eq!(wakes.take(), 1);
    assert!(matches!(events.poll_next(context), Poll::Ready(Some(_))));
    assert!(matches!(events.poll_next(context), Poll::Ready(Some(_))));
    assert_eq!(events.poll_next(context), Poll::Pending);
    drop(breaker);
    assert_eq!(wakes.take(), 1);
    assert_eq!(events.poll_next(context), Poll::Ready(None));
    assert_eq!(events.poll_next(&mut Context::from_waker(Waker::noop())), Poll::Ready(None));
}

#[test]
fn threads_that_open_and_close_it_leave_one_unbroken_chain() {
    let breaker = make();
    let mut events = breaker.subscribe(1 << 20);
    std::thread::scope(|scope| {
        for id in 0..8_u64 {
            let breaker = &breaker;
            scope.spawn(move || {
                for i in 0..2_000_u64 {
                    let now = s(i);
                    match breaker.try_acquire_at(now) {
                        Ok(permit) if (i / 7 + id) % 3 == 0 => permit.fail_at(now),
                        Ok(permit) => permit.succeed_at(now),
                        Err(_) => continue,
                    };
                    if i % 501 == id {
                        breaker.reset_at(now);
                    }
                }
            });
        }
    });
    let events = all(&mut events);
    assert!(events.len() > 100, "{}", events.len());
    for pair in events.windows(2) {
        assert_eq!(pair[0].to, pair[1].from);
        assert_eq!(pair[0].generation + 1, pair[1].generation);
    }
    let last = events.last().unwrap();
    assert_eq!(
        (last.to, last.generation),
        (breaker.state(), breaker.snapshot_at(s(3_000)).generation)
    );
}
