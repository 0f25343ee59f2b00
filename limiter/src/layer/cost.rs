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

/// A limiter to which requests differ in cost; made by `.cost(…)`.
///
/// ```
/// use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
///
/// let bytes = TokenBucket::new(Quota::per_second(1_000_000))?;
/// let layer = LimiterLayer::new(bytes.cost(|body: &Vec<u8>| u32::try_from(body.len()).unwrap_or(u32::MAX)));
/// # let _ = layer;
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
///
/// What costs nothing passes, and is not counted; what costs more than ever fits is refused as such.
#[derive(Clone)]
pub struct Cost<L, F> {
    limit: L,
    cost: F,
}

impl<L, F> Cost<L, F> {
    /// What `limit.cost(cost)` makes; over an [`Arc<dyn Limit>`](crate::Limit), or a limiter of your own.
    pub fn new<Req>(limit: L, cost: F) -> Self
    where
        F: Fn(&Req) -> u32,
    {
        Cost { limit, cost }
    }

    request_verbs!();
}

impl<L: Admit<Req>, F: Fn(&Req) -> u32, Req> Admit<Req> for Cost<L, F> {
    type Pass = L::Pass;

    fn name(&self) -> &'static str {
        self.limit.name()
    }

    #[inline]
    fn admit(&self, request: &Req, n: u32, pass: &mut L::Pass) -> Result<(), Rejected> {
        self.limit.admit(request, n.saturating_mul((self.cost)(request)), pass)
    }
}

impl<L: Charges<Req>, F: Fn(&Req) -> u32, Req> Charges<Req> for Cost<L, F> {
    type Charge = L::Charge;

    fn charge(&self, request: &Req, n: u32) -> Result<Option<L::Charge>, Rejected> {
        self.limit.charge(request, n.saturating_mul((self.cost)(request)))
    }
}

impl<L: LimitOf<Req>, F: Fn(&Req) -> u32, Req> LimitOf<Req> for Cost<L, F> {
    type One = L::One;

    fn limit_of(&self, request: &Req) -> Option<L::One> {
        self.limit.limit_of(request)
    }
}

#[cfg(feature = "tokio")]
impl<L: ChargesLater<Req>, F: Fn(&Req) -> u32, Req> ChargesLater<Req> for Cost<L, F> {
    type Later = L::Later;

    fn charge_later(&self, request: &Req, n: u32) -> L::Later {
        self.limit.charge_later(request, n.saturating_mul((self.cost)(request)))
    }
}

#[cfg(feature = "tokio")]
impl<L: Wait<Req>, F: Fn(&Req) -> u32, Req> Wait<Req> for Cost<L, F> {
    type Waiting = L::Waiting;

    fn wait(&self, request: &Req, n: u32) -> L::Waiting {
        self.limit.wait(request, n.saturating_mul((self.cost)(request)))
    }
}

impl<L: fmt::Debug, F> fmt::Debug for Cost<L, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cost").field("limit", &self.limit).finish_non_exhaustive()
    }
}
