use core::fmt;
use core::task::Waker;
use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;

use crate::algorithm::Algorithm;
use crate::gate::Gate;
use crate::queue::Entry;
use crate::quota::nanos;
use crate::wake::{Old, Wakes};
#[cfg(feature = "tokio")]
use crate::word::Shared;

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
///
/// Nobody depends on another: a ticket that does not ask within ten milliseconds
/// of its turn is passed over until it asks again, and then stands where it stood.
#[must_use = "dropping the ticket gives the place up"]
pub struct Ticket<'a> {
    gate: Held<'a>,
    place: Place,
    expected: u64,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Waiting(usize),
    Granted,
    Refused(Rejected),
}

/// A gate that is borrowed, or owned with others.
#[derive(Clone)]
pub(crate) enum Held<'a> {
    Borrowed(&'a dyn Share),
    Owned(Arc<dyn Waits>),
    /// Of a ticket that was served at once.
    #[cfg(feature = "keyed")]
    Nobody,
}

impl Held<'_> {
    pub(crate) fn gate(&self) -> &dyn Waits {
        match self {
            Held::Borrowed(shared) => shared.gate(),
            Held::Owned(gate) => &**gate,
            #[cfg(feature = "keyed")]
            Held::Nobody => &Nobody,
        }
    }

    pub(crate) fn into_owned(self) -> Held<'static> {
        match self {
            Held::Borrowed(shared) => Held::Owned(shared.share()),
            Held::Owned(gate) => Held::Owned(gate),
            #[cfg(feature = "keyed")]
            Held::Nobody => Held::Nobody,
        }
    }
}

/// Tells the time to who waits for nothing.
#[cfg(feature = "keyed")]
struct Nobody;

#[cfg(feature = "keyed")]
impl Waits for Nobody {
    #[cfg(feature = "tokio")]
    fn admit(&self, _: u64, _: u64) -> bool {
        true
    }
    fn enter(&self, _: u64, _: Option<u64>, _: u64, _: &mut Wakes) -> Result<Entry, Rejected> {
        Ok(Entry::Granted)
    }
    fn turn(&self, _: usize, _: Option<&Waker>, _: u64, _: &mut Wakes) -> (Turn, Old) {
        (Turn::Granted, [None, None])
    }
    fn leave(&self, _: usize) {}
    fn now(&self) -> u64 {
        crate::time::Clock::get().now()
    }
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
pub(crate) trait Waits: Send + Sync {
    /// Takes `n` if that needs no lock: most often nobody has to wait.
    #[cfg(feature = "tokio")]
    fn admit(&self, n: u64, now: u64) -> bool;
    fn enter(
        &self,
        n: u64,
        max_wait: Option<u64>,
        now: u64,
        wakes: &mut Wakes,
    ) -> Result<Entry, Rejected>;
    fn turn(&self, key: usize, waker: Option<&Waker>, now: u64, later: &mut Wakes) -> (Turn, Old);
    fn leave(&self, key: usize);
    fn now(&self) -> u64;
}

impl<A: Algorithm> Waits for Gate<A> {
    #[cfg(feature = "tokio")]
    fn admit(&self, n: u64, now: u64) -> bool {
        self.shared.admit(now, n)
    }
    fn enter(
        &self,
        n: u64,
        max_wait: Option<u64>,
        now: u64,
        wakes: &mut Wakes,
    ) -> Result<Entry, Rejected> {
        Gate::enter(self, n, max_wait, now, wakes)
    }
    fn turn(&self, key: usize, waker: Option<&Waker>, now: u64, later: &mut Wakes) -> (Turn, Old) {
        Gate::turn(self, key, waker, now, later)
    }
    fn leave(&self, key: usize) {
        Gate::leave(self, key);
    }
    fn now(&self) -> u64 {
        Gate::now(self)
    }
}

/// What handles hold of a gate.
pub(crate) trait Share: Send + Sync {
    fn gate(&self) -> &dyn Waits;
    fn share(&self) -> Arc<dyn Waits>;
}

impl<A: Algorithm> Share for Arc<Gate<A>> {
    fn gate(&self) -> &dyn Waits {
        &**self
    }
    fn share(&self) -> Arc<dyn Waits> {
        Arc::<Gate<A>>::clone(self)
    }
}

impl<'a> Ticket<'a> {
    pub(crate) fn new(
        gate: Held<'a>,
        n: u32,
        max_wait: Option<Duration>,
        now: Option<u64>,
    ) -> Result<Self, Rejected> {
        let now = now.unwrap_or_else(|| gate.gate().now());
        // Woken once the place is known, since a waker may panic.
        let mut wakes = Wakes::default();
        let entry = gate.gate().enter(n.into(), max_wait.map(nanos), now, &mut wakes)?;
        let (place, expected) = match entry {
            Entry::Granted => (Place::Granted, now),
            Entry::Waits { key, expected } => (Place::Waiting(key), expected),
        };
        let ticket = Ticket { gate, place, expected };
        drop(wakes);
        Ok(ticket)
    }

    /// A ticket for permits that were there at once.
    #[cfg(feature = "keyed")]
    pub(crate) fn granted(now: u64) -> Self {
        Ticket { gate: Held::Nobody, place: Place::Granted, expected: now }
    }

    /// The same ticket without a borrow, to be sent to another thread or kept.
    pub fn into_owned(mut self) -> Ticket<'static> {
        // What is left behind has no place to give up.
        let place = core::mem::replace(&mut self.place, Place::Granted);
        Ticket { gate: self.gate.clone().into_owned(), place, expected: self.expected }
    }

    /// When its turn was expected when it was given out.
    pub fn expected_at(&self) -> Duration {
        Duration::from_nanos(self.expected)
    }

    /// Asks whether its turn has come, and takes the permits if it has. If
    /// not, `waker` is woken when it is worth asking before the time named.
    pub fn poll(&mut self, waker: Option<&Waker>) -> Turn {
        let now = self.gate.gate().now();
        self.ask(waker, now)
    }

    /// [`poll`](Self::poll) at a given time.
    pub fn poll_at(&mut self, waker: Option<&Waker>, now: Duration) -> Turn {
        self.ask(waker, nanos(now))
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn now(&self) -> u64 {
        self.gate.gate().now()
    }

    /// Whether there is nothing left to ask.
    #[cfg(feature = "tokio")]
    pub(crate) fn is_granted(&self) -> bool {
        matches!(self.place, Place::Granted)
    }

    pub(crate) fn ask(&mut self, waker: Option<&Waker>, now: u64) -> Turn {
        // Woken once it is noted what became of the place, since a waker may panic.
        let mut later = Wakes::default();
        let (turn, old) = match self.place {
            Place::Waiting(key) => self.gate.gate().turn(key, waker, now, &mut later),
            Place::Granted => (Turn::Granted, [None, None]),
            Place::Refused(rejected) => (Turn::Refused(rejected), [None, None]),
        };
        match turn {
            Turn::Granted => self.place = Place::Granted,
            Turn::Refused(rejected) => self.place = Place::Refused(rejected),
            Turn::NotBefore(_) => {}
        }
        drop((later, old));
        turn
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if let Place::Waiting(key) = self.place {
            self.gate.gate().leave(key);
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
