//! All verbs but the hot one.

use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;
use seawall_errors::family::{QUEUE_FULL, QUEUE_TIMEOUT};
use seawall_keyed::Found;

use super::Key;
use super::bucket::PATIENCE;
use super::kind::{Correction, Kind, StateOf, answer, decide};
use super::plan::Checked;
use super::snapshot::KeyedSnapshot;
use super::store::Store;
use crate::algorithm::Algorithm;
use crate::gate::{Gate, cut};
use crate::mode::{Mode, Room, Snapshot};
use crate::quota::{Faults, InvalidQuota};
use crate::slow::Verdict;
use crate::sync::Ordering;
use crate::ticket::{Held, Ticket};

/// What a charge took, and from what.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    /// Zero if the mode let the call pass uncounted.
    pub(crate) counted: u64,
    /// From the state that the keys without room share.
    pub(crate) shared: bool,
}

/// Where those who wait find out whether they have to.
enum Entry<A: Algorithm> {
    Done(Result<(), Rejected>),
    Gate(Arc<Gate<A>>),
    Wait,
}

impl<K: Key + ?Sized, S: Kind> Store<K, S> {
    /// Runs `there` on the key's gate, which follows the newest settings, or
    /// `here` on its state, without a look at the mode.
    fn on<R>(
        &self,
        key: &K,
        now: u64,
        mut here: impl FnMut(&S::Algorithm, &mut StateOf<S>, u64, Found) -> R,
        there: impl FnOnce(&Gate<S::Algorithm>) -> R,
    ) -> Result<R, Rejected> {
        let plan = self.plan(key);
        let step = self.visit(key, plan, now, |state, visit, found| {
            if let Some(gate) = self.gate(state, visit) {
                return Err(gate);
            }
            let at = visit.now();
            Ok(self.kind.with(state, plan, at, |a, own| here(a, own, at, found)))
        });
        match step.map_err(|_| self.full(plan))? {
            Ok(answer) => Ok(answer),
            Err(gate) => {
                gate.follow(&self.kind, Some(plan), now);
                Ok(there(&gate))
            }
        }
    }

    /// Runs one of them on what there is, and changes nothing: a key that is not
    /// held is as good as new.
    fn look<R>(
        &self,
        key: &K,
        now: u64,
        here: impl FnOnce(&S::Algorithm, &mut StateOf<S>) -> R,
        there: impl FnOnce(&Gate<S::Algorithm>) -> R,
    ) -> R {
        let plan = self.plan(key);
        let held = self.table.with_existing(key, |state| match S::out(state) {
            Some(index) => Err(self.gates.rows(|rows| rows.get(index).map(Arc::clone))),
            None => Ok(state.clone()),
        });
        let mut state = match held {
            Some(Err(Some(gate))) => return there(&gate),
            Some(Ok(state)) => state,
            Some(Err(None)) | None => self.kind.fresh(plan, 0),
        };
        self.kind.with(&mut state, plan, now, here)
    }

    pub(crate) fn try_take_up_to(&self, key: &K, n: u64, now: u64) -> u64 {
        let stance = self.kind.control().load();
        match stance.mode() {
            Mode::ForcedOff => return n,
            Mode::ForcedOn => return 0,
            _ if n == 0 => return 0,
            Mode::Normal | Mode::Shadow => {}
        }
        let mut gate_took = None;
        let taken = self.on(
            key,
            now,
            |a, own, at, _| {
                let Verdict::Fits(at) = decide(a, own, 1, at) else { return 0 };
                let taken = n.min(a.left(own, at));
                a.take(own, at, taken);
                taken
            },
            |gate| *gate_took.insert(gate.try_take_up_to(n, now)),
        );
        let taken = gate_took.unwrap_or(taken.unwrap_or(0));
        if gate_took.is_none() && taken < n && stance.mode() == Mode::Shadow {
            self.shadowed.0.fetch_add(1, Ordering::Relaxed);
            return n;
        }
        taken
    }

    pub(crate) fn peek(&self, key: &K, n: u64, now: u64) -> Result<(), Rejected> {
        let name = self.name(self.plan(key));
        match self.kind.control().load().mode() {
            _ if n == 0 => Ok(()),
            Mode::ForcedOff | Mode::Shadow => Ok(()),
            Mode::ForcedOn => Err(self.shut(key)),
            Mode::Normal => self.look(
                key,
                now,
                |a, own| {
                    let verdict = decide(a, own, n, now);
                    answer(a, own, &verdict, n, now, name)
                },
                |gate| gate.peek(n, now),
            ),
        }
    }

    pub(crate) fn remaining(&self, key: &K, now: u64) -> u64 {
        if self.kind.control().load().mode() == Mode::ForcedOn {
            return 0;
        }
        self.look(
            key,
            now,
            |a, own| {
                let at = a.steady(own, now);
                a.left(own, at)
            },
            |gate| gate.remaining(now),
        )
    }

    pub(crate) fn fits_in(&self, key: &K, n: u64, now: u64) -> Option<u64> {
        match self.kind.control().load().mode() {
            _ if n == 0 => Some(0),
            Mode::ForcedOff | Mode::Shadow => Some(0),
            Mode::ForcedOn => None,
            Mode::Normal => self.look(
                key,
                now,
                |a, own| match decide(a, own, n, now) {
                    Verdict::Pass | Verdict::Fits(_) => Some(0),
                    Verdict::Later(at) => Some(at.saturating_sub(now)),
                    Verdict::Above | Verdict::Shut => None,
                },
                |gate| gate.fits_in(n, now),
            ),
        }
    }

    pub(crate) fn rooms(&self, key: &K, now: u64) -> Vec<Room> {
        let mode = self.kind.control().load().mode();
        let quota = self.kind.quota(self.plan(key));
        self.look(
            key,
            now,
            |a, own| {
                let at = a.steady(own, now);
                let mut rooms = a.rooms(own, at, &quota);
                for room in rooms.iter_mut().filter(|_| mode == Mode::ForcedOn) {
                    room.remaining = 0;
                }
                rooms
            },
            |gate| gate.rooms(now),
        )
    }

    pub(crate) fn snapshot_of(&self, key: &K, now: u64) -> Snapshot {
        let mode = self.kind.control().load().mode();
        self.look(
            key,
            now,
            |a, own| {
                let at = a.steady(own, now);
                let left = if mode == Mode::ForcedOn { 0 } else { a.left(own, at) };
                Snapshot {
                    limit: cut(a.burst()),
                    remaining: cut(left),
                    full_in: Duration::from_nanos(a.full_at(own, at).saturating_sub(now)),
                    waiting: 0,
                    blocked_for: None,
                    mode,
                    shadowed: 0,
                    delayed: 0,
                }
            },
            |gate| gate.snapshot(now),
        )
    }

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
            self.kind.with(state, plan, at, |a, own| {
                let verdict = decide(a, own, n, at);
                match verdict {
                    Verdict::Fits(at) => a.take(own, at, n),
                    Verdict::Later(at) => {
                        let refused = self.doomed(plan, max_wait, at.saturating_sub(now));
                        return refused.map_or(Entry::Wait, |refused| Entry::Done(Err(refused)));
                    }
                    _ => {}
                }
                Entry::Done(answer(a, own, &verdict, n, now, self.name(plan)))
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

    /// Takes `n`, which may be corrected.
    pub(crate) fn charge(&self, key: &K, n: u64, now: u64) -> Result<Taken, Rejected> {
        let stance = self.kind.control().load();
        match stance.mode() {
            _ if n == 0 => return Ok(Taken::default()),
            Mode::ForcedOff => return Ok(Taken::default()),
            Mode::ForcedOn => return Err(self.shut(key)),
            Mode::Normal | Mode::Shadow => {}
        }
        let name = self.name(self.plan(key));
        let taken = self.on(
            key,
            now,
            |a, own, at, found| {
                let verdict = decide(a, own, n, at);
                let mut counted = 0;
                if let Verdict::Fits(at) = verdict {
                    a.take(own, at, n);
                    counted = n;
                }
                let shared = found == Found::Shared;
                answer(a, own, &verdict, n, now, name).map(|()| Taken { counted, shared })
            },
            |gate| gate.take_for_charge(n, now).map(|counted| Taken { counted, shared: false }),
        );
        self.shadow(stance, taken.and_then(|taken| taken))
    }

    pub(crate) fn correct(&self, key: &K, taken: Taken, correction: Correction, now: u64) {
        let there = |gate: &Gate<S::Algorithm>| gate.correct_by::<S>(correction, now);
        if let Correction::Back { .. } = correction {
            // What came from the shared state is not given to the key's own; and a
            // key that is not held has everything back.
            if taken.shared || self.table.with_existing(key, |_| ()).is_none() {
                return;
            }
        }
        // Where there is no room, the debt is forgiven: the key had been idle.
        let _ = self.on(key, now, |a, own, at, _| S::correct(a, own, at, correction), there);
    }

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

impl<A: Algorithm> Gate<A> {
    /// Takes `n`, and says how many of them count.
    fn take_for_charge(&self, n: u64, now: u64) -> Result<u64, Rejected> {
        self.change(|slow, wakes| {
            slow.call(None, now, wakes);
            let verdict = slow.verdict(n, now);
            let mut counted = 0;
            if let Verdict::Fits(at) = verdict {
                slow.algorithm.take(&mut slow.state, at, n);
                counted = n;
            }
            slow.shadow(self.answer(slow, &verdict, n, now)).map(|()| counted)
        })
    }

    fn correct_by<S: Kind<Algorithm = A>>(&self, correction: Correction, now: u64) {
        self.change(|slow, wakes| {
            S::correct(&slow.algorithm, &mut slow.state, now, correction);
            slow.replan(now, wakes);
        });
    }
}
