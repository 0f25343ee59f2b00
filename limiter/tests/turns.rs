//! Turns that come sooner or later than was told, and those who are not there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "a crowd is timed")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Wake, Waker};
use std::time::Duration;

use seawall_kit::clock::SplitMix;
use seawall_limiter::{FixedWindow, LeakyQueue, Mode, Quota, SlidingWindow, TokenBucket, Turn};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
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

/// Panics when it is woken.
struct Mine;

impl Wake for Mine {
    fn wake(self: Arc<Self>) {
        panic!("as a waker may");
    }
}

#[test]
fn who_was_not_told_that_his_turn_comes_sooner_is_not_passed_over() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(1)).unwrap();
    bucket.try_acquire_at(ms(0)).unwrap();
    let _parked = bucket.join_at(1, None, ms(0)).unwrap();
    let (bell, waker) = Bell::new();
    let mut ticket = bucket.join_at(1, None, ms(0)).unwrap();
    assert_eq!(ticket.poll_at(Some(&waker), ms(0)), Turn::NotBefore(ms(200)));
    bucket.update_at(Quota::per_second(100).with_burst(1), ms(0)).unwrap();
    assert!(!bell.rang(), "the head is another");
    // The head does not come, and is passed over; the next one learns of it now.
    assert!(bucket.try_acquire_at(ms(150)).is_err(), "he comes first");
    assert!(bell.rang());
    assert!(bucket.peek_at(1, ms(150)).is_err());
    assert_eq!(ticket.poll_at(Some(&waker), ms(150)), Turn::Granted);
}

#[test]
fn who_is_woken_since_his_turn_has_come_sooner_has_ten_milliseconds_to_come() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(1)).unwrap();
    bucket.try_acquire_at(ms(0)).unwrap();
    bucket.block_until_at(ms(5000), ms(0));
    let mut parked = bucket.join_at(1, ms(9000), ms(0)).unwrap();
    assert_eq!(parked.poll_at(None, ms(0)), Turn::NotBefore(ms(5000)));
    bucket.unblock();
    assert!(bucket.try_acquire_at(ms(150)).is_err(), "he comes first");
    assert!(bucket.try_acquire_at(ms(160)).is_err());
    assert!(bucket.try_acquire_at(ms(161)).is_ok());
    assert!(matches!(parked.poll_at(None, ms(161)), Turn::NotBefore(at) if at > ms(260)));
}

#[test]
fn a_turn_that_was_late_moves_those_that_depend_on_it_and_not_on_the_next() {
    let window = SlidingWindow::new(Quota::per_second(2).with_max_wait(ms(9000))).unwrap();
    assert!(window.try_acquire_at(ms(0)).is_ok() && window.try_acquire_at(ms(100)).is_ok());
    let mut first = window.join_at(1, None, ms(100)).unwrap();
    let second = window.join_at(1, None, ms(100)).unwrap();
    assert_eq!((first.expected_at(), second.expected_at()), (ms(1000), ms(1100)));
    assert_eq!(first.poll_at(None, ms(1005)), Turn::Granted);
    let third = window.join_at(1, None, ms(1005)).unwrap();
    assert_eq!(third.expected_at(), ms(2100), "the first and the second are one entry");
    drop(second);
}

#[test]
fn two_whose_turn_is_the_same_instant_are_both_served_whoever_asks_first() {
    let window = FixedWindow::new(Quota::per_second(2)).unwrap();
    assert_eq!(window.try_acquire_up_to_at(2, ms(0)), 2);
    let mut first = window.join_at(1, ms(1000), ms(0)).unwrap();
    let mut second = window.join_at(1, ms(1000), ms(0)).unwrap();
    let turn = second.poll_at(None, ms(1000));
    assert!(matches!(turn, Turn::NotBefore(at) if at > ms(1000)), "{turn:?}");
    assert_eq!(first.poll_at(None, ms(1000)), Turn::Granted);
    assert_eq!(second.poll_at(None, ms(1000)), Turn::Granted);
}

#[test]
fn a_ticket_whose_poll_panicked_in_the_waker_of_another_has_its_answer_and_one_place() {
    let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
    queue.try_acquire_at(ms(0)).unwrap();
    let mut first = queue.join_at(1, None, ms(0)).unwrap();
    let mut second = queue.join_at(1, None, ms(0)).unwrap();
    assert_eq!(second.poll_at(Some(&Waker::from(Arc::new(Mine))), ms(0)), Turn::NotBefore(ms(200)));
    // A change of quota that makes the second one's turn come sooner.
    queue.update_at(Quota::per_second(20), ms(0)).unwrap();
    let poll = AssertUnwindSafe(|| first.poll_at(None, ms(50)));
    assert!(catch_unwind(poll).is_err(), "granted, it wakes the next one");
    assert_eq!(first.poll_at(None, ms(50)), Turn::Granted, "it is told again");
    drop(first);
    // Places are given out once each.
    let (bell, waker) = Bell::new();
    let mut third = queue.join_at(1, None, ms(50)).unwrap();
    let fourth = queue.join_at(1, None, ms(50)).unwrap();
    let _ = third.poll_at(Some(&waker), ms(50));
    drop(fourth);
    assert_eq!(queue.snapshot_at(ms(50)).waiting, 2);
    assert_eq!(second.poll_at(None, ms(100)), Turn::Granted);
    assert_eq!(third.poll_at(None, ms(150)), Turn::Granted);
    drop(bell);
}

#[test]
fn an_entry_that_panicked_in_the_waker_of_another_leaves_no_place_behind() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(1)).unwrap();
    bucket.try_acquire_at(ms(0)).unwrap();
    let mut parked = bucket.join_at(1, None, ms(0)).unwrap();
    let _ = parked.poll_at(Some(&Waker::from(Arc::new(Mine))), ms(0));
    assert!(bucket.try_acquire_at(ms(50)).is_err());
    let join = AssertUnwindSafe(|| bucket.join_at(1, None, ms(150)).map(|_| ()));
    assert!(catch_unwind(join).is_err(), "the parked one is passed over, and told");
    assert_eq!(bucket.snapshot_at(ms(150)).waiting, 0);
    assert!(bucket.try_acquire_at(ms(250)).is_ok());
}

#[test]
fn who_is_forgotten_in_the_line_spoils_no_figure_of_shadow_mode() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(1)).unwrap();
    bucket.try_acquire_at(ms(0)).unwrap();
    let mut parked = bucket.join_at(1, None, ms(0)).unwrap();
    let _ = parked.poll_at(None, ms(0));
    bucket.set_mode(Mode::Shadow);
    for now in [1000, 2000, 3000] {
        assert!(bucket.try_acquire_at(ms(now)).is_ok());
        assert!(bucket.join_at(1, None, ms(now + 500)).is_ok());
    }
    let snapshot = bucket.snapshot_at(ms(3500));
    assert_eq!((snapshot.shadowed, snapshot.delayed), (0, 0), "all of them fit");
    assert_eq!(parked.poll_at(None, ms(3500)), Turn::Granted);
}

#[test]
fn who_waited_when_a_mode_came_and_went_stands_where_he_stood() {
    for mode in [Mode::Shadow, Mode::ForcedOn, Mode::ForcedOff] {
        let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
        queue.try_acquire_at(ms(0)).unwrap();
        let mut first = queue.join_at(1, None, ms(0)).unwrap();
        let (bell, waker) = Bell::new();
        let mut second = queue.join_at(1, None, ms(0)).unwrap();
        let _ = second.poll_at(Some(&waker), ms(0));
        queue.set_mode(mode);
        queue.set_mode(Mode::Normal);
        assert!(bell.rang(), "{mode:?}");
        assert_eq!(second.poll_at(Some(&waker), ms(0)), Turn::NotBefore(ms(200)), "{mode:?}");
        assert_eq!(first.poll_at(None, ms(100)), Turn::Granted, "{mode:?}");
        assert_eq!(second.poll_at(None, ms(200)), Turn::Granted, "{mode:?}");
    }
}

#[test]
fn a_clock_that_leapt_forward_and_back_leaves_no_wrong_forecast() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(1)).unwrap();
    let leap = ms(3_600_000);
    bucket.try_acquire_at(leap).unwrap();
    let mut ticket = bucket.join_at(1, None, leap).unwrap();
    let _second = bucket.join_at(1, None, leap).unwrap();
    // The plan is kept; the clock is back.
    let newcomer = bucket.join_at(1, None, ms(0)).unwrap();
    assert!(newcomer.expected_at() < ms(1000), "{newcomer:?}");
    assert_eq!(ticket.poll_at(None, ms(0)), Turn::Granted);
}

#[test]
fn what_a_look_says_a_take_does_where_somebody_is_passed_over() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(1)).unwrap();
    bucket.try_acquire_at(ms(0)).unwrap();
    let mut parked = bucket.join_at(1, None, ms(0)).unwrap();
    let mut second = bucket.join_at(1, None, ms(0)).unwrap();
    let _ = (parked.poll_at(None, ms(0)), second.poll_at(None, ms(0)));
    let looked = bucket.peek_at(1, ms(150)).unwrap_err();
    let fits = bucket.fits_in_at(1, ms(150));
    let taken = bucket.try_acquire_at(ms(150)).unwrap_err();
    assert_eq!(looked, taken);
    assert_eq!(fits, taken.retry_after());
}

#[test]
fn the_way_past_the_lock_opens_when_the_last_who_waited_is_gone() {
    for granted in [true, false] {
        let bucket = TokenBucket::new(Quota::per_second(10).with_burst(1)).unwrap();
        bucket.try_acquire_at(ms(0)).unwrap();
        let mut ticket = bucket.join_at(1, None, ms(0)).unwrap();
        assert!(format!("{bucket:?}").contains("out: true"));
        if granted {
            assert_eq!(ticket.poll_at(None, ms(100)), Turn::Granted);
        }
        drop(ticket);
        assert!(format!("{bucket:?}").contains("out: false"), "{bucket:?}");
    }
}

#[test]
fn a_crowd_that_is_late_together_costs_no_square_of_its_size() {
    // The square of twenty thousand took half a minute each way.
    let start = std::time::Instant::now();
    let crowd = 20_000;
    let quota = Quota::per_second(crowd).with_max_waiting(crowd).with_max_wait(ms(60_000));
    let window = FixedWindow::new(quota).unwrap();
    window.try_acquire_up_to_at(crowd, ms(0));
    let mut tickets: Vec<_> = (0..crowd).map(|_| window.join_at(1, None, ms(0)).unwrap()).collect();
    // Each asks before all who come before him.
    for ticket in tickets.iter_mut().rev() {
        let _ = ticket.poll_at(None, ms(1000));
    }
    for ticket in &mut tickets {
        assert_eq!(ticket.poll_at(None, ms(1000)), Turn::Granted);
    }
    // All are passed over, and come back in another order.
    let queue = LeakyQueue::new(quota.with_burst(1)).unwrap();
    let mut tickets: Vec<_> = (0..crowd).map(|_| queue.join_at(1, None, ms(0)).unwrap()).collect();
    assert!(queue.try_acquire_at(ms(5000)).is_ok());
    let mut random = SplitMix::new(5);
    for _ in 0..crowd {
        let which = usize::try_from(random.below(crowd.into())).unwrap();
        let _ = tickets[which].poll_at(None, ms(5000));
    }
    for ticket in &mut tickets {
        let _ = ticket.poll_at(None, ms(5000));
    }
    assert!(queue.snapshot_at(ms(5000)).waiting > crowd - 300, "they stand in line again");
    assert!(start.elapsed() < ms(10_000), "{:?}", start.elapsed());
}
