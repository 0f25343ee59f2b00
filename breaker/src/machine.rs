//! The breaker as a sequential machine: what arrives, what ends, and what
//! becomes of it. Integers only; time and chance are arguments. It runs under
//! the handle's lock, so each transition has one winner.
//!
//! Invariants:
//! - Every transition begins a new generation, and is logged once.
//! - While half open, probes under way and probes that succeeded are together
//!   at most as many as the rules allow.
//! - An arrival is let through, or told a time at which it is worth asking
//!   again that is at most the open time or the probes' deadline away.

use crate::event::{Event, Reason};
use crate::log::Log;
use crate::mode::Mode;
use crate::rules::{Rules, Tally, WHOLE};
use crate::word::{GENERATIONS, State};
use seawall_errors::Outcome;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Closed {
        /// Until when only a part of the calls goes through; zero: all do.
        ramp_until: u64,
        /// What has been saved up for the next call that goes through.
        credit: u32,
        degraded: bool,
    },
    Open {
        until: u64,
        /// Of the calls that opened it.
        percent: u8,
        calls: u32,
    },
    HalfOpen {
        /// When the next probe may go.
        next: u64,
        /// Since when nothing has come back of those that are under way.
        silent: u64,
        in_flight: u16,
        succeeded: u16,
    },
}

pub(crate) const FRESH: Phase = Phase::Closed { ramp_until: 0, credit: 0, degraded: false };
/// A time that does not come.
pub(crate) const ENDLESS: u64 = u64::MAX;

/// The answer to an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It goes through, and counts.
    Counted { degraded: bool },
    /// It goes through as a probe.
    Probe,
    /// It goes through, and changes nothing.
    Free,
    /// The same, where it would have been refused.
    Shadowed,
    /// Not before then.
    Refused(u64),
}

/// A moment, after the clock's whims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The moment before.
    pub(crate) before: u64,
    pub(crate) now: u64,
    /// The clock had leapt ahead, and is back.
    pub(crate) leapt: bool,
}

/// What one step is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) now: u64,
    pub(crate) rules: &'a Rules,
    /// A random number.
    pub(crate) draw: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    pub(crate) phase: Phase,
    /// When the phase began.
    pub(crate) since: u64,
    pub(crate) mode_until: u64,
    pub(crate) latest: u64,
    pub(crate) generation: u32,
    /// Failures in a row.
    pub(crate) streak: u32,
    /// Results of earlier generations.
    pub(crate) late: u32,
    /// How often it has opened since it was last well for long enough.
    pub(crate) attempts: u16,
    pub(crate) mode: Mode,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Machine {
            phase: FRESH,
            since: 0,
            mode_until: ENDLESS,
            latest: 0,
            generation: 0,
            streak: 0,
            late: 0,
            attempts: 0,
            mode: Mode::Normal,
        }
    }

    /// A reading behind the latest counts as the latest. One that is further
    /// behind than anything legal explains shows that the clock had leapt: all
    /// stamps go back with it.
    pub(crate) fn steady(&mut self, now: u64, legal: u64) -> Moment {
        let before = self.latest;
        let back = before.saturating_sub(now);
        if back <= legal {
            self.latest = before.max(now);
            return Moment { before, now: self.latest, leapt: false };
        }
        self.latest = now;
        self.since = self.since.saturating_sub(back);
        if self.mode_until != ENDLESS {
            self.mode_until = self.mode_until.saturating_sub(back);
        }
        match &mut self.phase {
            Phase::Closed { ramp_until, .. } => *ramp_until = ramp_until.saturating_sub(back),
            Phase::Open { until, .. } => *until = until.saturating_sub(back),
            Phase::HalfOpen { next, silent, .. } => {
                *next = next.saturating_sub(back);
                *silent = silent.saturating_sub(back);
            }
        }
        Moment { before: now, now, leapt: true }
    }

    /// What somebody sees who asks.
    pub(crate) fn state(&self) -> State {
        match (self.mode, self.phase) {
            (Mode::ForcedOpen, _) => State::ForcedOpen,
            (Mode::ForcedClosed, _) => State::ForcedClosed,
            (_, Phase::Closed { .. }) => State::Closed,
            (_, Phase::Open { .. }) => State::Open,
            (_, Phase::HalfOpen { .. }) => State::HalfOpen,
        }
    }

    /// Begins a generation in the given phase and mode.
    pub(crate) fn go(
        &mut self,
        (phase, mode): (Phase, Mode),
        reason: Reason,
        now: u64,
        tally: Tally,
        log: &mut Log,
    ) {
        let (from, streak) = (self.state(), self.streak);
        (self.phase, self.mode) = (phase, mode);
        self.since = now;
        self.streak = 0;
        self.generation = (self.generation + 1) % GENERATIONS;
        let open_for = match phase {
            Phase::Open { until, .. } => Some(until.saturating_sub(now)),
            _ => None,
        };
        let to = self.state();
        log.push(|name| Event {
            generation: self.generation,
            name,
            from,
            to,
            reason,
            calls: tally.calls,
            failed: tally.failed,
            slow: tally.slow,
            streak,
            open_for: open_for.map(core::time::Duration::from_nanos),
        });
    }

    /// Ends a mode whose time is over.
    pub(crate) fn expire(&mut self, now: u64, log: &mut Log) {
        if self.mode != Mode::Normal && now >= self.mode_until {
            self.set_mode(Mode::Normal, ENDLESS, now, log);
        }
    }

    pub(crate) fn set_mode(&mut self, mode: Mode, until: u64, now: u64, log: &mut Log) {
        self.mode_until = until;
        if mode == self.mode {
            return;
        }
        if mode.is_forced() || self.mode.is_forced() {
            // What was known before says nothing about afterwards.
            let reason = if mode.is_forced() { Reason::Forced } else { Reason::Released };
            self.attempts = 0;
            self.go((FRESH, mode), reason, now, Tally::default(), log);
        }
        self.mode = mode;
    }

    pub(crate) fn arrive(&mut self, step: Step<'_>, log: &mut Log) -> Arrival {
        self.expire(step.now, log);
        match self.mode {
            Mode::ForcedOpen => Arrival::Refused(self.mode_until),
            Mode::ForcedClosed => Arrival::Free,
            Mode::Normal => self.admit(step, log),
            Mode::Shadow => match self.admit(step, log) {
                Arrival::Refused(_) => Arrival::Shadowed,
                arrival => arrival,
            },
        }
    }

    fn admit(&mut self, step: Step<'_>, log: &mut Log) -> Arrival {
        let Step { now, rules, .. } = step;
        if let Phase::Open { until, .. } = self.phase {
            if now < until {
                return Arrival::Refused(until);
            }
            self.half_open(now, log);
        }
        if let Phase::HalfOpen { silent, in_flight: 1.., .. } = self.phase {
            if now.saturating_sub(silent) >= rules.deadline {
                self.open(Reason::ProbesSilent, None, Tally::default(), step, log);
                return Arrival::Refused(self.gate(rules));
            }
        }
        let gate = self.gate(rules);
        match &mut self.phase {
            Phase::HalfOpen { next, silent, in_flight, .. } => {
                if now < gate {
                    return Arrival::Refused(gate);
                }
                if *in_flight == 0 {
                    *silent = now;
                }
                *in_flight += 1;
                *next = now.saturating_add(rules.spacing);
                Arrival::Probe
            }
            Phase::Closed { ramp_until, credit, degraded } => {
                // A policy may have made it shorter, or ended it, meanwhile.
                let left = ramp_until.saturating_sub(now).min(rules.ramp);
                if left == 0 {
                    *ramp_until = 0;
                    return Arrival::Counted { degraded: *degraded };
                }
                *credit += rules.ramped(left);
                if *credit < WHOLE {
                    return Arrival::Refused(*ramp_until);
                }
                *credit -= WHOLE;
                Arrival::Counted { degraded: *degraded }
            }
            Phase::Open { until, .. } => Arrival::Refused(*until),
        }
    }

    pub(crate) fn half_open(&mut self, now: u64, log: &mut Log) {
        let phase = Phase::HalfOpen { next: now, silent: now, in_flight: 0, succeeded: 0 };
        self.go((phase, self.mode), Reason::OpenTimeOver, now, Tally::default(), log);
    }

    /// Before this, no arrival is let through.
    pub(crate) fn gate(&self, rules: &Rules) -> u64 {
        match self.phase {
            Phase::Closed { .. } => 0,
            Phase::Open { until, .. } => until,
            Phase::HalfOpen { next, silent, in_flight, succeeded } => {
                let lost = silent.saturating_add(rules.deadline);
                match in_flight {
                    // Whatever the rules are by now: somebody has to go.
                    0 => next,
                    _ if in_flight.saturating_add(succeeded) >= rules.probes => lost,
                    _ => next.min(lost),
                }
            }
        }
    }

    /// A probe of this generation is back.
    pub(crate) fn probed(
        &mut self,
        outcome: Outcome,
        hint: Option<u64>,
        step: Step<'_>,
        log: &mut Log,
    ) {
        let Phase::HalfOpen { silent, in_flight, succeeded, .. } = &mut self.phase else { return };
        *in_flight = in_flight.saturating_sub(1);
        match outcome {
            Outcome::Neutral => {}
            Outcome::Failure => {
                self.open(Reason::ProbeFailed, hint, Tally::default(), step, log);
            }
            Outcome::Success => {
                *succeeded += 1;
                *silent = step.now;
                if *succeeded >= step.rules.probes {
                    self.close(step, log);
                }
            }
        }
    }

    fn close(&mut self, step: Step<'_>, log: &mut Log) {
        let ramp_until = match step.rules.ramp {
            0 => 0,
            ramp => step.now.saturating_add(ramp),
        };
        // The first call goes through.
        let phase = Phase::Closed { ramp_until, credit: WHOLE, degraded: false };
        self.go((phase, self.mode), Reason::ProbesSucceeded, step.now, Tally::default(), log);
    }

    /// Opens: for longer each time, unless it was well for as long as it was
    /// last open.
    pub(crate) fn open(
        &mut self,
        reason: Reason,
        hint: Option<u64>,
        tally: Tally,
        step: Step<'_>,
        log: &mut Log,
    ) {
        let well = match self.phase {
            Phase::Closed { .. } if self.attempts > 0 => {
                let closed = step.now.saturating_sub(self.since);
                closed >= step.rules.open_time(self.attempts - 1)
            }
            Phase::Closed { .. } => true,
            _ => false,
        };
        let still_open = reason == Reason::Asked && matches!(self.phase, Phase::Open { .. });
        self.attempts = if well {
            1
        } else if still_open {
            // Whoever asks for another end has tried nothing.
            self.attempts.max(1)
        } else {
            self.attempts.saturating_add(1)
        };
        let time = match hint {
            Some(time) if reason == Reason::Asked => step.rules.asked(time),
            _ => step.rules.open_for(self.attempts - 1, hint, step.draw),
        };
        let (failed, calls) = match (reason, u64::from(self.streak)) {
            (Reason::Consecutive, streak) => (streak, streak),
            (Reason::Slow, _) => (tally.slow, tally.calls),
            _ => (tally.failed, tally.calls),
        };
        let percent = (failed.saturating_mul(100)).checked_div(calls).unwrap_or(0);
        let phase = Phase::Open {
            until: step.now.saturating_add(time),
            percent: u8::try_from(percent).unwrap_or(100),
            calls: u32::try_from(calls).unwrap_or(u32::MAX),
        };
        self.go((phase, self.mode), reason, step.now, tally, log);
    }
}
