//! Which mode holds, and which edition of the settings, in one word: every call
//! reads it, and hardly anything writes it.

use crate::mode::Mode;
use crate::sync::{AtomicU64, Ordering, Padded, fence};

/// The bits of the mode.
const MODE: u64 = 3;
/// The next edition is being written.
const WRITING: u64 = 4;
/// Where the edition begins.
const EDITION: u32 = 3;

/// The word.
#[derive(Debug, Default)]
pub(crate) struct Control(Padded<AtomicU64>);

/// What was read of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stance(u64);

impl Stance {
    #[inline]
    pub(crate) fn is_normal(self) -> bool {
        self.0 & MODE == 0
    }

    pub(crate) fn mode(self) -> Mode {
        match self.0 & MODE {
            0 => Mode::Normal,
            1 => Mode::Shadow,
            2 => Mode::ForcedOn,
            _ => Mode::ForcedOff,
        }
    }

    /// The number of the edition. It goes round after four billion changes.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "goes round")]
    pub(crate) fn edition(self) -> u32 {
        (self.0 >> EDITION) as u32
    }
}

impl Control {
    #[inline]
    pub(crate) fn load(&self) -> Stance {
        // Acquire: the edition that is read is there.
        Stance(self.0.0.load(Ordering::Acquire))
    }

    /// The newest edition that may be there in part: who reads this after a part
    /// of an edition finds that edition here, or a later one.
    #[inline]
    pub(crate) fn begun(&self) -> u32 {
        // Pairs with the fence in `begin`.
        fence(Ordering::Acquire);
        let word = self.0.0.load(Ordering::Relaxed);
        Stance(word).edition().wrapping_add(u32::from(word & WRITING != 0))
    }

    // The rest is for one thread at a time, which a lock sees to.

    pub(crate) fn set_mode(&self, mode: Mode) {
        let mode = match mode {
            Mode::Normal => 0,
            Mode::Shadow => 1,
            Mode::ForcedOn => 2,
            Mode::ForcedOff => 3,
        };
        let word = self.0.0.load(Ordering::Relaxed);
        // Release: as below.
        self.0.0.store((word & !MODE) | mode, Ordering::Release);
    }

    /// Begins an edition, and numbers it.
    pub(crate) fn begin(&self) -> u32 {
        let word = self.0.0.load(Ordering::Relaxed);
        // Release: who reads it finds the newest edition there still.
        self.0.0.store(word | WRITING, Ordering::Release);
        // Whoever sees a part of the edition sees that it was begun.
        fence(Ordering::Release);
        Stance(word).edition().wrapping_add(1)
    }

    /// The edition that was begun is there.
    pub(crate) fn finish(&self) {
        let word = self.0.0.load(Ordering::Relaxed);
        let next = (word & !WRITING).wrapping_add(1 << EDITION);
        // Release: the edition comes before its number.
        self.0.0.store(next, Ordering::Release);
    }
}
