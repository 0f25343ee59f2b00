use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use pin_project::pin_project;
use seawall_errors::Rejected;
use tokio::time::{Sleep, sleep};

use crate::limit::Limit;
use crate::quota::nanos;
use crate::ticket::{Ticket, Turn};

/// Waits for permits of a limiter; made by `acquire`.
///
/// Nothing happens before the first poll, which decides: it takes the permits,
/// enters the line, or refuses because the line is full or the wait cannot end
/// in time. Needs a tokio runtime with a timer only if it has to wait.
///
/// # Cancel safety
///
/// Dropping it gives its place up and delays nobody: until the moment in which
/// it is ready nothing is taken.
#[derive(Debug)]
#[pin_project]
#[must_use = "futures do nothing unless polled"]
pub struct Acquire<'a> {
    limit: &'a dyn Limit,
    n: u32,
    max_wait: Option<Duration>,
    state: State<'a>,
    /// The head's timer is for its turn, everybody else's for his deadline.
    #[pin]
    sleep: Option<Sleep>,
}

#[derive(Debug)]
enum State<'a> {
    Outside,
    InLine(Ticket<'a>),
    Refused(Rejected),
}

impl<'a> Acquire<'a> {
    pub(crate) fn new(limit: &'a dyn Limit, n: u32, max_wait: Option<Duration>) -> Self {
        Acquire { limit, n, max_wait, state: State::Outside, sleep: None }
    }
}

impl Future for Acquire<'_> {
    type Output = Result<(), Rejected>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state {
                State::Outside => {
                    let now = this.limit.now();
                    *this.state = match this.limit.join_at(*this.n, *this.max_wait, now) {
                        Ok(ticket) => State::InLine(ticket),
                        Err(rejected) => State::Refused(rejected),
                    };
                }
                State::Refused(rejected) => return Poll::Ready(Err(*rejected)),
                State::InLine(ticket) => {
                    let now = nanos(this.limit.now());
                    let until = match ticket.ask(Some(cx.waker()), now) {
                        Turn::Granted => return Poll::Ready(Ok(())),
                        Turn::Refused(rejected) => return Poll::Ready(Err(rejected)),
                        Turn::NotBefore(until) => until,
                    };
                    let wait = until.saturating_sub(Duration::from_nanos(now));
                    this.sleep.set(Some(sleep(wait)));
                    let Some(timer) = this.sleep.as_mut().as_pin_mut() else {
                        return Poll::Pending;
                    };
                    // The timer's clock and ours drift: who wakes asks again.
                    if timer.poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}
