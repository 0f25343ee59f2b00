use core::task::{Context, Poll, ready};

use seawall_errors::{Answer, AsError, ByCode, Classify, Outcome, Rejected};
use tower_layer::Layer;
use tower_service::Service;

use crate::future::{Ends, ResponseFuture};
use crate::hint::NoHint;
use crate::throttle::Throttle;
use crate::throttle_permit::ThrottlePermit;
use crate::ticket::{Ending, Receipt};

/// Puts a [`Throttle`] before a service. All services that it makes share it.
#[derive(Clone, Debug)]
pub struct ThrottleLayer<A = AsError, C = ByCode> {
    throttle: Throttle,
    answer: A,
    judge: C,
}

impl ThrottleLayer {
    /// Refuses with an error, and judges results by their code.
    pub fn new(throttle: &Throttle) -> Self {
        ThrottleLayer { throttle: throttle.clone(), answer: AsError, judge: ByCode }
    }
}

impl<A, C> ThrottleLayer<A, C> {
    /// Answers refusals with a response instead of an error.
    pub fn answer_with<F, R>(self, answer: F) -> ThrottleLayer<F, C>
    where
        F: Fn(Rejected) -> R,
    {
        self.with_answer(answer)
    }

    /// Answers refusals with any [`Answer`].
    pub fn with_answer<B>(self, answer: B) -> ThrottleLayer<B, C> {
        ThrottleLayer { throttle: self.throttle, answer, judge: self.judge }
    }

    /// Judges results with a closure: a success is a call that the backend took.
    pub fn classify<F, T, E>(self, judge: F) -> ThrottleLayer<A, F>
    where
        F: Fn(&Result<T, E>) -> Outcome,
    {
        self.with_classifier(judge)
    }

    /// Judges results with any [`Classify`].
    pub fn with_classifier<D>(self, judge: D) -> ThrottleLayer<A, D> {
        ThrottleLayer { throttle: self.throttle, answer: self.answer, judge }
    }
}

impl<S, A: Clone, C: Clone> Layer<S> for ThrottleLayer<A, C> {
    type Service = ThrottleService<S, A, C>;

    fn layer(&self, inner: S) -> Self::Service {
        ThrottleService {
            inner,
            #[cfg(feature = "metrics")]
            calls: std::sync::Arc::new(crate::calls::Calls::new(self.throttle.name())),
            layer: self.clone(),
        }
    }
}

/// A service behind a [`Throttle`]. A call is let through or refused in `call`.
#[derive(Clone, Debug)]
pub struct ThrottleService<S, A = AsError, C = ByCode> {
    inner: S,
    #[cfg(feature = "metrics")]
    calls: std::sync::Arc<crate::calls::Calls>,
    layer: ThrottleLayer<A, C>,
}

impl<S, A, C> ThrottleService<S, A, C> {
    /// The throttle.
    pub fn throttle(&self) -> &Throttle {
        &self.layer.throttle
    }

    /// The inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, A, C, Request> Service<Request> for ThrottleService<S, A, C>
where
    S: Service<Request>,
    A: Answer<S::Response, S::Error>,
    C: Classify<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, S::Response, S::Error, C, NoHint, ThrottlePermit>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        match ready!(self.inner.poll_ready(context)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(error) => {
                let result = Err(error);
                match self.layer.judge.classify(&result) {
                    Outcome::Neutral => {}
                    outcome => {
                        self.layer.throttle.report(outcome);
                    }
                }
                Poll::Ready(result.map(|_: S::Response| ()))
            }
        }
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.layer.throttle.try_acquire() {
            Ok(permit) => ResponseFuture::admitted(
                self.inner.call(request),
                permit,
                (self.layer.judge.clone(), NoHint),
                #[cfg(feature = "metrics")]
                self.calls.clone(),
            ),
            Err(rejected) => {
                #[cfg(feature = "metrics")]
                self.calls.refused();
                ResponseFuture::refused(self.layer.answer.answer(rejected))
            }
        }
    }
}

impl Ends for ThrottlePermit {
    fn ends(self, ending: Ending) -> Receipt {
        self.complete(ending.outcome)
    }
}
