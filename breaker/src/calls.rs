//! What calls through a layer tell through the `metrics` facade.

use std::sync::{Arc, OnceLock};

use metrics::{Counter, counter};
use seawall_errors::Outcome;

use crate::ticket::Receipt;

/// Calls through layers, by `name` and `outcome`.
const CALLS: &str = "seawall_breaker_calls_total";
/// Results that came too late, by `name`.
const LATE: &str = "seawall_breaker_late_total";

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
