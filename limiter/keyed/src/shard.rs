//! A hash table of fixed size: entries side by side, and an index of where they
//! stand. Nothing in it grows, is rehashed or leaves a mark when it goes.
//!
//! An index cell holds the upper half of a key's hash (its *tag*) and the
//! entry's place. The tag alone tells where a cell belongs, so cells are moved
//! up when one before them goes (linear probing, at most two thirds full)
//! without a look at their keys.
//!
//! Invariants:
//! - Each entry has exactly one cell; there are never more than `room`.
//! - No cell between where a cell belongs and where it stands is empty.

use core::hash::Hash;

use crate::counts::Counts;
use crate::hash::{Seeded, spread};
use crate::rule::Rule;

/// How many entries a walk over all visits before it lets others in.
pub(crate) const BATCH: usize = 64;

/// How many entries an insertion looks at while there is room, but not much.
/// While there is more, nobody goes: who comes again while idle is a hit, and
/// is not owned anew for each call.
const LOOKS: usize = 4;
/// The part of the room that is much.
const MUCH: usize = 16;
/// How many it looks at when there is none.
const LOOKS_FULL: usize = 64;

/// A place that is none.
const EMPTY: u64 = 0;

#[derive(Debug)]
pub(crate) struct Shard<K, V> {
    /// Tag, and place plus one.
    index: Vec<u64>,
    entries: Vec<(K, V)>,
    room: usize,
    /// Where the next look for idle entries begins.
    cursor: usize,
    /// The highest time at which an entry was evicted.
    horizon: u64,
    pub(crate) counts: Counts,
}

/// What an insertion evicted: two at most, so that a table that is full of idle
/// keys shrinks. Dropped by the caller, after the lock.
pub(crate) type Evicted<K, V> = [Option<(K, V)>; 2];

/// The tag of a hash, where it stands in a cell.
fn tag(hash: u64) -> u64 {
    hash & !PLACE
}

const PLACE: u64 = 0xffff_ffff;

fn place(cell: u64) -> usize {
    (cell & PLACE) as usize
}

impl<K: Hash + Eq, V> Shard<K, V> {
    /// `None` if there is no memory for it.
    pub(crate) fn new(room: usize) -> Option<Self> {
        // One cell is always empty, so each search ends.
        let cells = room.checked_add(room / 2)?.checked_add(1)?;
        let (mut index, mut entries) = (Vec::new(), Vec::new());
        index.try_reserve_exact(cells).ok()?;
        entries.try_reserve_exact(room).ok()?;
        index.resize(cells, EMPTY);
        Some(Shard { index, entries, room, cursor: 0, horizon: 0, counts: Counts::default() })
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn room(&self) -> usize {
        self.room
    }

    pub(crate) fn bytes(&self) -> usize {
        self.index.capacity() * size_of::<u64>() + self.entries.capacity() * size_of::<(K, V)>()
    }

    /// The highest time at which a key may have been forgotten.
    pub(crate) fn horizon(&self) -> u64 {
        self.horizon
    }

    fn next(&self, at: usize) -> usize {
        if at + 1 < self.index.len() { at + 1 } else { 0 }
    }

    /// How many cells after where it belongs a cell stands at `at`.
    fn distance(&self, cell: u64, at: usize) -> usize {
        let home = spread(cell, self.index.len());
        if at >= home { at - home } else { at + self.index.len() - home }
    }

    /// The first cell from where `hash` belongs on that is empty or passes `ask`.
    #[inline]
    fn seek(&self, hash: u64, mut ask: impl FnMut(u64) -> bool) -> Option<usize> {
        let mut at = spread(tag(hash), self.index.len());
        loop {
            let &cell = self.index.get(at)?;
            if cell == EMPTY {
                return None;
            }
            if tag(cell) == tag(hash) && ask(cell) {
                return Some(at);
            }
            at = self.next(at);
        }
    }

    /// The cell of a key.
    #[inline]
    fn cell<Q: Eq + ?Sized>(&self, hash: u64, key: &Q) -> Option<usize>
    where
        K: core::borrow::Borrow<Q>,
    {
        self.seek(hash, |cell| {
            self.entries.get(place(cell).wrapping_sub(1)).is_some_and(|(k, _)| k.borrow() == key)
        })
    }

    #[inline]
    pub(crate) fn get_mut<Q: Eq + ?Sized>(&mut self, hash: u64, key: &Q) -> Option<&mut V>
    where
        K: core::borrow::Borrow<Q>,
    {
        let at = self.cell(hash, key)?;
        let place = place(*self.index.get(at)?).wrapping_sub(1);
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    pub(crate) fn remove<Q: Eq + ?Sized>(
        &mut self,
        hash: u64,
        key: &Q,
        seeded: &Seeded,
    ) -> Option<(K, V)>
    where
        K: core::borrow::Borrow<Q>,
    {
        let at = self.cell(hash, key)?;
        let place = place(*self.index.get(at)?).wrapping_sub(1);
        self.take(place, seeded)
    }

    /// Adds a key that is not there. Gives it back if there is no room.
    pub(crate) fn push(&mut self, hash: u64, key: K, value: V) -> Result<(), (K, V)> {
        if self.entries.len() >= self.room {
            return Err((key, value));
        }
        let mut at = spread(tag(hash), self.index.len());
        while self.index.get(at).is_some_and(|&cell| cell != EMPTY) {
            at = self.next(at);
        }
        let Some(cell) = self.index.get_mut(at) else { return Err((key, value)) };
        self.entries.push((key, value));
        // At most the room, which fits 32 bits.
        *cell = tag(hash) | self.entries.len() as u64;
        self.counts.made += 1;
        Ok(())
    }

    /// Takes out the entry at `place`; the last one moves there. All code of the
    /// key's type runs before anything is changed.
    fn take(&mut self, place: usize, seeded: &Seeded) -> Option<(K, V)> {
        let at_place = |cell: u64, wanted: usize| self::place(cell) == wanted + 1;
        let last = self.entries.len().checked_sub(1)?;
        let gone = self.seek(seeded.hash(&self.entries.get(place)?.0), |c| at_place(c, place))?;
        if place != last {
            let moved =
                self.seek(seeded.hash(&self.entries.get(last)?.0), |c| at_place(c, last))?;
            let cell = self.index.get_mut(moved)?;
            *cell = tag(*cell) | (place as u64 + 1);
        }
        self.vacate(gone);
        Some(self.entries.swap_remove(place))
    }

    /// Empties a cell, and moves up those behind it that would be cut off.
    fn vacate(&mut self, mut hole: usize) {
        let mut at = self.next(hole);
        while let Some(&cell) = self.index.get(at) {
            if cell == EMPTY {
                break;
            }
            let gap = if at >= hole { at - hole } else { at + self.index.len() - hole };
            if self.distance(cell, at) >= gap {
                if let Some(free) = self.index.get_mut(hole) {
                    *free = cell;
                }
                hole = at;
            }
            at = self.next(at);
        }
        if let Some(free) = self.index.get_mut(hole) {
            *free = EMPTY;
        }
    }

    /// Evicts idle entries at the cursor. The number of looks is a constant: a
    /// few while there is room, more when there is none, until one is found.
    pub(crate) fn evict<Q, U>(
        &mut self,
        now: u64,
        rule: &U,
        seeded: &Seeded,
        evicted: &mut Evicted<K, V>,
    ) where
        K: core::borrow::Borrow<Q>,
        Q: ?Sized,
        U: Rule<Q, V>,
    {
        let len = self.entries.len();
        let looks = match len {
            _ if len >= self.room => LOOKS_FULL.min(len),
            _ if self.room - len < self.room / MUCH => LOOKS.min(len),
            _ => return,
        };
        let mut room = evicted.iter_mut();
        let mut slot = room.next();
        for look in 0..looks {
            if look >= LOOKS && self.entries.len() < self.room {
                break;
            }
            if self.cursor >= self.entries.len() {
                self.cursor = 0;
            }
            let Some((key, value)) = self.entries.get_mut(self.cursor) else { break };
            if !rule.is_idle((*key).borrow(), value, now) {
                self.cursor += 1;
                continue;
            }
            let Some(free) = slot.take() else { break };
            *free = self.take(self.cursor, seeded);
            if free.is_some() {
                self.horizon = self.horizon.max(now);
                self.counts.evicted += 1;
                slot = room.next();
            } else {
                // A key whose hash changed cannot be found, and stays.
                self.cursor += 1;
                slot = Some(free);
            }
        }
    }

    /// The entries before `end`, as many as a batch holds, the last first, and
    /// where those begin.
    ///
    /// Backwards, since others may take entries out between two batches: the last
    /// entry moves to where one went, so one that was not visited yet can only
    /// move towards the beginning.
    pub(crate) fn batch(&self, end: usize) -> (impl Iterator<Item = &(K, V)>, usize) {
        let end = end.min(self.entries.len());
        let begin = end.saturating_sub(BATCH);
        (self.entries.get(begin..end).unwrap_or_default().iter().rev(), begin)
    }

    /// Takes out those of a batch before `end` for which `keep` answers `false`,
    /// and answers where the batch begins. `idle_at`: they go for being idle.
    pub(crate) fn retain(
        &mut self,
        end: usize,
        idle_at: Option<u64>,
        seeded: &Seeded,
        gone: &mut Vec<(K, V)>,
        mut keep: impl FnMut(&K, &mut V) -> bool,
    ) -> usize {
        let end = end.min(self.entries.len());
        let begin = end.saturating_sub(BATCH);
        for at in (begin..end).rev() {
            let Some((key, value)) = self.entries.get_mut(at) else { continue };
            if keep(key, value) {
                continue;
            }
            let Some(entry) = self.take(at, seeded) else { continue };
            gone.push(entry);
            if let Some(now) = idle_at {
                self.horizon = self.horizon.max(now);
                self.counts.evicted += 1;
            }
        }
        begin
    }
}
