//! The smallest layer that can refuse, built by the rules that all our layers
//! share: a door through which a bounded number of calls may be at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use pin_project::pin_project;
use seawall_errors::family::BULKHEAD_FULL;
use seawall_errors::{Answer, AsError, Rejected};
use tower_layer::Layer;
use tower_service::Service;

/// The plain struct. Clones share the room behind it.
#[derive(Clone, Debug)]
pub struct Door {
    name: &'static str,
    limit: usize,
    inside: Arc<AtomicUsize>,
}

/// A place behind the door, given back on drop.
#[derive(Debug)]
pub struct Permit(Arc<AtomicUsize>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Door {
    pub fn new(name: &'static str, limit: usize) -> Self {
        Door { name, limit, inside: Arc::default() }
    }

    pub fn inside(&self) -> usize {
        self.inside.load(Ordering::Relaxed)
    }

    pub fn try_acquire(&self) -> Result<Permit, Rejected> {
        let enter = |inside| (inside < self.limit).then_some(inside + 1);
        match self.inside.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enter) {
            Ok(_) => Ok(Permit(self.inside.clone())),
            Err(_) => {
                Err(Rejected::new(BULKHEAD_FULL, self.name).with_numbers(&[self.limit as u64, 0]))
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct DoorLayer<A = AsError> {
    door: Door,
    answer: A,
}

impl DoorLayer {
    pub fn new(door: Door) -> Self {
        DoorLayer { door, answer: AsError }
    }
}

impl<A> DoorLayer<A> {
    /// Answers refusals with a response. The bound is there so that the
    /// closure's argument needs no type.
    pub fn answer_with<F, R>(self, answer: F) -> DoorLayer<F>
    where
        F: Fn(Rejected) -> R,
    {
        self.with_answer(answer)
    }

    /// Answers refusals with any [`Answer`].
    pub fn with_answer<B>(self, answer: B) -> DoorLayer<B> {
        DoorLayer { door: self.door, answer }
    }
}

impl<S, A: Clone> Layer<S> for DoorLayer<A> {
    type Service = DoorService<S, A>;

    fn layer(&self, inner: S) -> Self::Service {
        DoorService { inner, door: self.door.clone(), answer: self.answer.clone() }
    }
}

#[derive(Clone, Debug)]
pub struct DoorService<S, A = AsError> {
    inner: S,
    door: Door,
    answer: A,
}

impl<S, A, Request> Service<Request> for DoorService<S, A>
where
    S: Service<Request>,
    A: Answer<S::Response, S::Error>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, S::Response, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // Here and not in `poll_ready`: a place that an idle, ready clone
        // holds is a place lost.
        match self.door.try_acquire() {
            Ok(permit) => {
                ResponseFuture::Admitted { inner: self.inner.call(request), permit: Some(permit) }
            }
            Err(rejected) => ResponseFuture::Refused(Some(self.answer.answer(rejected))),
        }
    }
}

#[pin_project(project = Project)]
#[derive(Debug)]
pub enum ResponseFuture<F, R, E> {
    Admitted {
        #[pin]
        inner: F,
        permit: Option<Permit>,
    },
    Refused(Option<Result<R, E>>),
}

impl<F: Future<Output = Result<R, E>>, R, E> Future for ResponseFuture<F, R, E> {
    type Output = Result<R, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Project::Admitted { inner, permit } => {
                let answer = ready!(inner.poll(cx));
                *permit = None;
                Poll::Ready(answer)
            }
            Project::Refused(answer) => match answer.take() {
                Some(answer) => Poll::Ready(answer),
                // Polled after it was done: a caller's bug, which must not panic here.
                None => Poll::Pending,
            },
        }
    }
}
