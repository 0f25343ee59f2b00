//! How calls come in and end.

use seawall_errors::{Outcome, Rejected};

use crate::machine::ENDLESS;
use crate::rules::NEVER;
use crate::shared::{Core, LATEST};
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
    pub(crate) fn new(generation: u32, role: Role, began: u64) -> Self {
        Ticket { stamp: u64::from(generation) | ((role as u64) << ROLE), began }
    }

    pub(crate) fn degraded(mut self) -> Self {
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

    /// Whether an arrival would be refused now.
    #[cfg(feature = "tower")]
    pub(crate) fn is_shut(&self, now: impl FnOnce() -> u64) -> bool {
        if self.word().route() != Route::Gate {
            return false;
        }
        let now = now();
        match self.wait(now) {
            Wait::For(_) | Wait::Endless => true,
            // A clock that had leapt, or a state that somebody forced for longer
            // than anything else lasts.
            Wait::Ask => self.until() > now && self.is_shut_locked(now),
        }
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
