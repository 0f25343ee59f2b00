//! The table of keys, and how the verbs find their way to a key's state.

use core::borrow::Borrow;
use core::cell::Cell;
use core::fmt;
use std::sync::Arc;

use seawall_errors::Rejected;
use seawall_errors::family::KEYS_FULL;
use seawall_keyed::{Found, Full, InvalidPolicy, Policy, Rule, Table};

use super::Key;
use super::gates::{Gates, Retired, Slot};
use super::kind::Kind;
use crate::algorithm::SLACK;
use crate::gate::Gate;
use crate::sync::{AtomicU64, Mutex, Padded};
use crate::time::Clock;

/// How many gates a new key looks at, and one for which there is no room.
const LOOKS: usize = 2;
const LOOKS_FULL: usize = 16;

pub(crate) type Choose<K> = Box<dyn Fn(&K) -> usize + Send + Sync>;

pub(crate) struct Store<K: Key + ?Sized, S: Kind> {
    pub(crate) table: Table<K::Owned, S::State>,
    pub(crate) kind: S,
    pub(crate) gates: Gates<K::Owned, S::Algorithm>,
    /// Held while settings change.
    pub(crate) change: Mutex<()>,
    pub(crate) clock: &'static Clock,
    /// Which plan a key has.
    choose: Option<Choose<K>>,
    /// The name that each plan had in the beginning, for refusals.
    names: Box<[&'static str]>,
    /// How many calls passed in shadow mode that would have been refused.
    pub(crate) shadowed: Padded<AtomicU64>,
}

/// One look-up of a key.
pub(crate) struct Visit<'a, K: Key + ?Sized, S: Kind> {
    store: &'a Store<K, S>,
    plan: usize,
    /// Whether the key shares a state with others.
    shared: Cell<bool>,
    pub(crate) now: u64,
    /// As of when the key's state was made, if it was.
    made: Cell<Option<u64>>,
    /// What must be dropped after the locks.
    gone: Cell<Option<Slot<K::Owned, S::Algorithm>>>,
}

impl<'a, K: Key + ?Sized, S: Kind> Visit<'a, K, S> {
    pub(crate) fn new(store: &'a Store<K, S>, plan: usize, now: u64) -> Self {
        let (made, gone) = (Cell::new(None), Cell::new(None));
        Visit { store, plan, shared: Cell::new(false), now, made, gone }
    }

    /// The plan by which the state is judged: a shared one by the last.
    pub(crate) fn plan(&self) -> usize {
        if self.shared.get() { self.store.plans() - 1 } else { self.plan }
    }

    /// The reading that counts. A new key's is not behind the one at which it may
    /// have been forgotten.
    pub(crate) fn now(&self) -> u64 {
        self.made.get().map_or(self.now, |since| since.max(self.now))
    }
}

impl<K: Key + ?Sized, S: Kind> Rule<K, S::State> for Visit<'_, K, S> {
    fn fresh(&self, _: &K, since: u64) -> S::State {
        // So far ahead is a clock that was wrong.
        let since = if since.saturating_sub(self.now) > SLACK { self.now } else { since };
        self.made.set(Some(since));
        self.store.kind.fresh(self.plan, since)
    }

    fn is_idle(&self, _: &K, state: &mut S::State, now: u64) -> bool {
        S::out(state).is_none() && self.store.kind.is_idle(state, now)
    }
}

impl<K: Key + ?Sized, S: Kind> Store<K, S> {
    pub(crate) fn new(
        kind: S,
        names: Box<[&'static str]>,
        choose: Option<Choose<K>>,
        policy: Policy,
    ) -> Result<Self, InvalidPolicy> {
        Ok(Store {
            table: Table::new(policy)?,
            kind,
            gates: Gates::new(),
            change: Mutex::new(()),
            clock: Clock::get(),
            choose,
            names,
            shadowed: Padded::default(),
        })
    }

    /// The plan of a key: the last one for all beyond it.
    #[inline]
    pub(crate) fn plan(&self, key: &K) -> usize {
        self.choose.as_ref().map_or(0, |choose| choose(key).min(self.names.len() - 1))
    }

    pub(crate) fn plans(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn name(&self, plan: usize) -> &'static str {
        self.names.get(plan).copied().unwrap_or_default()
    }

    /// There is no room for the key.
    pub(crate) fn full(&self, plan: usize) -> Rejected {
        Rejected::new(KEYS_FULL, self.name(plan)).with_numbers(&[self.table.capacity() as u64])
    }

    /// Runs `f` on the key's state, which is made if there is none.
    #[inline]
    pub(crate) fn visit<R>(
        &self,
        key: &K,
        plan: usize,
        now: u64,
        mut f: impl FnMut(&mut S::State, &Visit<'_, K, S>, Found) -> R,
    ) -> Result<R, Full> {
        let visit = Visit::new(self, plan, now);
        let mut f = |state: &mut S::State, found| {
            visit.shared.set(found == Found::Shared);
            f(state, &visit, found)
        };
        let answer = self.table.with(key, now, &visit, &mut f);
        if visit.made.get().is_none() && answer.is_ok() {
            return answer;
        }
        self.rare(key, &visit, answer, &mut f)
    }

    /// The key was new.
    #[inline(never)]
    fn rare<R>(
        &self,
        key: &K,
        visit: &Visit<'_, K, S>,
        answer: Result<R, Full>,
        f: &mut impl FnMut(&mut S::State, Found) -> R,
    ) -> Result<R, Full> {
        if !self.gates.any() {
            return answer;
        }
        if answer.is_ok() {
            self.tidy(LOOKS, visit.now);
            return answer;
        }
        // A key in a gate is never idle, even if nobody needs the gate any more.
        self.tidy(LOOKS_FULL, visit.now);
        self.table.with(key, visit.now, visit, f)
    }

    /// Looks at the next few gates, and takes back the state in one that is over.
    /// Whether there was one.
    pub(crate) fn tidy(&self, looks: usize, now: u64) -> bool {
        let over = self.gates.rows(|rows| rows.find_over(looks, now));
        let Some((number, key)) = over else { return false };
        let own = self.table.with_existing((*key).borrow(), |state| {
            (S::out(state) == Some(number)).then(|| self.take_back(state, now))
        });
        if own.flatten().is_none() {
            // Nobody's state stands there, nor ever will: the code of the key's type
            // panicked before the key was there, or the key has been forgotten. Who
            // makes a gate has it in hand until the key is there, so then it was not
            // over.
            let orphan = self.gates.rows(|rows| rows.retire(number, now));
            drop(orphan);
        }
        true
    }

    /// Under the lock of the state's shard.
    fn take_back(&self, state: &mut S::State, now: u64) -> Option<Slot<K::Owned, S::Algorithm>> {
        let number = S::out(state)?;
        let retired = self.gates.rows(|rows| rows.retire(number, now))?;
        let Retired { slot, algorithm, state: own, tag } = retired;
        self.kind.put_back(state, &algorithm, own, tag);
        Some(slot)
    }

    /// The gate in which the state stands. If that is over, the state is taken back.
    pub(crate) fn gate(
        &self,
        state: &mut S::State,
        visit: &Visit<'_, K, S>,
    ) -> Option<Arc<Gate<S::Algorithm>>> {
        let number = S::out(state)?;
        if let Some(slot) = self.take_back(state, visit.now) {
            visit.gone.set(Some(slot));
            return None;
        }
        let gate = self.gates.rows(|rows| rows.get(number).map(Arc::clone));
        if gate.is_none() {
            // It was given up while the key had another hash.
            *state = self.kind.fresh(visit.plan(), visit.now);
        }
        gate
    }

    /// The gate of a key, made if there is none.
    pub(crate) fn promote(
        &self,
        key: &K,
        plan: usize,
        now: u64,
    ) -> Result<Arc<Gate<S::Algorithm>>, Rejected> {
        let owned = Arc::new(key.to_owned());
        let gate = self.visit(key, plan, now, |state, visit, found| {
            if let Some(gate) = self.gate(state, visit) {
                return gate;
            }
            // Settings and mode change under this lock: so a gate is either made of
            // the new ones, or among those that are told of them.
            self.gates.rows(|rows| {
                let plan = visit.plan();
                let own = self.kind.with(state, plan, visit.now(), |_, own| own.clone());
                let shared = found == Found::Shared;
                let gate = Arc::new(Gate::around(&self.kind, plan, shared, own));
                let key = (!shared).then(|| Arc::clone(&owned));
                let number = rows.insert(Slot { key, gate: Arc::clone(&gate) });
                S::put_out(state, number);
                gate
            })
        });
        let gate = gate.map_err(|_| self.full(plan))?;
        self.tidy(LOOKS, now);
        gate.follow(&self.kind, Some(plan), now);
        Ok(gate)
    }
}

impl<K: Key + ?Sized, S: Kind> fmt::Debug for Store<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("table", &self.table).finish_non_exhaustive()
    }
}
