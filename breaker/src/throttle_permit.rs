use core::time::Duration;

use seawall_errors::Outcome;

use crate::faults::nanos;
use crate::shared::{Core as Breaking, LATEST};
use crate::throttle::Throttle;
use crate::ticket::Receipt;

/// A call that was let through: say how it ended.
///
/// Dropped, it counts as if it had never come; during a panic, as not taken.
#[derive(Debug)]
#[must_use = "dropping the permit says that the call was given up"]
pub struct ThrottlePermit {
    pub(crate) throttle: Throttle,
    pub(crate) ticket: Option<Try>,
}

/// A call that was let through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Try {
    /// `None`: it counts nowhere.
    pub(crate) own: Option<Began>,
    /// The same in the parent.
    pub(crate) parent: Option<Began>,
    /// Whether the caller gave the time, on a clock of his own.
    pub(crate) given: bool,
}

/// When it began, and in which generation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began {
    pub(crate) at: u64,
    pub(crate) generation: u32,
}

impl ThrottlePermit {
    /// The backend took the call.
    pub fn succeed(self) -> Receipt {
        self.complete(Outcome::Success)
    }

    /// [`succeed`](Self::succeed) at a given time.
    pub fn succeed_at(self, now: Duration) -> Receipt {
        self.complete_at(Outcome::Success, now)
    }

    /// It did not.
    pub fn fail(self) -> Receipt {
        self.complete(Outcome::Failure)
    }

    /// [`fail`](Self::fail) at a given time.
    pub fn fail_at(self, now: Duration) -> Receipt {
        self.complete_at(Outcome::Failure, now)
    }

    /// The call ended like this.
    pub fn complete(self, outcome: Outcome) -> Receipt {
        self.complete_at(outcome, Duration::from_nanos(Breaking::now()))
    }

    /// [`complete`](Self::complete) at a given time.
    pub fn complete_at(mut self, outcome: Outcome, now: Duration) -> Receipt {
        match self.ticket.take() {
            Some(ticket) => self.throttle.finish(ticket, outcome, nanos(now)),
            None => Receipt::Ignored,
        }
    }
}

impl Drop for ThrottlePermit {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let now = if ticket.given { LATEST } else { Breaking::now() };
            let panicked = std::thread::panicking();
            let outcome = if panicked { Outcome::Failure } else { Outcome::Neutral };
            self.throttle.finish(ticket, outcome, now);
        }
    }
}
