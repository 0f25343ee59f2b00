//! What is done to a keyed limiter while it runs.

use super::Key;
use super::bucket::PATIENCE;
use super::kind::Kind;
use super::plan::Checked;
use super::snapshot::KeyedSnapshot;
use super::store::{Store, Visit};
use crate::faults::Faults;
use crate::mode::Mode;
use crate::quota::InvalidQuota;
use crate::sync::Ordering;

/// How many gates a sweep looks at under one lock.
const LOOKS_AT_ONCE: usize = 64;

impl<K: Key + ?Sized, S: Kind> Store<K, S> {
    pub(crate) fn mode(&self) -> Mode {
        self.kind.control().load().mode()
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        let gates = self.gates.rows(|rows| {
            self.kind.control().set_mode(mode);
            rows.all()
        });
        // Whoever comes last has the mode that was set last.
        for gate in gates {
            gate.set_mode_to(|| self.kind.control().load().mode());
        }
    }

    pub(crate) fn update(
        &self,
        plans: Checked,
        count: usize,
        now: u64,
    ) -> Result<(), InvalidQuota> {
        if count != self.plans() {
            let mut faults = Faults::default();
            faults.add("plans", count, "must be as many as before");
            return faults.into_result();
        }
        // One at a time until all states are brought along: else so many more could
        // follow meanwhile that the editions are gone by which the last states are
        // to be read.
        let change = self.change.lock();
        let gates = self.gates.rows(|rows| self.kind.publish(plans, now).map(|()| rows.all()))?;
        if self.kind.control().load().edition() % PATIENCE == 0 {
            self.table.retain(|_, state| {
                if S::out(state).is_none() {
                    self.kind.renew(state, now);
                }
                true
            });
        }
        drop(change);
        for gate in gates {
            gate.follow(&self.kind, None, now);
        }
        Ok(())
    }

    pub(crate) fn forget(&self, key: &K) -> bool {
        let Some(state) = self.table.remove(key) else { return false };
        // Those who wait go on in a line that nobody joins any more.
        let slot = S::out(&state).and_then(|number| self.gates.rows(|rows| rows.remove(number)));
        drop((state, slot));
        true
    }

    pub(crate) fn sweep(&self, now: u64) -> usize {
        // A few under each lock. One look at least is spent on each gate that is
        // over, so all are looked at.
        let mut looks = self.gates.rows(|rows| rows.len());
        while looks > 0 {
            looks =
                looks.saturating_sub(if self.tidy(LOOKS_AT_ONCE, now) { 1 } else { LOOKS_AT_ONCE });
        }
        self.table.sweep(now, &Visit::new(self, 0, now))
    }

    pub(crate) fn snapshot(&self) -> KeyedSnapshot {
        let mode = self.kind.control().load().mode();
        let (gates, mut shadowed, mut delayed) =
            self.gates.rows(|rows| (rows.all(), rows.shadowed, rows.delayed));
        for gate in &gates {
            let own = gate.read(|slow| (slow.shadowed, slow.delayed));
            (shadowed, delayed) = (shadowed.saturating_add(own.0), delayed.saturating_add(own.1));
        }
        let table = self.table.snapshot();
        KeyedSnapshot {
            keys: table.len,
            capacity: table.capacity,
            made: table.made,
            forgotten: table.evicted,
            refused: table.refused,
            shared: table.shared,
            in_line: gates.len(),
            bytes: self.table.bytes(),
            mode,
            shadowed: shadowed.saturating_add(self.shadowed.0.load(Ordering::Relaxed)),
            delayed,
        }
    }
}
