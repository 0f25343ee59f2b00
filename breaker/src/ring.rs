//! The results in the window, as words that threads share.
//!
//! Only a success is recorded without the lock: by one add into the bucket that
//! was last made current, or by one step of a cursor over a bit that is clear and
//! stays so. All else that is written here is written under the lock.
//!
//! Why a cut tag deceives nobody: tags are written, and buckets are taken over,
//! under the lock. It knows the moment of the step before; where the round has
//! changed since, it wipes every bucket that is not of the round before, and all
//! of them where more than one round has gone by. So no tag is older than that
//! when somebody counts.
//!
//! Buckets are taken over by swaps and not by stores, so that all changes of a
//! word stand in one order, each seen by the next.

use std::sync::OnceLock;

use crate::cursor::{Bits, Cursor};
use crate::machine::Moment;
use crate::rules::{Keep, Rules, Tally};
use crate::sync::{AtomicU64, Ordering};
use crate::window::{Bucket, CALL, FAILURE, Pace, Shape, Tag};

/// Room for any window that a policy may ask for.
const LARGE: usize = 2 * crate::check::BUCKETS as usize;
/// Room for ten buckets at least, so that most changes of a policy fit.
const SMALL: usize = 10;

#[derive(Debug)]
pub(crate) struct Ring {
    small: Box<[AtomicU64]>,
    /// Made when a policy asks for more than there was room for.
    large: OnceLock<Box<[AtomicU64; LARGE]>>,
}

/// The words that a window needs.
fn words(keep: Keep) -> usize {
    let twice = |slow: bool, n: usize| if slow { 2 * n } else { n };
    match keep {
        Keep::Nothing => 0,
        Keep::Time { buckets, slow, .. } => twice(slow, buckets.into()),
        Keep::Count { calls, slow } => 1 + twice(slow, Bits::words(calls)),
    }
}

impl Ring {
    pub(crate) fn new(keep: Keep) -> Self {
        let room = match words(keep) {
            // A model checker should not have to look at idle words, and does
            // not see how the larger room is published.
            words if cfg!(seawall_loom) => words.max(4),
            0 => 0,
            words => words.max(SMALL),
        };
        Ring { small: (0..room).map(|_| AtomicU64::new(0)).collect(), large: OnceLock::new() }
    }

    pub(crate) fn bytes(&self) -> usize {
        let large = self.large.get().map_or(0, |_| size_of::<[AtomicU64; LARGE]>());
        size_of_val(&*self.small) + large
    }

    /// The shape by which this window is read. Makes room for it.
    pub(crate) fn shape(&self, rules: &Rules) -> Shape {
        if words(rules.keep) <= self.small.len() {
            return rules.shape;
        }
        self.large.get_or_init(|| Box::new([(); LARGE].map(|()| AtomicU64::new(0))));
        rules.shape.in_large()
    }

    #[inline]
    fn room(&self, large: bool) -> &[AtomicU64] {
        if large { self.large.get().map_or(&[], |large| &large[..]) } else { &self.small }
    }

    fn cells(&self, shape: Shape) -> &[AtomicU64] {
        self.room(shape.is_large())
    }

    /// Adds a success to the current bucket. `false`: ask the lock.
    #[inline]
    pub(crate) fn add_success(&self, pace: Pace, generation: u32) -> bool {
        let Some(cell) = self.room(pace.is_large()).get(pace.slot()) else { return false };
        // Relaxed: a count stands for itself. Who judges it does so under the
        // lock, and successes that he does not see yet cannot trip anything.
        let old = Bucket(cell.fetch_add(CALL, Ordering::Relaxed));
        // If it was taken over since it was current, the success counts a round
        // later; in another generation it must not count at all.
        (old.is_of(generation) && !old.is_full()) || take_back(cell, old)
    }

    /// Counts a success that replaces a success. `false`: ask the lock.
    #[inline]
    pub(crate) fn step_success(&self, pace: Pace, generation: u32, slow: bool) -> bool {
        Bits::new(self.room(pace.is_large()), pace.calls()).step_success(generation, slow)
    }

    /// What those who come without the lock go by.
    pub(crate) fn pace(&self, keep: Keep, shape: Shape, generation: u32, now: u64) -> Pace {
        let large = shape.is_large();
        match keep {
            Keep::Nothing => Pace(0),
            Keep::Count { calls, .. } => Pace::counting(calls, large),
            Keep::Time { .. } => {
                let place = shape.place(now);
                let cell = self.cells(shape).get(place.slot);
                let seen = cell.map(|cell| Bucket(cell.load(Ordering::Relaxed)));
                let tag = Tag::new(generation, place.lap);
                match seen {
                    Some(bucket) if bucket.is(tag) && !bucket.is_full() => {
                        Pace::until(shape.end(place), place.slot, large)
                    }
                    // Nobody has taken it over yet.
                    _ => Pace(0),
                }
            }
        }
    }

    /// Wipes what is too old to be told from what is new. Before any other
    /// step under the lock.
    pub(crate) fn settle(&self, keep: Keep, shape: Shape, generation: u32, moment: Moment) {
        let Keep::Time { .. } = keep else { return };
        let (before, now) = (shape.place(moment.before).lap, shape.place(moment.now).lap);
        if before == now && !moment.leapt {
            return;
        }
        let fresh = now.wrapping_sub(before) == 1 && !moment.leapt;
        let tag = Tag::new(generation, before);
        for cell in self.cells(shape) {
            if !fresh || !Bucket(cell.load(Ordering::Relaxed)).is(tag) {
                cell.swap(0, Ordering::Relaxed);
            }
        }
    }

    /// Forgets everything; what comes is of this generation.
    pub(crate) fn clear(&self, keep: Keep, shape: Shape, generation: u32) {
        for cell in self.cells(shape) {
            cell.swap(0, Ordering::Relaxed);
        }
        if let (Keep::Count { .. }, Some(cursor)) = (keep, self.cells(shape).first()) {
            // Release: pairs with the acquire of whoever steps on.
            cursor.swap(Cursor::start(generation).0, Ordering::Release);
        }
    }

    /// Records one result under the lock.
    pub(crate) fn record(&self, keep: Keep, shape: Shape, generation: u32, now: u64, what: What) {
        let amount = CALL + if what.failed { FAILURE } else { 0 };
        match keep {
            Keep::Nothing => {}
            Keep::Time { buckets, slow, .. } => {
                let place = shape.place(now);
                let tag = Tag::new(generation, place.lap);
                self.add(shape, place.slot, tag, amount);
                if slow && what.slow {
                    self.add(shape, place.slot + usize::from(buckets), tag, CALL);
                }
            }
            Keep::Count { slow, .. } => {
                let bits = Bits::new(self.cells(shape), shape.calls());
                bits.record(generation, what.failed, slow.then_some(what.slow));
            }
        }
    }

    fn add(&self, shape: Shape, slot: usize, tag: Tag, amount: u64) {
        let Some(cell) = self.cells(shape).get(slot) else { return };
        let mut seen = cell.load(Ordering::Relaxed);
        if !Bucket(seen).is(tag) {
            // What is added meanwhile was meant for the old tag.
            seen = cell.swap(Bucket::new(tag, 0, 0).0, Ordering::Relaxed);
        }
        while Bucket(seen).is_full() && Bucket(seen).is(tag) {
            let half = Bucket(seen).halved().0;
            match cell.compare_exchange(seen, half, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => break,
                Err(newer) => seen = newer,
            }
        }
        cell.fetch_add(amount, Ordering::Relaxed);
    }

    /// What the window holds.
    pub(crate) fn tally(&self, keep: Keep, shape: Shape, generation: u32, now: u64) -> Tally {
        match keep {
            Keep::Nothing => Tally::default(),
            Keep::Count { slow, .. } => {
                Bits::new(self.cells(shape), shape.calls()).tally(generation, slow)
            }
            Keep::Time { buckets, slow, .. } => {
                let (place, buckets) = (shape.place(now), usize::from(buckets));
                let mut tally = Tally::default();
                for (slot, cell) in self.cells(shape).iter().take(buckets).enumerate() {
                    // Buckets ahead of the current one are of the round before.
                    let lap = place.lap.wrapping_sub(u64::from(slot > place.slot));
                    let tag = Tag::new(generation, lap);
                    let bucket = Bucket(cell.load(Ordering::Relaxed));
                    if bucket.is(tag) {
                        tally.calls += bucket.calls();
                        tally.failed += bucket.failed();
                    }
                    let slow = slow.then(|| self.cells(shape).get(slot + buckets)).flatten();
                    let slow = slow.map(|cell| Bucket(cell.load(Ordering::Relaxed)));
                    if let Some(bucket) = slow.filter(|bucket| bucket.is(tag)) {
                        tally.slow += bucket.calls();
                    }
                }
                tally
            }
        }
    }

    /// What the window holds at a moment before which nothing was settled: a look
    /// from outside, which changes nothing.
    pub(crate) fn seen(&self, keep: Keep, shape: Shape, generation: u32, moment: Moment) -> Tally {
        let (before, now) = (shape.place(moment.before).lap, shape.place(moment.now).lap);
        // Else a tag that has come round would bring old results back.
        let old = matches!(keep, Keep::Time { .. }) && now.wrapping_sub(before) > 1;
        if old || moment.leapt {
            return Tally::default();
        }
        self.tally(keep, shape, generation, moment.now)
    }

    /// Puts results in as if they had just come.
    pub(crate) fn carry(&self, keep: Keep, shape: Shape, generation: u32, now: u64, tally: Tally) {
        match keep {
            Keep::Nothing => {}
            Keep::Time { buckets, slow, .. } => {
                let place = shape.place(now);
                let tag = Tag::new(generation, place.lap);
                let tally = tally.at_most(Bucket::MOST);
                let put = |slot: usize, calls: u64, failed: u64| {
                    if let Some(cell) = self.cells(shape).get(slot) {
                        let bucket = Bucket::new(tag, calls, failed);
                        cell.swap(bucket.0, Ordering::Relaxed);
                    }
                };
                put(place.slot, tally.calls, tally.failed);
                if slow {
                    put(place.slot + usize::from(buckets), tally.slow, 0);
                }
            }
            Keep::Count { slow, .. } => {
                let bits = Bits::new(self.cells(shape), shape.calls());
                bits.carry(generation, tally, slow);
            }
        }
    }
}

/// A result as the window sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct What {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

/// Undoes an add that struck a bucket which had just been taken over. If it was
/// taken over once more, or wiped, the add went with it.
#[cold]
fn take_back(cell: &AtomicU64, struck: Bucket) -> bool {
    let tag = struck.tag();
    let mut seen = Bucket(cell.load(Ordering::Relaxed));
    while seen.is(tag) && seen.calls() > 0 {
        let less = seen.0 - CALL;
        match cell.compare_exchange_weak(seen.0, less, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => break,
            Err(newer) => seen = Bucket(newer),
        }
    }
    false
}
