//! What a layer asks of a limiter for which requests wait.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use seawall_errors::Rejected;

use crate::layer::admit::Admit;
use crate::limit::Limit;
use crate::wait::Acquire;

/// Anything for which requests can wait, as [`LimiterWaitLayer`](crate::LimiterWaitLayer) asks it.
#[diagnostic::on_unimplemented(
    message = "requests of the type `{Req}` cannot wait for `{Self}`",
    note = "they can for limiters, and for what `.cost(…)`, `.by(…)` and `.unless(…)` make of them; what is settled waits for plain buckets only"
)]
pub trait Wait<Req>: Admit<Req> {
    /// The wait of one request.
    type Waiting: Waiting<Self::Pass>;

    /// Waits for `n`. Where the request's key is needed to find the line, what is there is taken, or a
    /// place in that line; else nothing happens before it is polled. Dropped, it gives its place up.
    fn wait(&self, request: &Req, n: u32) -> Self::Waiting;
}

/// A wait that ends with a [`Pass`](Admit::Pass).
pub trait Waiting<Pass> {
    /// Whether the request may pass. Not polled again once it is ready.
    fn poll_pass(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pass: &mut Pass,
    ) -> Poll<Result<(), Rejected>>;
}

impl Waiting<()> for Acquire<'static> {
    fn poll_pass(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        (): &mut (),
    ) -> Poll<Result<(), Rejected>> {
        self.poll(cx)
    }
}

#[diagnostic::do_not_recommend]
impl<Req, L: Limit + ?Sized> Wait<Req> for L {
    type Waiting = Acquire<'static>;

    fn wait(&self, _: &Req, n: u32) -> Acquire<'static> {
        self.acquire_many(n).into_owned()
    }
}

#[diagnostic::do_not_recommend]
impl<Req, L: Limit + ?Sized> Wait<Req> for Arc<L> {
    type Waiting = Acquire<'static>;

    fn wait(&self, _: &Req, n: u32) -> Acquire<'static> {
        self.acquire_many(n).into_owned()
    }
}
