//! Who waits, in the order in which they came. Entering, leaving from anywhere
//! and looking at the head cost the same however long the line is, and a place
//! that was left is used again.
//!
//! A place is in the line until its fate is sealed, and belongs to its ticket
//! until that has learnt of it.

use std::collections::BTreeMap;
use std::task::Waker;

/// Who has not come so long after his turn is passed over. Timers are late by up
/// to a millisecond, and tasks wait for each other.
const GRACE: u64 = 10_000_000;

/// Nobody.
const NONE: usize = usize::MAX;

#[derive(Debug, Default)]
pub(crate) struct Line {
    places: Vec<Place>,
    /// The first unused place; their `next` chains them.
    unused: Option<usize>,
    head: Option<usize>,
    tail: Option<usize>,
    /// Those in the line who once missed their turn, by number. Each of them was
    /// the head then, so they stand before all the others.
    returned: BTreeMap<u64, usize>,
    /// The first of the others.
    first: Option<usize>,
    len: u32,
    cost: u64,
    /// How many have ever come.
    came: u64,
}

#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) cost: u64,
    /// When it may be served at the latest.
    pub(crate) latest: u64,
    /// When its turn comes, as far as is known.
    pub(crate) expected: u64,
    /// When it was told to ask again, or when it was woken, if that was sooner.
    pub(crate) told: u64,
    pub(crate) waker: Option<Waker>,
    /// It is out of the line, for this reason.
    pub(crate) fate: Option<Fate>,
    /// Its number in the order of arrival.
    number: u64,
    /// It has missed its turn before.
    returned: bool,
    prev: usize,
    next: usize,
}

/// Why a place left the line before its ticket asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was not there when its turn came, and others went on. Once it asks, it
    /// stands where it stood.
    Missed,
    /// It cannot be served in time any more.
    TooLate,
    /// It costs more than ever fits, since the quota changed.
    Above,
}

impl Place {
    /// From when on it is passed over, if its turn has come: who was not told that
    /// it comes sooner has not missed it.
    pub(crate) fn overdue_at(&self) -> u64 {
        self.told.saturating_add(GRACE).saturating_add(1)
    }
}

impl Line {
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What all in the line ask for.
    pub(crate) fn cost(&self) -> u64 {
        self.cost
    }

    pub(crate) fn head(&self) -> Option<usize> {
        self.head
    }

    pub(crate) fn get(&self, key: usize) -> Option<&Place> {
        self.places.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: usize) -> Option<&mut Place> {
        self.places.get_mut(key)
    }

    /// The keys from head to tail.
    pub(crate) fn keys(&self) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.head, |key| self.after(*key))
    }

    /// The places from head to tail.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Place> + '_ {
        self.keys().filter_map(|key| self.places.get(key))
    }

    pub(crate) fn after(&self, key: usize) -> Option<usize> {
        self.places.get(key).map(|place| place.next).filter(|next| *next != NONE)
    }

    pub(crate) fn enter(&mut self, cost: u64, deadline: u64, expected: u64) -> usize {
        // Who was let in is not turned away for a timer that was late: not even
        // for that of the one before him.
        let latest = deadline.saturating_add(GRACE).saturating_add(1);
        self.came = self.came.wrapping_add(1);
        let place = Place {
            cost,
            latest,
            expected,
            told: expected,
            waker: None,
            fate: None,
            number: self.came,
            returned: false,
            prev: NONE,
            next: NONE,
        };
        let key = self.unused.unwrap_or(self.places.len());
        if let Some(used) = self.places.get_mut(key) {
            self.unused = Some(used.next).filter(|next| *next != NONE);
            *used = place;
        } else {
            self.places.push(place);
        }
        self.link(key, self.tail.unwrap_or(NONE), NONE);
        self.first = self.first.or(Some(key));
        key
    }

    /// Puts one who missed his turn where he stood: before all who came after him.
    pub(crate) fn come_back(&mut self, key: usize) -> bool {
        let Some(place) = self.places.get_mut(key) else { return false };
        if place.fate != Some(Fate::Missed) {
            return false;
        }
        (place.fate, place.returned) = (None, true);
        let number = place.number;
        let later = self.returned.range(number..).next().map(|(_, key)| *key);
        let next = later.or(self.first).unwrap_or(NONE);
        let prev = self.places.get(next).map_or(self.tail.unwrap_or(NONE), |place| place.prev);
        self.link(key, prev, next);
        self.returned.insert(number, key);
        true
    }

    /// When the turn of the one before `key` is expected, where `key` has missed his.
    pub(crate) fn before_returned(&self, key: usize) -> Option<u64> {
        let place = self.places.get(key).filter(|place| place.returned)?;
        Some(self.places.get(place.prev).map_or(0, |before| before.expected))
    }

    /// Puts all who missed their turns where they stood.
    pub(crate) fn all_come_back(&mut self) {
        for key in 0..self.places.len() {
            self.come_back(key);
        }
    }

    fn link(&mut self, key: usize, prev: usize, next: usize) {
        let Some(place) = self.places.get_mut(key) else { return };
        (place.prev, place.next) = (prev, next);
        let cost = place.cost;
        match self.places.get_mut(prev) {
            Some(place) => place.next = key,
            None => self.head = Some(key),
        }
        match self.places.get_mut(next) {
            Some(place) => place.prev = key,
            None => self.tail = Some(key),
        }
        self.len = self.len.saturating_add(1);
        self.cost = self.cost.saturating_add(cost);
    }

    /// Takes a place that is in the line out of it. It stays its ticket's.
    pub(crate) fn seal(&mut self, key: usize, fate: Fate) -> Option<Waker> {
        let place = self.places.get_mut(key)?;
        if place.fate.replace(fate).is_some() {
            return None;
        }
        let (prev, next, cost) = (place.prev, place.next, place.cost);
        let waker = place.waker.take();
        if place.returned {
            self.returned.remove(&place.number);
        } else if self.first == Some(key) {
            self.first = Some(next).filter(|next| *next != NONE);
        }
        match self.places.get_mut(prev) {
            Some(place) => place.next = next,
            None => self.head = Some(next).filter(|next| *next != NONE),
        }
        match self.places.get_mut(next) {
            Some(place) => place.prev = prev,
            None => self.tail = Some(prev).filter(|prev| *prev != NONE),
        }
        self.len = self.len.saturating_sub(1);
        self.cost = self.cost.saturating_sub(cost);
        waker
    }

    /// Gives a place up, in the line or not. Call it once for each key.
    pub(crate) fn leave(&mut self, key: usize) -> Option<Waker> {
        let waker = self.seal(key, Fate::TooLate);
        let unused = self.unused.unwrap_or(NONE);
        let place = self.places.get_mut(key)?;
        place.next = unused;
        self.unused = Some(key);
        waker
    }
}
