//! What is done to a limiter while it runs, to the last number.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Wake, Waker};
use std::time::Duration;

use proptest::prelude::*;
use seawall_errors::family::{QUEUE_FULL, QUEUE_TIMEOUT, RATE_LIMITED};
use seawall_limiter::{
    Combined, FixedWindow, LeakyQueue, Lots, Mode, Quota, Rule, SlidingCounter, SlidingWindow,
    TokenBucket, Turn,
};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_change_of_quota_at_a_late_reading_stalls_nobody_for_what_was_booked() {
    let quota = Quota::per_second(10).with_burst(1);
    let bucket = TokenBucket::new(quota).unwrap();
    let now = ms(2_000_000);
    bucket.try_acquire_at(now).unwrap();
    let booked = bucket.reserve_at(1, ms(1000), now).unwrap();
    assert_eq!(booked.starts_at(), now + ms(100));
    bucket.update_at(Quota::per_second(1).with_burst(1), ms(1_992_000)).unwrap();
    // One permit is owed, and one was booked.
    let fits = bucket.fits_in_at(1, now).unwrap();
    assert!(fits >= ms(1900) && fits < ms(4000), "{fits:?}");
}

#[test]
fn a_debt_that_is_settled_at_a_late_reading_is_owed() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(5)).unwrap();
    let charge = bucket.charge_at(5, ms(10_000)).unwrap();
    charge.settle_at(8, ms(2000));
    let fits = bucket.fits_in_at(1, ms(10_000));
    assert_eq!(fits, Some(ms(400)), "three more than there were");
}

#[derive(Default)]
struct Bell(AtomicU32);

impl Bell {
    fn new() -> (Arc<Self>, Waker) {
        let bell = Arc::<Bell>::default();
        (Arc::clone(&bell), Waker::from(bell))
    }

    fn rang(&self) -> bool {
        self.0.swap(0, Relaxed) > 0
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// Ten a second, burst of five.
fn bucket() -> TokenBucket {
    TokenBucket::new(Quota::per_second(10).with_burst(5)).unwrap()
}

#[test]
fn bookings_a_minute_ahead_are_no_clock_that_was_wrong() {
    let bucket = TokenBucket::new(Quota::per_second(1).with_burst(1)).unwrap();
    let minute = ms(60_000);
    let book = || bucket.reserve_at(1, minute, ms(0)).ok();
    let booked = std::iter::from_fn(book).take(100).count();
    assert_eq!(booked, 61);
    assert!(bucket.try_acquire_at(ms(0)).is_err());
    assert_eq!(bucket.fits_in_at(1, ms(0)), Some(ms(61_000)));
}

#[test]
fn what_was_booked_is_owed_in_full_through_any_number_of_changes() {
    let quota = Quota::per_second(10).with_burst(1);
    let bucket = TokenBucket::new(quota).unwrap();
    for _ in 0..11 {
        let _ = bucket.reserve_at(1, ms(1000), ms(0)).unwrap();
    }
    bucket.update_at(quota, ms(0)).unwrap();
    bucket.update_at(Quota::per_second(1).with_burst(1), ms(0)).unwrap();
    assert_eq!(bucket.fits_in_at(1, ms(0)), Some(ms(11_000)));
}

#[test]
fn a_debt_is_owed_through_a_change() {
    let bucket = bucket();
    bucket.charge_at(1, ms(0)).unwrap().settle_at(8, ms(0));
    bucket.update_at(Quota::per_second(100).with_burst(5), ms(0)).unwrap();
    assert_eq!(bucket.fits_in_at(1, ms(0)), Some(ms(40)), "three, and one");
}

#[test]
fn a_refund_counts_again_once_the_reservation_has_begun() {
    let bucket = bucket();
    let charge = bucket.charge_at(5, ms(0)).unwrap();
    let _booked = bucket.reserve_at(1, ms(1000), ms(0)).unwrap();
    charge.refund_at(ms(150));
    assert_eq!(bucket.remaining_at(ms(150)), 5);
}

#[test]
fn a_refund_counts_again_once_the_reservation_is_cancelled() {
    let bucket = bucket();
    let (first, second) =
        (bucket.charge_at(3, ms(0)).unwrap(), bucket.charge_at(2, ms(0)).unwrap());
    let early = bucket.reserve_at(1, ms(1000), ms(0)).unwrap();
    let late = bucket.reserve_at(1, ms(1000), ms(0)).unwrap();
    late.cancel_at(ms(0));
    first.refund_at(ms(50));
    assert_eq!(bucket.fits_in_at(1, ms(50)), Some(ms(150)), "the early one is still ahead");
    early.cancel_at(ms(50));
    second.refund_at(ms(50));
    assert_eq!(bucket.remaining_at(ms(50)), 2, "two and a half");
}

#[test]
fn who_waits_behind_a_reservation_hears_that_it_was_cancelled() {
    let bucket = bucket();
    bucket.try_acquire_many_at(5, ms(0)).unwrap();
    let _first = bucket.reserve_at(1, ms(1000), ms(0)).unwrap();
    let last = bucket.reserve_at(1, ms(1000), ms(0)).unwrap();
    let (bell, waker) = Bell::new();
    let mut ticket = bucket.join_at(1, None, ms(0)).unwrap();
    assert_eq!(ticket.poll_at(Some(&waker), ms(0)), Turn::NotBefore(ms(300)));
    last.cancel_at(ms(0));
    assert!(bell.rang());
    assert_eq!(ticket.poll_at(Some(&waker), ms(0)), Turn::NotBefore(ms(200)));
}

#[test]
fn a_charge_that_passed_uncounted_is_corrected_in_nothing() {
    for mode in [Mode::ForcedOff, Mode::Shadow] {
        for actual in [0, 3, 9] {
            let bucket = bucket();
            if mode == Mode::Shadow {
                bucket.try_acquire_many_at(4, ms(0)).unwrap();
            }
            let before = bucket.remaining_at(ms(0));
            bucket.set_mode(mode);
            let charge = bucket.charge_at(2, ms(0)).unwrap();
            bucket.set_mode(Mode::Normal);
            charge.settle_at(actual, ms(0));
            assert_eq!(bucket.remaining_at(ms(0)), before, "{mode:?} {actual}");
            assert_eq!(bucket.fits_in_at(5, ms(0)), Some(ms(u64::from(5 - before) * 100)));
        }
    }
}

#[test]
fn the_end_of_a_block_and_a_faster_quota_are_told_to_the_head() {
    for (change, at) in [(0, 100), (1, 10)] {
        let bucket = bucket();
        bucket.try_acquire_many_at(5, ms(0)).unwrap();
        let (bell, waker) = Bell::new();
        let mut ticket = bucket.join_at(1, None, ms(0)).unwrap();
        bucket.block_until_at(ms(500 * (1 - change)), ms(0));
        let told = if change == 0 { 500 } else { 100 };
        assert_eq!(ticket.poll_at(Some(&waker), ms(0)), Turn::NotBefore(ms(told)));
        if change == 0 {
            bucket.unblock();
        } else {
            bucket.update_at(Quota::per_second(100).with_burst(5), ms(0)).unwrap();
        }
        assert!(bell.rang(), "{change}");
        assert_eq!(ticket.poll_at(Some(&waker), ms(0)), Turn::NotBefore(ms(at)));
    }
}

#[test]
fn after_a_change_newcomers_wait_by_its_bounds_and_are_told_its_times() {
    let bucket = bucket();
    bucket.try_acquire_many_at(5, ms(0)).unwrap();
    let first = bucket.join_at(1, None, ms(0)).unwrap();
    let second = bucket.join_at(1, None, ms(0)).unwrap();
    let twice = Quota::per_second(20).with_burst(5);
    bucket.update_at(twice.with_max_wait(ms(149)), ms(0)).unwrap();
    let refused = bucket.join_at(1, None, ms(0)).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (QUEUE_TIMEOUT, Some(ms(150))));
    bucket.update_at(twice.with_max_waiting(2), ms(0)).unwrap();
    assert_eq!(bucket.join_at(1, None, ms(0)).unwrap_err().code(), QUEUE_FULL);
    drop((first, second));
}

#[test]
fn who_cannot_be_served_in_time_any_more_is_told_at_once() {
    let bucket = bucket();
    bucket.try_acquire_many_at(5, ms(0)).unwrap();
    let (bells, wakers): (Vec<_>, Vec<_>) = (0..3).map(|_| Bell::new()).unzip();
    let mut tickets: Vec<_> =
        [150, 900, 350].map(|wait| bucket.join_at(1, ms(wait), ms(0)).unwrap()).into();
    for (ticket, waker) in tickets.iter_mut().zip(&wakers) {
        let _ = ticket.poll_at(Some(waker), ms(0));
    }
    bucket.block_until_at(ms(500), ms(0));
    let rang: Vec<_> = bells.iter().map(|bell| bell.rang()).collect();
    assert_eq!(rang, [true, false, true]);
    assert_eq!(bucket.snapshot_at(ms(0)).waiting, 1);
    assert_eq!(bucket.join_at(1, ms(900), ms(0)).unwrap().expected_at(), ms(500));
    // And one who costs more than the new burst.
    let mut large = bucket.join_at(3, ms(900), ms(0)).unwrap();
    let (bell, waker) = Bell::new();
    let _ = large.poll_at(Some(&waker), ms(0));
    bucket.update_at(Quota::per_second(10).with_burst(2), ms(0)).unwrap();
    assert!(bell.rang());
}

#[test]
fn who_asks_without_a_waker_does_not_silence_the_one_before() {
    let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
    queue.try_acquire_at(ms(0)).unwrap();
    let head = queue.join_at(1, None, ms(0)).unwrap();
    let (bell, waker) = Bell::new();
    let mut next = queue.join_at(1, None, ms(0)).unwrap();
    let _ = (next.poll_at(Some(&waker), ms(0)), next.poll_at(None, ms(1)));
    drop(head);
    assert!(bell.rang());
}

#[test]
fn whose_time_has_come_is_first_and_the_others_are_told_a_later_moment() {
    let bucket = bucket();
    bucket.try_acquire_many_at(5, ms(0)).unwrap();
    let mut head = bucket.join_at(1, None, ms(0)).unwrap();
    bucket.update_at(Quota::per_second(1000).with_burst(5), ms(100)).unwrap();
    // There are more than he needs, and he has ten milliseconds to come.
    let now = ms(105);
    assert_eq!(bucket.remaining_at(now), 0);
    let refused = bucket.try_acquire_at(now).unwrap_err();
    assert_eq!(refused.retry_after(), Some(Duration::from_nanos(1)));
    assert_eq!(refused.number("remaining"), Some(0), "what is there is his");
    let mut behind = bucket.join_at(1, None, now).unwrap();
    assert_eq!(behind.expected_at(), now + Duration::from_nanos(1));
    assert_eq!(head.poll_at(None, now), Turn::Granted);
    assert_eq!(behind.poll_at(None, now), Turn::Granted);
}

#[test]
fn a_block_outlives_a_clock_that_is_late_and_not_one_that_was_wrong() {
    let bucket = bucket();
    let seconds = Duration::from_secs;
    bucket.block_until_at(seconds(105), seconds(100));
    assert!(bucket.try_acquire_at(seconds(91)).is_err());
    assert_eq!(bucket.try_acquire_at(seconds(91)).unwrap_err().number("remaining"), Some(0));
    assert!(bucket.try_acquire_at(seconds(89)).is_ok());
    assert!(bucket.try_acquire_at(seconds(100)).is_ok(), "it is over for good");
}

#[test]
fn shadow_mode_counts_what_it_takes_and_says_that_all_fits() {
    let bucket = bucket();
    bucket.set_mode(Mode::Shadow);
    assert_eq!(bucket.try_acquire_up_to_at(8, ms(0)), 8);
    assert_eq!(bucket.try_acquire_up_to_at(8, ms(200)), 8);
    let snapshot = bucket.snapshot_at(ms(200));
    assert_eq!((snapshot.shadowed, snapshot.remaining), (2, 0));
    assert_eq!(bucket.fits_in_at(1, ms(200)), Some(ms(0)));
    bucket.set_mode(Mode::Normal);
    assert_eq!(bucket.fits_in_at(1, ms(200)), Some(ms(100)), "five, and the two since");
    assert_eq!(bucket.try_acquire_up_to_at(8, ms(400)), 2);
}

#[test]
fn who_waited_when_shadow_mode_began_counts_as_one_who_would_have() {
    let bucket = bucket();
    bucket.try_acquire_many_at(5, ms(0)).unwrap();
    let mut ticket = bucket.join_at(1, None, ms(0)).unwrap();
    bucket.set_mode(Mode::Shadow);
    assert_eq!(ticket.poll_at(None, ms(0)), Turn::Granted);
    let snapshot = bucket.snapshot_at(ms(0));
    assert_eq!((snapshot.shadowed, snapshot.delayed), (0, 1));
}

#[test]
fn a_lot_heeds_a_mode_and_a_new_quota_at_its_next_call() {
    let quota = Quota::per_hour(100);
    let lots = Lots::new(quota, 2, 10).unwrap();
    let mut lot = lots.holder().unwrap();
    lot.try_acquire_at(ms(0)).unwrap();
    assert_eq!(lot.held(), 10);
    lots.update_at(quota.with_burst(25), ms(0)).unwrap();
    // The bucket was cut to five; ten come back, of which five fit.
    lot.try_acquire_at(ms(0)).unwrap();
    assert_eq!((lot.held(), lots.snapshot_at(ms(0)).remaining), (4, 0));
    lots.set_mode(Mode::ForcedOn);
    let refused = lot.try_acquire_at(ms(0)).unwrap_err();
    assert_eq!((refused.code(), lot.held()), (RATE_LIMITED, 0));
    lots.set_mode(Mode::Normal);
    assert!(lot.try_acquire_many_at(4, ms(0)).is_ok());
    assert!(lot.try_acquire_at(ms(0)).is_err(), "four were left");
}

#[test]
fn a_counter_keeps_both_its_counts_through_a_change() {
    let counter = SlidingCounter::new(Quota::per_second(10)).unwrap();
    assert_eq!(counter.snapshot_at(ms(300)).full_in, ms(0));
    assert_eq!(counter.try_acquire_up_to_at(8, ms(300)), 8);
    assert_eq!(counter.snapshot_at(ms(300)).full_in, ms(1700));
    assert_eq!(counter.snapshot_at(ms(1200)).full_in, ms(800));
    counter.update_at(Quota::per_second(20), ms(1500)).unwrap();
    assert_eq!(counter.remaining_at(ms(1500)), 16, "half of eight still counts");
    assert_eq!(counter.try_acquire_up_to_at(6, ms(1500)), 6);
    // Both count on from the two-second window that holds this moment.
    counter.update_at(Quota::per(20, ms(2000)), ms(1500)).unwrap();
    assert_eq!(counter.remaining_at(ms(1500)), 12, "six, and a quarter of eight");
    assert_eq!(counter.remaining_at(ms(3000)), 17, "half of six");
}

#[test]
fn of_several_limits_the_smallest_bounds_hold_and_the_first_of_equals_is_named() {
    let rule = |name, wait, waiting| {
        let quota = Quota::per_second(10).with_name(name);
        Rule::FixedWindow(quota.with_max_wait(ms(wait)).with_max_waiting(waiting))
    };
    for rules in [
        [rule("first", 500, 1), rule("second", 5000, 9)],
        [rule("first", 5000, 9), rule("second", 500, 1)],
    ] {
        let combined = Combined::new(&rules).unwrap();
        assert_eq!(combined.try_acquire_up_to_at(99, ms(0)), 10);
        assert_eq!(combined.try_acquire_at(ms(0)).unwrap_err().who(), "first");
        let large = combined.join_at(10, ms(1000), ms(0)).unwrap();
        assert_eq!(combined.join_at(1, ms(1000), ms(0)).unwrap_err().code(), QUEUE_FULL);
        drop(large);
        assert_eq!(combined.join_at(10, None, ms(499)).unwrap_err().code(), QUEUE_TIMEOUT);
        assert!(combined.join_at(10, None, ms(500)).is_ok());
    }
}

#[test]
fn a_late_reading_makes_none_of_several_limits_start_anew() {
    let second = Quota::per_second(10);
    let combined = Combined::new(&[
        Rule::TokenBucket(second),
        Rule::FixedWindow(second),
        Rule::SlidingWindow(second),
        Rule::SlidingCounter(second),
    ])
    .unwrap();
    assert_eq!(combined.try_acquire_up_to_at(99, ms(5000)), 10);
    for late in [4999, 4500, 4001, 0] {
        assert_eq!(combined.remaining_at(ms(late)), 0, "{late}");
        assert!(combined.try_acquire_at(ms(late)).is_err());
        let fits = combined.fits_in_at(1, ms(late)).unwrap();
        assert_eq!(ms(late) + fits, combined.fits_in_at(1, ms(5000)).unwrap() + ms(5000));
    }
}

#[test]
fn a_log_counts_on_in_a_window_of_another_length() {
    let window = SlidingWindow::new(Quota::per_second(10)).unwrap();
    assert_eq!(window.try_acquire_up_to_at(4, ms(0)), 4);
    window.update_at(Quota::per(10, ms(3000)), ms(900)).unwrap();
    assert_eq!((window.remaining_at(ms(2999)), window.remaining_at(ms(3000))), (6, 10));
    assert_eq!(window.snapshot_at(ms(900)).full_in, ms(2100));
}

/// Times and spans at both ends of what is legal, and between.
fn nanos() -> impl Strategy<Value = u64> {
    let end = 1_u64 << 62;
    prop_oneof![0_u64..50, Just(end), end - 50..=end, 0..=end, 0_u64..10_000_000_000]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn aligned_windows_begin_where_they_should_at_both_ends_of_time(
        period in nanos(),
        ago in nanos(),
        made in nanos(),
        steps in prop::collection::vec((0_u8..4, nanos()), 1..20),
    ) {
        let period = period.max(3);
        let ns = Duration::from_nanos;
        let quota = Quota::per(3, ns(period));
        let window = FixedWindow::aligned_at(quota, ns(ago), ns(made)).unwrap();
        let index = |now: u64| {
            (i128::from(now) - i128::from(made) + i128::from(ago)).div_euclid(i128::from(period))
        };
        let (mut now, mut counted, mut current) = (0_u64, 0, i128::MIN);
        for (kind, step) in steps {
            let step = match kind {
                0 => 0,
                1 => step % period,
                2 => period,
                _ => step,
            };
            now = now.saturating_add(step).min(1 << 62);
            if index(now) > current {
                (counted, current) = (0, index(now));
            }
            let left = window.remaining_at(ns(now));
            prop_assert_eq!(left, 3 - counted, "at {}", now);
            if let Err(refused) = window.try_acquire_at(ns(now)) {
                prop_assert_eq!(counted, 3);
                let next = u64::try_from(refused.retry_after().unwrap().as_nanos()).unwrap();
                prop_assert!(index(now.saturating_add(next)) > current);
                prop_assert!(index(now.saturating_add(next - 1)) == current);
            } else {
                counted += 1;
            }
        }
    }
}
