//! Who waits, in the order in which they came. Entering, leaving from anywhere
//! and looking at the head cost the same however long the line is, and a place
//! that was left is used again.
//!
//! A place is in the line until its fate is sealed, and belongs to its ticket
//! until that has learnt of it.

use std::task::Waker;

/// Nobody.
const NONE: usize = usize::MAX;

#[derive(Debug, Default)]
pub(crate) struct Line {
    places: Vec<Place>,
    /// The first unused place; their `next` chains them.
    unused: Option<usize>,
    head: Option<usize>,
    tail: Option<usize>,
    len: u32,
    cost: u64,
}

#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) cost: u64,
    pub(crate) deadline: u64,
    /// When its turn comes, as far as is known.
    pub(crate) expected: u64,
    /// When it was last told to ask again.
    pub(crate) told: u64,
    pub(crate) waker: Option<Waker>,
    /// It is out of the line, for this reason.
    pub(crate) fate: Option<Fate>,
    prev: usize,
    next: usize,
}

/// Why a place left the line before its ticket asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its permits are taken, as of this reading.
    Granted(u64),
    /// It cannot be served in time any more.
    TooLate,
    /// It costs more than ever fits, since the quota changed.
    Above,
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
        let prev = self.tail.unwrap_or(NONE);
        let place = Place {
            cost,
            deadline,
            expected,
            told: expected,
            waker: None,
            fate: None,
            prev,
            next: NONE,
        };
        let key = self.unused.unwrap_or(self.places.len());
        if let Some(used) = self.places.get_mut(key) {
            self.unused = Some(used.next).filter(|next| *next != NONE);
            *used = place;
        } else {
            self.places.push(place);
        }
        match self.places.get_mut(prev) {
            Some(last) => last.next = key,
            None => self.head = Some(key),
        }
        self.tail = Some(key);
        self.len = self.len.saturating_add(1);
        self.cost = self.cost.saturating_add(cost);
        key
    }

    /// Takes a place that is in the line out of it. It stays its ticket's.
    pub(crate) fn seal(&mut self, key: usize, fate: Fate) -> Option<Waker> {
        let place = self.places.get_mut(key)?;
        if place.fate.replace(fate).is_some() {
            return None;
        }
        let (prev, next, cost) = (place.prev, place.next, place.cost);
        let waker = place.waker.take();
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
