//! The hot verb.

use std::sync::Arc;

use seawall_errors::Rejected;
use seawall_errors::family::RATE_LIMITED;

use super::Key;
use super::control::Stance;
use super::kind::{Kind, answer, decide, limited};
use super::store::{Store, Visit};
use crate::algorithm::Algorithm;
use crate::gate::Gate;
use crate::mode::Mode;
use crate::slow::Verdict;
use crate::sync::Ordering;

/// Where a call has led.
pub(crate) enum Step<A: Algorithm> {
    Done(Result<(), Rejected>),
    /// The state stands there.
    Gate(Arc<Gate<A>>),
}

impl<K: Key + ?Sized, S: Kind> Store<K, S> {
    /// Takes `n` if they fit now.
    #[inline]
    pub(crate) fn try_take(&self, key: &K, n: u64, now: u64) -> Result<(), Rejected> {
        let stance = self.kind.control().load();
        if n == 0 || !stance.is_normal() {
            return self.try_take_in_mode(key, n, now, stance);
        }
        let plan = self.plan(key);
        let Some(hot) = self.kind.hot(stance, plan) else {
            return self.try_take_closely(key, n, now);
        };
        // Nothing larger than a bit comes out of the look-up of a key that is held
        // and let through; a refusal is put down beside it.
        let mut refused = None;
        let passed = self.table.with_existing(key, |state| {
            let passed = self.kind.admit(&hot, state, now, n);
            if !passed {
                refused = self.kind.refuse(&hot, state, now, n);
            }
            passed
        });
        if passed == Some(true) {
            return Ok(());
        }
        match refused {
            Some(refused) => Err(limited(refused, now, self.name(plan))),
            None => self.try_take_closely(key, n, now),
        }
    }

    /// For a key that is new, or that something is the matter with.
    #[cold]
    #[inline(never)]
    fn try_take_closely(&self, key: &K, n: u64, now: u64) -> Result<(), Rejected> {
        match self.attempt(key, n, now) {
            (_, Step::Done(answer)) => answer,
            (plan, Step::Gate(gate)) => self.try_take_there(&gate, plan, n, now),
        }
    }

    fn attempt(&self, key: &K, n: u64, now: u64) -> (usize, Step<S::Algorithm>) {
        let plan = self.plan(key);
        let step = self.visit(key, plan, now, |state, visit, _| self.decide(state, visit, n));
        (plan, step.unwrap_or_else(|_| Step::Done(Err(self.full(plan)))))
    }

    fn decide(&self, state: &mut S::State, visit: &Visit<'_, K, S>, n: u64) -> Step<S::Algorithm> {
        if let Some(gate) = self.gate(state, visit) {
            return Step::Gate(gate);
        }
        let at = visit.now();
        self.kind.with(state, visit.plan(), at, |a, own| {
            let verdict = decide(a, own, n, at);
            if let Verdict::Fits(at) = verdict {
                a.take(own, at, n);
            }
            Step::Done(answer(a, own, &verdict, n, visit.now, self.name(visit.plan())))
        })
    }

    #[cold]
    #[inline(never)]
    fn try_take_in_mode(&self, key: &K, n: u64, now: u64, stance: Stance) -> Result<(), Rejected> {
        match stance.mode() {
            _ if n == 0 => Ok(()),
            Mode::ForcedOff => Ok(()),
            Mode::ForcedOn => Err(self.shut(key)),
            Mode::Normal | Mode::Shadow => match self.attempt(key, n, now) {
                (_, Step::Done(answer)) => self.shadow(stance, answer),
                (plan, Step::Gate(gate)) => self.try_take_there(&gate, plan, n, now),
            },
        }
    }

    #[cold]
    #[inline(never)]
    fn try_take_there(
        &self,
        gate: &Gate<S::Algorithm>,
        plan: usize,
        n: u64,
        now: u64,
    ) -> Result<(), Rejected> {
        gate.follow(&self.kind, Some(plan), now);
        gate.try_take(n, now)
    }

    pub(crate) fn shut(&self, key: &K) -> Rejected {
        Rejected::new(RATE_LIMITED, self.name(self.plan(key)))
    }

    /// Lets pass in shadow mode what would be refused.
    pub(crate) fn shadow<R: Default>(
        &self,
        stance: Stance,
        answer: Result<R, Rejected>,
    ) -> Result<R, Rejected> {
        if answer.is_err() && stance.mode() == Mode::Shadow {
            // Relaxed: a count.
            self.shadowed.0.fetch_add(1, Ordering::Relaxed);
            return Ok(R::default());
        }
        answer
    }
}
