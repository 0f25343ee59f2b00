use core::task::{Context, Poll};

use seawall_errors::{Answer, AsError};
use tower_service::Service;

use crate::layer::admit::{Admit, Finish};
use crate::layer::future::ResponseFuture;
use crate::layer::meter::Meter;

/// A service behind a limiter; made by [`LimiterLayer`](crate::LimiterLayer). Clones share the
/// limiter.
#[derive(Clone, Debug)]
pub struct LimiterService<S, L, A = AsError> {
    inner: S,
    limit: L,
    answer: A,
    meter: Meter,
}

impl<S, L, A> LimiterService<S, L, A> {
    pub(crate) fn new(inner: S, limit: L, answer: A) -> Self {
        LimiterService { inner, limit, answer, meter: Meter::default() }
    }
}

impl<S, L, A, Req> Service<Req> for LimiterService<S, L, A>
where
    S: Service<Req>,
    L: Admit<Req>,
    L::Pass: Finish<S::Response, S::Error>,
    A: Answer<S::Response, S::Error>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, L::Pass, S::Response, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let mut pass = L::Pass::default();
        match self.limit.admit(&request, 1, &mut pass) {
            Ok(()) => {
                self.meter.passed(self.limit.name());
                ResponseFuture::passed(self.inner.call(request), pass)
            }
            Err(rejected) => {
                self.meter.refused(self.limit.name(), &rejected);
                let mut answer = self.answer.answer(rejected);
                pass.finish(&mut answer);
                ResponseFuture::refused(answer)
            }
        }
    }
}
