//! Waiting for a key and blocking it.
#![cfg(feature = "keyed")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "tests look at tokio's paused clock")]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Wake, Waker};
use std::thread;
use std::time::Duration;

use seawall_errors::family::{KEYS_FULL, QUEUE_FULL, QUEUE_TIMEOUT, RATE_LIMITED};
use seawall_limiter::{Keyed, Keys, Mode, Overflow, Quota, Rule, TokenBucket, Turn};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// One at once, ten a second.
fn tenth() -> Quota {
    Quota::per_second(10).with_burst(1)
}

/// A bucket per key, and the same as a stack.
fn both(keys: Keys) -> [Keyed<u64>; 2] {
    let rules = [Rule::TokenBucket(tenth()), Rule::FixedWindow(Quota::per_second(1_000_000))];
    [Keyed::new(tenth(), keys).unwrap(), Keyed::new(rules, keys).unwrap()]
}

fn one_shard(capacity: usize) -> Keys {
    Keys::new(capacity).with_shards(1)
}

#[derive(Default)]
struct Bell(AtomicU32);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn who_came_first_is_served_first_and_no_other_key_is_delayed() {
    for keyed in both(Keys::new(100)) {
        keyed.try_acquire_at(&1, ms(0)).unwrap();
        let mut tickets: Vec<_> =
            (0..3).map(|_| keyed.join_at(&1, 1, ms(1000), ms(0)).unwrap()).collect();
        assert_eq!(tickets[2].expected_at(), ms(300));
        assert_eq!(keyed.try_acquire_at(&1, ms(100)).unwrap_err().code(), RATE_LIMITED);
        assert_eq!(keyed.snapshot_of_at(&1, ms(0)).waiting, 3);
        assert_eq!(keyed.remaining_at(&1, ms(100)), 0);
        keyed.try_acquire_at(&2, ms(100)).unwrap();
        assert!(matches!(tickets[1].poll_at(None, ms(100)), Turn::NotBefore(_)));
        for (i, mut ticket) in tickets.into_iter().enumerate() {
            let due = 100 * (u64::try_from(i).unwrap() + 1);
            assert!(matches!(
                ticket.poll_at(None, ms(due).saturating_sub(Duration::from_nanos(9))),
                Turn::NotBefore(_)
            ));
            assert_eq!(ticket.poll_at(None, ms(due)), Turn::Granted);
        }
        assert_eq!(keyed.fits_in_at(&1, 1, ms(300)), Some(ms(100)));
    }
}

#[test]
fn a_line_is_as_long_and_a_wait_as_the_quota_says_and_no_gate_is_made_to_refuse() {
    let quota = tenth().with_max_wait(ms(250)).with_max_waiting(2);
    let keyed = Keyed::<str>::new(quota, Keys::new(100)).unwrap();
    let plain = TokenBucket::new(quota).unwrap();
    drop(keyed.join_at("ann", 1, None, ms(0)).unwrap());
    drop(plain.join_at(1, None, ms(0)).unwrap());
    let refused = keyed.join_at("ann", 1, ms(99), ms(0)).unwrap_err();
    assert_eq!(refused, plain.join_at(1, ms(99), ms(0)).unwrap_err());
    assert_eq!(refused.code(), QUEUE_TIMEOUT);
    assert_eq!(
        keyed.join_at("ann", 2, None, ms(0)).unwrap_err(),
        plain.join_at(2, None, ms(0)).unwrap_err()
    );
    assert_eq!(keyed.snapshot().in_line, 0);
    let waiting = [
        keyed.join_at("ann", 1, None, ms(0)).unwrap(),
        keyed.join_at("ann", 1, None, ms(0)).unwrap(),
    ];
    assert_eq!(keyed.snapshot().in_line, 1);
    assert_eq!(keyed.join_at("ann", 1, ms(9999), ms(0)).unwrap_err().code(), QUEUE_FULL);
    drop(waiting);
    let none = Keyed::<u64>::new(quota.with_max_waiting(0), Keys::new(1)).unwrap();
    none.try_acquire_at(&1, ms(0)).unwrap();
    assert_eq!(none.join_at(&1, 1, None, ms(0)).unwrap_err().code(), QUEUE_FULL);
    assert_eq!(none.snapshot().in_line, 0);
}

#[test]
fn leaving_the_line_moves_up_those_behind_and_takes_nothing() {
    for keyed in both(Keys::new(100)) {
        keyed.try_acquire_at(&1, ms(0)).unwrap();
        let bell = Arc::new(Bell::default());
        let first = keyed.join_at(&1, 1, ms(1000), ms(0)).unwrap();
        let mut second = keyed.join_at(&1, 1, ms(1000), ms(0)).unwrap();
        let waker = Waker::from(Arc::clone(&bell));
        assert!(matches!(second.poll_at(Some(&waker), ms(0)), Turn::NotBefore(_)));
        drop(first);
        assert_eq!(bell.0.load(Relaxed), 1);
        assert_eq!(second.poll_at(None, ms(100)), Turn::Granted);
        drop(second);
        assert_eq!(keyed.remaining_at(&1, ms(199)), 0);
        assert_eq!(keyed.try_acquire_at(&1, ms(200)), Ok(()));
        assert_eq!(keyed.snapshot().in_line, 0, "the visit took the state back");
    }
}

#[test]
fn a_block_holds_one_key_back_and_is_over_in_time() {
    for keyed in both(Keys::new(100)) {
        keyed.block_until_at(&1, ms(500), ms(0)).unwrap();
        keyed.block_until_at(&1, ms(200), ms(0)).unwrap();
        let refused = keyed.try_acquire_at(&1, ms(100)).unwrap_err();
        assert_eq!((refused.code(), refused.retry_after()), (RATE_LIMITED, Some(ms(400))));
        assert_eq!(keyed.snapshot_of_at(&1, ms(100)).blocked_for, Some(ms(400)));
        assert_eq!(keyed.peek_at(&1, 1, ms(100)), Err(refused));
        assert_eq!(keyed.try_acquire_up_to_at(&1, 1, ms(100)), 0);
        keyed.try_acquire_at(&2, ms(100)).unwrap();
        assert_eq!(keyed.fits_in_at(&1, 1, ms(499)), Some(ms(1)));
        keyed.try_acquire_at(&1, ms(500)).unwrap();
        assert_eq!(keyed.snapshot().in_line, 0);
        assert!(keyed.try_acquire_at(&1, ms(500)).is_err());
        keyed.block_until_at(&1, ms(9000), ms(600)).unwrap();
        keyed.unblock(&1);
        keyed.try_acquire_at(&1, ms(600)).unwrap();
        keyed.block_until_at(&3, ms(5), ms(5)).unwrap();
        assert_eq!(keyed.snapshot().keys, 2, "a block that is over needs no key");
    }
}

#[test]
fn a_block_for_which_there_is_no_room_is_told() {
    let keyed = Keyed::<u64>::new(tenth(), one_shard(1)).unwrap();
    keyed.block_until_at(&1, ms(1000), ms(0)).unwrap();
    assert_eq!(keyed.block_until_at(&2, ms(1000), ms(0)).unwrap_err().code(), KEYS_FULL);
    assert_eq!(keyed.join_at(&2, 1, None, ms(0)).unwrap_err().code(), KEYS_FULL);
    assert!(keyed.try_acquire_at(&1, ms(999)).is_err(), "who is blocked is not forgotten");
    keyed.try_acquire_at(&2, ms(1000)).unwrap();
    assert_eq!(keyed.snapshot().in_line, 0);
}

#[test]
fn the_keys_without_room_share_a_line_and_a_block() {
    let keyed = Keyed::<u64>::new(tenth(), one_shard(1).with_overflow(Overflow::Share)).unwrap();
    keyed.try_acquire_at(&0, ms(0)).unwrap();
    keyed.try_acquire_at(&1, ms(0)).unwrap();
    let mut two = keyed.join_at(&2, 1, None, ms(0)).unwrap();
    let mut three = keyed.join_at(&3, 1, None, ms(0)).unwrap();
    assert_eq!((two.expected_at(), three.expected_at()), (ms(100), ms(200)));
    let busy = keyed.join_at(&0, 1, None, ms(0)).unwrap();
    assert_eq!(two.poll_at(None, ms(100)), Turn::Granted);
    assert_eq!(three.poll_at(None, ms(200)), Turn::Granted);
    drop((two, three));
    keyed.block_until_at(&5, ms(400), ms(210)).unwrap();
    assert!(keyed.try_acquire_at(&6, ms(399)).is_err());
    keyed.try_acquire_at(&6, ms(400)).unwrap();
    drop(busy);
    keyed.try_acquire_at(&0, ms(400)).unwrap();
    assert_eq!(keyed.snapshot().in_line, 0);
}

#[test]
fn what_was_charged_to_the_shared_limit_is_not_given_to_a_key_of_its_own() {
    let plans = [Quota::per_day(1), Quota::per_second(10).with_burst(2)];
    let keys = one_shard(1).with_overflow(Overflow::Share);
    let keyed = Keyed::<u64>::with_plans(plans, |key| usize::from(*key != 0), keys).unwrap();
    keyed.try_acquire_at(&0, ms(0)).unwrap();
    keyed.try_acquire_many_at(&1, 2, ms(0)).unwrap();
    let mut ticket = keyed.join_at(&1, 1, None, ms(0)).unwrap();
    assert_eq!(ticket.poll_at(None, ms(100)), Turn::Granted);
    // The ticket keeps the gate.
    let charge = keyed.charge_at(&2, 1, ms(200)).unwrap();
    assert!(keyed.forget(&0));
    keyed.try_acquire_many_at(&2, 2, ms(200)).unwrap();
    assert_eq!((keyed.snapshot().keys, keyed.snapshot().shared), (1, 4));
    charge.refund_at(ms(200));
    assert_eq!(keyed.remaining_at(&2, ms(200)), 0);
    drop(ticket);
}

#[test]
fn gates_go_away_when_nobody_needs_them_though_nobody_comes_back() {
    for keyed in both(one_shard(1000)) {
        // Each key waits once, and never comes back.
        let mut most = 0;
        for key in 0..100_000_u64 {
            let now = ms(key * 10);
            keyed.try_acquire_at(&key, now).unwrap();
            let ticket = keyed.join_at(&key, 1, None, now).unwrap();
            if key % 2 == 0 {
                keyed.block_until_at(&key, now + ms(50), now).unwrap();
            }
            drop(ticket);
            most = most.max(keyed.snapshot().in_line);
        }
        assert!(most <= 30, "{most} gates, of which six are in use");
        for key in 0..100 {
            keyed.try_acquire_at(&(1_000_000 + key), ms(2_000_000)).unwrap();
        }
        assert_eq!(keyed.snapshot().in_line, 0);
    }
}

#[test]
fn gates_of_keys_that_are_held_anyway_go_away_too() {
    let keyed = Keyed::<u64>::new(Quota::per_day(1), one_shard(1000)).unwrap();
    (0..1000).for_each(|key| keyed.try_acquire_at(&key, ms(0)).unwrap());
    for key in 0..1000 {
        keyed.block_until_at(&key, ms(key * 10 + 50), ms(key * 10)).unwrap();
        assert!(keyed.snapshot().in_line <= 20, "of which five are in use");
    }
}

#[test]
fn keys_in_gates_that_are_over_make_way_for_strangers() {
    for keyed in both(one_shard(50)) {
        for key in 0..50 {
            keyed.block_until_at(&key, ms(1000), ms(0)).unwrap();
        }
        assert_eq!(keyed.try_acquire_at(&100, ms(999)).unwrap_err().code(), KEYS_FULL);
        for key in 100..150 {
            keyed.try_acquire_at(&key, ms(1000)).unwrap();
        }
        assert!(keyed.snapshot().in_line < 50);
        keyed.sweep_at(ms(9000));
        assert_eq!((keyed.snapshot().in_line, keyed.snapshot().keys), (0, 0));
    }
}

#[test]
fn a_change_of_plan_or_mode_reaches_those_who_wait() {
    let keyed = Keyed::<u64>::new(tenth(), Keys::new(100)).unwrap();
    keyed.try_acquire_at(&1, ms(0)).unwrap();
    keyed.try_acquire_at(&2, ms(0)).unwrap();
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut ticket = keyed.join_at(&1, 1, ms(1000), ms(0)).unwrap();
    assert_eq!(ticket.poll_at(Some(&waker), ms(0)), Turn::NotBefore(ms(100)));
    keyed.update_at(Quota::per_second(100).with_burst(1), ms(0)).unwrap();
    assert_eq!(bell.0.load(Relaxed), 1, "its turn comes sooner");
    assert!(matches!(ticket.poll_at(None, ms(9)), Turn::NotBefore(_)));
    assert_eq!(ticket.poll_at(None, ms(10)), Turn::Granted);
    // One who was not in a gate is converted as of the change, too.
    assert!(keyed.try_acquire_at(&2, ms(9)).is_err());
    keyed.try_acquire_at(&2, ms(11)).unwrap();
    keyed.update_at(Quota::per_hour(1), ms(11)).unwrap();
    assert!(keyed.fits_in_at(&1, 1, ms(11)).unwrap() > Duration::from_secs(3200));

    let mut ticket = keyed.join_at(&2, 1, Duration::MAX, ms(12)).unwrap();
    assert!(matches!(ticket.poll_at(Some(&waker), ms(12)), Turn::NotBefore(_)));
    keyed.set_mode(Mode::ForcedOn);
    assert_eq!(bell.0.load(Relaxed), 2);
    assert!(matches!(ticket.poll_at(None, ms(12)), Turn::Refused(_)));
    keyed.set_mode(Mode::Normal);
    drop(ticket);
    let mut ticket = keyed.join_at(&2, 1, Duration::MAX, ms(12)).unwrap();
    keyed.set_mode(Mode::ForcedOff);
    assert_eq!(ticket.poll_at(None, ms(12)), Turn::Granted);
}

#[test]
fn a_change_of_tier_reaches_those_who_wait_at_the_next_visit() {
    let tier = Arc::new(AtomicU32::new(0));
    let own = Arc::clone(&tier);
    let plans = [tenth(), Quota::per_second(1000).with_burst(1)];
    let choose = move |_: &u64| usize::try_from(own.load(Relaxed)).unwrap();
    let keyed = Keyed::with_plans(plans, choose, Keys::new(9)).unwrap();
    keyed.try_acquire_at(&1, ms(0)).unwrap();
    let mut ticket = keyed.join_at(&1, 1, None, ms(0)).unwrap();
    tier.store(1, Relaxed);
    assert!(keyed.try_acquire_at(&1, ms(1)).is_err());
    assert_eq!(ticket.poll_at(None, ms(2)), Turn::Granted);
    drop(ticket);
    tier.store(0, Relaxed);
    assert!(keyed.try_acquire_at(&1, ms(2)).is_err());
    assert_eq!(keyed.fits_in_at(&1, 1, ms(2)), Some(ms(100)));
}

#[test]
fn shadow_mode_lets_pass_who_would_wait_and_takes_when_his_turn_would_come() {
    for keyed in both(Keys::new(9)) {
        keyed.set_mode(Mode::Shadow);
        for _ in 0..3 {
            drop(keyed.join_at(&1, 1, ms(150), ms(0)).unwrap());
        }
        let snapshot = keyed.snapshot();
        assert_eq!((snapshot.delayed, snapshot.shadowed), (1, 1), "one would wait, one be refused");
        keyed.try_acquire_at(&1, ms(50)).unwrap();
        assert_eq!(keyed.snapshot().shadowed, 2);
        assert_eq!(keyed.remaining_at(&1, ms(199)), 0);
        keyed.try_acquire_at(&1, ms(200)).unwrap();
        let snapshot = keyed.snapshot();
        assert_eq!((snapshot.delayed, snapshot.shadowed, snapshot.in_line), (1, 2, 0));
    }
}

#[test]
fn what_was_counted_for_a_key_that_is_forgotten_stays_counted() {
    for keyed in both(Keys::new(9)) {
        keyed.set_mode(Mode::Shadow);
        for _ in 0..3 {
            drop(keyed.join_at(&1, 1, ms(150), ms(0)).unwrap());
        }
        assert!(keyed.forget(&1));
        let snapshot = keyed.snapshot();
        assert_eq!((snapshot.delayed, snapshot.shadowed, snapshot.in_line), (1, 1, 0));
    }
}

/// A key that cannot be copied more often than that.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Fragile(u64);

thread_local! {
    static COPIES: Cell<u32> = const { Cell::new(u32::MAX) };
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        let left = COPIES.get();
        assert!(left > 0, "no copy is left");
        COPIES.set(left - 1);
        Fragile(self.0)
    }
}

#[test]
fn a_key_that_panics_when_it_is_copied_leaves_no_gate_behind() {
    let rules = [Rule::TokenBucket(tenth()), Rule::FixedWindow(Quota::per_second(1_000_000))];
    for keyed in [
        Keyed::<Fragile>::new(tenth(), Keys::new(9)).unwrap(),
        Keyed::<Fragile>::new(rules, Keys::new(9)).unwrap(),
    ] {
        for copies in [0, 1, 1, 1] {
            COPIES.set(copies);
            let block = || keyed.block_until_at(&Fragile(1), ms(50), ms(0));
            assert!(catch_unwind(AssertUnwindSafe(block)).is_err());
        }
        COPIES.set(u32::MAX);
        assert_eq!(keyed.snapshot().keys, 0);
        keyed.block_until_at(&Fragile(1), ms(80), ms(0)).unwrap();
        // The gates are fresh as long as their blocks, and the last one is in use.
        keyed.sweep_at(ms(60));
        assert_eq!((keyed.snapshot().in_line, keyed.snapshot().keys), (1, 1));
        assert!(keyed.try_acquire_at(&Fragile(1), ms(60)).is_err());
        keyed.sweep_at(ms(200));
        assert_eq!((keyed.snapshot().in_line, keyed.snapshot().keys), (0, 0));
    }
}

#[test]
fn a_key_that_is_forgotten_leaves_its_line_to_those_in_it() {
    let keyed = Keyed::<u64>::new(tenth(), Keys::new(9)).unwrap();
    keyed.try_acquire_at(&1, ms(0)).unwrap();
    let mut old = keyed.join_at(&1, 1, None, ms(0)).unwrap();
    assert!(keyed.forget(&1));
    keyed.try_acquire_at(&1, ms(0)).unwrap();
    let mut new = keyed.join_at(&1, 1, None, ms(0)).unwrap();
    assert_eq!(
        (old.poll_at(None, ms(100)), new.poll_at(None, ms(100))),
        (Turn::Granted, Turn::Granted)
    );
    drop((old, new));
    assert_eq!(keyed.try_acquire_at(&1, ms(200)), Ok(()));
    assert_eq!((keyed.snapshot().keys, keyed.snapshot().in_line), (1, 0));
}

#[test]
fn a_charge_is_corrected_also_while_others_wait() {
    let keyed = Keyed::<u64>::new(Quota::per_second(10).with_burst(4), Keys::new(9)).unwrap();
    let charge = keyed.charge_at(&1, 4, ms(0)).unwrap();
    let bell = Arc::new(Bell::default());
    let mut ticket = keyed.join_at(&1, 2, None, ms(0)).unwrap();
    assert_eq!(ticket.poll_at(Some(&bell.clone().into()), ms(0)), Turn::NotBefore(ms(200)));
    charge.settle_at(2, ms(1));
    assert_eq!(bell.0.load(Relaxed), 1);
    assert_eq!(ticket.poll_at(None, ms(1)), Turn::Granted);
    drop(ticket);
    let mut ticket = keyed.join_at(&1, 1, None, ms(1)).unwrap();
    assert!(keyed.charge_at(&1, 1, ms(1)).is_err(), "who waits comes first");
    assert_eq!(ticket.poll_at(None, ms(100)), Turn::Granted);
}

#[test]
fn threads_that_take_wait_block_and_leave_get_the_rate_and_no_more() {
    let quota = Quota::per_second(1000).with_burst(5).with_max_wait(ms(50));
    let keyed = Keyed::<u64>::new(quota, one_shard(4)).unwrap();
    let passed: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..4_u64)
            .map(|me| {
                let keyed = &keyed;
                scope.spawn(move || {
                    let mut passed = 0;
                    for step in 0..20_000_u64 {
                        // All threads go through the same 200 ms.
                        let now = Duration::from_micros(step * 10);
                        let other = 2 + (step + me) % 3;
                        let _ = keyed.try_acquire_at(&other, now);
                        match (step + me) % 7 {
                            0 => passed += u64::from(keyed.try_acquire_at(&1, now).is_ok()),
                            1 => {
                                if let Ok(mut ticket) = keyed.join_at(&1, 1, None, now) {
                                    for more in 0..3 {
                                        let turn = ticket.poll_at(None, now + ms(more));
                                        if turn == Turn::Granted {
                                            passed += 1;
                                            break;
                                        }
                                    }
                                }
                            }
                            2 if step % 100 == 0 => {
                                keyed
                                    .block_until_at(&1, now + Duration::from_micros(20), now)
                                    .unwrap();
                            }
                            3 => keyed.unblock(&1),
                            4 => {
                                if let Ok(charge) = keyed.charge_at(&1, 1, now) {
                                    charge.refund_at(now);
                                }
                            }
                            _ => {}
                        }
                    }
                    passed
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    // 200 ms and two more that tickets looked ahead, at one a millisecond.
    assert!(passed <= 5 + 203, "{passed}");
    assert!(passed >= 150, "{passed}");
    keyed.sweep_at(ms(10_000));
    assert_eq!((keyed.snapshot().keys, keyed.snapshot().in_line), (0, 0));
}

#[cfg(all(feature = "tokio", feature = "test-util"))]
mod paused {
    use seawall_kit::cancel::drop_at_every_poll_async;
    use tokio::time::{Instant, advance};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn callers_of_one_key_are_spaced_and_another_key_waits_for_nobody() {
        let keyed = Keyed::<str>::new(tenth(), Keys::new(9)).unwrap();
        let start = Instant::now();
        let tasks: Vec<_> = (0..4).map(|_| tokio::spawn(keyed.acquire("ann"))).collect();
        tokio::task::yield_now().await;
        keyed.acquire("bob").await.unwrap();
        assert_eq!(start.elapsed(), ms(0));
        for (i, task) in tasks.into_iter().enumerate() {
            task.await.unwrap().unwrap();
            let late = start.elapsed().abs_diff(ms(100 * u64::try_from(i).unwrap()));
            assert!(late <= ms(2), "{late:?}");
        }
        let doomed = keyed.acquire_many_within("ann", 1, ms(50)).await.unwrap_err();
        assert_eq!(doomed.code(), QUEUE_TIMEOUT);
        keyed.acquire_many("ann", 1).await.unwrap();
        keyed.join("ann", 1, None).unwrap().await.unwrap();
        assert!(start.elapsed() >= ms(500));
    }

    #[tokio::test(start_paused = true)]
    async fn dropping_at_any_poll_takes_nothing_and_leaves_no_gate() {
        for keyed in both(Keys::new(9)) {
            #[expect(clippy::async_yields_async, reason = "a future is what is made")]
            let polls = drop_at_every_poll_async(
                async || {
                    advance(ms(1000)).await;
                    keyed.try_acquire(&1).unwrap();
                    let keyed = keyed.clone();
                    async move { keyed.acquire(&1).await.unwrap() }
                },
                async |_| advance(ms(100)).await,
                async |polls| {
                    let snapshot = keyed.snapshot_of(&1);
                    assert_eq!(snapshot.waiting, 0, "dropped after {polls} polls");
                    advance(ms(1000)).await;
                    assert_eq!(keyed.try_acquire(&1), Ok(()), "dropped after {polls} polls");
                    assert_eq!(keyed.snapshot().in_line, 0, "dropped after {polls} polls");
                },
            )
            .await;
            assert_eq!(polls, 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_future_that_is_not_polled_takes_nothing() {
        let keyed = Keyed::<u64>::new(tenth(), Keys::new(9)).unwrap();
        drop(keyed.acquire(&1));
        assert_eq!(keyed.snapshot().keys, 0);
        assert_eq!(keyed.remaining(&1), 1);
    }
}
