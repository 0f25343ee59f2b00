//! The last so many results, as bits: one plane for failures, one for slow
//! calls, and a cursor that walks over them.

use crate::rules::Tally;
use crate::sync::{AtomicU64, Ordering};
use crate::word::GENERATIONS;

/// ```text
/// | generation 31 | rounds 16 | busy 1 | full 1 | position 13 |
/// ```
///
/// The rounds are there so that a thread which slept for a whole round does not
/// take the cursor that it finds for the one that it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor(pub(crate) u64);

const POSITION: u64 = (1 << 13) - 1;
/// Set for good once the window is full.
const FULL: u64 = 1 << 13;
/// Set while the bits under it change.
const BUSY: u64 = 1 << 14;
const ROUND: u64 = 1 << 15;
const ROUNDS: u64 = 0xffff << 15;
const GENERATION: u32 = 31;

impl Cursor {
    pub(crate) fn start(generation: u32) -> Self {
        Cursor(u64::from(generation & (GENERATIONS - 1)) << GENERATION)
    }

    fn is(self, generation: u32) -> bool {
        self.0 >> GENERATION == u64::from(generation)
    }

    fn position(self) -> u64 {
        self.0 & POSITION
    }

    /// One result further in a window of `calls`; not busy.
    fn next(self, calls: u64) -> Self {
        if self.position() + 1 < calls {
            return Cursor((self.0 & !BUSY) + 1);
        }
        let rounds = (self.0 & ROUNDS).wrapping_add(ROUND) & ROUNDS;
        Cursor((self.0 >> GENERATION << GENERATION) | rounds | FULL)
    }
}

/// The cursor and the planes in the words of a ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits<'a> {
    cells: &'a [AtomicU64],
    calls: u64,
}

impl<'a> Bits<'a> {
    pub(crate) fn words(calls: u16) -> usize {
        usize::from(calls.div_ceil(64))
    }

    #[inline]
    pub(crate) fn new(words: &'a [AtomicU64], calls: u64) -> Self {
        Bits { cells: words, calls }
    }

    /// The word of a plane that holds `position`, and its bit there.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "positions are below 4096")]
    fn bit(&self, plane: u64, position: u64) -> Option<(&'a AtomicU64, u64)> {
        let word = 1 + plane * self.calls.div_ceil(64) + position / 64;
        self.cells.get(word as usize).map(|cell| (cell, 1 << (position % 64)))
    }

    /// Steps over a clear bit, for a success; `slow`: there is a plane of slow
    /// calls, too.
    #[inline]
    pub(crate) fn step_success(self, generation: u32, slow: bool) -> bool {
        let Some(cell) = self.cells.first() else { return false };
        // Acquire: the bits are at least as new as the cursor.
        let seen = Cursor(cell.load(Ordering::Acquire));
        if !seen.is(generation) || seen.0 & BUSY != 0 {
            return false;
        }
        let position = seen.position();
        let Some((failed, bit)) = self.bit(0, position) else { return false };
        let mut set = failed.load(Ordering::Relaxed) & bit;
        if slow {
            let Some((slow, bit)) = self.bit(1, position) else { return false };
            set |= slow.load(Ordering::Relaxed) & bit;
        }
        if set != 0 {
            return false;
        }
        // Acquire and release: the bits were read between the two looks at the
        // cursor, during which nobody had it busy.
        let next = seen.next(self.calls).0;
        cell.compare_exchange(seen.0, next, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Records one result; `slow` is `None` where there is no such plane.
    pub(crate) fn record(self, generation: u32, failed: bool, slow: Option<bool>) {
        let Some(cell) = self.cells.first() else { return };
        let seen = Cursor(cell.fetch_or(BUSY, Ordering::Acquire));
        if seen.is(generation) {
            let write = |plane, value| {
                if let Some((word, bit)) = self.bit(plane, seen.position()) {
                    let old = word.load(Ordering::Relaxed);
                    let new = if value { old | bit } else { old & !bit };
                    word.store(new, Ordering::Relaxed);
                }
            };
            write(0, failed);
            if let Some(slow) = slow {
                write(1, slow);
            }
            // Release: the bits are seen by whoever sees this cursor.
            cell.store(seen.next(self.calls).0, Ordering::Release);
        } else {
            cell.store(seen.0 & !BUSY, Ordering::Release);
        }
    }

    pub(crate) fn tally(self, generation: u32, slow: bool) -> Tally {
        let Some(cell) = self.cells.first() else { return Tally::default() };
        let seen = Cursor(cell.load(Ordering::Acquire));
        if !seen.is(generation) {
            return Tally::default();
        }
        let calls = if seen.0 & FULL == 0 { seen.position() } else { self.calls };
        let ones = |plane| -> u64 {
            (0..self.calls.div_ceil(64))
                .filter_map(|word| self.bit(plane, word * 64))
                .map(|(cell, _)| u64::from(cell.load(Ordering::Relaxed).count_ones()))
                .sum()
        };
        Tally { calls, failed: ones(0), slow: if slow { ones(1) } else { 0 } }
    }

    /// Begins with these results; if they are too many, with as large a share
    /// of them.
    pub(crate) fn carry(self, generation: u32, tally: Tally, slow: bool) {
        let tally = tally.at_most(self.calls);
        for i in 0..tally.calls {
            self.record(generation, i < tally.failed, slow.then_some(i < tally.slow));
        }
    }
}
