use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use pin_project::pin_project;
use seawall_errors::Rejected;
use tokio::time::{Sleep, sleep};

use crate::ticket::{Held, Share, Ticket, Turn};

/// Waits for permits of a limiter; made by `acquire`.
///
/// Nothing happens before the first poll, which decides: it takes the permits,
/// enters the line, or refuses because the line is full or the wait cannot end
/// in time. Needs a tokio runtime with a timer only if it has to wait.
///
/// # Cancel safety
///
/// Dropping it gives its place up and delays nobody: until the moment in which
/// it is ready nothing is taken. Nor does holding it without polling it, as in a
/// `select!` that is busy with something else: who is not there when his turn
/// comes is passed over until he is polled again.
#[pin_project]
#[must_use = "futures do nothing unless polled"]
pub struct Acquire<'a> {
    n: u32,
    max_wait: Option<Duration>,
    state: State<'a>,
    /// What `sleep` is set to.
    until: Duration,
    #[pin]
    sleep: Option<Sleep>,
}

enum State<'a> {
    Outside(Held<'a>),
    /// The line is found by a key.
    #[cfg(feature = "keyed")]
    Keyed(Box<dyn Join>),
    InLine(Ticket<'a>),
    Granted,
    Refused(Rejected),
}

/// A key of a keyed limiter, and that limiter.
#[cfg(feature = "keyed")]
pub(crate) trait Join: Send + Sync {
    fn join(&self, n: u32, max_wait: Option<Duration>) -> Result<Ticket<'static>, Rejected>;
}

impl<'a> Acquire<'a> {
    #[cfg(feature = "keyed")]
    pub(crate) fn keyed(join: Box<dyn Join>, n: u32, max_wait: Option<Duration>) -> Self {
        let state = State::Keyed(join);
        Acquire { n, max_wait, state, until: Duration::ZERO, sleep: None }
    }

    /// Who stands in the line already.
    #[cfg(all(feature = "keyed", feature = "tower"))]
    pub(crate) fn in_line(ticket: Ticket<'a>, n: u32) -> Self {
        let state = State::InLine(ticket);
        Acquire { n, max_wait: None, state, until: Duration::ZERO, sleep: None }
    }

    pub(crate) fn new(gate: &'a dyn Share, n: u32, max_wait: Option<Duration>) -> Self {
        Acquire {
            n,
            max_wait,
            state: State::Outside(Held::Borrowed(gate)),
            until: Duration::ZERO,
            sleep: None,
        }
    }

    /// The same future without a borrow, to be spawned or kept.
    ///
    /// ```
    /// # use seawall_limiter::{Quota, TokenBucket};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let bucket = TokenBucket::new(Quota::per_second(10))?;
    /// let task = tokio::spawn(bucket.acquire().into_owned());
    /// assert!(task.await?.is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_owned(self) -> Acquire<'static> {
        let state = match self.state {
            State::Outside(gate) => State::Outside(gate.into_owned()),
            #[cfg(feature = "keyed")]
            State::Keyed(join) => State::Keyed(join),
            State::InLine(ticket) => State::InLine(ticket.into_owned()),
            State::Granted => State::Granted,
            State::Refused(rejected) => State::Refused(rejected),
        };
        Acquire { n: self.n, max_wait: self.max_wait, state, until: self.until, sleep: None }
    }
}

impl Future for Acquire<'_> {
    type Output = Result<(), Rejected>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state {
                State::Outside(held) => {
                    let gate = held.gate();
                    let now = gate.now();
                    // Most often nobody waits, and then all that a ticket is for is spared.
                    if gate.admit((*this.n).into(), now) {
                        *this.state = State::Granted;
                        return Poll::Ready(Ok(()));
                    }
                    let ticket = Ticket::new(held.clone(), *this.n, *this.max_wait, Some(now));
                    *this.state = match ticket {
                        Ok(ticket) => State::InLine(ticket),
                        Err(rejected) => State::Refused(rejected),
                    };
                }
                #[cfg(feature = "keyed")]
                State::Keyed(join) => {
                    *this.state = match join.join(*this.n, *this.max_wait) {
                        Ok(ticket) => State::InLine(ticket),
                        Err(rejected) => State::Refused(rejected),
                    };
                }
                State::Granted => return Poll::Ready(Ok(())),
                State::Refused(rejected) => return Poll::Ready(Err(*rejected)),
                // Served on entering: the clock need not be read again.
                State::InLine(ticket) if ticket.is_granted() => return Poll::Ready(Ok(())),
                State::InLine(ticket) => {
                    let now = ticket.now();
                    let until = match ticket.ask(Some(cx.waker()), now) {
                        Turn::Granted => return Poll::Ready(Ok(())),
                        Turn::Refused(rejected) => return Poll::Ready(Err(rejected)),
                        Turn::NotBefore(until) => until,
                    };
                    if this.sleep.is_none() || *this.until != until {
                        let wait = until.saturating_sub(Duration::from_nanos(now));
                        this.sleep.set(Some(sleep(wait)));
                        *this.until = until;
                    }
                    let Some(timer) = this.sleep.as_mut().as_pin_mut() else {
                        return Poll::Pending;
                    };
                    if timer.poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    // The timer's clock and ours drift: who wakes asks again.
                    this.sleep.set(None);
                }
            }
        }
    }
}

/// Waits for the turn of a ticket with tokio's timer: `join(..)?.await`.
impl<'a> IntoFuture for Ticket<'a> {
    type Output = Result<(), Rejected>;
    type IntoFuture = Acquire<'a>;

    fn into_future(self) -> Acquire<'a> {
        let state = State::InLine(self);
        Acquire { n: 0, max_wait: None, state, until: Duration::ZERO, sleep: None }
    }
}

impl fmt::Debug for Acquire<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Outside(_) => "not polled",
            #[cfg(feature = "keyed")]
            State::Keyed(_) => "not polled",
            State::InLine(_) => "in line",
            State::Granted => "granted",
            State::Refused(_) => "refused",
        };
        f.debug_struct("Acquire").field("n", &self.n).field("state", &state).finish_non_exhaustive()
    }
}
