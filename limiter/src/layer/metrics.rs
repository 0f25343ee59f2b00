//! What services report to the `metrics` facade:
//!
//! | series | labels | what |
//! |---|---|---|
//! | `seawall_limiter_decisions_total` | `name`, `outcome` = `passed`, `refused`, `reason` | requests; the reason is the name of the refusal's code |
//! | `seawall_limiter_wait_seconds` | `name` | how long those waited that had to |
//! | `seawall_limiter_waiting` | `name` | how many wait |

use metrics::{Counter, counter};
use seawall_errors::Code;
use seawall_errors::family::{COST_ABOVE_LIMIT, QUEUE_FULL, QUEUE_TIMEOUT, RATE_LIMITED};

const DECISIONS: &str = "seawall_limiter_decisions_total";
#[cfg(feature = "tokio")]
const WAIT: &str = "seawall_limiter_wait_seconds";
#[cfg(feature = "tokio")]
const WAITING: &str = "seawall_limiter_waiting";

/// The series of one limiter.
#[derive(Debug)]
pub(crate) struct Series {
    name: &'static str,
    passed: Counter,
    /// For the codes that a limiter refuses with; others are looked up.
    refused: [(Code, Counter); 4],
}

impl Series {
    pub(crate) fn new(name: &'static str) -> Self {
        let codes = [RATE_LIMITED, COST_ABOVE_LIMIT, QUEUE_FULL, QUEUE_TIMEOUT];
        Series {
            name,
            passed: counter!(DECISIONS, "name" => name, "outcome" => "passed", "reason" => ""),
            refused: codes.map(|code| (code, refused(name, code))),
        }
    }

    pub(crate) fn passed(&self) {
        self.passed.increment(1);
    }

    pub(crate) fn refused(&self, code: Code) {
        match self.refused.iter().find(|(known, _)| *known == code) {
            Some((_, counter)) => counter.increment(1),
            None => refused(self.name, code).increment(1),
        }
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn waits(&self) -> Waits {
        let gauge = metrics::gauge!(WAITING, "name" => self.name);
        gauge.increment(1.0);
        Waits {
            gauge,
            histogram: metrics::histogram!(WAIT, "name" => self.name),
            since: crate::time::Clock::get().now(),
        }
    }
}

fn refused(name: &'static str, code: Code) -> Counter {
    counter!(DECISIONS, "name" => name, "outcome" => "refused", "reason" => code.name())
}

/// One who waits; counted until it is dropped.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub(crate) struct Waits {
    gauge: metrics::Gauge,
    histogram: metrics::Histogram,
    since: u64,
}

#[cfg(feature = "tokio")]
impl Drop for Waits {
    fn drop(&mut self) {
        let waited = crate::time::Clock::get().now().saturating_sub(self.since);
        self.gauge.decrement(1.0);
        self.histogram.record(core::time::Duration::from_nanos(waited).as_secs_f64());
    }
}
