//! What is done to a keyed limiter while it runs.

use super::Key;
use super::bucket::PATIENCE;
use super::kind::Kind;
use super::plan::Checked;
use super::snapshot::KeyedSnapshot;
use super::store::Store;
use crate::mode::Mode;
use crate::quota::{Faults, InvalidQuota};
use crate::sync::Ordering;

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
        let gates = self.gates.rows(|rows| self.kind.publish(plans, now).map(|()| rows.all()))?;
        for gate in gates {
            gate.follow(&self.kind, None, now);
        }
        if self.kind.control().load().edition() % PATIENCE == 0 {
            // Before the editions are gone by which they are to be read.
            self.table.retain(|_, state| {
                if S::out(state).is_none() {
                    self.kind.renew(state, now);
                }
                true
            });
        }
        Ok(())
    }

    pub(crate) fn forget(&self, key: &K) -> bool {
        let Some(state) = self.table.remove(key) else { return false };
        // Those who wait go on in a line that nobody joins any more.
        let slot = S::out(&state).and_then(|index| self.gates.rows(|rows| rows.remove(index)));
        drop((state, slot));
        true
    }

    pub(crate) fn sweep(&self, now: u64) -> usize {
        let most = self.gates.rows(|rows| rows.len());
        (0..most).take_while(|_| self.tidy(usize::MAX, now)).count();
        self.table.retain(|_, state| S::out(state).is_some() || !self.kind.is_idle(state, now))
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
