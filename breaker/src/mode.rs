use core::time::Duration;

use crate::machine::{ENDLESS, Machine, Phase};
use crate::rules::{Rules, Tally};
use crate::word::State;

/// What a breaker does, whatever the calls say. Switched at run time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It breaks.
    #[default]
    Normal,
    /// It counts, decides and reports as always, and refuses nothing.
    Shadow,
    /// It refuses everything, and counts nothing.
    ForcedOpen,
    /// It refuses nothing, and counts nothing.
    ForcedClosed,
}

impl Mode {
    pub(crate) const fn is_forced(self) -> bool {
        matches!(self, Mode::ForcedOpen | Mode::ForcedClosed)
    }
}

/// How a breaker stands at one moment, as plain data. Ages, no stamps: so it
/// can be kept, and [restored](crate::Breaker::restore) by another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// What it is doing.
    pub state: State,
    /// The mode.
    pub mode: Mode,
    /// How much longer the mode lasts, if it is limited.
    pub mode_left: Option<Duration>,
    /// Numbers the transitions so far.
    pub generation: u32,
    /// For how long it has been in this state.
    pub age: Duration,
    /// How much longer it stays open, if it is.
    pub open_left: Option<Duration>,
    /// How often it has opened since it was last well for long enough.
    pub attempts: u16,
    /// The results in the window.
    pub calls: u64,
    /// How many of them were failures.
    pub failed: u64,
    /// How many of them were slow.
    pub slow: u64,
    /// How many calls have failed in a row, where a rule asks for it.
    pub streak: u32,
    /// Probes that are under way.
    pub probes_in_flight: u16,
    /// Probes that have succeeded since it is half open.
    pub probes_succeeded: u16,
    /// Whether optional work should be left out.
    pub degraded: bool,
    /// Whether it lets only a part of the calls through, having closed just now.
    pub ramping: bool,
    /// How many results came too late to count.
    pub late: u32,
    /// How many calls passed that would have been refused, in shadow mode.
    pub shadowed: u64,
}

#[cfg(feature = "serde")]
impl Snapshot {
    /// What is not said of one.
    pub(crate) const EMPTY: Snapshot = Snapshot {
        state: State::Closed,
        mode: Mode::Normal,
        mode_left: None,
        generation: 0,
        age: Duration::ZERO,
        open_left: None,
        attempts: 0,
        calls: 0,
        failed: 0,
        slow: 0,
        streak: 0,
        probes_in_flight: 0,
        probes_succeeded: 0,
        degraded: false,
        ramping: false,
        late: 0,
        shadowed: 0,
    };
}

impl Machine {
    pub(crate) fn snapshot(
        &self,
        now: u64,
        rules: &Rules,
        tally: Tally,
        shadowed: u64,
    ) -> Snapshot {
        let left = |until: u64| Duration::from_nanos(until.saturating_sub(now));
        let (in_flight, succeeded) = match self.phase {
            Phase::HalfOpen { in_flight, succeeded, .. } => (in_flight, succeeded),
            _ => (0, 0),
        };
        let (open_left, closed, ramping) = match self.phase {
            Phase::Open { until, .. } => (Some(left(until)), false, false),
            Phase::HalfOpen { .. } => (None, false, false),
            Phase::Closed { ramp_until, .. } => (None, true, ramp_until > now),
        };
        Snapshot {
            state: self.state(),
            mode: self.mode,
            mode_left: (self.mode_until != ENDLESS).then(|| left(self.mode_until)),
            generation: self.generation,
            age: Duration::from_nanos(now.saturating_sub(self.since)),
            open_left,
            attempts: self.attempts,
            calls: tally.calls,
            failed: tally.failed,
            slow: tally.slow,
            streak: self.streak,
            probes_in_flight: in_flight,
            probes_succeeded: succeeded,
            degraded: match self.mode {
                Mode::ForcedClosed => false,
                Mode::ForcedOpen => true,
                _ => !closed || rules.is_degraded(tally),
            },
            ramping,
            late: self.late,
            shadowed,
        }
    }
}
