use seawall_errors::{AsError, Rejected};
use tower_layer::Layer;

use crate::layer::wait_service::LimiterWaitService;

/// Lets requests wait until a limiter lets them through: first come, first served, as long and as many as
/// its quota says. What cannot be served in time is refused at once.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::{LeakyQueue, LimiterWaitLayer, Quota};
/// use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let quota = Quota::per_second(100).with_max_wait(Duration::from_secs(2));
/// let mut service = ServiceBuilder::new()
///     .layer(LimiterWaitLayer::new(LeakyQueue::new(quota)?))
///     .service(service_fn(|n: u64| async move { Ok::<_, BoxError>(n + 1) }));
///
/// assert_eq!(service.ready().await?.call(1).await?, 2);
/// assert_eq!(service.ready().await?.call(2).await?, 3); // ten milliseconds later
/// # Ok(())
/// # }
/// ```
///
/// # Trade-offs
///
/// The service is always ready. After the wait, a clone of the inner service is made ready and called,
/// so that nothing of it is held by who waits; hence `S: Clone`. That has a price:
///
/// - Who stands outside never learns that the inner service is not ready: a load shedder there sheds
///   nothing, a balancer there sees no difference, and an error of its readiness is that of the call.
/// - How many calls stand in line is bounded by the quota's `max_waiting`. How many have had their turn and wait for
///   the inner service is bounded by nothing but the rate and a timeout outside: `max_wait` is over then, and the
///   permit is spent.
/// - A call that has to wait needs a tokio runtime with a timer; outside of one, tokio panics.
///
/// To refuse instead of waiting take [`LimiterLayer`](crate::LimiterLayer), which needs no clone and passes
/// readiness on, and in which a call that need not wait costs less.
#[derive(Clone, Debug)]
pub struct LimiterWaitLayer<L, A = AsError> {
    limit: L,
    answer: A,
}

impl<L> LimiterWaitLayer<L> {
    /// Over any limiter, and what `.cost(…)`, `.by(…)` and `.unless(…)` make of it. Refusals are errors unless
    /// [`answer_with`](Self::answer_with) says otherwise.
    pub fn new(limit: L) -> Self {
        LimiterWaitLayer { limit, answer: AsError }
    }
}

impl<L, A> LimiterWaitLayer<L, A> {
    /// Answers refusals with a response.
    pub fn answer_with<F, R>(self, answer: F) -> LimiterWaitLayer<L, F>
    where
        F: Fn(Rejected) -> R,
    {
        self.with_answer(answer)
    }

    /// Answers refusals with any [`Answer`](seawall_errors::Answer).
    pub fn with_answer<B>(self, answer: B) -> LimiterWaitLayer<L, B> {
        LimiterWaitLayer { limit: self.limit, answer }
    }
}

impl<S, L: Clone, A: Clone> Layer<S> for LimiterWaitLayer<L, A> {
    type Service = LimiterWaitService<S, L, A>;

    fn layer(&self, inner: S) -> Self::Service {
        LimiterWaitService::new(inner, self.limit.clone(), self.answer.clone())
    }
}
