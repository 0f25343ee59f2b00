//! The window of a throttle, under its lock.

use seawall_errors::Outcome;

use crate::odds::{Odds, Seen};
use crate::window::{Place, Shape};

/// A clock that goes back by less than this beside the window is late, not wrong.
const SLACK: u64 = 1_000_000_000;

#[derive(Debug)]
pub(crate) struct Tries {
    shape: Shape,
    /// By which moment of the ring, and what was counted in it.
    buckets: Box<[(u64, Seen)]>,
    legal: u64,
    latest: u64,
    /// When somebody was last let through.
    passed: Option<u64>,
    pub(crate) generation: u32,
    pub(crate) draws: u64,
}

impl Tries {
    pub(crate) fn new(length: u64, buckets: u16, floor: u64) -> Self {
        Tries {
            shape: Shape::new(length, buckets, false),
            buckets: vec![(0, Seen::default()); buckets.into()].into(),
            legal: length.max(floor).saturating_add(SLACK),
            latest: 0,
            passed: None,
            generation: 0,
            draws: 0,
        }
    }

    /// As the breaker's: a late reading counts as the latest; after a leap and
    /// back everything begins anew.
    pub(crate) fn steady(&mut self, now: u64) -> u64 {
        if self.latest.saturating_sub(now) > self.legal {
            self.clear();
            self.latest = now;
        }
        self.latest = self.latest.max(now);
        self.latest
    }

    pub(crate) fn latest(&self) -> u64 {
        self.latest
    }

    pub(crate) fn clear(&mut self) {
        self.buckets.fill((0, Seen::default()));
        self.passed = None;
        self.generation = self.generation.wrapping_add(1);
    }

    fn tick(&self, place: Place) -> u64 {
        place.lap.wrapping_mul(self.shape.buckets()).wrapping_add(place.slot as u64)
    }

    fn bucket(&mut self, now: u64) -> Option<&mut Seen> {
        let place = self.shape.place(now);
        let tick = self.tick(place);
        let (held, seen) = self.buckets.get_mut(place.slot)?;
        if *held != tick {
            (*held, *seen) = (tick, Seen::default());
        }
        Some(seen)
    }

    /// The bucket of an earlier moment, if it is still there.
    fn earlier(&mut self, at: u64) -> Option<&mut Seen> {
        let place = self.shape.place(at);
        let tick = self.tick(place);
        let (held, seen) = self.buckets.get_mut(place.slot)?;
        (*held == tick).then_some(seen)
    }

    pub(crate) fn seen(&self, now: u64) -> Seen {
        let tick = self.tick(self.shape.place(now));
        let first = tick.saturating_sub(self.shape.buckets() - 1);
        let within = self.buckets.iter().filter(|(held, _)| (first..=tick).contains(held));
        within.fold(Seen::default(), |sum, (held, seen)| Seen {
            requests: sum.requests.saturating_add(seen.requests),
            accepted: sum.accepted.saturating_add(seen.accepted),
            ended: sum.ended.saturating_add(seen.ended),
            // Those of the buckets before hang, and are held against it.
            young: sum.young.saturating_add(if tick - held <= 1 { seen.young } else { 0 }),
        })
    }

    /// Counts one who came.
    pub(crate) fn came(&mut self, now: u64) {
        if let Some(bucket) = self.bucket(now) {
            bucket.requests = bucket.requests.saturating_add(1);
        }
    }

    /// Counts one who was let through.
    pub(crate) fn left(&mut self, now: u64) {
        if let Some(bucket) = self.bucket(now) {
            bucket.young = bucket.young.saturating_add(1);
        }
    }

    /// Counts how one ended who was let through at `began`.
    pub(crate) fn ended(&mut self, began: u64, now: u64, outcome: Outcome) {
        if let Some(bucket) = self.earlier(began) {
            bucket.young = bucket.young.saturating_sub(1);
            if outcome == Outcome::Neutral {
                bucket.requests = bucket.requests.saturating_sub(1);
            }
        }
        if let (true, Some(bucket)) = (outcome != Outcome::Neutral, self.bucket(now)) {
            bucket.ended = bucket.ended.saturating_add(1);
            bucket.accepted += u64::from(outcome == Outcome::Success);
        }
    }

    /// Whether one is let through; else how long until somebody is in any case.
    pub(crate) fn pass(&mut self, odds: &Odds, floor: u64, now: u64, draw: u64) -> Result<(), u64> {
        let refusal = u128::from(odds.refusal(self.seen(now)));
        self.came(now);
        // Both shares of 2^64: none is refused at zero.
        let refused = (u128::from(draw) * u128::from(crate::rules::WHOLE)) >> 64 < refusal;
        let due = self.passed.map_or(0, |passed| passed.saturating_add(floor));
        if refused && now < due {
            return Err(due - now);
        }
        self.passed = Some(now);
        Ok(())
    }

    /// Keeps the counts through a change of shape, as if they had just come.
    pub(crate) fn reshape(&mut self, length: u64, buckets: u16, floor: u64) {
        let (now, seen) = (self.latest, self.seen(self.latest));
        let fresh = Tries::new(length, buckets, floor);
        let (latest, passed, generation) = (self.latest, self.passed, self.generation);
        *self = Tries { latest, passed, generation, draws: self.draws, ..fresh };
        if let Some(bucket) = self.bucket(now) {
            *bucket = seen;
        }
    }
}
