//! Calls that have begun and not ended, by when they began.

use crate::rules::{Keep, Rules};
use crate::window::{Place, Shape};

const BUCKETS: u16 = 16;

#[derive(Debug)]
pub(crate) struct Hangs {
    shape: Shape,
    /// Which moment of the ring, and how many that began in it are under way.
    live: [(u64, u32); BUCKETS as usize],
}

impl Hangs {
    pub(crate) fn new(rules: &Rules) -> Self {
        // A window that is shorter than a call may last would know none that hangs.
        let least = rules.slow_after.saturating_mul(8);
        let length = match rules.keep {
            Keep::Time { length, .. } => length.max(least),
            _ => least,
        };
        Hangs { shape: Shape::new(length, BUCKETS, false), live: Default::default() }
    }

    /// Buckets in turn, for ever.
    fn tick(place: Place) -> u64 {
        place.lap.wrapping_mul(BUCKETS.into()).wrapping_add(place.slot as u64)
    }

    pub(crate) fn begin(&mut self, now: u64) {
        let place = self.shape.place(now);
        if let Some((tick, live)) = self.live.get_mut(place.slot) {
            if *tick != Self::tick(place) {
                (*tick, *live) = (Self::tick(place), 0);
            }
            *live = live.saturating_add(1);
        }
    }

    pub(crate) fn end(&mut self, began: u64) {
        let place = self.shape.place(began);
        match self.live.get_mut(place.slot) {
            Some((tick, live)) if *tick == Self::tick(place) => *live = live.saturating_sub(1),
            _ => {}
        }
    }

    /// The same calls by other rules, if those look at the same stretch of time.
    pub(crate) fn kept(self, rules: &Rules) -> Self {
        let fresh = Hangs::new(rules);
        if fresh.shape == self.shape { self } else { fresh }
    }

    /// How many that began in the window, all of `slow_after` or more ago, are
    /// under way. Goes by whole buckets.
    pub(crate) fn hung(&self, now: u64, slow_after: u64) -> u64 {
        let latest = Self::tick(self.shape.place(now));
        let Some(began) = now.checked_sub(slow_after) else { return 0 };
        let end = Self::tick(self.shape.place(began));
        let within = |tick: u64| tick < end && latest.saturating_sub(tick) < u64::from(BUCKETS);
        self.live.iter().filter(|(tick, _)| within(*tick)).map(|(_, live)| u64::from(*live)).sum()
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::policy::Policy;

    #[test]
    fn calls_hang_from_the_threshold_on_until_they_end_or_the_window_has_gone() {
        let second = 1_000_000_000;
        let policy = Policy::new().with_window(Duration::from_secs(16), 16);
        let policy = policy.with_slow_after(Duration::from_secs(2));
        let after = second * 2;
        let mut hangs = Hangs::new(&Rules::new(&policy));
        (0..3).for_each(|_| hangs.begin(second / 2));
        hangs.begin(second * 3 / 2);
        let hung = |hangs: &Hangs, now| hangs.hung(now, after);
        assert_eq!(hung(&hangs, second * 5 / 2), 0, "the bucket is not over");
        assert_eq!(hung(&hangs, second * 3), 3);
        hangs.end(second / 2);
        assert_eq!(hung(&hangs, second * 4), 3);
        assert_eq!(hung(&hangs, second * 16), 1);
        hangs.begin(second * 16);
        hangs.end(second / 2);
        assert_eq!(hung(&hangs, second * 18), 0, "an end of another round takes nothing");
    }
}
