//! The line as an event loop would drive it, beside a limiter of the same kind
//! that knows of no line: each who is served must fit there too, and the head is
//! told when that one says he fits.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Wake, Waker};
use std::time::Duration;

use seawall_kit::clock::SplitMix;
use seawall_limiter::{
    Combined, FixedWindow, InvalidQuota, LeakyBucket, LeakyQueue, Limit, Quota, Rule,
    SlidingCounter, SlidingWindow, Ticket, TokenBucket, Turn,
};

const GRACE: Duration = Duration::from_millis(10);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A limiter and how to change its quota.
trait Kind: Limit {
    fn change(&self, quota: Quota, now: Duration) -> Result<(), InvalidQuota>;
}

macro_rules! kinds {
    ($($kind:ident),*) => {$(
        impl Kind for $kind {
            fn change(&self, quota: Quota, now: Duration) -> Result<(), InvalidQuota> {
                self.update_at(quota, now)
            }
        }
    )*};
}
kinds!(TokenBucket, LeakyBucket, LeakyQueue, FixedWindow, SlidingWindow, SlidingCounter);

fn rules(quota: Quota) -> [Rule; 3] {
    [Rule::TokenBucket(quota), Rule::SlidingWindow(quota), Rule::FixedWindow(quota)]
}

impl Kind for Combined {
    fn change(&self, quota: Quota, now: Duration) -> Result<(), InvalidQuota> {
        self.update_at(&rules(quota), now)
    }
}

const KINDS: usize = 7;
const QUEUE: usize = 2;

fn make(kind: usize, quota: Quota) -> Box<dyn Kind> {
    match kind {
        0 => Box::new(TokenBucket::new(quota).unwrap()),
        1 => Box::new(LeakyBucket::new(quota).unwrap()),
        QUEUE => Box::new(LeakyQueue::new(quota).unwrap()),
        3 => Box::new(FixedWindow::new(quota).unwrap()),
        4 => Box::new(SlidingWindow::new(quota).unwrap()),
        5 => Box::new(SlidingCounter::new(quota).unwrap()),
        _ => Box::new(Combined::new(&rules(quota)).unwrap()),
    }
}

#[derive(Default)]
struct Bell(AtomicU32);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// How well they keep their times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manners {
    /// All ask when they were told to.
    Punctual,
    /// All may be up to ten milliseconds late.
    Late,
    /// Some are never heard of again.
    Parked,
    /// Some are away for a while.
    Away,
}

struct Guest<'a> {
    id: usize,
    n: u32,
    ticket: Ticket<'a>,
    bell: Arc<Bell>,
    told: Duration,
    /// When he asks next.
    asks: Duration,
    /// He is not always there.
    absent: bool,
}

struct Room<'a> {
    limiter: &'a dyn Kind,
    /// Knows only of what is taken.
    mirror: &'a dyn Kind,
    kind: usize,
    manners: Manners,
    /// The quota was changed, or a block put on.
    changed: bool,
    random: SplitMix,
    now: Duration,
    guests: Vec<Guest<'a>>,
    came: usize,
    takes: Vec<(Duration, u32)>,
    seed: u64,
}

impl Room<'_> {
    fn at(&self) -> String {
        format!("seed {} at {:?}, {:?}, {:?}", self.seed, self.now, self.manners, self.limiter)
    }

    fn late(&mut self) -> Duration {
        match self.manners {
            Manners::Late => Duration::from_micros(self.random.below(10_001)),
            _ => Duration::ZERO,
        }
    }

    fn took(&mut self, n: u32) {
        self.takes.push((self.now, n));
        // A queue dates a late turn back, which the other cannot know.
        if self.kind != QUEUE {
            let fits = self.mirror.try_acquire_many_at(n, self.now);
            assert!(fits.is_ok(), "{n} too many: {}", self.at());
        }
    }

    fn enter(&mut self, n: u32) {
        let Ok(ticket) = self.limiter.join_at(n, None, self.now) else { return };
        let told = ticket.expected_at();
        self.came += 1;
        let absent = match self.manners {
            Manners::Punctual | Manners::Late => false,
            Manners::Parked | Manners::Away => told > self.now && self.random.below(4) == 0,
        };
        let bell = Arc::default();
        let guest = Guest { id: self.came, n, ticket, bell, told, asks: self.now, absent };
        self.guests.push(guest);
        let place = self.guests.len() - 1;
        self.ask(place);
    }

    /// Whether he is done.
    fn ask(&mut self, place: usize) -> bool {
        let late = self.late();
        let away = Duration::from_millis(self.random.below(3000));
        let guest = &mut self.guests[place];
        guest.bell.0.store(0, Relaxed);
        match guest.ticket.poll_at(Some(&Waker::from(Arc::clone(&guest.bell))), self.now) {
            Turn::NotBefore(told) => {
                guest.told = told;
                guest.asks = told + late;
                if guest.absent {
                    guest.asks = match self.manners {
                        Manners::Away => told + away,
                        _ => Duration::MAX,
                    };
                }
                assert!(told > self.now, "asked again at once: {}", self.at());
                false
            }
            Turn::Granted => {
                let Guest { id, n, ticket, absent, .. } = self.guests.remove(place);
                self.passed_those_before(id);
                if self.manners == Manners::Parked && !self.changed && !absent {
                    self.promised(&ticket);
                }
                self.took(n);
                true
            }
            Turn::Refused(refused) => {
                let calm = self.manners == Manners::Punctual && !self.changed;
                assert!(!calm, "{refused} though let in: {}", self.at());
                self.guests.remove(place);
                true
            }
        }
    }

    /// Nobody passes those who are there. Who was let go may not know it yet.
    fn passed_those_before(&mut self, id: usize) {
        let (now, at) = (self.now, self.at());
        self.guests.retain_mut(|other| {
            if other.id > id || other.absent {
                return true;
            }
            let turn = other.ticket.poll_at(None, now);
            assert!(matches!(turn, Turn::Refused(_)), "{id} passed {}: {at}", other.id);
            false
        });
    }

    /// Who is there waits no longer than he was told, and ten milliseconds.
    fn promised(&self, ticket: &Ticket<'_>) {
        let after = self.now.saturating_sub(ticket.expected_at());
        // What is served ten milliseconds late may share an entry of the log
        // with what comes later, or lie in another window.
        let blurred = match self.kind {
            0..=QUEUE => Duration::ZERO,
            3 => Duration::from_micros(1),
            _ => return,
        };
        let most = GRACE + Duration::from_nanos(1) + blurred;
        assert!(after <= most, "waited {after:?} longer: {}", self.at());
    }

    /// All who were woken, or whose time has come, ask, in any order.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 10_000, "nobody moves, and all ask: {}", self.at());
            for place in 0..self.guests.len() {
                let late = self.now + self.late();
                let guest = &mut self.guests[place];
                if guest.bell.0.swap(0, Relaxed) > 0 && !guest.absent {
                    guest.asks = guest.asks.min(late);
                }
            }
            let due: Vec<usize> = (0..self.guests.len())
                .filter(|place| self.guests[*place].asks <= self.now)
                .collect();
            if due.is_empty() {
                break;
            }
            let which = usize::try_from(self.random.below(due.len() as u64)).unwrap();
            self.ask(due[which]);
        }
        if self.manners != Manners::Punctual || self.kind == QUEUE {
            return;
        }
        // The head knows when he fits, or will ask before.
        if let Some(head) = self.guests.first() {
            let fits = self.mirror.fits_in_at(head.n, self.now).unwrap();
            assert!(fits > Duration::ZERO, "{} is not let in: {}", head.id, self.at());
            assert!(head.asks <= self.now + fits, "{} oversleeps: {}", head.id, self.at());
        }
    }

    /// Lets time go by, and whoever has his turn meanwhile.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.settle();
            let next = self.guests.iter().map(|guest| guest.asks).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = next;
        }
        self.now = end;
        self.settle();
    }

    fn act(&mut self, quotas: &[Quota]) {
        let burst = self.limiter.snapshot_at(self.now).limit;
        let n = 1 + u32::try_from(self.random.below(burst.into())).unwrap();
        match self.random.below(if self.changed { 10 } else { 8 }) {
            0..=2 => self.enter(n),
            3 => self.enter(1),
            4 if !self.guests.is_empty() => {
                let which = self.random.below(self.guests.len() as u64);
                self.guests.remove(usize::try_from(which).unwrap());
            }
            5 => {
                if self.limiter.try_acquire_many_at(n, self.now).is_ok() {
                    self.passed_those_before(usize::MAX);
                    self.took(n);
                }
            }
            8 => {
                let which = self.random.below(quotas.len() as u64);
                let quota = quotas[usize::try_from(which).unwrap()];
                self.limiter.change(quota, self.now).unwrap();
                self.mirror.change(quota, self.now).unwrap();
            }
            9 => {
                if self.random.below(2) == 0 {
                    let until = self.now + ms(self.random.below(800));
                    self.limiter.block_until_at(until, self.now);
                    self.mirror.block_until_at(until, self.now);
                } else {
                    self.limiter.unblock();
                    self.mirror.unblock();
                }
            }
            _ => {
                let time = ms(self.random.below(300));
                self.pass(time);
            }
        }
        self.settle();
    }
}

/// Whether all windows hold what the kind of limiter promises.
fn within_bounds(kind: usize, takes: &[(Duration, u32)], rate: u32, burst: u32) -> bool {
    let limit = u64::from(rate);
    let sum = |within: &dyn Fn(Duration) -> bool| -> u64 {
        takes.iter().filter(|(at, _)| within(*at)).map(|(_, n)| u64::from(*n)).sum()
    };
    let second = Duration::from_secs(1);
    takes.iter().enumerate().all(|(i, (from, _))| match kind {
        3 => sum(&|at| at.as_secs() == from.as_secs()) <= limit,
        4 => sum(&|at| at >= *from && at < *from + second) <= limit,
        5 => true,
        _ => {
            let slack = if kind == QUEUE { GRACE } else { Duration::ZERO };
            takes[i..].iter().all(|(to, _)| {
                let span = (to.saturating_sub(*from) + slack + Duration::from_nanos(2)).as_nanos();
                let most = u128::from(burst) * 1_000_000_000 + span * u128::from(rate);
                u128::from(sum(&|at| at >= *from && at <= *to)) * 1_000_000_000 <= most
            })
        }
    })
}

fn run(manners: Manners, changed: bool, seeds: u64) {
    let mut served = 0;
    for seed in 0..seeds {
        for kind in 0..KINDS {
            let mut random = SplitMix::new(seed * 7 + kind as u64);
            let window = (3..=6).contains(&kind);
            let quota = |rate: u32, burst: u32| {
                let quota = Quota::per_second(rate).with_max_wait(ms(4000));
                if window { quota } else { quota.with_burst(burst) }
            };
            let rate = 3 + u32::try_from(random.below(20)).unwrap();
            let burst = 1 + u32::try_from(random.below(5)).unwrap();
            let quotas =
                [quota(rate, burst), quota(2, 1), quota(rate, 1), quota(rate / 2 + 1, burst)];
            let limiter = make(kind, quotas[0]);
            let mirror = make(kind, quotas[0]);
            let mut room = Room {
                limiter: &*limiter,
                mirror: &*mirror,
                kind,
                manners,
                changed,
                random,
                now: ms(1000),
                guests: Vec::new(),
                came: 0,
                takes: Vec::new(),
                seed,
            };
            for _ in 0..120 {
                if manners == Manners::Parked && !changed {
                    // All come at first: whose turn comes sooner than he was told
                    // since others did not come learns it when he is the head.
                    let n = 1 + u32::try_from(room.random.below(burst.into())).unwrap();
                    room.enter(n);
                } else {
                    room.act(&quotas);
                }
            }
            room.limiter.unblock();
            room.mirror.unblock();
            room.settle();
            room.pass(ms(20_000));
            let left = room.guests.iter().filter(|guest| !guest.absent).count();
            assert_eq!(left, 0, "{left} wait for ever: {}", room.at());
            room.guests.clear();
            let later = room.now + ms(3_000_000);
            limiter.change(quotas[0], later).unwrap();
            let idle = limiter.snapshot_at(later + ms(10_000));
            let new = make(kind, quotas[0]).snapshot_at(later + ms(10_000));
            assert_eq!(idle, new, "{}", room.at());
            let takes = core::mem::take(&mut room.takes);
            assert!(
                within_bounds(kind, &takes, rate, burst.max(if window { rate } else { 1 })),
                "{takes:?}: {}",
                room.at()
            );
            served += takes.len();
        }
    }
    assert!(served > usize::try_from(seeds).unwrap() * 50, "{served} served");
}

#[test]
fn all_who_come_on_time_are_served_at_the_moment_in_which_they_fit() {
    run(Manners::Punctual, false, 60);
}

#[test]
fn all_who_come_on_time_learn_of_each_change_that_lets_them_in_sooner() {
    run(Manners::Punctual, true, 60);
}

#[test]
fn who_is_a_little_late_loses_no_place() {
    run(Manners::Late, false, 60);
    run(Manners::Late, true, 40);
}

#[test]
fn who_never_comes_costs_those_behind_him_ten_milliseconds_at_most() {
    run(Manners::Parked, false, 60);
    run(Manners::Parked, true, 40);
}

#[test]
fn who_goes_and_comes_back_keeps_every_bound() {
    run(Manners::Away, false, 60);
    run(Manners::Away, true, 40);
}
