use core::fmt;
use std::sync::Arc;

use seawall_errors::Rejected;

use crate::bucket::Charge;
use crate::layer::admit::{Admit, Finish};
use crate::layer::limit_of::LimitOf;
use crate::layer::request_verbs::http_verbs;
use crate::leaky_bucket::LeakyBucket;
use crate::token_bucket::TokenBucket;

/// What can take an estimate that is settled later: the buckets, and what `.cost(…)`, `.unless(…)` and
/// `.by(…)` make of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take back what it has counted",
    note = "a cost is settled on a bucket: `TokenBucket`, `LeakyBucket`, or a keyed bucket"
)]
pub trait Charges<Req>: Admit<Req> {
    /// The guard.
    type Charge: Settles;

    /// Takes `n` for this request, with the right to correct it; `None` where it passes uncounted.
    fn charge(&self, request: &Req, n: u32) -> Result<Option<Self::Charge>, Rejected>;
}

/// A guard over an estimate. Dropped, it leaves the estimate spent.
pub trait Settles {
    /// Corrects the estimate to what it was.
    fn settle(self, actual: u32);
}

impl Settles for Charge<'static> {
    fn settle(self, actual: u32) {
        Charge::settle(self, actual);
    }
}

impl<Req> Charges<Req> for TokenBucket {
    type Charge = Charge<'static>;

    fn charge(&self, _: &Req, n: u32) -> Result<Option<Charge<'static>>, Rejected> {
        TokenBucket::charge(self, n).map(|charge| Some(charge.into_owned()))
    }
}

impl<Req> Charges<Req> for LeakyBucket {
    type Charge = Charge<'static>;

    fn charge(&self, _: &Req, n: u32) -> Result<Option<Charge<'static>>, Rejected> {
        LeakyBucket::charge(self, n).map(|charge| Some(charge.into_owned()))
    }
}

/// A limiter that settles what a request has cost by its response; made by `.settle(…)`.
///
/// What is taken before the call is an estimate: one, or what `.cost(…)` says. A call that fails, or is
/// dropped, keeps it. Where calls wait, plain buckets only, and an estimate of nothing is not settled.
///
/// ```
/// use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
///
/// /// Only log-ins that fail count.
/// let failures = TokenBucket::new(Quota::per_minute(5))?;
/// let layer = LimiterLayer::new(failures.settle(|logged_in: &bool| u32::from(!logged_in)));
/// # let _ = layer;
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
pub struct Settled<L, G> {
    pub(super) limit: L,
    pub(super) actual: Arc<G>,
}

impl<L, G> Settled<L, G> {
    /// What `limit.settle(actual)` makes; over a limiter of your own that [`Charges`].
    pub fn new<Res>(limit: L, actual: G) -> Self
    where
        G: Fn(&Res) -> u32,
    {
        Settled { limit, actual: Arc::new(actual) }
    }

    http_verbs!();
}

impl<L: Clone, G> Clone for Settled<L, G> {
    fn clone(&self) -> Self {
        Settled { limit: self.limit.clone(), actual: Arc::clone(&self.actual) }
    }
}

impl<L: Charges<Req>, G, Req> Admit<Req> for Settled<L, G> {
    type Pass = Estimate<L::Charge, G>;

    fn name(&self) -> &'static str {
        self.limit.name()
    }

    fn admit(&self, request: &Req, n: u32, pass: &mut Self::Pass) -> Result<(), Rejected> {
        let charge = self.limit.charge(request, n)?;
        pass.0 = charge.map(|charge| (charge, Arc::clone(&self.actual)));
        Ok(())
    }
}

impl<L: LimitOf<Req> + Charges<Req>, G, Req> LimitOf<Req> for Settled<L, G> {
    type One = L::One;

    fn limit_of(&self, request: &Req) -> Option<L::One> {
        self.limit.limit_of(request)
    }
}

/// What was taken for a call that is under way.
pub struct Estimate<C, G>(pub(super) Option<(C, Arc<G>)>);

impl<C, G> Default for Estimate<C, G> {
    fn default() -> Self {
        Estimate(None)
    }
}

impl<C: Settles, G: Fn(&Res) -> u32, Res, Err> Finish<Res, Err> for Estimate<C, G> {
    fn finish(self, answer: &mut Result<Res, Err>) {
        if let (Some((charge, actual)), Ok(response)) = (self.0, answer) {
            charge.settle(actual(response));
        }
    }
}

impl<C, G> fmt::Debug for Estimate<C, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Estimate").field(&self.0.is_some()).finish()
    }
}

impl<L: fmt::Debug, G> fmt::Debug for Settled<L, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settled").field("limit", &self.limit).finish_non_exhaustive()
    }
}
