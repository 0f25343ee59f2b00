use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Outcome;

use crate::faults::nanos;
use crate::shared::Core;
use crate::ticket::{Ending, Receipt, Role, Ticket};

/// What both permits can do; `$core` gives the core of `self`.
macro_rules! permit {
    ($permit:ident $(<$life:lifetime>)?) => {
        impl $permit $(<$life>)? {
            /// The call succeeded.
            #[inline]
            pub fn succeed(mut self) -> Receipt {
                match self.ticket.take() {
                    Some(ticket) => self.core().succeed(ticket, Core::now),
                    None => Receipt::Ignored,
                }
            }

            /// [`succeed`](Self::succeed) at a given time.
            #[inline]
            pub fn succeed_at(self, now: Duration) -> Receipt {
                self.end(Outcome::Success.into(), || nanos(now))
            }

            /// The call failed.
            #[inline]
            pub fn fail(self) -> Receipt {
                self.end(Outcome::Failure.into(), Core::now)
            }

            /// [`fail`](Self::fail) at a given time.
            #[inline]
            pub fn fail_at(self, now: Duration) -> Receipt {
                self.end(Outcome::Failure.into(), || nanos(now))
            }

            /// The call failed, and whoever answered wants to be left alone for
            /// so long. If the breaker opens by this failure, it stays open so
            /// long, up to the cap of its policy.
            pub fn fail_for(self, retry_after: Duration) -> Receipt {
                self.fail_for_at(retry_after, Duration::from_nanos(Core::now()))
            }

            /// [`fail_for`](Self::fail_for) at a given time.
            pub fn fail_for_at(self, retry_after: Duration, now: Duration) -> Receipt {
                let hint = Some(nanos(retry_after));
                let ending = Ending { outcome: Outcome::Failure, hint, dropped: false };
                self.end(ending, || nanos(now))
            }

            /// The call ended like this.
            #[inline]
            pub fn complete(self, outcome: Outcome) -> Receipt {
                self.end(outcome.into(), Core::now)
            }

            /// [`complete`](Self::complete) at a given time.
            #[inline]
            pub fn complete_at(self, outcome: Outcome, now: Duration) -> Receipt {
                self.end(outcome.into(), || nanos(now))
            }

            /// The caller gave the call up: what dropping the permit does.
            /// Neutral, but a failure where it had outlived
            /// [`slow_after`](crate::Policy::with_slow_after).
            pub fn cancel(self) -> Receipt {
                self.cancel_at(Duration::from_nanos(Core::now()))
            }

            /// [`cancel`](Self::cancel) at a given time.
            pub fn cancel_at(mut self, now: Duration) -> Receipt {
                match self.ticket.take() {
                    Some(ticket) => self.core().abandon(ticket, Some(nanos(now))),
                    None => Receipt::Ignored,
                }
            }

            /// Whether this call is one of those that find out if the backend
            /// is well again.
            pub fn is_probe(&self) -> bool {
                self.ticket.role() == Role::Probe
            }

            /// Whether so many calls fail that this one should leave optional
            /// work out.
            pub fn is_degraded(&self) -> bool {
                self.ticket.is_degraded()
            }

            /// The generation to which the permit belongs.
            pub fn generation(&self) -> u32 {
                self.ticket.generation()
            }

            #[inline]
            pub(crate) fn end(mut self, ending: Ending, now: impl FnOnce() -> u64) -> Receipt {
                match self.ticket.take() {
                    Some(ticket) => self.core().finish(ticket, ending, now),
                    None => Receipt::Ignored,
                }
            }
        }

        impl Drop for $permit $(<$life>)? {
            #[inline]
            fn drop(&mut self) {
                if let Some(ticket) = self.ticket.take() {
                    self.core().abandon(ticket, None);
                }
            }
        }
    };
}

/// A call that was let through: say how it ended.
///
/// A permit that is dropped says that the caller gave up, or, during a panic,
/// that the call failed. Whatever becomes of it, a probe's place comes back.
#[derive(Debug)]
#[must_use = "dropping the permit says that the call was given up"]
pub struct Permit<'a> {
    core: &'a Core,
    ticket: Ticket,
}

impl<'a> Permit<'a> {
    #[inline]
    pub(crate) fn new(core: &'a Core, ticket: Ticket) -> Self {
        Permit { core, ticket }
    }

    #[inline]
    fn core(&self) -> &Core {
        self.core
    }
}

permit!(Permit<'_>);

/// A [`Permit`] that may outlive the handle that gave it.
#[derive(Debug)]
#[must_use = "dropping the permit says that the call was given up"]
pub struct OwnedPermit {
    core: Arc<Core>,
    ticket: Ticket,
}

impl OwnedPermit {
    #[inline]
    pub(crate) fn new(core: Arc<Core>, ticket: Ticket) -> Self {
        OwnedPermit { core, ticket }
    }

    #[inline]
    fn core(&self) -> &Core {
        &self.core
    }
}

permit!(OwnedPermit);
