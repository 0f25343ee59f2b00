use core::fmt;

use seawall_errors::Rejected;

use crate::layer::admit::Admit;
use crate::layer::limit_of::LimitOf;
use crate::layer::request_verbs::request_verbs;
use crate::layer::settle::Charges;
#[cfg(feature = "tokio")]
use crate::layer::settle_wait::ChargesLater;
#[cfg(feature = "tokio")]
use crate::layer::wait_for::Wait;

/// A limiter that some requests pass by; made by `.unless(…)`.
///
/// ```
/// use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
///
/// let bucket = TokenBucket::new(Quota::per_second(100))?;
/// let layer = LimiterLayer::new(bucket.unless(|path: &String| path == "/health"));
/// # let _ = layer;
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
///
/// They cost nothing: they pass whatever the mode and whatever blocks others.
#[derive(Clone)]
pub struct Unless<L, P> {
    limit: L,
    free: P,
}

impl<L, P> Unless<L, P> {
    /// What `limit.unless(free)` makes; over an [`Arc<dyn Limit>`](crate::Limit), or a limiter of your own.
    pub fn new<Req>(limit: L, free: P) -> Self
    where
        P: Fn(&Req) -> bool,
    {
        Unless { limit, free }
    }

    request_verbs!();
}

impl<L: Admit<Req>, P: Fn(&Req) -> bool, Req> Admit<Req> for Unless<L, P> {
    type Pass = L::Pass;

    fn name(&self) -> &'static str {
        self.limit.name()
    }

    #[inline]
    fn admit(&self, request: &Req, n: u32, pass: &mut L::Pass) -> Result<(), Rejected> {
        if (self.free)(request) { Ok(()) } else { self.limit.admit(request, n, pass) }
    }
}

impl<L: Charges<Req>, P: Fn(&Req) -> bool, Req> Charges<Req> for Unless<L, P> {
    type Charge = L::Charge;

    fn charge(&self, request: &Req, n: u32) -> Result<Option<L::Charge>, Rejected> {
        if (self.free)(request) { Ok(None) } else { self.limit.charge(request, n) }
    }
}

impl<L: LimitOf<Req>, P: Fn(&Req) -> bool, Req> LimitOf<Req> for Unless<L, P> {
    type One = L::One;

    fn limit_of(&self, request: &Req) -> Option<L::One> {
        (!(self.free)(request)).then(|| self.limit.limit_of(request)).flatten()
    }
}

#[cfg(feature = "tokio")]
impl<L: ChargesLater<Req>, P: Fn(&Req) -> bool, Req> ChargesLater<Req> for Unless<L, P> {
    type Later = L::Later;

    fn charge_later(&self, request: &Req, n: u32) -> L::Later {
        self.limit.charge_later(request, if (self.free)(request) { 0 } else { n })
    }
}

#[cfg(feature = "tokio")]
impl<L: Wait<Req>, P: Fn(&Req) -> bool, Req> Wait<Req> for Unless<L, P> {
    type Waiting = L::Waiting;

    fn wait(&self, request: &Req, n: u32) -> L::Waiting {
        self.limit.wait(request, if (self.free)(request) { 0 } else { n })
    }
}

impl<L: fmt::Debug, P> fmt::Debug for Unless<L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unless").field("limit", &self.limit).finish_non_exhaustive()
    }
}
