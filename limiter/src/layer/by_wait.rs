//! Waiting in the line of a request's key.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project::pin_project;
use seawall_errors::Rejected;

use crate::keyed::{Key, Keyed};
use crate::layer::by::{By, Find};
use crate::layer::wait_for::{Wait, Waiting};
use crate::wait::Acquire;

/// A wait in the line of a key; or none, where there is no key.
#[pin_project]
pub struct KeyedWait {
    #[pin]
    state: State,
}

#[pin_project(project = Project)]
enum State {
    InLine(#[pin] Acquire<'static>),
    /// What is free or was there at once, or has no key and passes; or is refused.
    Decided(Result<(), Rejected>),
}

impl<K: Key + ?Sized, F: Find<Req, K>, Req> Wait<Req> for By<Keyed<K>, F> {
    type Waiting = KeyedWait;

    /// Takes what is there, or a place in the key's line, while there is a request
    /// to borrow the key from: later it would have to be copied for each request,
    /// though hardly any has to wait.
    fn wait(&self, request: &Req, n: u32) -> KeyedWait {
        if n == 0 {
            return KeyedWait { state: State::Decided(Ok(())) };
        }
        let state = self.find.find(request, |key| match key {
            Some(key) => match self.limit.join(key, n, None) {
                Ok(ticket) if ticket.is_granted() => State::Decided(Ok(())),
                Ok(ticket) => State::InLine(Acquire::in_line(ticket, n)),
                Err(rejected) => State::Decided(Err(rejected)),
            },
            None => State::Decided(self.missing(self.limit.name()).map_or(Ok(()), Err)),
        });
        KeyedWait { state }
    }
}

impl Waiting<()> for KeyedWait {
    fn poll_pass(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        (): &mut (),
    ) -> Poll<Result<(), Rejected>> {
        match self.project().state.project() {
            Project::InLine(acquire) => Future::poll(acquire, cx),
            Project::Decided(answer) => Poll::Ready(*answer),
        }
    }
}

impl fmt::Debug for KeyedWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::InLine(_) => "in line",
            State::Decided(_) => "decided",
        };
        f.debug_struct("KeyedWait").field("state", &state).finish_non_exhaustive()
    }
}
