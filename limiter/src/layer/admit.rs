//! What a layer asks of a limiter, and what it tells it afterwards.

use std::sync::Arc;

use seawall_errors::Rejected;

use crate::limit::Limit;

/// Anything that limits requests, as [`LimiterLayer`](crate::LimiterLayer) asks it.
///
/// Every limiter does: one permit for each request. What the key of a request is, what it costs,
/// and which ones are free, belongs to the limiter: `keyed.by(…)`, `limiter.cost(…)`,
/// `limiter.unless(…)`. Implement it for a limiter of your own:
///
/// ```
/// use seawall_errors::{Rejected, family::RATE_LIMITED};
/// use seawall_limiter::{Admit, LimiterLayer};
/// use tower::{BoxError, Layer, Service, service_fn};
///
/// /// Only even numbers pass. All services of a layer have a clone.
/// #[derive(Clone)]
/// struct Even;
///
/// impl Admit<u64> for Even {
///     type Pass = ();
///
///     fn name(&self) -> &'static str {
///         "even"
///     }
///     fn admit(&self, request: &u64, _: u32, _: &mut ()) -> Result<(), Rejected> {
///         if request % 2 == 0 { Ok(()) } else { Err(Rejected::new(RATE_LIMITED, "even")) }
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let mut service =
///     LimiterLayer::new(Even).layer(service_fn(async |n: u64| Ok::<_, BoxError>(n / 2)));
/// assert_eq!(service.call(8).await?, 4);
/// assert!(service.call(7).await.is_err());
/// # Ok(())
/// # }
/// ```
///
/// Costs and exemptions are then put around it by [`Cost::new`](crate::Cost::new) and
/// [`Unless::new`](crate::Unless::new).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not limit requests of the type `{Req}`",
    note = "limiters do, and so does what `.cost(…)`, `.by(…)`, `.unless(…)` and `.settle(…)` make of them, if their closures take a `&{Req}`",
    note = "a keyed limiter must be told whose request it is: `keyed.by(|request: &{Req}| …)`",
    note = "`.settle(…)` needs what can take back: `TokenBucket`, `LeakyBucket` or `Keyed`, not a window, a queue or `Hashed`"
)]
pub trait Admit<Req> {
    /// What is kept of the decision until the answer is there. A refusal has one, too.
    type Pass: Default;

    /// The name under which it is counted.
    fn name(&self) -> &'static str;

    /// Takes `n` for this request, which may pass if they fit now. A layer takes one.
    fn admit(&self, request: &Req, n: u32, pass: &mut Self::Pass) -> Result<(), Rejected>;
}

/// What a [`Pass`](Admit::Pass) does with the answer: settles the cost, adds fields to a response.
///
/// It sees what the service answered, or the layer that refused. Where a call is dropped before it is
/// answered, so is its pass.
#[diagnostic::on_unimplemented(
    message = "a limiter that looks at responses cannot look at a `{Res}`",
    note = "`.with_fields(…)` and `.obey(…)` need an `http::Response`: a `map_response` below the layer can make one"
)]
pub trait Finish<Res, Err> {
    /// The answer is there.
    fn finish(self, answer: &mut Result<Res, Err>);
}

impl<Res, Err> Finish<Res, Err> for () {
    fn finish(self, _: &mut Result<Res, Err>) {}
}

#[diagnostic::do_not_recommend]
impl<Req, L: Limit + ?Sized> Admit<Req> for L {
    type Pass = ();

    fn name(&self) -> &'static str {
        Limit::name(self)
    }

    #[inline]
    fn admit(&self, _: &Req, n: u32, (): &mut ()) -> Result<(), Rejected> {
        self.try_acquire_many(n)
    }
}

#[diagnostic::do_not_recommend]
impl<Req, L: Limit + ?Sized> Admit<Req> for Arc<L> {
    type Pass = ();

    fn name(&self) -> &'static str {
        Limit::name(&**self)
    }

    #[inline]
    fn admit(&self, _: &Req, n: u32, (): &mut ()) -> Result<(), Rejected> {
        self.try_acquire_many(n)
    }
}
