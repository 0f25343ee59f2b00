//! The inner service under test control.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

use tower_service::Service;

use crate::control::{Answer, Control};
use crate::error::ProbeError;

/// An inner service that does what its [`Control`] says and records what is
/// done to it; it never judges.
///
/// `E` is the error type that the stack needs: any type that can be made from
/// a [`ProbeError`]. A call that is answered at once does not allocate, so
/// that allocations counted above it are the layer's own.
pub struct Probe<E = ProbeError, Req = u64, Res = u64> {
    control: Control,
    respond: fn(Req) -> Res,
    instance: u64,
    ready: bool,
    error: PhantomData<fn() -> E>,
}

impl<E> Probe<E> {
    /// A probe that answers each number with itself, and the hand on it.
    pub fn new() -> (Self, Control) {
        Probe::with(|request| request)
    }
}

impl<E, Req, Res> Probe<E, Req, Res> {
    /// A probe for other types than numbers, and the hand on it.
    pub fn with(respond: fn(Req) -> Res) -> (Self, Control) {
        let control = Control::new();
        (Self::of(&control, respond), control)
    }

    /// One more instance behind the same hand.
    pub(crate) fn of(control: &Control, respond: fn(Req) -> Res) -> Self {
        let instance = control.instance(false);
        Self { control: control.clone(), respond, instance, ready: false, error: PhantomData }
    }
}

/// A clone starts unready.
impl<E, Req, Res> Clone for Probe<E, Req, Res> {
    fn clone(&self) -> Self {
        let instance = self.control.instance(true);
        Self {
            control: self.control.clone(),
            respond: self.respond,
            instance,
            ready: false,
            error: PhantomData,
        }
    }
}

impl<E, Req, Res> Drop for Probe<E, Req, Res> {
    fn drop(&mut self) {
        self.control.instance_dropped(self.instance, self.ready);
    }
}

impl<E, Req, Res> fmt::Debug for Probe<E, Req, Res> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe")
            .field("instance", &self.instance)
            .field("ready", &self.ready)
            .finish_non_exhaustive()
    }
}

impl<E: From<ProbeError>, Req, Res> Service<Req> for Probe<E, Req, Res> {
    type Response = Res;
    type Error = E;
    type Future = ProbeFuture<E, Req, Res>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        match self.control.poll_ready(self.instance, self.ready, context) {
            Some(Poll::Ready(Ok(()))) => {
                self.ready = true;
                Poll::Ready(Ok(()))
            }
            Some(Poll::Ready(Err(error))) => Poll::Ready(Err(error.into())),
            Some(Poll::Pending) => Poll::Pending,
            None => scripted_panic(),
        }
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let (number, answer) = self.control.called(mem::take(&mut self.ready));
        if answer == Answer::PanicInCall {
            scripted_panic();
        }
        ProbeFuture {
            control: self.control.clone(),
            respond: self.respond,
            number,
            answer,
            request: Some(request),
            error: PhantomData,
        }
    }
}

/// The response future of a [`Probe`].
pub struct ProbeFuture<E = ProbeError, Req = u64, Res = u64> {
    control: Control,
    respond: fn(Req) -> Res,
    number: u64,
    answer: Answer,
    /// `None` once it has answered.
    request: Option<Req>,
    error: PhantomData<fn() -> E>,
}

/// The request is never pinned.
impl<E, Req, Res> Unpin for ProbeFuture<E, Req, Res> {}

impl<E: From<ProbeError>, Req, Res> Future for ProbeFuture<E, Req, Res> {
    type Output = Result<Res, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.request.is_some() && this.answer == Answer::Pending {
            std::task::ready!(this.control.poll_released(this.number, context));
        }
        let Some(request) = this.request.take() else {
            this.control.polled_after_end();
            return Poll::Pending;
        };
        if this.answer == Answer::PanicInPoll {
            scripted_panic();
        }
        this.control.answered();
        Poll::Ready(match this.answer {
            Answer::Error => Err(this.control.call_error().into()),
            _ => Ok((this.respond)(request)),
        })
    }
}

impl<E, Req, Res> Drop for ProbeFuture<E, Req, Res> {
    fn drop(&mut self) {
        self.control.future_dropped(self.number, self.request.is_none());
    }
}

impl<E, Req, Res> fmt::Debug for ProbeFuture<E, Req, Res> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProbeFuture")
            .field("number", &self.number)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

/// Unwinds past the panic hook: a panic that is wanted needs no backtrace.
fn scripted_panic() -> ! {
    resume_unwind(Box::new(SCRIPTED))
}

const SCRIPTED: &str = "the panic of the inner service";

/// What a caught panic said.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}
