//! Refunds, bookings, live changes, modes and blocks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::cast_precision_loss, reason = "small numbers")]

use std::time::Duration;

use proptest::prelude::*;
use seawall_errors::family::{COST_ABOVE_LIMIT, QUEUE_TIMEOUT, RATE_LIMITED};
use seawall_limiter::{
    Combined, FixedWindow, LeakyBucket, Limit, Lots, Mode, Quota, Rule, SlidingWindow, Ticket,
    TokenBucket, Turn,
};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Ten a second, burst of five.
fn bucket() -> TokenBucket {
    TokenBucket::new(Quota::per_second(10).with_burst(5)).unwrap()
}

#[test]
fn a_slot_that_was_promised_is_still_owed_after_a_change_of_quota() {
    let quota = Quota::per_second(10).with_burst(1);
    let bucket = TokenBucket::new(quota).unwrap();
    let seconds = Duration::from_secs;
    let mut promised = 0;
    for _ in 0..3 {
        while bucket.reserve_at(1, seconds(10), seconds(0)).is_ok() {
            promised += 1;
        }
        bucket.update_at(quota, seconds(0)).unwrap();
    }
    assert_eq!(promised, 101, "the burst, and ten seconds of the rate");
}

#[test]
fn nothing_is_given_back_before_a_reservation_that_a_block_put_off() {
    let ms = Duration::from_millis;
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(10)).unwrap();
    let charge = bucket.charge_at(5, ms(0)).unwrap();
    bucket.block_until_at(ms(1000), ms(0));
    let reservation = bucket.reserve_at(5, ms(2000), ms(0)).unwrap();
    assert_eq!(reservation.starts_at(), ms(1000));
    charge.refund_at(ms(600));
    assert_eq!(bucket.remaining_at(ms(1000)), 5, "five more go out at this moment");
}

#[test]
fn looking_changes_nothing_whatever_the_reading() {
    let seconds = Duration::from_secs;
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    bucket.block_until_at(seconds(10), seconds(0));
    assert_eq!(bucket.remaining_at(seconds(11)), 10);
    assert!(bucket.try_acquire_at(seconds(1)).is_err(), "the block was only looked beyond");

    let window = FixedWindow::new(Quota::per_hour(10)).unwrap();
    assert_eq!(window.try_acquire_up_to_at(10, seconds(10_800)), 10);
    let _ = (window.snapshot_at(seconds(0)), window.peek_at(1, seconds(0)));
    let _ = (window.remaining_at(seconds(0)), window.fits_in_at(1, seconds(0)));
    assert_eq!(window.try_acquire_up_to_at(10, seconds(10_800)), 0);
}

#[test]
fn a_refund_puts_back_what_was_taken_and_never_more_than_the_burst() {
    let bucket = bucket();
    let charge = bucket.charge_at(4, ms(0)).unwrap();
    assert_eq!(bucket.remaining_at(ms(0)), 1);
    charge.refund_at(ms(100));
    assert_eq!(bucket.remaining_at(ms(100)), 5, "four back, and one earned");
    assert!(bucket.try_acquire_many_at(5, ms(100)).is_ok());
    assert!(bucket.try_acquire_at(ms(100)).is_err());
}

#[test]
fn a_refund_after_the_time_of_a_full_refill_returns_nothing() {
    let bucket = bucket();
    let charge = bucket.charge_at(5, ms(0)).unwrap();
    bucket.try_acquire_many_at(5, ms(500)).unwrap();
    charge.refund_at(ms(500));
    assert_eq!(bucket.remaining_at(ms(500)), 0, "they had come back by themselves");
}

#[test]
fn an_estimate_is_settled_to_the_actual_cost_both_ways() {
    let bucket = bucket();
    bucket.charge_at(4, ms(0)).unwrap().settle_at(1, ms(0));
    assert_eq!(bucket.remaining_at(ms(0)), 4);
    bucket.charge_at(1, ms(0)).unwrap().settle_at(7, ms(0));
    assert_eq!(bucket.fits_in_at(1, ms(0)), Some(ms(400)), "three more than there were");
    let deep = bucket.charge_at(1, ms(400)).unwrap();
    deep.settle_at(u32::MAX, ms(400));
    let most = bucket.fits_in_at(1, ms(400)).unwrap();
    assert_eq!(most, ms(600), "a debt is at most one burst");
}

#[test]
fn a_charge_that_is_dropped_stays_spent() {
    let bucket = bucket();
    drop(bucket.charge_at(2, ms(0)).unwrap());
    assert_eq!(bucket.remaining_at(ms(0)), 3);
}

#[test]
fn a_reservation_starts_when_its_permits_are_there_and_the_next_one_after_it() {
    let bucket = bucket();
    let starts: Vec<_> =
        (0..7).map(|_| bucket.reserve_at(1, ms(1000), ms(0)).unwrap().starts_at()).collect();
    let expected: Vec<_> = [0, 0, 0, 0, 0, 100, 200].map(ms).into();
    assert_eq!(starts, expected);
    let refused = bucket.reserve_at(1, ms(299), ms(0)).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (QUEUE_TIMEOUT, Some(ms(300))));
    assert_eq!(bucket.reserve_at(6, ms(9000), ms(0)).unwrap_err().code(), COST_ABOVE_LIMIT);
}

#[test]
fn a_cancelled_reservation_comes_back_if_it_was_the_last_and_is_forfeit_otherwise() {
    let bucket = bucket();
    bucket.try_acquire_many_at(5, ms(0)).unwrap();
    let first = bucket.reserve_at(1, ms(1000), ms(0)).unwrap();
    let last = bucket.reserve_at(1, ms(1000), ms(0)).unwrap();
    last.cancel_at(ms(0));
    let again = bucket.reserve_at(1, ms(1000), ms(0)).unwrap();
    assert_eq!(again.starts_at(), ms(200));
    first.cancel_at(ms(0));
    let next = bucket.reserve_at(1, ms(1000), ms(0)).unwrap();
    assert_eq!(next.starts_at(), ms(300), "the slot of `again` did not move");
}

#[test]
fn nothing_is_refunded_while_a_reservation_lies_ahead() {
    let bucket = bucket();
    let charge = bucket.charge_at(5, ms(0)).unwrap();
    let booked = bucket.reserve_at(2, ms(1000), ms(0)).unwrap();
    assert_eq!(booked.starts_at(), ms(200));
    charge.refund_at(ms(0));
    assert!(bucket.try_acquire_at(ms(299)).is_err(), "the reservation is kept");
    assert!(bucket.try_acquire_at(ms(300)).is_ok());
}

#[test]
fn whoever_waits_in_line_is_not_passed_by_a_reservation() {
    let bucket = bucket();
    bucket.try_acquire_many_at(5, ms(0)).unwrap();
    let mut ticket = bucket.join_at(1, ms(1000), ms(0)).unwrap();
    let refused = bucket.reserve_at(1, ms(1000), ms(0)).unwrap_err();
    assert_eq!(refused.code(), QUEUE_TIMEOUT);
    assert_eq!(ticket.poll_at(None, ms(100)), Turn::Granted);
}

#[derive(Clone, Debug)]
enum Step {
    Take(u32),
    Charge(u32),
    Refund(usize),
    Settle(usize, u32),
    Join(u32),
    Leave(usize),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_u32..8).prop_map(Step::Take),
        (1_u32..8).prop_map(Step::Charge),
        (0_usize..8).prop_map(Step::Refund),
        (0_usize..8, 0_u32..8).prop_map(|(i, n)| Step::Settle(i, n)),
        (1_u32..6).prop_map(Step::Join),
        (0_usize..8).prop_map(Step::Leave),
        (0_u64..400).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..150)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// In any stretch of the history no more is taken than the burst, what the
    /// rate gives, and what was given back in it.
    #[test]
    #[expect(clippy::collapsible_match, reason = "a guard that takes permits is hard to read")]
    fn credits_and_waiters_keep_the_envelope(steps in steps(), late in 0_u64..3) {
        let bucket = bucket();
        let mut now = 0;
        let (mut charges, mut tickets) = (Vec::new(), Vec::new());
        // (stamp, taken, given back)
        let mut events: Vec<(u64, u64, u64)> = Vec::new();
        for step in steps {
            match step {
                Step::Take(n) => if bucket.try_acquire_many_at(n, ms(now)).is_ok() {
                    events.push((now, n.into(), 0));
                },
                Step::Charge(n) => if let Ok(charge) = bucket.charge_at(n, ms(now)) {
                    events.push((now, n.into(), 0));
                    charges.push((n, charge));
                },
                Step::Refund(i) if i < charges.len() => {
                    let (n, charge) = charges.remove(i);
                    charge.refund_at(ms(now));
                    events.push((now, 0, n.into()));
                }
                Step::Settle(i, actual) if i < charges.len() => {
                    let (n, charge) = charges.remove(i);
                    charge.settle_at(actual.min(n), ms(now));
                    events.push((now, 0, n.saturating_sub(actual).into()));
                }
                Step::Join(n) => if let Ok(ticket) = bucket.join_at(n, ms(2000), ms(now)) {
                    tickets.push((n, ticket));
                },
                Step::Leave(i) if i < tickets.len() => drop(tickets.remove(i)),
                Step::Wait(by) => now += by,
                _ => {}
            }
            let seen = now.saturating_sub(late);
            tickets.retain_mut(|(n, ticket)| match ticket.poll_at(None, ms(seen)) {
                Turn::Granted => {
                    events.push((seen, (*n).into(), 0));
                    false
                }
                Turn::Refused(_) => false,
                Turn::NotBefore(at) => {
                    assert!(at > ms(seen), "it asks again in the future");
                    true
                }
            });
        }
        for from in 0..events.len() {
            let (mut taken, mut back) = (0, 0);
            for (stamp, n, credit) in &events[from..] {
                taken += n;
                back += credit;
                let most = 500 + stamp.saturating_sub(events[from].0) * 10 / 10 + back * 100;
                prop_assert!(taken * 100 <= most + late, "{taken} from {from}: {events:?}");
            }
        }
        drop(tickets);
        // After any history, an idle limiter behaves as new.
        prop_assert_eq!(bucket.snapshot_at(ms(now + 5000)), bucket_fresh(now + 5000));
    }
}

/// Whether each stretch from one take to a later one holds no more than the
/// burst, what the rate gives in a millisecond, and what was given back in it.
fn within_envelope(takes: &[(u64, u64)], credits: &[(u64, u64)], burst: u64, per_ms: f64) -> bool {
    let mut takes = takes.to_vec();
    takes.sort_by_key(|(at, _)| *at);
    (0..takes.len()).all(|from| {
        let (start, mut sum) = (takes[from].0, 0);
        takes[from..].iter().all(|(at, n)| {
            sum += n;
            let within = credits.iter().filter(|(t, _)| (start..=*at).contains(t));
            let back: u64 = within.map(|(_, n)| n).sum();
            sum as f64 <= (burst + back) as f64 + (at - start) as f64 * per_ms + 1e-3
        })
    })
}

#[derive(Clone, Debug)]
enum Booking {
    Take(u32),
    Charge(u32),
    Refund(usize),
    Reserve(u32),
    Cancel(usize),
    Update(usize),
    Wait(u64),
    Back(u64),
}

fn bookings() -> impl Strategy<Value = Vec<Booking>> {
    let step = prop_oneof![
        (0_u32..7).prop_map(Booking::Take),
        (1_u32..7).prop_map(Booking::Charge),
        (0_usize..4).prop_map(Booking::Refund),
        (1_u32..6).prop_map(Booking::Reserve),
        (0_usize..4).prop_map(Booking::Cancel),
        (0_usize..4).prop_map(Booking::Update),
        (0_u64..400).prop_map(Booking::Wait),
        (0_u64..300).prop_map(Booking::Back),
    ];
    prop::collection::vec(step, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn bookings_cancels_and_refunds_keep_the_envelope(steps in bookings()) {
        let bucket = bucket();
        let (mut now, mut charges, mut booked) = (0, Vec::new(), Vec::new());
        let (mut takes, mut credits) = (Vec::new(), Vec::new());
        for step in steps {
            match step {
                Booking::Take(n) => {
                    let passed = bucket.try_acquire_many_at(n, ms(now)).is_ok();
                    takes.extend(passed.then_some((now, u64::from(n))));
                }
                Booking::Charge(n) => {
                    if let Ok(charge) = bucket.charge_at(n, ms(now)) {
                        takes.push((now, n.into()));
                        charges.push((n, charge));
                    }
                }
                Booking::Refund(i) if i < charges.len() => {
                    let (n, charge) = charges.remove(i);
                    charge.refund_at(ms(now));
                    credits.push((now, n.into()));
                }
                Booking::Reserve(n) => {
                    booked.extend(bucket.reserve_at(n, ms(3000), ms(now)).ok().map(|r| (n, r)));
                }
                // Whoever cancels does not use it, whether it comes back or not.
                Booking::Cancel(i) if i < booked.len() && booked[i].1.delay_at(ms(now)) > ms(0) => {
                    booked.remove(i).1.cancel_at(ms(now));
                }
                Booking::Wait(by) => now += by,
                _ => {}
            }
        }
        takes.extend(booked.iter().map(|(n, booking)| {
            (u64::try_from((booking.starts_at() + Duration::from_micros(1)).as_millis()).unwrap(), u64::from(*n))
        }));
        prop_assert!(within_envelope(&takes, &credits, 5, 0.01), "{takes:?} {credits:?}");
    }

    #[test]
    #[expect(clippy::collapsible_match, reason = "a guard that takes permits is hard to read")]
    fn any_change_of_quota_keeps_the_envelope_of_the_largest_under_a_clock_that_goes_back(
        steps in bookings(),
    ) {
        let quotas = [(10, 5), (3, 5), (10, 1), (7, 4)]
            .map(|(limit, burst)| Quota::per_second(limit).with_burst(burst));
        let bucket = bucket();
        let (mut now, mut highest, mut charges) = (0_u64, 0, Vec::new());
        let (mut takes, mut credits) = (Vec::new(), Vec::new());
        for step in steps {
            match step {
                Booking::Take(n) | Booking::Reserve(n) => {
                    if n > 0 && bucket.try_acquire_many_at(n, ms(now)).is_ok() {
                        highest = highest.max(now);
                        takes.push((highest, u64::from(n)));
                    }
                }
                Booking::Charge(n) => {
                    if let Ok(charge) = bucket.charge_at(n, ms(now)) {
                        highest = highest.max(now);
                        takes.push((highest, n.into()));
                        charges.push((n, charge));
                    }
                }
                Booking::Refund(i) | Booking::Cancel(i) if i < charges.len() => {
                    let (n, charge) = charges.remove(i);
                    charge.refund_at(ms(now));
                    credits.push((highest, n.into()));
                }
                Booking::Update(i) => {
                    highest = highest.max(now);
                    bucket.update_at(quotas[i], ms(highest)).unwrap();
                }
                Booking::Wait(by) => now += by,
                Booking::Back(by) => now = now.saturating_sub(by),
                _ => {}
            }
        }
        prop_assert!(within_envelope(&takes, &credits, 5, 0.01), "{takes:?} {credits:?}");
    }
}

fn bucket_fresh(now: u64) -> seawall_limiter::Snapshot {
    bucket().snapshot_at(ms(now))
}

#[test]
fn a_new_quota_gives_no_burst_and_stalls_nobody() {
    let table = [
        // (old, new, left before, left after, next fits after)
        (Quota::per_second(10), Quota::per_second(100), 0, 0, 10),
        (Quota::per_second(10), Quota::per_second(10).with_burst(100), 0, 0, 100),
        (Quota::per_second(10), Quota::per_second(1), 0, 0, 1000),
        (Quota::per_second(10), Quota::per_second(10).with_burst(2), 7, 2, 0),
        (Quota::per_second(10), Quota::per_second(100), 7, 7, 0),
        (Quota::per_second(100), Quota::per_second(3), 50, 3, 0),
        (Quota::per_second(100), Quota::per_second(1_000_000_000), 0, 0, 1),
    ];
    for (old, new, before, after, wait) in table {
        let bucket = TokenBucket::new(old).unwrap();
        bucket.try_acquire_many_at(old.burst() - before, ms(0)).unwrap();
        bucket.update_at(new, ms(0)).unwrap();
        assert_eq!(bucket.remaining_at(ms(0)), after, "{old:?} {new:?}");
        let fits = bucket.fits_in_at(1, ms(0)).unwrap();
        assert!(fits <= ms(wait) && fits + ms(2) > ms(wait.min(1)), "{new:?}: {fits:?}");
    }
}

#[test]
fn half_a_permit_stays_half_a_permit() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    bucket.try_acquire_many_at(10, ms(0)).unwrap();
    bucket.update_at(Quota::per_second(1), ms(50)).unwrap();
    let fits = bucket.fits_in_at(1, ms(50)).unwrap();
    assert!(fits.abs_diff(ms(500)) < Duration::from_nanos(20), "{fits:?}");
}

#[test]
fn windows_keep_their_count_through_a_change() {
    let fixed = FixedWindow::new(Quota::per_second(10)).unwrap();
    let sliding = SlidingWindow::new(Quota::per_second(10)).unwrap();
    for limit in [&fixed as &dyn Limit, &sliding] {
        assert!(limit.try_acquire_many_at(8, ms(100)).is_ok());
    }
    for (limit, left) in [(20, 12), (5, 0), (10, 2)] {
        fixed.update_at(Quota::per_second(limit), ms(200)).unwrap();
        sliding.update_at(Quota::per_second(limit), ms(200)).unwrap();
        assert_eq!((fixed.remaining_at(ms(200)), sliding.remaining_at(ms(200))), (left, left));
    }
    sliding.update_at(Quota::per_minute(10), ms(200)).unwrap();
    assert_eq!(sliding.remaining_at(ms(59_000)), 2, "the stamps count in the longer window");
}

#[test]
fn a_sliding_window_that_grows_and_shrinks_keeps_its_promise_and_its_size() {
    let window = SlidingWindow::new(Quota::per(100, ms(10))).unwrap();
    let mut now = 0;
    let mut log = Vec::new();
    let mut fullest = 0;
    for round in 0..200_u64 {
        let period = if round % 2 == 0 { 1000 } else { 10 };
        window.update_at(Quota::per(100, ms(period)), ms(now)).unwrap();
        for _ in 0..20 {
            now += 1;
            log.extend((0..50).filter(|_| window.try_acquire_at(ms(now)).is_ok()).map(|_| now));
            let held = log.iter().rev().take_while(|stamp| **stamp + 10 > now).count();
            assert!(held <= 100, "{held} in ten milliseconds");
            fullest = fullest.max(held);
        }
    }
    assert!(fullest > 90, "the load reaches the bound: {fullest}");
    assert!(format!("{window:?}").matches("Entry {").count() <= 12);
}

#[test]
fn a_bad_quota_changes_nothing() {
    let bucket = bucket();
    bucket.try_acquire_many_at(3, ms(0)).unwrap();
    let before = bucket.snapshot_at(ms(0));
    assert!(bucket.update_at(Quota::per_second(0), ms(0)).is_err());
    assert_eq!(bucket.snapshot_at(ms(0)), before);
}

#[test]
fn those_who_wait_are_judged_anew_when_the_quota_changes() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    bucket.try_acquire_many_at(10, ms(0)).unwrap();
    let mut soon = bucket.join_at(1, ms(250), ms(0)).unwrap();
    let mut late = bucket.join_at(1, ms(250), ms(0)).unwrap();
    bucket.update_at(Quota::per_second(5), ms(0)).unwrap();
    assert_eq!(soon.poll_at(None, ms(0)), Turn::NotBefore(ms(200)));
    assert!(matches!(late.poll_at(None, ms(0)), Turn::Refused(r) if r.code() == QUEUE_TIMEOUT));
    bucket.update_at(Quota::per_second(1000), ms(0)).unwrap();
    assert_eq!(soon.poll_at(None, ms(1)), Turn::Granted);
}

#[test]
fn a_waiter_that_costs_more_than_the_new_burst_is_refused_as_such() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    bucket.try_acquire_many_at(10, ms(0)).unwrap();
    let mut ticket = bucket.join_at(8, ms(1000), ms(0)).unwrap();
    bucket.update_at(Quota::per_second(10).with_burst(7), ms(0)).unwrap();
    let turn = ticket.poll_at(None, ms(0));
    assert!(matches!(turn, Turn::Refused(r) if r.code() == COST_ABOVE_LIMIT), "{turn:?}");
}

#[test]
fn modes_are_switched_while_it_runs() {
    let bucket = bucket();
    bucket.try_acquire_many_at(5, ms(0)).unwrap();
    bucket.set_mode(Mode::Shadow);
    assert!(bucket.try_acquire_at(ms(0)).is_ok());
    assert!(bucket.peek_at(9, ms(0)).is_ok());
    assert_eq!(bucket.try_acquire_up_to_at(3, ms(0)), 3);
    assert!(bucket.join_at(1, ms(0), ms(0)).is_ok());
    assert!(bucket.try_acquire_at(ms(100)).is_ok(), "this one fits");
    let snapshot = bucket.snapshot_at(ms(100));
    assert_eq!((snapshot.shadowed, snapshot.mode), (3, Mode::Shadow));

    bucket.set_mode(Mode::ForcedOff);
    assert_eq!(bucket.try_acquire_up_to_at(1000, ms(100)), 1000);
    bucket.charge_at(5, ms(100)).unwrap().refund_at(ms(100));

    bucket.set_mode(Mode::ForcedOn);
    let refused = bucket.try_acquire_at(ms(5000)).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (RATE_LIMITED, None));

    bucket.set_mode(Mode::Normal);
    assert_eq!(bucket.remaining_at(ms(100)), 0, "what passed uncounted gave nothing back");
    assert!(bucket.try_acquire_at(ms(200)).is_ok());
}

#[test]
fn whoever_waits_hears_of_a_new_mode() {
    for (mode, granted) in [(Mode::ForcedOff, true), (Mode::Shadow, true), (Mode::ForcedOn, false)]
    {
        let bucket = bucket();
        bucket.try_acquire_many_at(5, ms(0)).unwrap();
        let mut ticket = bucket.join_at(1, ms(1000), ms(0)).unwrap();
        bucket.set_mode(mode);
        assert_eq!(ticket.poll_at(None, ms(0)) == Turn::Granted, granted, "{mode:?}");
        assert_eq!(bucket.snapshot_at(ms(0)).waiting, 0);
    }
}

#[test]
fn a_block_holds_until_its_time_and_no_longer() {
    let bucket = bucket();
    bucket.block_until_at(ms(700), ms(0));
    bucket.block_until_at(ms(300), ms(0));
    let refused = bucket.try_acquire_at(ms(100)).unwrap_err();
    assert_eq!(refused.retry_after(), Some(ms(600)), "a block is not made shorter");
    assert_eq!(bucket.snapshot_at(ms(100)).blocked_for, Some(ms(600)));
    assert_eq!(bucket.remaining_at(ms(699)), 0);
    assert!(bucket.try_acquire_many_at(5, ms(700)).is_ok());
    bucket.block_until_at(Duration::MAX, ms(700));
    let most = bucket.fits_in_at(1, ms(700)).unwrap();
    assert_eq!(most, Duration::from_secs(86_400), "a day at most");
    bucket.unblock();
    assert!(bucket.try_acquire_at(ms(800)).is_ok());
}

#[test]
fn a_block_turns_away_who_cannot_wait_so_long_and_keeps_the_others() {
    let bucket = bucket();
    bucket.try_acquire_many_at(5, ms(0)).unwrap();
    let mut short = bucket.join_at(1, ms(150), ms(0)).unwrap();
    let mut long = bucket.join_at(1, ms(900), ms(0)).unwrap();
    bucket.block_until_at(ms(500), ms(0));
    assert!(matches!(short.poll_at(None, ms(0)), Turn::Refused(_)));
    assert_eq!(long.poll_at(None, ms(499)), Turn::NotBefore(ms(500)));
    assert_eq!(long.poll_at(None, ms(500)), Turn::Granted);
}

#[test]
fn what_one_of_several_limits_refuses_none_of_them_counts() {
    let combined = Combined::new(&[
        Rule::TokenBucket(Quota::per_second(5).with_name("second")),
        Rule::FixedWindow(Quota::per_minute(8).with_name("minute")),
        Rule::SlidingWindow(Quota::per_hour(100).with_name("hour")),
    ])
    .unwrap();
    let names = |n, now| combined.try_acquire_many_at(n, ms(now)).map_err(|r| r.who());
    assert_eq!(names(5, 0), Ok(()));
    assert_eq!(names(1, 0), Err("second"));
    assert_eq!(names(4, 1000), Err("minute"), "and the bucket keeps its five");
    assert_eq!(names(3, 1000), Ok(()));
    assert_eq!(combined.remaining_at(ms(1000)), 0);
    assert_eq!(names(5, 60_000), Ok(()), "nothing was spent by the refusals");
    assert_eq!(combined.try_acquire_many_at(6, ms(0)).unwrap_err().code(), COST_ABOVE_LIMIT);
    let fewer = [Rule::TokenBucket(Quota::per_second(5))];
    assert!(combined.update_at(&fewer, ms(60_000)).is_err(), "the kinds stay");
}

#[test]
fn a_meter_shows_its_level() {
    let meter = LeakyBucket::new(Quota::per_second(10).with_burst(5)).unwrap();
    meter.try_acquire_many_at(4, ms(0)).unwrap();
    assert_eq!([0, 1, 100, 399, 400].map(|t| meter.level_at(ms(t))), [4, 4, 3, 1, 0]);
    meter.charge_at(1, ms(500)).unwrap().settle_at(8, ms(500));
    assert_eq!(meter.level_at(ms(500)), 8, "a debt stands above the rim");
}

#[test]
fn lots_together_never_pass_the_bound_of_the_bucket() {
    // Burst 100, of which 4 × 15 may lie in lots.
    let lots = Lots::new(Quota::per_second(100).with_burst(100), 4, 15).unwrap();
    let mut held: Vec<_> = std::iter::from_fn(|| lots.holder()).collect();
    assert_eq!(held.len(), 4, "no fifth");
    let mut random = seawall_kit::clock::SplitMix::new(3);
    let mut log: Vec<u64> = Vec::new();
    let mut now = 0;
    for _ in 0..50_000 {
        now += if random.below(400) == 0 { random.below(3000) } else { random.below(2) };
        let which = usize::try_from(random.below(4)).unwrap();
        if held[which].try_acquire_at(ms(now)).is_ok() {
            log.push(now);
        }
    }
    for from in 0..log.len() {
        for (count, to) in log[from..].iter().enumerate().take(600) {
            let most = 100 + (to - log[from]) / 10;
            assert!(u64::try_from(count).unwrap() < most, "{count} of {most} from {from}");
        }
    }
    assert!(log.len() > 5000, "and they get something: {}", log.len());
}

#[test]
fn a_lot_gives_back_what_it_holds_and_heeds_a_block_at_its_next_call() {
    let lots = Lots::new(Quota::per_hour(100), 2, 10).unwrap();
    let mut lot = lots.holder().unwrap();
    assert!(lot.try_acquire_at(ms(0)).is_ok());
    assert_eq!((lot.held(), lots.snapshot_at(ms(0)).remaining), (10, 69));
    lots.block_until_at(ms(1000), ms(0));
    let refused = lot.try_acquire_at(ms(10)).unwrap_err();
    assert_eq!(refused.retry_after(), Some(ms(990)));
    assert!(lot.try_acquire_at(ms(1000)).is_ok());
    drop(lot);
    assert_eq!(lots.snapshot_at(ms(1000)).remaining, 78, "80 less the two that were spent");
    assert!(lots.holder().is_some());
}

#[test]
fn in_shadow_mode_who_would_wait_takes_his_permits_when_his_turn_would_have_come() {
    let quota = Quota::per_second(10).with_burst(1).with_max_wait(ms(200));
    let in_earnest = TokenBucket::new(quota).unwrap();
    let shadow = TokenBucket::new(quota).unwrap();
    shadow.set_mode(Mode::Shadow);
    let (mut tickets, mut refused, mut waits) = (Vec::new(), 0, 0);
    for now in 0..2000 {
        // In earnest the timers are on time.
        tickets
            .retain_mut(|ticket: &mut Ticket<'_>| ticket.poll_at(None, ms(now)) != Turn::Granted);
        if now % 30 != 0 {
            continue;
        }
        match in_earnest.join_at(1, None, ms(now)) {
            Ok(ticket) => {
                waits += u64::from(ticket.expected_at() > ms(now));
                tickets.push(ticket);
            }
            Err(_) => refused += 1,
        }
        assert!(shadow.join_at(1, None, ms(now)).is_ok(), "everything passes");
        let snapshot = shadow.snapshot_at(ms(now));
        assert_eq!((snapshot.shadowed, snapshot.delayed), (refused, waits), "at {now}");
    }
    assert!(refused > 20 && waits > 10, "{refused} {waits}");
    // Who does not wait is judged by what would be there.
    let shadowed = shadow.snapshot_at(ms(2000)).shadowed;
    assert!(shadow.try_acquire_at(ms(2000)).is_ok());
    assert_eq!(shadow.snapshot_at(ms(2000)).shadowed, shadowed + 1);
    shadow.set_mode(Mode::Normal);
    assert!(shadow.try_acquire_at(ms(3000)).is_ok());
}

#[test]
fn a_change_of_quota_at_a_late_reading_gives_no_burst_away() {
    let quota = Quota::per_second(10).with_burst(5);
    let bucket = TokenBucket::new(quota).unwrap();
    let mut taken = 0;
    for round in 0..100 {
        let now = ms(2000 + round);
        taken += bucket.try_acquire_up_to_at(9, now);
        for late in [0, 1, 1000, 1999] {
            bucket.update_at(quota.with_burst(4 + u32::from(late % 2 == 0)), ms(late)).unwrap();
        }
    }
    assert_eq!(taken, 5, "a tenth of a second gives no sixth");
}

#[test]
fn a_debt_is_owed_behind_bookings_too() {
    let bucket = bucket();
    let charge = bucket.charge_at(1, ms(0)).unwrap();
    let far = bucket.reserve_at(5, ms(5000), ms(0)).unwrap();
    let farther = bucket.reserve_at(5, ms(5000), ms(0)).unwrap();
    assert_eq!((far.starts_at(), farther.starts_at()), (ms(100), ms(600)));
    charge.settle_at(4, ms(0));
    let next = bucket.reserve_at(1, ms(5000), ms(0)).unwrap();
    assert_eq!(next.starts_at(), ms(1000), "seven hundred, and three that were settled");
    // A debt is at most one burst, however often it is run up.
    for _ in 0..10 {
        bucket.update_at(Quota::per_second(10).with_burst(5), ms(0)).unwrap();
    }
    assert_eq!(bucket.reserve_at(1, ms(9000), ms(0)).unwrap().starts_at(), ms(1100));
}

#[test]
fn a_cost_above_one_of_several_limits_is_refused_in_its_name() {
    let combined = Combined::new(&[
        Rule::SlidingWindow(Quota::per_hour(100).with_name("hour")),
        Rule::TokenBucket(Quota::per_second(50).with_burst(5).with_name("burst")),
        Rule::FixedWindow(Quota::per_minute(8).with_name("minute")),
    ])
    .unwrap();
    let refused = combined.try_acquire_many_at(6, ms(0)).unwrap_err();
    assert_eq!((refused.code(), refused.who()), (COST_ABOVE_LIMIT, "burst"));
    assert_eq!(refused.number("limit"), Some(5));
}

#[test]
fn forced_on_there_is_nothing_left_and_nothing_costs_nothing() {
    let bucket = bucket();
    bucket.set_mode(Mode::ForcedOn);
    assert_eq!((bucket.remaining_at(ms(0)), bucket.snapshot_at(ms(0)).remaining), (0, 0));
    assert_eq!(bucket.fits_in_at(1, ms(0)), None);
    assert!(bucket.try_acquire_many_at(0, ms(0)).is_ok());
    assert_eq!(bucket.try_acquire_up_to_at(3, ms(0)), 0);
}

#[test]
fn a_window_begins_where_it_is_aligned_and_a_change_of_its_length_keeps_that() {
    let minute = Quota::per_minute(3);
    let window = FixedWindow::aligned_at(minute, ms(70_000), ms(5000)).unwrap();
    // Ten seconds of this one have gone by.
    assert_eq!(window.try_acquire_up_to_at(9, ms(5000)), 3);
    assert_eq!(window.try_acquire_at(ms(5000)).unwrap_err().retry_after(), Some(ms(50_000)));
    assert_eq!(window.try_acquire_up_to_at(9, ms(54_999)), 0);
    assert_eq!(window.try_acquire_up_to_at(2, ms(55_000)), 2);
    window.update_at(Quota::per(3, ms(30_000)), ms(60_000)).unwrap();
    assert_eq!(window.try_acquire_up_to_at(9, ms(60_000)), 1, "two were let through");
    assert_eq!(window.try_acquire_at(ms(60_000)).unwrap_err().retry_after(), Some(ms(25_000)));
    for ago in [Duration::ZERO, ms(1), ms(60_000), Duration::MAX] {
        for now in [Duration::ZERO, ms(59_999), Duration::MAX] {
            let window = FixedWindow::aligned_at(minute, ago, now).unwrap();
            assert_eq!(window.try_acquire_up_to_at(9, now), 3);
        }
    }
}
