//! Waiting for a key, and blocking it.

use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;
use seawall_errors::family::{QUEUE_FULL, QUEUE_TIMEOUT};

use super::Key;
use super::kind::{Kind, answer, decide};
use super::store::Store;
use crate::algorithm::Algorithm;
use crate::gate::{Gate, cut};
use crate::mode::Mode;
use crate::slow::Verdict;
use crate::ticket::{Held, Ticket};

/// Where those who wait find out whether they have to.
enum Entry<A: Algorithm> {
    Done(Result<(), Rejected>),
    Gate(Arc<Gate<A>>),
    Wait,
}

impl<K: Key + ?Sized, S: Kind> Store<K, S> {
    /// Takes `n`, or a place in the key's line.
    pub(crate) fn join(
        &self,
        key: &K,
        n: u64,
        max_wait: Option<u64>,
        now: u64,
    ) -> Result<Ticket<'static>, Rejected> {
        let stance = self.kind.control().load();
        match stance.mode() {
            _ if n == 0 => return Ok(Ticket::granted(now)),
            Mode::ForcedOff => return Ok(Ticket::granted(now)),
            Mode::ForcedOn => return Err(self.shut(key)),
            Mode::Normal | Mode::Shadow => {}
        }
        let plan = self.plan(key);
        let entry = self.visit(key, plan, now, |state, visit, _| {
            if let Some(gate) = self.gate(state, visit) {
                return Entry::Gate(gate);
            }
            let at = visit.now();
            self.kind.with(state, visit.plan(), at, |a, own| {
                let verdict = decide(a, own, n, at);
                match verdict {
                    Verdict::Fits(at) => a.take(own, at, n),
                    Verdict::Later(at) => {
                        let refused = self.doomed(visit.plan(), max_wait, at.saturating_sub(now));
                        return refused.map_or(Entry::Wait, |refused| Entry::Done(Err(refused)));
                    }
                    _ => {}
                }
                Entry::Done(answer(a, own, &verdict, n, now, self.name(visit.plan())))
            })
        });
        let gate = match entry.unwrap_or_else(|_| Entry::Done(Err(self.full(plan)))) {
            Entry::Done(answer) => {
                return self.shadow(stance, answer).map(|()| Ticket::granted(now));
            }
            Entry::Gate(gate) => {
                gate.follow(&self.kind, Some(plan), now);
                gate
            }
            Entry::Wait => self.promote(key, plan, now)?,
        };
        Ticket::new(Held::Owned(gate), cut(n), max_wait.map(Duration::from_nanos), Some(now))
    }

    /// Who would be the first to wait need not have a gate made to be refused.
    fn doomed(&self, plan: usize, max_wait: Option<u64>, wait: u64) -> Option<Rejected> {
        let quota = self.kind.quota(plan);
        let full = quota.max_waiting() == 0;
        if !full && wait <= max_wait.unwrap_or(quota.max_wait_nanos()) {
            return None;
        }
        let code = if full { QUEUE_FULL } else { QUEUE_TIMEOUT };
        let refused = Rejected::new(code, self.name(plan));
        let refused = refused.with_numbers(&[quota.max_waiting().into(), 0]);
        Some(refused.with_retry_after(Duration::from_nanos(wait)))
    }

    pub(crate) fn block_until(&self, key: &K, until: u64, now: u64) -> Result<(), Rejected> {
        if until <= now {
            return Ok(());
        }
        let gate = self.promote(key, self.plan(key), now)?;
        gate.block_until(until, now);
        Ok(())
    }

    pub(crate) fn unblock(&self, key: &K) {
        let gate = self.table.with_existing(key, |state| {
            let index = S::out(state)?;
            self.gates.rows(|rows| rows.get(index).map(Arc::clone))
        });
        if let Some(gate) = gate.flatten() {
            gate.unblock();
        }
    }
}
