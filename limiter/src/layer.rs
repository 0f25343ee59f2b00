//! Limiters around a `tower::Service`.

pub(crate) mod admit;
#[cfg(feature = "keyed")]
pub(crate) mod by;
#[cfg(all(feature = "keyed", feature = "tokio"))]
pub(crate) mod by_wait;
pub(crate) mod cost;
pub(crate) mod future;
pub(crate) mod limit_of;
mod meter;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "http")]
pub(crate) mod obeys;
pub(crate) mod request_verbs;
pub(crate) mod service;
pub(crate) mod settle;
#[cfg(feature = "tokio")]
pub(crate) mod settle_wait;
#[cfg(feature = "http")]
pub(crate) mod told;
pub(crate) mod unless;
#[cfg(feature = "tokio")]
pub(crate) mod wait_for;
#[cfg(feature = "tokio")]
pub(crate) mod wait_future;
#[cfg(feature = "tokio")]
pub(crate) mod wait_layer;
#[cfg(feature = "tokio")]
pub(crate) mod wait_service;

use seawall_errors::{AsError, Rejected};
use tower_layer::Layer;

use crate::layer::service::LimiterService;

/// Refuses the requests that a limiter does not let through.
///
/// All services that one layer makes, and their clones, share its limiter.
///
/// ```
/// use seawall_errors::family::RATE_LIMITED;
/// use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
/// use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let search = TokenBucket::new(Quota::per_second(50).with_burst(1).with_name("search"))?;
/// let mut service = ServiceBuilder::new()
///     .layer(LimiterLayer::new(search))
///     .service(service_fn(|query: String| async move { Ok::<_, BoxError>(query.len()) }));
///
/// assert_eq!(service.ready().await?.call("sea".into()).await?, 3);
/// let refused = service.ready().await?.call("wall".into()).await.unwrap_err();
/// assert_eq!(seawall_errors::find_coded(&*refused).unwrap().code(), RATE_LIMITED);
/// # Ok(())
/// # }
/// ```
///
/// # Trade-offs
///
/// It decides when it is called; being ready takes nothing of the limiter. But a service that refuses was made
/// ready together with the one inside, and that one stays so: what it holds for its next call, such as the permit of a
/// `ConcurrencyLimit`, it holds until there is one, or it is dropped. Where services are kept between calls, as by
/// a connection, put such layers outside of this one.
///
/// What is let through is counted, even if its future is dropped before it is polled.
#[derive(Clone, Debug)]
pub struct LimiterLayer<L, A = AsError> {
    limit: L,
    answer: A,
}

impl<L> LimiterLayer<L> {
    /// Over any limiter: [`TokenBucket`](crate::TokenBucket) and its like, several limits in a
    /// [`Combined`](crate::Combined), and what `.cost(…)`, `.by(…)`, `.unless(…)` and `.settle(…)` make of
    /// them. Refusals are errors unless [`answer_with`](Self::answer_with) says otherwise.
    pub fn new(limit: L) -> Self {
        LimiterLayer { limit, answer: AsError }
    }
}

impl<L, A> LimiterLayer<L, A> {
    /// Answers refusals with a response.
    pub fn answer_with<F, R>(self, answer: F) -> LimiterLayer<L, F>
    where
        F: Fn(Rejected) -> R,
    {
        self.with_answer(answer)
    }

    /// Answers refusals with any [`Answer`](seawall_errors::Answer).
    pub fn with_answer<B>(self, answer: B) -> LimiterLayer<L, B> {
        LimiterLayer { limit: self.limit, answer }
    }
}

impl<S, L: Clone, A: Clone> Layer<S> for LimiterLayer<L, A> {
    type Service = LimiterService<S, L, A>;

    fn layer(&self, inner: S) -> Self::Service {
        LimiterService::new(inner, self.limit.clone(), self.answer.clone())
    }
}
