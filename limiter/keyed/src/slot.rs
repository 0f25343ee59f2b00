//! A fingerprint and a word that threads share without a lock.
//!
//! A slot changes its holder in three steps: its word is *held* (a value of
//! its own), its print is written, its new word is published. Between the first and the
//! last nobody else can change it, and nothing of the caller's runs. A hit is
//! one compare-and-swap of the word; that it strikes the right holder follows
//! from this:
//!
//! - `print` changes only while the word is held.
//! - The hit reads the word, then the print, then swaps the word. If the swap
//!   succeeds, the word was never held in between, so the print that was read
//!   is that of the word's holder — unless the word went round and came back
//!   as it was. The bits above the state make it another one with each holder;
//!   see [`WordRule::BITS`].
//!
//! A slot that has a print never loses it but to another.

use crate::rule::WordRule;
use crate::sync::{AtomicU64, Ordering};

/// The bit of a word that is nobody's.
const NONE: u64 = 1 << 63;
/// The word of a slot that nobody had. Like no other: else a claim of a slot
/// that seemed unused could strike one that is in use by now.
pub(crate) const UNUSED: u64 = NONE;
/// The word of a slot that changes its holder.
const HELD: u64 = NONE | 1;
/// The print of a slot that nobody had.
pub(crate) const NOBODY: u64 = 0;

/// The bits of a state.
pub(crate) const fn mask<U: WordRule>() -> u64 {
    const { assert!(U::BITS >= 1 && U::BITS <= 63, "a state has 1 to 63 bits") };
    u64::MAX >> (64 - U::BITS)
}

/// One slot of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot<'a> {
    pub(crate) print: &'a AtomicU64,
    pub(crate) word: &'a AtomicU64,
}

/// What a slot looked like to one who wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nobody had it. Free to be claimed as long as its word is [`UNUSED`].
    Unused,
    /// Its holder is idle as long as its word is this.
    Idle(u64),
    /// Its holder is not idle, or changes.
    Busy,
}

impl Slot<'_> {
    /// The word and what belongs to it, if the slot is that of `print`.
    #[inline]
    fn check(self, word: u64, print: u64) -> bool {
        // Acquire: pairs with the print's release in `claim`. If this print is
        // newer than the word that was read, the word is known to be held, and
        // a swap of it fails.
        word & NONE == 0 && self.print.load(Ordering::Acquire) == print
    }

    /// The state of `print`, if the slot is its own.
    #[inline]
    pub(crate) fn get<U: WordRule>(self, print: u64) -> Option<u64> {
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            if !self.check(word, print) {
                return None;
            }
            // As in `hit`, where it swaps nothing.
            match self.word.load(Ordering::Acquire) {
                same if same == word => return Some(word & mask::<U>()),
                newer => word = newer,
            }
        }
    }

    /// The state of whoever holds the slot, if anybody does.
    pub(crate) fn any<U: WordRule>(self) -> Option<u64> {
        // Acquire: as for a holder's hit.
        let word = self.word.load(Ordering::Acquire);
        (word & NONE == 0).then_some(word & mask::<U>())
    }

    /// Updates the word by `f` if the slot is that of `print`.
    #[inline]
    pub(crate) fn hit<U: WordRule, R>(
        self,
        print: u64,
        f: &mut impl FnMut(u64) -> (Option<u64>, R),
    ) -> Option<R> {
        // Acquire, here and where the swap fails: the print read next is that of
        // this word's holder or a later one's.
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            if !self.check(word, print) {
                return None;
            }
            let (next, answer) = f(word & mask::<U>());
            let Some(next) = next else {
                // Where nothing is swapped, this shows that the word was still
                // that of the print when the print was read.
                match self.word.load(Ordering::Acquire) {
                    same if same == word => return Some(answer),
                    newer => word = newer,
                }
                continue;
            };
            let next = (word & !mask::<U>()) | next.min(mask::<U>());
            // Relaxed: the word stands for itself, and a swap does not end the
            // release sequence that its holder's `claim` began.
            match self.word.compare_exchange_weak(word, next, Ordering::Relaxed, Ordering::Acquire)
            {
                Ok(_) => return Some(answer),
                Err(newer) => word = newer,
            }
        }
    }

    /// Whether the slot can be had at `now`.
    pub(crate) fn look<U: WordRule>(self, rule: &U, now: u64) -> Look {
        let word = self.word.load(Ordering::Acquire);
        match word {
            UNUSED => Look::Unused,
            HELD => Look::Busy,
            // Whosever it is: an idle word is idle.
            _ if rule.is_idle(word & mask::<U>(), now) => Look::Idle(word),
            _ => Look::Busy,
        }
    }

    /// Gives the slot to `print`, if its word is still `seen`, which is idle
    /// whosever it is.
    pub(crate) fn claim<U: WordRule>(self, seen: u64, print: u64, state: u64) -> bool {
        // Acquire: what the last holder's hits read comes before. Release: who
        // sees the word held knows since when the holder is forgotten.
        let held = self.word.compare_exchange(seen, HELD, Ordering::AcqRel, Ordering::Relaxed);
        if held.is_err() {
            return false;
        }
        // Release: who sees the print finds the word held, or newer.
        self.print.store(print, Ordering::Release);
        // One more holder; where there is no bit for it, this adds nothing.
        let step = mask::<U>().wrapping_add(1);
        let holder = (seen & !mask::<U>()).wrapping_add(step) & !NONE & !mask::<U>();
        // Release: who sees the word finds the print.
        self.word.store(holder | state.min(mask::<U>()), Ordering::Release);
        true
    }
}
