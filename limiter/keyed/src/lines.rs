//! The slots of a table in lines and pairs of lines, and where a key may stand.

use crate::hash::spread;
use crate::rule::WordRule;
use crate::slot::{Look, NOBODY, Slot, UNUSED, mask};
use crate::sync::{AtomicU64, Ordering};

/// Lines that processors fetch together.
const PAIR: usize = 2;
/// Keys in use in a pair beyond which the other pair of a key is looked at. Below
/// it, the pair that a key looks at first is taken.
const CROWDED: usize = PAIR * Line::SLOTS * 3 / 4;

/// Prints and words of four slots: one cache line.
#[derive(Debug)]
#[repr(align(64))]
struct Line {
    prints: [AtomicU64; Line::SLOTS],
    words: [AtomicU64; Line::SLOTS],
}

impl Line {
    /// A model checker needs no more to see all that can happen.
    const SLOTS: usize = if cfg!(seawall_loom) { 1 } else { 4 };

    fn new() -> Self {
        let four = |value| [(); Line::SLOTS].map(|()| AtomicU64::new(value));
        Line { prints: four(NOBODY), words: four(UNUSED) }
    }

    fn slots(&self) -> impl Iterator<Item = Slot<'_>> {
        self.prints.iter().zip(&self.words).map(|(print, word)| Slot { print, word })
    }

    /// The slots that seem to be those of `print`, one bit for each.
    ///
    /// All four are compared without a branch: which one it is cannot be
    /// foretold, and a wrong guess costs more than three comparisons.
    #[inline]
    fn matches(&self, print: u64) -> u32 {
        // Relaxed: whoever uses a slot reads its print again. Who holds the lock
        // of the key finds it: whoever made it held the lock before.
        let at = |i: usize| self.prints.get(i).map_or(NOBODY, |p| p.load(Ordering::Relaxed));
        (0..Line::SLOTS).map(|i| u32::from(at(i) == print) << i).sum()
    }

    #[inline]
    fn slot(&self, i: u32) -> Option<Slot<'_>> {
        let i = i as usize;
        Some(Slot { print: self.prints.get(i)?, word: self.words.get(i)? })
    }

    /// A slot that seems to be that of `print`.
    #[inline]
    fn find(&self, print: u64) -> Option<Slot<'_>> {
        let found = self.matches(print);
        if found == 0 { None } else { self.slot(found.trailing_zeros()) }
    }
}

/// Where one key may stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path {
    pub(crate) print: u64,
    /// The pair that it looks at first.
    pub(crate) first: usize,
    /// Which line of the pair comes first.
    flip: usize,
}

impl Path {
    fn lines(self, pair: usize) -> [usize; PAIR] {
        let at = pair * PAIR;
        [at + self.flip, at + (self.flip ^ 1)]
    }
}

/// A slot for a new key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice<'a> {
    pub(crate) slot: Slot<'a>,
    pub(crate) pair: usize,
    /// The word as which it can be claimed.
    pub(crate) word: u64,
}

impl Choice<'_> {
    /// Whether there is a holder, who is idle.
    pub(crate) fn is_used(&self) -> bool {
        self.word != UNUSED
    }
}

#[derive(Debug)]
pub(crate) struct Lines {
    lines: Box<[Line]>,
    pairs: usize,
}

impl Lines {
    /// At least 1.6 slots for each key. `None` if there is no memory for it.
    pub(crate) fn new(capacity: usize) -> Option<Self> {
        // Not eight fifths: eight times the capacity need not fit 32 bits.
        let slots = capacity.checked_add(capacity.checked_mul(3)?.div_ceil(5))?;
        let pairs = slots.div_ceil(PAIR * Line::SLOTS);
        let mut lines = Vec::new();
        lines.try_reserve_exact(pairs * PAIR).ok()?;
        lines.resize_with(pairs * PAIR, Line::new);
        Some(Lines { lines: lines.into_boxed_slice(), pairs })
    }

    pub(crate) fn slots(&self) -> usize {
        self.lines.len() * Line::SLOTS
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.lines)
    }

    #[inline]
    pub(crate) fn path(&self, hash: u64) -> Path {
        let flip = usize::from(hash & 1 != 0);
        let print = if hash == NOBODY { 1 } else { hash };
        Path { print, first: spread(hash, self.pairs), flip }
    }

    /// The other pair of a key. Never the first one, unless there is but one.
    #[inline]
    pub(crate) fn second(&self, path: Path) -> usize {
        // Other bits than those that chose the first (2^64 / golden ratio).
        let other = path.print.rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let at = path.first + 1 + spread(other, self.pairs - 1);
        if at < self.pairs { at } else { at - self.pairs }
    }

    /// What `f` answers first of all slots that seem to be those of the key.
    #[inline]
    pub(crate) fn find_map<R>(
        &self,
        path: Path,
        mut f: impl FnMut(Slot<'_>) -> Option<R>,
    ) -> Option<R> {
        let second = self.second(path);
        // Where there is but one pair, it is looked at twice, in vain.
        for at in path.lines(path.first).into_iter().chain(path.lines(second)) {
            let Some(line) = self.lines.get(at) else { continue };
            let mut found = line.matches(path.print);
            while found != 0 {
                if let Some(answer) = line.slot(found.trailing_zeros()).and_then(&mut f) {
                    return Some(answer);
                }
                found &= found - 1;
            }
        }
        None
    }

    /// All slots.
    pub(crate) fn all(&self) -> impl Iterator<Item = Slot<'_>> {
        self.lines.iter().flat_map(Line::slots)
    }

    /// A slot that seems to be that of the key.
    #[inline]
    pub(crate) fn find(&self, path: Path) -> Option<Slot<'_>> {
        let in_pair = |pair: usize| {
            let [near, far] = path.lines(pair);
            let near = self.lines.get(near)?.find(path.print);
            near.or_else(|| self.lines.get(far)?.find(path.print))
        };
        in_pair(path.first).or_else(|| in_pair(self.second(path)))
    }

    /// The slot for a new key: one that nobody had if there is one, else that of
    /// the idle holder with the lowest word, which among times is the one that has
    /// been idle longest. Of its first pair, unless that is crowded or all used.
    pub(crate) fn choose<U: WordRule>(&self, path: Path, now: u64, rule: &U) -> Option<Choice<'_>> {
        let (crowd, here) = self.look(path, path.first, now, rule);
        if crowd < CROWDED && here.is_some_and(|choice| !choice.is_used()) {
            return here;
        }
        let (other, there) = self.look(path, self.second(path), now, rule);
        let is_better = if crowd < CROWDED {
            // Nobody has to go.
            other < CROWDED && there.is_some_and(|choice| !choice.is_used())
        } else {
            other < crowd
        };
        if is_better { there.or(here) } else { here.or(there) }
    }

    /// How many slots of a pair are not to be had, and the best of the others.
    fn look<U: WordRule>(
        &self,
        path: Path,
        pair: usize,
        now: u64,
        rule: &U,
    ) -> (usize, Option<Choice<'_>>) {
        let (mut crowd, mut unused, mut idle) = (0, None, None);
        // Above all words.
        let mut lowest = u64::MAX;
        for at in path.lines(pair) {
            let Some(line) = self.lines.get(at) else { continue };
            for slot in line.slots() {
                match slot.look(rule, now) {
                    Look::Busy => crowd += 1,
                    Look::Unused => {
                        unused = unused.or(Some(Choice { slot, pair, word: UNUSED }));
                    }
                    Look::Idle(word) => {
                        let state = word & mask::<U>();
                        if state < lowest {
                            lowest = state;
                            idle = Some(Choice { slot, pair, word });
                        }
                    }
                }
            }
        }
        (crowd, unused.or(idle))
    }
}
