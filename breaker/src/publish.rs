//! The machine as the common calls see it: in a few words.

use crate::machine::{Machine, Phase};
use crate::mode::Mode;
use crate::rules::{Keep, NEVER, Rules};
use crate::word::{Finish, Route, State, Word};

pub(crate) const LEGAL: u32 = 20;
/// No call is slow.
pub(crate) const NOT_SLOW: u64 = u64::MAX >> LEGAL;

/// The threshold of slow calls, and the longest legal wait, in one word.
pub(crate) fn limits(rules: &Rules) -> u64 {
    let legal = rules.legal.div_ceil(1_000_000_000).min((1 << LEGAL) - 1);
    (rules.slow_after.min(NOT_SLOW) << LEGAL) | legal
}

/// How the common calls are answered while the machine stands as it does.
pub(crate) fn words(machine: &Machine, rules: &Rules) -> (Word, u64) {
    let (state, generation) = (machine.state(), machine.generation);
    let word = |route| Word::new(state, route, generation);
    let gate = if machine.mode == Mode::Shadow { Route::Ask } else { Route::Gate };
    match (state, machine.phase) {
        (State::ForcedOpen, _) => (word(Route::Gate), machine.mode_until),
        (State::ForcedClosed, _) => (word(Route::Pass), machine.mode_until),
        (_, Phase::Closed { ramp_until, degraded, .. }) => {
            let plain = ramp_until == 0 && !degraded && !rules.hanging;
            let route = if plain { Route::Plain } else { Route::Ask };
            let finish = match rules.keep {
                _ if rules.hanging || (rules.consecutive > 0 && machine.streak > 0) => Finish::Ask,
                Keep::Nothing => Finish::Nothing,
                Keep::Time { .. } => Finish::Time,
                Keep::Count { .. } => Finish::Count,
            };
            let timed = rules.slow_after != NEVER;
            (word(route).recording(finish, timed, rules.slow.is_some()), 0)
        }
        (_, Phase::Open { until, percent, calls }) => {
            (word(gate).with_share(percent.into(), calls.into()), until)
        }
        (_, Phase::HalfOpen { in_flight, .. }) => {
            (word(gate).with_probes(rules.probes, in_flight), machine.gate(rules))
        }
    }
}
