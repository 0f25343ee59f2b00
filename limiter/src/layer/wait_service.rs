use core::task::{Context, Poll};

use seawall_errors::{Answer, AsError};
use tower_service::Service;

use crate::layer::admit::Finish;
use crate::layer::meter::Meter;
use crate::layer::wait_for::Wait;
use crate::layer::wait_future::WaitFuture;

/// A service whose calls wait for a limiter; made by
/// [`LimiterWaitLayer`](crate::LimiterWaitLayer). Clones share the limiter.
#[derive(Clone, Debug)]
pub struct LimiterWaitService<S, L, A = AsError> {
    inner: S,
    limit: L,
    answer: A,
    meter: Meter,
}

impl<S, L, A> LimiterWaitService<S, L, A> {
    pub(crate) fn new(inner: S, limit: L, answer: A) -> Self {
        LimiterWaitService { inner, limit, answer, meter: Meter::default() }
    }
}

impl<S, L, A, Req> Service<Req> for LimiterWaitService<S, L, A>
where
    S: Service<Req> + Clone,
    L: Wait<Req>,
    L::Pass: Finish<S::Response, S::Error>,
    A: Answer<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = WaitFuture<S, L, A, Req>;

    /// Always ready: who waits must not hold what the inner service gives out with its readiness.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let waiting = self.limit.wait(&request, 1);
        let name = self.limit.name();
        WaitFuture::new(
            waiting,
            self.inner.clone(),
            request,
            self.answer.clone(),
            (self.meter.clone(), name),
        )
    }
}
