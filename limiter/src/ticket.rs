use core::fmt;
use core::task::Waker;
use core::time::Duration;

use seawall_errors::Rejected;

use crate::algorithm::Algorithm;
use crate::gate::Gate;
use crate::queue::Entry;
use crate::quota::nanos;

/// A place in the line of a limiter, for callers that do their own waiting:
/// in a thread, or in a runtime other than tokio.
///
/// First come, first served. Whether the wait can end in time was decided when
/// the ticket was given out. Nothing is taken before the turn has come, and
/// dropping the ticket gives the place up: those behind move up at once.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::{LeakyQueue, Quota, Turn};
///
/// let ms = Duration::from_millis;
/// let queue = LeakyQueue::new(Quota::per_second(100))?;
/// assert!(queue.try_acquire_at(ms(0)).is_ok());
///
/// let mut ticket = queue.join_at(1, ms(50), ms(0))?;
/// assert_eq!(ticket.poll_at(None, ms(0)), Turn::NotBefore(ms(10)));
/// assert_eq!(ticket.poll_at(None, ms(10)), Turn::Granted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping the ticket gives the place up"]
pub struct Ticket<'a> {
    gate: &'a dyn Waits,
    place: Place,
    expected: u64,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Waiting(usize),
    Granted,
    Refused(Rejected),
}

/// What a [`Ticket`] is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Turn {
    /// The permits are taken.
    Granted,
    /// They are not, and the place is gone.
    Refused(Rejected),
    /// Ask again then, on the limiter's own scale of time, or when woken.
    NotBefore(Duration),
}

/// A gate, whatever the algorithm.
pub(crate) trait Waits: fmt::Debug + Send + Sync {
    fn turn(&self, key: usize, waker: Option<&Waker>, now: u64) -> Turn;
    fn leave(&self, key: usize);
    fn now(&self) -> u64;
}

impl<A: Algorithm> Waits for Gate<A> {
    fn turn(&self, key: usize, waker: Option<&Waker>, now: u64) -> Turn {
        Gate::turn(self, key, waker, now)
    }
    fn leave(&self, key: usize) {
        Gate::leave(self, key);
    }
    fn now(&self) -> u64 {
        Gate::now(self)
    }
}

impl<'a> Ticket<'a> {
    pub(crate) fn new<A: Algorithm>(
        gate: &'a Gate<A>,
        n: u32,
        max_wait: Option<Duration>,
        now: u64,
    ) -> Result<Self, Rejected> {
        let (place, expected) = match gate.enter(n.into(), max_wait.map(nanos), now)? {
            Entry::Granted => (Place::Granted, now),
            Entry::Waits { key, expected } => (Place::Waiting(key), expected),
        };
        Ok(Ticket { gate, place, expected })
    }

    /// When its turn was expected when it was given out.
    pub fn expected_at(&self) -> Duration {
        Duration::from_nanos(self.expected)
    }

    /// Asks whether its turn has come, and takes the permits if it has. If
    /// not, `waker` is woken when it is worth asking before the time named.
    pub fn poll(&mut self, waker: Option<&Waker>) -> Turn {
        let now = self.gate.now();
        self.ask(waker, now)
    }

    /// [`poll`](Self::poll) at a given time.
    pub fn poll_at(&mut self, waker: Option<&Waker>, now: Duration) -> Turn {
        self.ask(waker, nanos(now))
    }

    pub(crate) fn ask(&mut self, waker: Option<&Waker>, now: u64) -> Turn {
        let turn = match self.place {
            Place::Waiting(key) => self.gate.turn(key, waker, now),
            Place::Granted => Turn::Granted,
            Place::Refused(rejected) => Turn::Refused(rejected),
        };
        match turn {
            Turn::Granted => self.place = Place::Granted,
            Turn::Refused(rejected) => self.place = Place::Refused(rejected),
            Turn::NotBefore(_) => {}
        }
        turn
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if let Place::Waiting(key) = self.place {
            self.gate.leave(key);
        }
    }
}

impl fmt::Debug for Ticket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("place", &self.place)
            .field("expected_at", &self.expected_at())
            .finish_non_exhaustive()
    }
}
