//! States that one number cannot hold: somebody waits for the key, or it is
//! blocked. Such a state stands in a gate of its own until that is over.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::kind::{Kind, StateOf};
use super::tag::Tag;
use crate::algorithm::Algorithm;
use crate::gate::Gate;
use crate::mode::Mode;
use crate::quota::Quota;
use crate::sync::{AtomicU64, Mutex, Ordering, Padded};

/// The bit of a gate's version, which is a tag, that says that the state is shared.
const SHARED: u64 = 1;

/// A gate, and whose it is.
#[derive(Debug)]
pub(crate) struct Slot<O, A: Algorithm> {
    /// Nobody's in particular: the gate of those who share a state.
    pub(crate) key: Option<Arc<O>>,
    pub(crate) gate: Arc<Gate<A>>,
}

/// All gates of a keyed limiter, under one lock, which is taken under that of
/// a shard. A gate's own lock comes last.
///
/// A gate is lent only under both locks, and goes away only under both, when
/// nobody has it: so nobody takes from one that is gone.
#[derive(Debug)]
pub(crate) struct Gates<O, A: Algorithm> {
    rows: Mutex<Rows<O, A>>,
    /// How many there are, for those who need no lock if there are none.
    live: Padded<AtomicU64>,
}

#[derive(Debug)]
pub(crate) struct Rows<O, A: Algorithm> {
    /// By a number that no other gate ever has: so a mark that is late names none,
    /// and not another's.
    slots: BTreeMap<u64, Slot<O, A>>,
    /// The number of the next one.
    next: u64,
    /// Where the next look for gates that are over begins.
    cursor: u64,
    /// What gates that are gone had counted in shadow mode.
    pub(crate) shadowed: u64,
    pub(crate) delayed: u64,
}

/// What a gate leaves behind.
pub(crate) struct Retired<O, A: Algorithm> {
    /// To be dropped after the locks.
    pub(crate) slot: Slot<O, A>,
    pub(crate) algorithm: A,
    pub(crate) state: A::State,
    pub(crate) tag: Tag,
}

impl<O, A: Algorithm> Gates<O, A> {
    pub(crate) fn new() -> Self {
        let rows = Rows { slots: BTreeMap::new(), next: 0, cursor: 0, shadowed: 0, delayed: 0 };
        Gates { rows: Mutex::new(rows), live: Padded::default() }
    }

    /// Whether there are any. May be late, where nobody is harmed by it.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.live.0.load(Ordering::Relaxed) != 0
    }

    /// Runs `f` under the lock.
    pub(crate) fn rows<R>(&self, f: impl FnOnce(&mut Rows<O, A>) -> R) -> R {
        let mut rows = self.rows.lock();
        let answer = f(&mut rows);
        self.live.0.store(rows.slots.len() as u64, Ordering::Relaxed);
        answer
    }
}

impl<O, A: Algorithm> Rows<O, A> {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Arc<Gate<A>>> {
        self.slots.get(&number).map(|slot| &slot.gate)
    }

    pub(crate) fn all(&self) -> Vec<Arc<Gate<A>>> {
        self.slots.values().map(|slot| Arc::clone(&slot.gate)).collect()
    }

    pub(crate) fn insert(&mut self, slot: Slot<O, A>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.slots.insert(number, slot);
        number
    }

    /// Takes a gate away, whoever has it: its key is gone. What it has counted is
    /// kept.
    pub(crate) fn remove(&mut self, number: u64) -> Option<Slot<O, A>> {
        let slot = self.slots.remove(&number)?;
        let (shadowed, delayed) = slot.gate.read(|slow| (slow.shadowed, slow.delayed));
        self.count(shadowed, delayed);
        Some(slot)
    }

    /// Takes a gate away if nobody has it, waits in it or is blocked by it.
    pub(crate) fn retire(&mut self, number: u64, now: u64) -> Option<Retired<O, A>> {
        let over = self.slots.get_mut(&number)?.over(now)?;
        let slot = self.slots.remove(&number)?;
        self.count(over.shadowed, over.delayed);
        Some(Retired { slot, algorithm: over.algorithm, state: over.state, tag: over.tag })
    }

    fn count(&mut self, shadowed: u64, delayed: u64) {
        self.shadowed = self.shadowed.saturating_add(shadowed);
        self.delayed = self.delayed.saturating_add(delayed);
    }

    /// Looks at the next few gates, and names one of them that is over.
    pub(crate) fn find_over(&mut self, looks: usize, now: u64) -> Option<(u64, Arc<O>)> {
        for _ in 0..looks.min(self.slots.len()) {
            let ahead = self.slots.range(self.cursor..).next();
            let (&number, _) = ahead.or_else(|| self.slots.first_key_value())?;
            self.cursor = number + 1;
            let slot = self.slots.get_mut(&number)?;
            if let Some(key) = slot.key.clone().filter(|_| slot.over(now).is_some()) {
                return Some((number, key));
            }
        }
        None
    }
}

struct Over<A: Algorithm> {
    algorithm: A,
    state: A::State,
    tag: Tag,
    shadowed: u64,
    delayed: u64,
}

impl<O, A: Algorithm> Slot<O, A> {
    fn over(&mut self, now: u64) -> Option<Over<A>> {
        // Nobody else has it, nor can have: it is lent under the lock that is held.
        Arc::get_mut(&mut self.gate)?.change(|slow, _| {
            if slow.mode == Mode::Shadow {
                slow.pretend(now);
            }
            let quiet = slow.line.is_empty() && slow.pretended.is_empty();
            (quiet && slow.blocked(now).is_none()).then(|| Over {
                algorithm: slow.algorithm.clone(),
                state: slow.state.clone(),
                tag: Tag(slow.version & !SHARED),
                shadowed: slow.shadowed,
                delayed: slow.delayed,
            })
        })
    }
}

impl<A: Algorithm> Gate<A> {
    /// A gate around a state that is there already.
    pub(crate) fn around<S>(kind: &S, plan: usize, shared: bool, state: StateOf<S>) -> Self
    where
        S: Kind<Algorithm = A>,
    {
        let (algorithm, quota, tag) = kind.settings(plan);
        let gate = Gate::new(algorithm, &quota, 0);
        gate.change(|slow, _| {
            slow.state = state;
            slow.version = tag.0 | u64::from(shared);
            slow.mode = kind.control().load().mode();
        });
        gate
    }

    /// Whether its state is that of the keys without room.
    pub(crate) fn is_shared(&self) -> bool {
        self.read(|slow| slow.version & SHARED != 0)
    }

    /// Has the newest settings of `plan` hold, or of the plan that holds: that of
    /// a shared state stays.
    pub(crate) fn follow<S>(&self, kind: &S, plan: Option<usize>, now: u64)
    where
        S: Kind<Algorithm = A>,
    {
        let version = self.read(|slow| slow.version);
        let (own, shared) = (Tag(version & !SHARED), version & SHARED);
        let plan = plan.filter(|_| shared == 0).unwrap_or(own.plan());
        if !Tag::new(kind.control().load().edition(), plan).replaces(own) {
            return;
        }
        let (algorithm, quota, tag): (A, Quota, Tag) = kind.settings(plan);
        self.change(|slow, wakes| {
            // Another may have been faster.
            if !tag.replaces(Tag(slow.version & !SHARED)) {
                return;
            }
            slow.call(None, now, wakes);
            let at = slow.algorithm.steady(&mut slow.state, now);
            let nobody = slow.line.is_empty() && slow.pretended.is_empty();
            let is_full = nobody && slow.algorithm.full_at(&slow.state, at) <= at;
            self.retune(slow, algorithm, &quota, tag.0 | shared, now, wakes);
            if is_full {
                // As good as new, as it is outside: whether somebody has taken it
                // back from a gate that is over must not matter.
                slow.state = slow.algorithm.fresh();
                slow.algorithm.take(&mut slow.state, at, 0);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::all::All;
    use crate::gcra::Gcra;

    #[test]
    #[cfg(not(seawall_loom))]
    fn a_gate_takes_about_a_kilobyte() {
        let sizes = [size_of::<Gate<Gcra>>(), size_of::<Gate<All>>()];
        assert!(sizes.iter().all(|size| (512..=1280).contains(size)), "{sizes:?}");
    }
}
