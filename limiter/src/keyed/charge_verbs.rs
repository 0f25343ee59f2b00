//! Taking what is corrected later, and taking as much as there is.

use seawall_errors::Rejected;
use seawall_keyed::Found;

use super::Key;
use super::kind::{Correction, Kind, StateOf, answer, decide};
use super::store::Store;
use crate::algorithm::Algorithm;
use crate::gate::Gate;
use crate::mode::Mode;
use crate::slow::Verdict;
use crate::sync::Ordering;

/// What a charge took, and from what.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    /// Zero if the mode let the call pass uncounted.
    pub(crate) counted: u64,
    /// From the state that the keys without room share.
    pub(crate) shared: bool,
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
            Ok(self.kind.with(state, visit.plan(), at, |a, own| here(a, own, at, found)))
        });
        match step.map_err(|_| self.full(plan))? {
            Ok(answer) => Ok(answer),
            Err(gate) => {
                gate.follow(&self.kind, Some(plan), now);
                Ok(there(&gate))
            }
        }
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

    /// Takes `n`, which may be corrected.
    pub(crate) fn charge(&self, key: &K, n: u64, now: u64) -> Result<Taken, Rejected> {
        let stance = self.kind.control().load();
        match stance.mode() {
            _ if n == 0 => return Ok(Taken::default()),
            Mode::ForcedOff => return Ok(Taken::default()),
            Mode::ForcedOn => return Err(self.shut(key)),
            Mode::Normal | Mode::Shadow => {}
        }
        let plan = self.plan(key);
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
                let name = self.name(if shared { self.plans() - 1 } else { plan });
                answer(a, own, &verdict, n, now, name).map(|()| Taken { counted, shared })
            },
            |gate| {
                let counted = gate.take_for_charge(n, now)?;
                Ok(Taken { counted, shared: gate.is_shared() })
            },
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
