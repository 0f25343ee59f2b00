//! Several algorithms at once: what one refuses, none takes.

use crate::algorithm::{Algorithm, Narrow, room};
use crate::counter::{Counter, Counts};
use crate::fixed::{Count, Fixed};
use crate::gcra::{Gcra, Level};
use crate::mode::Room;
use crate::quota::Quota;
use crate::sliding::{Log, Sliding};

/// One limit with its state.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) quota: Quota,
    pub(crate) limit: One,
}

#[derive(Clone, Debug)]
pub(crate) enum One {
    Bucket(Gcra, Level),
    Fixed(Fixed, Count),
    Sliding(Sliding, Log),
    Counter(Counter, Counts),
}

/// The same question to whichever it is.
macro_rules! ask {
    ($one:expr, $algorithm:ident, $state:ident => $question:expr) => {
        match $one {
            One::Bucket($algorithm, $state) => $question,
            One::Fixed($algorithm, $state) => $question,
            One::Sliding($algorithm, $state) => $question,
            One::Counter($algorithm, $state) => $question,
        }
    };
}

/// The limits in the state in which nothing was taken. Not empty.
#[derive(Clone, Debug)]
pub(crate) struct All(pub(crate) Vec<Part>);

impl All {
    /// Whether the limits are of the same kinds in the same order.
    pub(crate) fn matches(&self, other: &[Part]) -> bool {
        let kind = |part: &Part| core::mem::discriminant(&part.limit);
        self.0.iter().map(kind).eq(other.iter().map(kind))
    }
}

impl Algorithm for All {
    type State = Vec<Part>;
    type Shared = ();

    fn fresh(&self) -> Vec<Part> {
        self.0.clone()
    }

    fn burst(&self) -> u64 {
        self.0.iter().map(|part| ask!(&part.limit, a, _s => a.burst())).min().unwrap_or(0)
    }

    fn steady(&self, state: &mut Vec<Part>, now: u64) -> u64 {
        let steady = |part: &mut Part| ask!(&mut part.limit, a, s => a.steady(s, now));
        state.iter_mut().map(steady).max().unwrap_or(now)
    }

    /// Each goes on fitting once it fits, so the last of them tells.
    fn fits_at(&self, state: &Vec<Part>, now: u64, n: u64) -> u64 {
        let fits = |part: &Part| ask!(&part.limit, a, s => a.fits_at(s, now, n));
        state.iter().map(fits).max().unwrap_or(now)
    }

    fn take(&self, state: &mut Vec<Part>, now: u64, n: u64) {
        for part in state {
            ask!(&mut part.limit, a, s => a.take(s, now, n));
        }
    }

    fn left(&self, state: &Vec<Part>, now: u64) -> u64 {
        state.iter().map(|part| ask!(&part.limit, a, s => a.left(s, now))).min().unwrap_or(0)
    }

    fn full_at(&self, state: &Vec<Part>, now: u64) -> u64 {
        state.iter().map(|part| ask!(&part.limit, a, s => a.full_at(s, now))).max().unwrap_or(now)
    }

    fn carry(&self, to: &mut Self, state: &mut Vec<Part>, now: u64) {
        for (part, new) in state.iter_mut().zip(&mut to.0) {
            match (&mut part.limit, &mut new.limit) {
                (One::Bucket(a, s), One::Bucket(to, _)) => carry(a, to, s, now),
                (One::Fixed(a, s), One::Fixed(to, _)) => carry(a, to, s, now),
                (One::Sliding(a, s), One::Sliding(to, _)) => carry(a, to, s, now),
                (One::Counter(a, s), One::Counter(to, _)) => carry(a, to, s, now),
                (one, new) => *one = new.clone(),
            }
            part.quota = new.quota;
        }
    }

    fn rooms(&self, state: &Vec<Part>, now: u64, _: &Quota) -> Vec<Room> {
        let room = |part: &Part| ask!(&part.limit, a, s => room(a, s, now, &part.quota));
        let mut rooms: Vec<Room> = state.iter().map(room).collect();
        rooms.sort_by_key(|room| room.remaining);
        rooms
    }

    fn smallest(&self) -> (Option<&'static str>, u64) {
        let limits =
            self.0.iter().map(|part| (part.quota.name(), ask!(&part.limit, a, _s => a.burst())));
        limits
            .min_by_key(|(_, limit)| *limit)
            .map_or((None, 0), |(name, limit)| (Some(name), limit))
    }

    /// Of those that fit last, the first.
    fn narrowest(&self, state: &Vec<Part>, now: u64, n: u64) -> Narrow {
        let mut last: Option<(u64, &Part)> = None;
        for part in state {
            let at = ask!(&part.limit, a, s => a.fits_at(s, now, n));
            if last.is_none_or(|(latest, _)| at > latest) {
                last = Some((at, part));
            }
        }
        last.map_or(Narrow { name: None, limit: 0, left: 0 }, |(_, part)| {
            let narrow = ask!(&part.limit, a, s => a.narrowest(s, now, n));
            Narrow { name: Some(part.quota.name()), ..narrow }
        })
    }
}

fn carry<A: Algorithm>(algorithm: &mut A, to: &mut A, state: &mut A::State, now: u64) {
    algorithm.carry(to, state, now);
    *algorithm = to.clone();
}
