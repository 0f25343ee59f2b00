use core::time::Duration;

use seawall_errors::{AsError, ByCode, Outcome, Rejected};
use tower_layer::Layer;

use crate::breaker::Breaker;
use crate::hint::{HintByCode, NoHint};
use crate::service::BreakerService;

/// Puts a [`Breaker`] before a service. All services that it makes share the
/// breaker, and so does whoever keeps a clone of it.
///
/// Where the breaker is open, calls are refused without asking the inner
/// service whether it is ready. Its error type stays as it is; see
/// [`Answer`](seawall_errors::Answer) for how a refusal becomes one.
///
/// ```
/// use seawall_breaker::{Breaker, BreakerLayer, Mode, Policy};
/// use seawall_errors::{Coded, family::CIRCUIT_FORCED_OPEN};
/// use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn};
///
/// # futures::executor::block_on(async {
/// let orders = Breaker::new(Policy::new().with_name("orders"))?;
/// let service = ServiceBuilder::new()
///     .layer(BreakerLayer::new(&orders))
///     .service(service_fn(async |id: u64| Ok::<_, BoxError>(id)));
///
/// assert_eq!(service.clone().oneshot(7).await.unwrap(), 7);
/// orders.set_mode(Mode::ForcedOpen);
/// assert_eq!(service.oneshot(7).await.unwrap_err().code(), CIRCUIT_FORCED_OPEN);
/// # Ok::<(), seawall_breaker::InvalidPolicy>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct BreakerLayer<A = AsError, C = ByCode, H = NoHint> {
    pub(crate) parts: Parts<A, C, H>,
}

/// What a layer hands to its services.
#[derive(Clone, Debug)]
pub(crate) struct Parts<A, C, H> {
    pub(crate) breaker: Breaker,
    pub(crate) answer: A,
    pub(crate) judge: C,
    pub(crate) hint: H,
    #[cfg(feature = "metrics")]
    pub(crate) calls: std::sync::Arc<crate::calls::Calls>,
}

impl BreakerLayer {
    /// Refuses with an error, and judges results by their code.
    pub fn new(breaker: &Breaker) -> Self {
        let breaker = breaker.clone();
        BreakerLayer {
            parts: Parts {
                #[cfg(feature = "metrics")]
                calls: std::sync::Arc::new(crate::calls::Calls::new(breaker.name())),
                breaker,
                answer: AsError,
                judge: ByCode,
                hint: NoHint,
            },
        }
    }
}

impl<A, C, H> BreakerLayer<A, C, H> {
    /// Answers refusals with a response instead of an error.
    pub fn answer_with<F, R>(self, answer: F) -> BreakerLayer<F, C, H>
    where
        F: Fn(Rejected) -> R,
    {
        self.with_answer(answer)
    }

    /// Answers refusals with any [`Answer`](seawall_errors::Answer).
    pub fn with_answer<B>(self, answer: B) -> BreakerLayer<B, C, H> {
        let Parts { breaker, judge, hint, .. } = self.parts;
        #[cfg(feature = "metrics")]
        let calls = self.parts.calls;
        BreakerLayer {
            parts: Parts {
                breaker,
                answer,
                judge,
                hint,
                #[cfg(feature = "metrics")]
                calls,
            },
        }
    }

    /// Judges results with a closure.
    pub fn classify<F, T, E>(self, judge: F) -> BreakerLayer<A, F, H>
    where
        F: Fn(&Result<T, E>) -> Outcome,
    {
        self.with_classifier(judge)
    }

    /// Judges results with any [`Classify`](seawall_errors::Classify).
    pub fn with_classifier<D>(self, judge: D) -> BreakerLayer<A, D, H> {
        let Parts { breaker, answer, hint, .. } = self.parts;
        #[cfg(feature = "metrics")]
        let calls = self.parts.calls;
        BreakerLayer {
            parts: Parts {
                breaker,
                answer,
                judge,
                hint,
                #[cfg(feature = "metrics")]
                calls,
            },
        }
    }

    /// Reads with a closure from a failure how long to stay open, if the
    /// breaker opens by it.
    pub fn hint<F, T, E>(self, hint: F) -> BreakerLayer<A, C, F>
    where
        F: Fn(&Result<T, E>) -> Option<Duration>,
    {
        self.with_hint(hint)
    }

    /// The same by the error's code: what a server's `Retry-After` came to.
    pub fn hint_by_code(self) -> BreakerLayer<A, C, HintByCode> {
        self.with_hint(HintByCode)
    }

    /// The same with any [`Hint`](crate::Hint).
    pub fn with_hint<G>(self, hint: G) -> BreakerLayer<A, C, G> {
        let Parts { breaker, answer, judge, .. } = self.parts;
        #[cfg(feature = "metrics")]
        let calls = self.parts.calls;
        BreakerLayer {
            parts: Parts {
                breaker,
                answer,
                judge,
                hint,
                #[cfg(feature = "metrics")]
                calls,
            },
        }
    }
}

impl<S, A: Clone, C: Clone, H: Clone> Layer<S> for BreakerLayer<A, C, H> {
    type Service = BreakerService<S, A, C, H>;

    fn layer(&self, inner: S) -> Self::Service {
        BreakerService::new(inner, self.parts.clone())
    }
}
