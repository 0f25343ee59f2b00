//! What happens under the lock: calls come in, end, are counted and judged.

use seawall_errors::Outcome;

use crate::event::{Listeners, Reason};
use crate::extra::Extra;
use crate::hangs::Hangs;
use crate::log::Log;
use crate::machine::{Arrival, Machine, Phase, Step};
use crate::mode::Mode;
use crate::rules::{NEVER, Tally};
use crate::shared::Core;
use crate::ticket::{Ending, Receipt, Role, Ticket};
use crate::window::Shape;
use crate::word::{State, Word};

/// What one step under the lock may use.
pub(crate) struct Held<'a> {
    pub(crate) core: &'a Core,
    pub(crate) shape: Shape,
    pub(crate) machine: &'a mut Machine,
    pub(crate) extra: &'a mut Option<Box<Extra>>,
    pub(crate) step: Step<'a>,
    pub(crate) log: Log,
    /// Results that the next generation begins with.
    pub(crate) carried: Tally,
    /// Whether the group counts it as open already.
    #[cfg(feature = "keyed")]
    pub(crate) reserved: bool,
}

impl Held<'_> {
    /// What the window holds; calls that hang among it.
    pub(crate) fn tally(&self) -> Tally {
        let Step { now, rules, .. } = self.step;
        let mut tally = self.core.ring.tally(rules.keep, self.shape, self.machine.generation, now);
        if let Some(hangs) = self.extra.as_deref().and_then(|extra| extra.hangs.as_ref()) {
            let hung = hangs.hung(now, rules.slow_after);
            tally.calls += hung;
            tally.slow += hung;
        }
        tally
    }

    pub(crate) fn record(&self, failed: bool, slow: bool) {
        let what = crate::ring::What { failed, slow };
        let Step { now, rules, .. } = self.step;
        self.core.ring.record(rules.keep, self.shape, self.machine.generation, now, what);
    }

    pub(crate) fn begin_generation(&mut self) {
        let (keep, shape, generation) = (self.step.rules.keep, self.shape, self.machine.generation);
        self.core.ring.clear(keep, shape, generation);
        if let Some(hangs) = self.extra.as_deref_mut().and_then(|extra| extra.hangs.as_mut()) {
            *hangs = Hangs::new(self.step.rules);
        }
        if self.carried.calls > 0 {
            self.core.ring.carry(keep, shape, generation, self.step.now, self.carried);
        }
        #[cfg(feature = "keyed")]
        if let Some(group) = &self.core.fixed.group {
            group.moved(self.core.word().state(), self.machine.state(), self.reserved);
        }
    }

    /// The window has got another shape.
    pub(crate) fn reshape(&mut self, carried: Tally) {
        let machine = &mut *self.machine;
        if machine.state() == State::Closed {
            let (phase, since, streak) = (machine.phase, machine.since, machine.streak);
            let reason = Reason::Reshaped;
            machine.go((phase, machine.mode), reason, self.step.now, carried, &mut self.log);
            (machine.since, machine.streak) = (since, streak);
            self.carried = carried;
        } else {
            let generation = machine.generation;
            self.core.ring.clear(self.step.rules.keep, self.shape, generation);
        }
    }

    pub(crate) fn listeners(&mut self) -> &mut Listeners {
        let rules = self.step.rules;
        &mut self.extra.get_or_insert_with(|| Box::new(Extra::new(rules))).listeners
    }
}

impl Held<'_> {
    pub(crate) fn word(&self) -> Word {
        crate::publish::words(self.machine, self.step.rules).0
    }

    /// What comes in: through with a ticket, or not before a time.
    pub(crate) fn arrive(&mut self) -> Result<Ticket, u64> {
        self.look_at_hangs();
        if self.machine.state() == State::Closed {
            self.look_at_share();
        }
        let (step, began) = (self.step, self.step.now);
        let arrival = self.machine.arrive(step, &mut self.log);
        let generation = self.machine.generation;
        let mut ticket = Ticket::new(generation, Role::Counted, began);
        match arrival {
            Arrival::Counted { degraded } => {
                if degraded {
                    ticket = ticket.degraded();
                }
                if let Some(hangs) = self.hangs() {
                    hangs.begin(began);
                }
            }
            Arrival::Probe => ticket = Ticket::new(generation, Role::Probe, began),
            Arrival::Free => ticket = Ticket::new(generation, Role::Free, began),
            Arrival::Shadowed => {
                ticket = Ticket::new(generation, Role::Free, began);
                let extra = self.extra.get_or_insert_default();
                extra.shadowed = extra.shadowed.saturating_add(1);
            }
            Arrival::Refused(until) => return Err(until),
        }
        Ok(ticket)
    }

    fn hangs(&mut self) -> Option<&mut Hangs> {
        self.extra.as_deref_mut().and_then(|extra| extra.hangs.as_mut())
    }

    /// Where nothing returns, nothing is judged at its end: so it is here.
    fn look_at_hangs(&mut self) {
        self.machine.expire(self.step.now, &mut self.log);
        if self.step.rules.hanging && self.counts() {
            self.judge(None);
        }
    }

    fn look_at_share(&mut self) {
        // Without such a rule nothing is; but a policy may have had one before.
        let rules = self.step.rules;
        let is_degraded = rules.degrade.is_some() && rules.is_degraded(self.tally());
        if let Phase::Closed { degraded, .. } = &mut self.machine.phase {
            *degraded = is_degraded;
        }
    }

    /// Whether results count.
    fn counts(&self) -> bool {
        matches!(self.machine.phase, Phase::Closed { .. }) && !self.machine.mode.is_forced()
    }

    pub(crate) fn finish(&mut self, ticket: Ticket, ending: Ending) -> Receipt {
        let (step, now) = (self.step, self.step.now);
        self.machine.expire(now, &mut self.log);
        if ticket.role() == Role::Free {
            return Receipt::Ignored;
        }
        if ticket.generation() != self.machine.generation {
            self.machine.late = self.machine.late.saturating_add(1);
            return Receipt::Late;
        }
        let after = step.rules.slow_after;
        let slow = after != NEVER && now.saturating_sub(ticket.began) > after;
        let outcome = match ending.outcome {
            // Else a timeout outside would hide every hang.
            Outcome::Neutral if ending.dropped && slow => Outcome::Failure,
            // A probe that is too slow would soon open it again.
            Outcome::Success
                if ticket.role() == Role::Probe && slow && step.rules.slow.is_some() =>
            {
                Outcome::Failure
            }
            outcome => outcome,
        };
        if ticket.role() == Role::Probe {
            self.machine.probed(outcome, ending.hint, step, &mut self.log);
            return Receipt::Recorded;
        }
        if let Some(hangs) = self.hangs() {
            hangs.end(ticket.began);
        }
        self.count(outcome, slow, ending.hint);
        Receipt::Recorded
    }

    /// A result in the closed state.
    fn count(&mut self, outcome: Outcome, slow: bool, hint: Option<u64>) {
        let failed = match outcome {
            Outcome::Neutral => return,
            Outcome::Failure => true,
            Outcome::Success => false,
        };
        self.record(failed, slow);
        let follows = failed && self.step.rules.consecutive > 0;
        self.machine.streak = if follows { self.machine.streak.saturating_add(1) } else { 0 };
        if failed || (slow && self.step.rules.slow.is_some()) {
            self.judge(hint);
        }
        if self.counts() {
            self.look_at_share();
        }
    }

    /// Opens if a rule is broken. A success does not ask: it can break none but
    /// by filling the volume.
    fn judge(&mut self, hint: Option<u64>) {
        let (tally, step) = (self.tally(), self.step);
        let Some(reason) = step.rules.judge(tally, self.machine.streak) else { return };
        if self.reserve_opening() {
            self.machine.open(reason, hint, tally, step, &mut self.log);
        }
    }

    /// Whether fewer neighbours are open than may be. If so, it is one of them.
    #[cfg(feature = "keyed")]
    fn reserve_opening(&mut self) -> bool {
        self.reserved = self.core.fixed.group.as_ref().is_some_and(crate::group::Group::try_open);
        self.reserved || self.core.fixed.group.is_none()
    }

    #[cfg(not(feature = "keyed"))]
    #[expect(clippy::unused_self, reason = "it has no neighbours")]
    fn reserve_opening(&mut self) -> bool {
        true
    }

    /// An outcome that belongs to no permit: a connect that failed, a check of
    /// somebody's own.
    pub(crate) fn report(&mut self, ending: Ending) -> Receipt {
        let (step, failed) = (self.step, ending.outcome == Outcome::Failure);
        self.machine.expire(step.now, &mut self.log);
        match self.machine.phase {
            // Nobody need have arrived: whoever asks for readiness first, and
            // fails there, never does.
            Phase::Open { until, .. } if failed && step.now >= until => {
                self.machine.half_open(step.now, &mut self.log);
            }
            _ => {}
        }
        match (self.machine.mode, self.machine.phase) {
            (Mode::ForcedOpen | Mode::ForcedClosed, _) => Receipt::Ignored,
            (_, Phase::Closed { .. }) => {
                self.count(ending.outcome, false, ending.hint);
                Receipt::Recorded
            }
            (_, Phase::HalfOpen { .. }) if failed => {
                let reason = Reason::ProbeFailed;
                let none = Tally::default();
                self.machine.open(reason, ending.hint, none, step, &mut self.log);
                Receipt::Recorded
            }
            _ => Receipt::Ignored,
        }
    }
}
