//! Who waits, without a runtime: order, bounds, leaving, and what is told on entry.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Wake, Waker};
use std::time::Duration;

use seawall_errors::family::{QUEUE_FULL, QUEUE_TIMEOUT, RATE_LIMITED};
use seawall_kit::alloc::assert_no_allocations;
use seawall_kit::clock::SplitMix;
use seawall_limiter::{
    Combined, FixedWindow, LeakyBucket, LeakyQueue, Limit, Lots, Quota, Rule, SlidingCounter,
    SlidingWindow, Ticket, TokenBucket, Turn,
};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn all(quota: Quota) -> Vec<Box<dyn Limit>> {
    vec![
        Box::new(TokenBucket::new(quota).unwrap()),
        Box::new(LeakyBucket::new(quota).unwrap()),
        Box::new(LeakyQueue::new(quota).unwrap()),
        Box::new(FixedWindow::new(quota).unwrap()),
        Box::new(SlidingWindow::new(quota).unwrap()),
        Box::new(SlidingCounter::new(quota).unwrap()),
        Box::new(Combined::new(&[Rule::TokenBucket(quota), Rule::SlidingWindow(quota)]).unwrap()),
    ]
}

#[derive(Default)]
struct Bell(AtomicU32);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// One who waits, with a bell of his own.
struct Guest<'a> {
    ticket: Ticket<'a>,
    bell: Arc<Bell>,
    id: usize,
    next: Duration,
}

impl<'a> Guest<'a> {
    fn new(ticket: Ticket<'a>, id: usize) -> Self {
        Guest { ticket, bell: Arc::default(), id, next: Duration::ZERO }
    }

    fn poll(&mut self, now: Duration) -> Turn {
        let turn = self.ticket.poll_at(Some(&Waker::from(Arc::clone(&self.bell))), now);
        if let Turn::NotBefore(next) = turn {
            self.next = next;
        }
        turn
    }

    fn rang(&self) -> bool {
        self.bell.0.swap(0, Relaxed) > 0
    }
}

/// Polls whoever was woken or whose time has come, until nobody moves; returns
/// who was served.
fn serve(guests: &mut Vec<Guest<'_>>, now: Duration) -> Vec<usize> {
    let mut served = Vec::new();
    loop {
        let mut moved = false;
        guests.retain_mut(|guest| {
            if !guest.rang() && now < guest.next {
                return true;
            }
            match guest.poll(now) {
                Turn::Granted => {
                    served.push(guest.id);
                    moved = true;
                    false
                }
                Turn::Refused(_) => {
                    moved = true;
                    false
                }
                Turn::NotBefore(_) => true,
            }
        });
        if !moved {
            return served;
        }
    }
}

#[test]
fn permits_go_out_in_the_order_of_arrival_under_churn() {
    for seed in 0..20 {
        for limiter in all(Quota::per_second(50).with_max_wait(ms(5000))) {
            let mut random = SplitMix::new(seed);
            let mut guests: Vec<Guest<'_>> = Vec::new();
            let (mut now, mut id, mut last, mut count) = (0, 0, None, 0);
            for _ in 0..1500 {
                match random.below(6) {
                    0 | 1 => {
                        id += 1;
                        if let Ok(ticket) = limiter.join_at(1, None, ms(now)) {
                            guests.push(Guest::new(ticket, id));
                        }
                    }
                    2 if !guests.is_empty() => {
                        let which = usize::try_from(random.below(guests.len() as u64)).unwrap();
                        guests.remove(which);
                    }
                    3 => {
                        let barged = limiter.try_acquire_many_at(1, ms(now)).is_ok();
                        assert!(!barged || guests.is_empty(), "{limiter:?}: passed those who wait");
                    }
                    _ => now += random.below(30),
                }
                for served in serve(&mut guests, ms(now)) {
                    assert!(last < Some(served), "{limiter:?}: {served} after {last:?}");
                    last = Some(served);
                    count += 1;
                }
            }
            assert!(count > 50, "{limiter:?} served {count}");
        }
    }
}

#[test]
fn a_wake_is_never_lost_wherever_somebody_leaves() {
    // Of four in line any one leaves, at any moment; the others are served on time.
    for limiter in all(Quota::per_second(10).with_max_wait(ms(9000))) {
        for leaver in 0..4 {
            for moment in (0..=400).step_by(50) {
                limiter.try_acquire_up_to_at(u32::MAX, ms(0));
                let mut guests: Vec<_> = (0..4)
                    .map(|id| Guest::new(limiter.join_at(1, None, ms(0)).unwrap(), id))
                    .collect();
                let mut served = Vec::new();
                // Waits can be long where a window has to pass.
                for now in (0..6000).step_by(10) {
                    if now == moment {
                        guests.retain(|guest| guest.id != leaver);
                    }
                    served.extend(serve(&mut guests, ms(now)));
                }
                assert!(guests.is_empty(), "{limiter:?}: {} wait for ever", guests.len());
                assert!(served.is_sorted() && served.len() >= 3, "{limiter:?}: {served:?}");
                assert_eq!(limiter.snapshot_at(ms(6000)).waiting, 0);
                // Back to the start for the next round.
                limiter.try_acquire_up_to_at(0, Duration::from_secs(1000));
                limiter.try_acquire_up_to_at(u32::MAX, Duration::from_secs(1000));
                limiter.try_acquire_up_to_at(0, ms(0));
            }
        }
    }
}

#[test]
fn who_leaves_delays_nobody_and_those_behind_move_up() {
    let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
    queue.try_acquire_at(ms(0)).unwrap();
    let first = queue.join_at(1, ms(1000), ms(0)).unwrap();
    let second = queue.join_at(1, ms(1000), ms(0)).unwrap();
    let mut third = Guest::new(queue.join_at(1, ms(1000), ms(0)).unwrap(), 3);
    assert_eq!(third.ticket.expected_at(), ms(300));
    assert_eq!(third.poll(ms(0)), Turn::NotBefore(ms(300)));
    drop(second);
    assert!(!third.rang(), "the head is another");
    drop(first);
    assert!(third.rang());
    assert_eq!(third.poll(ms(0)), Turn::NotBefore(ms(100)));
    assert_eq!(third.poll(ms(100)), Turn::Granted);
}

#[test]
fn a_wait_that_cannot_end_in_time_is_refused_on_entry() {
    let queue = LeakyQueue::new(Quota::per_second(10).with_max_waiting(3)).unwrap();
    queue.try_acquire_at(ms(0)).unwrap();
    let _first = queue.join_at(1, ms(100), ms(0)).unwrap();
    let late = queue.join_at(1, ms(199), ms(0)).unwrap_err();
    assert_eq!((late.code(), late.retry_after()), (QUEUE_TIMEOUT, Some(ms(200))));
    let _second = queue.join_at(1, ms(200), ms(0)).unwrap();
    let _third = queue.join_at(1, ms(300), ms(0)).unwrap();
    let full = queue.join_at(1, Duration::MAX, ms(0)).unwrap_err();
    assert_eq!((full.code(), full.number("waiting")), (QUEUE_FULL, Some(3)));
    let barging = queue.try_acquire_at(ms(0)).unwrap_err();
    assert_eq!((barging.code(), barging.retry_after()), (RATE_LIMITED, Some(ms(400))));
}

#[test]
fn what_is_expected_on_entry_is_what_happens() {
    for limiter in all(Quota::per_second(8).with_max_wait(ms(60_000))) {
        let burst = limiter.snapshot_at(ms(0)).limit;
        let mut random = SplitMix::new(11);
        limiter.try_acquire_up_to_at(u32::MAX, ms(0));
        let mut guests = Vec::new();
        for id in 0..30 {
            let n = 1 + u32::try_from(random.below(burst.into())).unwrap();
            guests.push(Guest::new(limiter.join_at(n, None, ms(0)).unwrap(), id));
        }
        let expected: Vec<_> = guests.iter().map(|guest| guest.ticket.expected_at()).collect();
        assert!(expected.is_sorted());
        for (id, at) in expected.into_iter().enumerate() {
            let early = serve(&mut guests, at.saturating_sub(Duration::from_nanos(1)));
            assert!(!early.contains(&id), "{limiter:?}: {id} before {at:?}");
            let served = serve(&mut guests, at);
            assert!(early.len() + served.len() > 0 || guests.iter().all(|g| g.id != id));
            assert!(guests.iter().all(|g| g.id != id), "{limiter:?}: {id} not at {at:?}");
        }
    }
}

#[test]
fn a_large_cost_at_the_head_is_not_starved_by_small_ones() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    bucket.try_acquire_many_at(10, ms(0)).unwrap();
    let mut large = Guest::new(bucket.join_at(10, ms(2000), ms(0)).unwrap(), 0);
    assert_eq!(large.poll(ms(0)), Turn::NotBefore(ms(1000)));
    for now in 1..1000 {
        assert!(bucket.try_acquire_at(ms(now)).is_err());
    }
    assert_eq!(large.poll(ms(1000)), Turn::Granted);
}

#[test]
fn lateness_of_up_to_ten_milliseconds_costs_a_queue_no_rate_and_more_gives_no_flood() {
    // Woken once per millisecond, so each is late by up to one.
    for rate in [900, 1500, 20_000] {
        let quota = Quota::per_second(rate).with_max_waiting(30_000);
        let queue = LeakyQueue::new(quota).unwrap();
        let mut guests: Vec<_> = (0..rate as usize)
            .map(|id| Guest::new(queue.join_at(1, ms(9000), ms(0)).unwrap(), id))
            .collect();
        let served: usize = (1..=200).map(|now| serve(&mut guests, ms(now)).len()).sum();
        assert!(served.abs_diff(rate as usize / 5) <= 1, "{served} at {rate} a second");
        // The process stands still for half a second.
        let flood = serve(&mut guests, ms(700)).len();
        assert!(flood <= rate as usize / 100 + 2, "{flood} at once");
    }
}

#[test]
fn no_line_is_without_a_bound_unless_it_is_asked_for() {
    let quota = Quota::per_second(1);
    assert_eq!((quota.max_waiting(), quota.max_wait()), (1024, ms(1000)));
}

#[test]
fn a_refusal_leaves_the_state_as_it_was_bit_by_bit() {
    for limiter in all(Quota::per_second(10)) {
        limiter.try_acquire_up_to_at(u32::MAX, ms(0));
        // Whatever expires at 50 ms has expired.
        let _ = limiter.try_acquire_many_at(1, ms(50));
        let before = format!("{limiter:?}");
        for n in 1..=10 {
            assert!(limiter.try_acquire_many_at(n, ms(50)).is_err());
            assert!(limiter.peek_at(n, ms(50)).is_err());
        }
        assert_eq!(format!("{limiter:?}"), before);
    }
}

#[test]
fn each_grant_wakes_one_and_not_the_herd() {
    let queue = LeakyQueue::new(Quota::per_second(1000)).unwrap();
    queue.try_acquire_at(ms(0)).unwrap();
    let mut guests: Vec<_> =
        (0..100).map(|id| Guest::new(queue.join_at(1, ms(1000), ms(0)).unwrap(), id)).collect();
    let mut polls = 0;
    let mut rings = 0;
    for guest in &mut guests {
        let _ = guest.poll(ms(0));
    }
    for now in 1..=100 {
        guests.retain_mut(|guest| {
            let rang = guest.rang();
            rings += u32::from(rang);
            if !rang && ms(now) < guest.next {
                return true;
            }
            polls += 1;
            guest.poll(ms(now)) != Turn::Granted
        });
    }
    assert!(guests.is_empty());
    assert!(rings <= 100 && polls <= 201, "{rings} rings, {polls} polls");
}

#[test]
fn the_waker_of_the_last_poll_is_the_one_that_is_woken() {
    let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
    queue.try_acquire_at(ms(0)).unwrap();
    let head = queue.join_at(1, ms(1000), ms(0)).unwrap();
    let mut second = queue.join_at(1, ms(1000), ms(0)).unwrap();
    let (old, new) = (Arc::<Bell>::default(), Arc::<Bell>::default());
    for bell in [&old, &new] {
        let _ = second.poll_at(Some(&Waker::from(Arc::clone(bell))), ms(0));
    }
    drop(head);
    assert_eq!((old.0.load(Relaxed), new.0.load(Relaxed)), (0, 1));
    assert_eq!(Arc::strong_count(&old), 1, "an old waker is let go");
}

#[test]
fn a_ticket_answers_the_same_after_its_turn() {
    let queue = LeakyQueue::new(Quota::per_second(10).with_max_wait(ms(150))).unwrap();
    let mut ticket = queue.join_at(1, ms(0), ms(0)).unwrap();
    assert_eq!(ticket.poll_at(None, ms(0)), Turn::Granted);
    assert_eq!(ticket.poll_at(None, ms(0)), Turn::Granted);
    drop(ticket);
    assert!(queue.try_acquire_at(ms(99)).is_err(), "it was taken once, and stays taken");
    assert!(queue.try_acquire_at(ms(100)).is_ok());
}

#[test]
fn the_line_never_grows_beyond_its_bound_and_uses_its_places_again() {
    let queue = LeakyQueue::new(Quota::per_hour(1).with_max_waiting(8)).unwrap();
    queue.try_acquire_at(ms(0)).unwrap();
    let mut tickets = Vec::new();
    let mut random = SplitMix::new(2);
    for _ in 0..10_000 {
        if random.below(2) == 0 {
            tickets.extend(queue.join_at(1, Duration::MAX, ms(0)));
        } else if !tickets.is_empty() {
            drop(tickets.remove(usize::try_from(random.below(tickets.len() as u64)).unwrap()));
        }
        assert_eq!(queue.snapshot_at(ms(0)).waiting as usize, tickets.len());
        assert!(tickets.len() <= 8);
    }
    assert!(format!("{queue:?}").matches("Place {").count() <= 8);
}

#[test]
fn no_admitted_path_allocates() {
    let now = std::cell::Cell::new(0);
    for limiter in all(Quota::per_second(1000)) {
        assert_no_allocations("try_acquire", 1000, || {
            now.set(now.get() + 5);
            assert!(limiter.try_acquire_many_at(1, ms(now.get())).is_ok());
            assert_eq!(limiter.try_acquire_up_to_at(1, ms(now.get() + 2)), 1);
        });
        assert_no_allocations("refusals", 1000, || {
            limiter.try_acquire_up_to_at(u32::MAX, ms(now.get()));
            assert!(limiter.try_acquire_many_at(1, ms(now.get())).is_err());
        });
        assert_no_allocations("join", 1000, || {
            now.set(now.get() + 5000);
            assert_eq!(
                limiter.join_at(1, None, ms(now.get())).unwrap().poll_at(None, ms(0)),
                Turn::Granted
            );
        });
    }
    let mut lot = Lots::new(Quota::per_second(1000), 2, 10).unwrap().holder().unwrap();
    assert_no_allocations("lot", 1000, || {
        now.set(now.get() + 5);
        assert!(lot.try_acquire_at(ms(now.get())).is_ok());
    });
    let bucket = TokenBucket::new(Quota::per_second(1_000_000_000)).unwrap();
    assert_no_allocations("clock", 1000, || assert!(bucket.try_acquire().is_ok()));
}

#[test]
fn who_is_not_there_when_his_turn_comes_delays_nobody() {
    for limiter in all(Quota::per_second(10).with_max_wait(ms(60_000))) {
        limiter.try_acquire_up_to_at(u32::MAX, ms(0));
        let mut parked: Vec<_> =
            (0..3).map(|id| Guest::new(limiter.join_at(1, None, ms(0)).unwrap(), id)).collect();
        let mut guests: Vec<_> =
            (3..12).map(|id| Guest::new(limiter.join_at(1, None, ms(0)).unwrap(), id)).collect();
        // Each is polled once, as a task is that does something else thereafter.
        parked.iter_mut().chain(&mut guests).for_each(|guest| {
            let _ = guest.poll(ms(0));
        });
        for id in 3..12 {
            let Some(guest) = guests.iter().find(|guest| guest.id == id) else { continue };
            let at = guest.ticket.expected_at();
            let served = serve(&mut guests, at);
            // Where several are due in one instant, the head has ten milliseconds.
            let late = at + ms(10) + Duration::from_nanos(1);
            let served = if served.contains(&id) { served } else { serve(&mut guests, late) };
            assert!(served.contains(&id), "{limiter:?}: {id} waits for who is not there");
        }
        assert_eq!(limiter.snapshot_at(ms(9000)).waiting, 0);
        assert_eq!(limiter.remaining_at(ms(9000)), limiter.snapshot_at(ms(9000)).limit);
        let back: Vec<_> = parked.iter_mut().map(|guest| guest.poll(ms(9000))).collect();
        assert_eq!(back[0], Turn::Granted, "{limiter:?}");
        assert!(serve(&mut parked, ms(20_000)).is_sorted());
    }
}

#[test]
fn a_lone_place_that_nobody_asks_for_does_not_shut_the_limiter() {
    for limiter in all(Quota::per_second(10).with_max_wait(ms(60_000))) {
        let burst = limiter.try_acquire_up_to_at(u32::MAX, ms(0));
        let mut parked = limiter.join_at(1, None, ms(0)).unwrap();
        let then = parked.expected_at();
        let within = then + ms(10);
        assert!(limiter.peek_at(1, within).is_err(), "it has ten milliseconds");
        assert!(limiter.try_acquire_many_at(1, within).is_err());
        let later = then + ms(5000);
        assert_eq!(limiter.remaining_at(later), burst);
        assert_eq!(limiter.fits_in_at(1, later), Some(ms(0)));
        assert!(limiter.peek_at(1, later).is_ok());
        assert_eq!(limiter.try_acquire_up_to_at(u32::MAX, later), burst, "{limiter:?}");
        // Back in its place, it comes before those who come now.
        assert!(matches!(parked.poll_at(None, later), Turn::NotBefore(_)), "{limiter:?}");
        let behind = limiter.join_at(1, None, later).unwrap().expected_at();
        let Turn::NotBefore(before) = parked.poll_at(None, later) else { panic!("it waits") };
        assert!(before <= behind, "{limiter:?}");
        assert_eq!(parked.poll_at(None, before), Turn::Granted);
    }
}

#[test]
fn who_missed_his_turn_stands_where_he_stood_once_he_asks() {
    let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
    queue.try_acquire_at(ms(0)).unwrap();
    let mut tickets: Vec<_> = (0..4).map(|_| queue.join_at(1, ms(900), ms(0)).unwrap()).collect();
    // The last one asks when his own time comes: all three before him are passed over.
    assert_eq!(tickets[3].poll_at(None, ms(420)), Turn::Granted);
    // They come back in any order, and stand in the old one.
    let told: Vec<_> = [2, 0, 1].map(|i: usize| tickets[i].poll_at(None, ms(421))).into();
    assert!(told.iter().all(|turn| matches!(turn, Turn::NotBefore(_))), "{told:?}");
    assert_eq!(queue.snapshot_at(ms(421)).waiting, 3);
    let newcomer = queue.join_at(1, ms(900), ms(421)).unwrap();
    assert_eq!(newcomer.expected_at(), ms(810));
    let mut order = Vec::new();
    for now in 421..800 {
        for (i, ticket) in tickets.iter_mut().enumerate().take(3) {
            if !order.contains(&i) && ticket.poll_at(None, ms(now)) == Turn::Granted {
                order.push(i);
            }
        }
    }
    assert_eq!(order, [0, 1, 2]);
}

/// Panics when it is woken.
struct Mine;

impl Wake for Mine {
    fn wake(self: Arc<Self>) {
        panic!("as a waker may");
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_else_asleep() {
    let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
    queue.try_acquire_at(ms(0)).unwrap();
    let mut mine = queue.join_at(1, ms(1000), ms(0)).unwrap();
    let mut guests: Vec<_> =
        (0..3).map(|id| Guest::new(queue.join_at(1, ms(1000), ms(0)).unwrap(), id)).collect();
    let _ = mine.poll_at(Some(&Waker::from(Arc::new(Mine))), ms(0));
    for guest in &mut guests {
        let _ = guest.poll(ms(0));
    }
    let switch = std::panic::AssertUnwindSafe(|| queue.set_mode(seawall_limiter::Mode::ForcedOn));
    assert!(std::panic::catch_unwind(switch).is_err(), "the panic goes on");
    assert!(guests.iter().all(Guest::rang));
    assert!(matches!(guests[0].poll(ms(0)), Turn::Refused(_)), "and the limiter works");
}

#[test]
fn a_turn_that_is_a_little_late_is_no_reason_to_refuse() {
    // Two due in the same instant, the second polled first, at his deadline.
    let queue = LeakyQueue::new(Quota::per_second(1000)).unwrap();
    queue.try_acquire_at(ms(0)).unwrap();
    let mut first = queue.join_at(1, ms(1), ms(0)).unwrap();
    let mut second = queue.join_at(1, ms(2), ms(0)).unwrap();
    assert!(matches!(second.poll_at(None, ms(3)), Turn::NotBefore(at) if at > ms(3)));
    assert_eq!(first.poll_at(None, ms(3)), Turn::Granted);
    assert_eq!(second.poll_at(None, ms(3)), Turn::Granted);
}

#[test]
fn after_turns_that_were_late_newcomers_are_told_the_truth() {
    for seed in 0..40 {
        for limiter in all(Quota::per_second(4).with_max_wait(ms(60_000))) {
            let mut random = SplitMix::new(seed);
            limiter.try_acquire_up_to_at(u32::MAX, ms(0));
            let join = |id, now| Guest::new(limiter.join_at(1, None, ms(now)).unwrap(), id);
            let mut guests: Vec<_> = (0..12).map(|id| join(id, 0)).collect();
            // For a while those whose time has come are late.
            let mut now = 0;
            for _ in 0..3 {
                now += random.below(700);
                serve(&mut guests, ms(now));
            }
            let mut newcomer = vec![join(99, now)];
            let expected = newcomer[0].ticket.expected_at();
            // From now on all are on time.
            guests.append(&mut newcomer);
            for guest in &mut guests {
                guest.next = ms(now);
            }
            let mut at = ms(now);
            while !serve(&mut guests, at).contains(&99) {
                let next = guests.iter().map(|guest| guest.next).min().unwrap();
                assert!(next > at, "{limiter:?}: asked again at once");
                at = next;
            }
            assert_eq!(at, expected, "seed {seed}: {limiter:?}");
        }
    }
}

#[test]
fn tickets_guards_and_their_like_can_be_sent_to_another_thread() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    let charge = bucket.charge_at(4, ms(0)).unwrap().into_owned();
    let booking = bucket.reserve_at(6, ms(0), ms(0)).unwrap().into_owned();
    let ticket = bucket.join_at(1, ms(500), ms(0)).unwrap().into_owned();
    assert_eq!(bucket.snapshot_at(ms(0)).waiting, 1);
    let other = bucket.clone();
    std::thread::spawn(move || {
        let mut ticket = ticket;
        assert_eq!(ticket.poll_at(None, ms(100)), Turn::Granted);
        booking.cancel_at(ms(100));
        charge.refund_at(ms(100));
        assert_eq!(other.remaining_at(ms(100)), 4, "the booking was not the last any more");
    })
    .join()
    .unwrap();
    assert_eq!(bucket.snapshot_at(ms(100)).waiting, 0);
}
