//! Estimates that are waited for.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::sync::Arc;

use pin_project::pin_project;
use seawall_errors::Rejected;

use crate::bucket::Charge;
use crate::gate::Gate;
use crate::gcra::Gcra;
use crate::layer::settle::{Charges, Estimate, Settled};
use crate::layer::wait_for::{Wait, Waiting};
use crate::leaky_bucket::LeakyBucket;
use crate::token_bucket::TokenBucket;
use crate::wait::Acquire;

/// What can let requests wait for an estimate that is settled later: the plain buckets, and what
/// `.cost(…)` and `.unless(…)` make of them.
pub trait ChargesLater<Req>: Charges<Req> {
    /// The wait of one request, which ends with the guard: `None` where nothing is counted.
    type Later: Waiting<Option<Self::Charge>>;

    /// Waits for `n`, with the right to correct it. Nothing happens before it is polled.
    fn charge_later(&self, request: &Req, n: u32) -> Self::Later;
}

/// A wait for an estimate.
#[pin_project]
#[derive(Debug)]
pub struct LaterCharge {
    #[pin]
    acquire: Acquire<'static>,
    bucket: Arc<Gate<Gcra>>,
    n: u32,
}

impl Waiting<Option<Charge<'static>>> for LaterCharge {
    fn poll_pass(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pass: &mut Option<Charge<'static>>,
    ) -> Poll<Result<(), Rejected>> {
        let this = self.project();
        let answer = ready!(this.acquire.poll(cx));
        if answer.is_ok() {
            *pass = Charge::waited(this.bucket, *this.n);
        }
        Poll::Ready(answer)
    }
}

impl<Req> ChargesLater<Req> for TokenBucket {
    type Later = LaterCharge;

    fn charge_later(&self, _: &Req, n: u32) -> LaterCharge {
        LaterCharge { acquire: self.acquire_many(n).into_owned(), bucket: Arc::clone(&self.0), n }
    }
}

impl<Req> ChargesLater<Req> for LeakyBucket {
    type Later = LaterCharge;

    fn charge_later(&self, _: &Req, n: u32) -> LaterCharge {
        LaterCharge { acquire: self.acquire_many(n).into_owned(), bucket: Arc::clone(&self.0), n }
    }
}

impl<L: ChargesLater<Req>, G, Req> Wait<Req> for Settled<L, G> {
    type Waiting = SettledWait<L::Later, G>;

    fn wait(&self, request: &Req, n: u32) -> Self::Waiting {
        SettledWait {
            waiting: self.limit.charge_later(request, n),
            actual: Arc::clone(&self.actual),
        }
    }
}

/// A wait for what is settled by the response.
#[pin_project]
pub struct SettledWait<W, G> {
    #[pin]
    waiting: W,
    actual: Arc<G>,
}

impl<W: Waiting<Option<C>>, C, G> Waiting<Estimate<C, G>> for SettledWait<W, G> {
    fn poll_pass(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pass: &mut Estimate<C, G>,
    ) -> Poll<Result<(), Rejected>> {
        let this = self.project();
        let mut charge = None;
        let answer = ready!(this.waiting.poll_pass(cx, &mut charge));
        pass.0 = charge.map(|charge| (charge, Arc::clone(this.actual)));
        Poll::Ready(answer)
    }
}

impl<W: fmt::Debug, G> fmt::Debug for SettledWait<W, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettledWait").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}
