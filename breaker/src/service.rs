use core::mem;
use core::task::{Context, Poll, ready};

use seawall_errors::{Answer, AsError, ByCode, Classify, Outcome};
use tower_service::Service;

use crate::breaker::Breaker;
use crate::future::ResponseFuture;
use crate::hint::{Hint, NoHint};
use crate::layer::Parts;
use crate::permit::OwnedPermit;
use crate::shared::Core;
use crate::ticket::Ending;

/// A service behind a [`Breaker`].
///
/// A call is let through or refused in `call`. An error from the inner
/// `poll_ready` counts as one of a call: that is where connects fail.
#[derive(Debug)]
pub struct BreakerService<S, A = AsError, C = ByCode, H = NoHint> {
    inner: S,
    parts: Parts<A, C, H>,
    /// It said that it was ready without asking the inner service.
    skipped: bool,
}

/// A clone starts unready.
impl<S: Clone, A: Clone, C: Clone, H: Clone> Clone for BreakerService<S, A, C, H> {
    fn clone(&self) -> Self {
        BreakerService::new(self.inner.clone(), self.parts.clone())
    }
}

impl<S, A, C, H> BreakerService<S, A, C, H> {
    pub(crate) fn new(inner: S, parts: Parts<A, C, H>) -> Self {
        BreakerService { inner, parts, skipped: false }
    }

    /// The breaker.
    pub fn breaker(&self) -> &Breaker {
        &self.parts.breaker
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

/// Counts a panic of the inner `poll_ready`.
struct Panics<'a>(&'a Breaker);

impl Drop for Panics<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.report(Outcome::Failure);
        }
    }
}

impl<S, A, C, H, Request> Service<Request> for BreakerService<S, A, C, H>
where
    S: Service<Request>,
    A: Answer<S::Response, S::Error>,
    C: Classify<S::Response, S::Error> + Clone,
    H: Hint<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, S::Response, S::Error, C, H>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let Parts { breaker, judge, hint, .. } = &self.parts;
        // Whoever would be refused anyway need not wait for a backend that is
        // down. He is refused then, whatever happens before his call.
        self.skipped = breaker.0.is_shut(Core::now);
        if self.skipped {
            return Poll::Ready(Ok(()));
        }
        let guard = Panics(breaker);
        let ready = self.inner.poll_ready(context);
        drop(guard);
        match ready!(ready) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(error) => {
                let result = Err(error);
                let ending = Verdict { judge, hint }.of(&result);
                if ending.outcome != Outcome::Neutral {
                    breaker.0.step(Core::now(), |held| held.report(ending));
                }
                Poll::Ready(result.map(|_: S::Response| ()))
            }
        }
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Parts { breaker, answer, judge, hint, .. } = &self.parts;
        let admitted = if mem::take(&mut self.skipped) {
            Err(breaker.0.turn_away(Core::now()))
        } else {
            // No probe is taken before this: a service that was made ready need
            // not be called.
            breaker.try_acquire_owned()
        };
        match admitted {
            Ok(permit) => {
                // The permit is dropped if this panics, and counts that.
                let (inner, permit) = with_permit(permit, || self.inner.call(request));
                let judge = (judge.clone(), hint.clone());
                #[cfg(feature = "metrics")]
                let calls = self.parts.calls.clone();
                ResponseFuture::admitted(
                    inner,
                    permit,
                    judge,
                    #[cfg(feature = "metrics")]
                    calls,
                )
            }
            Err(rejected) => {
                #[cfg(feature = "metrics")]
                self.parts.calls.refused();
                ResponseFuture::refused(answer.answer(rejected))
            }
        }
    }
}

fn with_permit<F>(permit: OwnedPermit, call: impl FnOnce() -> F) -> (F, OwnedPermit) {
    (call(), permit)
}

/// What a result says.
pub(crate) struct Verdict<'a, C, H> {
    pub(crate) judge: &'a C,
    pub(crate) hint: &'a H,
}

impl<C, H> Verdict<'_, C, H> {
    #[inline]
    pub(crate) fn of<T, E>(&self, result: &Result<T, E>) -> Ending
    where
        C: Classify<T, E>,
        H: Hint<T, E>,
    {
        let outcome = self.judge.classify(result);
        let hint = match outcome {
            Outcome::Failure => self.hint.hint(result).map(crate::faults::nanos),
            _ => None,
        };
        Ending { outcome, hint, dropped: false }
    }
}
