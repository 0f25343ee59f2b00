//! What is told through the `metrics` facade. Names and labels stand here only.

use std::sync::{Arc, OnceLock};

use metrics::{Counter, counter, gauge};
use seawall_errors::Outcome;

use crate::event::Event;
use crate::ticket::Receipt;
use crate::word::State;

/// Calls through layers, by `name` and `outcome`.
const CALLS: &str = "seawall_breaker_calls_total";
/// Results that came too late, by `name`.
const LATE: &str = "seawall_breaker_late_total";
/// Transitions, by `name`, `state` (the new one) and `reason`.
const TRANSITIONS: &str = "seawall_breaker_transitions_total";
/// 1 for the state in which it is, 0 for all others, by `name` and `state`.
const STATE: &str = "seawall_breaker_state";

pub(crate) fn tell(event: &Event) {
    let (to, reason) = (event.to.as_str(), event.reason.as_str());
    counter!(TRANSITIONS, "name" => event.name, "state" => to, "reason" => reason).increment(1);
    for state in State::ALL {
        let value = if state == event.to { 1.0 } else { 0.0 };
        gauge!(STATE, "name" => event.name, "state" => state.as_str()).set(value);
    }
}

/// The counters of one layer, made at their first use: so a recorder that is
/// installed late loses nothing.
#[derive(Debug)]
pub(crate) struct Calls {
    name: &'static str,
    /// Success, failure, neutral, refused, cancelled.
    counters: [OnceLock<Handle>; 5],
    late: OnceLock<Handle>,
}

struct Handle(Counter);

impl core::fmt::Debug for Handle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Counter")
    }
}

const OUTCOMES: [&str; 5] = ["success", "failure", "neutral", "refused", "cancelled"];

impl Calls {
    pub(crate) fn new(name: &'static str) -> Self {
        Calls { name, counters: Default::default(), late: OnceLock::new() }
    }

    fn count(&self, which: usize) {
        if let (Some(counter), Some(outcome)) = (self.counters.get(which), OUTCOMES.get(which)) {
            let make = || Handle(counter!(CALLS, "name" => self.name, "outcome" => *outcome));
            counter.get_or_init(make).0.increment(1);
        }
    }

    pub(crate) fn refused(&self) {
        self.count(3);
    }

    fn ended(&self, outcome: Outcome, receipt: Receipt) {
        self.count(match outcome {
            Outcome::Success => 0,
            Outcome::Failure => 1,
            Outcome::Neutral => 2,
        });
        if receipt == Receipt::Late {
            let make = || Handle(counter!(LATE, "name" => self.name));
            self.late.get_or_init(make).0.increment(1);
        }
    }
}

/// A call of which nothing was counted yet.
#[derive(Debug)]
pub(crate) struct Uncounted(Option<Arc<Calls>>);

impl Uncounted {
    pub(crate) fn new(calls: Arc<Calls>) -> Self {
        Uncounted(Some(calls))
    }

    pub(crate) fn ended(&mut self, outcome: Outcome, receipt: Receipt) {
        if let Some(calls) = self.0.take() {
            calls.ended(outcome, receipt);
        }
    }
}

impl Drop for Uncounted {
    fn drop(&mut self) {
        if let Some(calls) = self.0.take() {
            calls.count(4);
        }
    }
}
