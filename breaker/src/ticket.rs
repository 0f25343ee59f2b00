//! How calls come in and end.

use seawall_errors::{Outcome, Rejected};

use crate::machine::{Arrival, ENDLESS, Phase};
use crate::mode::Mode;
use crate::rules::NEVER;
use crate::shared::{Core, Held, LATEST};
use crate::word::{Finish, Route, Word};

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Receipt {
    /// It counts.
    Recorded,
    /// It belongs to an earlier generation, and changed nothing.
    Late,
    /// Nothing counts in a forced state, and nothing that only passed in shadow mode.
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Counted,
    Probe,
    /// It changes nothing.
    Free,
}

/// A call that was let through. Two words, so that it stays in registers.
///
/// ```text
/// | 27 | ended 1 | given 1 | degraded 1 | role 2 | generation 32 |
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    stamp: u64,
    /// Never, where nobody will ask.
    pub(crate) began: u64,
}

const ROLE: u32 = 32;
const DEGRADED: u64 = 1 << 34;
const GIVEN: u64 = 1 << 35;
const ENDED: u64 = 1 << 36;
const COUNTS: u64 = DEGRADED - 1;

impl Ticket {
    #[inline]
    fn new(generation: u32, role: Role, began: u64) -> Self {
        Ticket { stamp: u64::from(generation) | ((role as u64) << ROLE), began }
    }

    fn degraded(mut self) -> Self {
        self.stamp |= DEGRADED;
        self
    }

    /// The same where the caller gave the time, on a clock of his own.
    #[inline]
    pub(crate) fn given(mut self) -> Self {
        self.stamp |= GIVEN;
        self
    }

    /// Takes it, so that it cannot be used twice.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Ticket> {
        let taken = *self;
        self.stamp |= ENDED;
        (taken.stamp & ENDED == 0).then_some(taken)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    pub(crate) fn generation(self) -> u32 {
        self.stamp as u32
    }

    pub(crate) fn role(self) -> Role {
        match (self.stamp >> ROLE) & 3 {
            0 => Role::Counted,
            1 => Role::Probe,
            _ => Role::Free,
        }
    }

    pub(crate) fn is_degraded(self) -> bool {
        self.stamp & DEGRADED != 0
    }

    fn is_given(self) -> bool {
        self.stamp & GIVEN != 0
    }

    /// Whether it is an ordinary call of this generation.
    #[inline]
    fn counts_in(self, word: Word) -> bool {
        // The role of an ordinary call is zero.
        self.stamp & COUNTS == u64::from(word.generation())
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub(crate) outcome: Outcome,
    /// How long its sender wants to be left alone.
    pub(crate) hint: Option<u64>,
    /// It was given up by its caller.
    pub(crate) dropped: bool,
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        Ending { outcome, hint: None, dropped: false }
    }
}

/// How long a gate stays shut.
#[derive(Clone, Copy, Debug)]
enum Wait {
    /// Ask the lock.
    Ask,
    For(u64),
    /// Nobody knows.
    Endless,
}

impl Core {
    /// Lets a call through or not. `now` is asked only where it matters.
    #[inline]
    pub(crate) fn admit(&self, now: impl FnOnce() -> u64) -> Result<Ticket, Rejected> {
        let word = self.word();
        if word.is_plain() {
            return Ok(Ticket::new(word.generation(), Role::Counted, NEVER));
        }
        self.admit_timed(word, now)
    }

    /// Apart from the above, so that a call that needs no clock needs no stack.
    #[inline(never)]
    fn admit_timed(&self, word: Word, now: impl FnOnce() -> u64) -> Result<Ticket, Rejected> {
        let now = now();
        if word.route() == Route::Plain {
            return Ok(Ticket::new(word.generation(), Role::Counted, now));
        }
        self.admit_gated(word, now)
    }

    #[inline]
    fn admit_gated(&self, word: Word, now: u64) -> Result<Ticket, Rejected> {
        match word.route() {
            Route::Gate => match self.wait(now) {
                Wait::For(wait) => return Err(self.refuse(word, Some(wait))),
                Wait::Endless => return Err(self.refuse(word, None)),
                Wait::Ask => {}
            },
            Route::Pass if now < self.until() => {
                return Ok(Ticket::new(word.generation(), Role::Free, now));
            }
            _ => {}
        }
        self.admit_locked(now)
    }

    #[inline]
    fn wait(&self, now: u64) -> Wait {
        match self.until() {
            ENDLESS => Wait::Endless,
            // One that is further away than anything legal shows that a clock
            // had leapt ahead.
            until if until > now && until - now <= self.legal() => Wait::For(until - now),
            _ => Wait::Ask,
        }
    }

    /// Whether an arrival would be refused now, as far as can be told without
    /// the lock.
    #[cfg(feature = "tower")]
    pub(crate) fn is_shut(&self, now: impl FnOnce() -> u64) -> bool {
        self.word().route() == Route::Gate && !matches!(self.wait(now()), Wait::Ask)
    }

    #[cold]
    #[inline(never)]
    fn admit_locked(&self, now: u64) -> Result<Ticket, Rejected> {
        let (answer, state) = self.step(now, |held| {
            let answer = held.arrive();
            (answer, held.word())
        });
        answer.map_err(|until| match until {
            ENDLESS => self.refuse(state, None),
            until => self.refuse(state, Some(until.saturating_sub(now))),
        })
    }

    /// Takes the result of a call.
    #[inline]
    pub(crate) fn finish(
        &self,
        ticket: Ticket,
        ending: Ending,
        now: impl FnOnce() -> u64,
    ) -> Receipt {
        match ending.outcome {
            Outcome::Success => self.succeed(ticket, now),
            _ => self.finish_rare(ticket, ending, now()),
        }
    }

    /// Takes a success.
    #[inline]
    pub(crate) fn succeed(&self, ticket: Ticket, now: impl FnOnce() -> u64) -> Receipt {
        let word = self.word();
        if ticket.counts_in(word) && word.needs_nothing() {
            return Receipt::Recorded;
        }
        self.record_success(word, ticket, now)
    }

    /// Apart from the above, so that its callers stay small.
    #[inline(never)]
    fn record_success(&self, word: Word, ticket: Ticket, now: impl FnOnce() -> u64) -> Receipt {
        let (finish, slow) = (word.finish(), word.judges_slow());
        if !ticket.counts_in(word) || finish == Finish::Ask {
            return self.finish_rare(ticket, Outcome::Success.into(), now());
        }
        if finish == Finish::Count && !slow {
            // The only one that needs no clock.
            if self.step_success(word) {
                return Receipt::Recorded;
            }
            return self.finish_rare(ticket, Outcome::Success.into(), now());
        }
        let now = now();
        let added = match finish {
            _ if slow && now.saturating_sub(ticket.began) > self.slow_after() => false,
            Finish::Time => self.add_success(word, now),
            Finish::Count => self.step_success(word),
            Finish::Nothing | Finish::Ask => true,
        };
        if added {
            return Receipt::Recorded;
        }
        self.finish_rare(ticket, Outcome::Success.into(), now)
    }

    #[cold]
    #[inline(never)]
    fn finish_rare(&self, ticket: Ticket, ending: Ending, now: u64) -> Receipt {
        self.step(now, |held| held.finish(ticket, ending))
    }

    /// The caller gave the call up, or panicked.
    #[cold]
    #[inline(never)]
    pub(crate) fn abandon(&self, ticket: Ticket, now: Option<u64>) -> Receipt {
        let outcome = if std::thread::panicking() { Outcome::Failure } else { Outcome::Neutral };
        let ending = Ending { outcome, hint: None, dropped: true };
        let now = match now {
            Some(now) => now,
            // The clock of the process says nothing about the caller's own.
            None if ticket.is_given() => LATEST,
            None => Core::now(),
        };
        if outcome == Outcome::Neutral && self.says_nothing(ticket) {
            return Receipt::Recorded;
        }
        self.finish_rare(ticket, ending, now)
    }

    /// Whether a neutral end of this call changes nothing.
    fn says_nothing(&self, ticket: Ticket) -> bool {
        let word = self.word();
        ticket.counts_in(word) && word.route() == Route::Plain && !word.is_timed()
    }
}

impl Held<'_> {
    fn word(&self) -> Word {
        crate::shared::words(self.machine, self.step.rules).0
    }

    /// What comes in: through with a ticket, or not before a time.
    fn arrive(&mut self) -> Result<Ticket, u64> {
        self.look_at_hangs();
        if self.machine.state() == crate::word::State::Closed {
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

    fn hangs(&mut self) -> Option<&mut crate::hangs::Hangs> {
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
        if self.step.rules.degrade.is_none() {
            return;
        }
        let is_degraded = self.step.rules.is_degraded(self.tally());
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
        let step = self.step;
        self.machine.expire(step.now, &mut self.log);
        match (self.machine.mode, self.machine.phase) {
            (Mode::ForcedOpen | Mode::ForcedClosed, _) => Receipt::Ignored,
            (_, Phase::Closed { .. }) => {
                self.count(ending.outcome, false, ending.hint);
                Receipt::Recorded
            }
            (_, Phase::HalfOpen { .. }) if ending.outcome == Outcome::Failure => {
                let reason = crate::event::Reason::ProbeFailed;
                let none = crate::rules::Tally::default();
                self.machine.open(reason, ending.hint, none, step, &mut self.log);
                Receipt::Recorded
            }
            _ => Receipt::Ignored,
        }
    }
}
