use core::fmt;
#[cfg(feature = "tokio")]
use core::pin::Pin;
#[cfg(feature = "tokio")]
use core::task::{Context, Poll};
use std::time::SystemTime;

use ::http::Response;
#[cfg(feature = "tokio")]
use pin_project::pin_project;
use seawall_errors::Rejected;

use crate::chance;
use crate::http::{HintPolicy, hint};
use crate::layer::admit::{Admit, Finish};
use crate::layer::limit_of::{LimitOf, OneLimit};
#[cfg(feature = "tokio")]
use crate::layer::wait_for::{Wait, Waiting};
use crate::sync::{AtomicU64, Ordering};

/// A client's limiter that obeys the servers: what they answer with 429 or 503 blocks it for as long as they say; made
/// by `.obey(…)`.
///
/// All clones share the limiter, so all calls obey what one of them was told. With `keyed.by(…)` each key,
/// such as each authority, is blocked for itself.
///
/// ```
/// use http::{Request, Response};
/// use seawall_limiter::http::HintPolicy;
/// use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
/// use tower::{BoxError, Layer, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let calls = TokenBucket::new(Quota::per_second(100))?;
/// let server = service_fn(|_: Request<()>| async {
///     Response::builder().status(429).header("retry-after", "20").body(()).map_err(BoxError::from)
/// });
/// let client = LimiterLayer::new(calls.clone().obey(HintPolicy::new())).layer(server);
///
/// assert_eq!(client.clone().oneshot(Request::new(())).await?.status(), 429);
/// // Not sent any more; twenty seconds, and some jitter, so that not all clients come at once.
/// assert!(client.oneshot(Request::new(())).await.is_err());
/// assert!(calls.snapshot().blocked_for.unwrap().as_secs() >= 19);
/// # Ok(())
/// # }
/// ```
///
/// The policy is taken as it is: [`check`](HintPolicy::check) one that comes from outside. With a cap of zero nobody
/// is obeyed. A key is asked for once more.
///
/// Calls that wait in line for longer than that go on to wait if their time allows, and are refused
/// at once if not.
#[derive(Clone)]
pub struct Obeys<L> {
    limit: L,
    policy: HintPolicy,
}

impl<L> Obeys<L> {
    /// What `limit.obey(policy)` makes; over an [`Arc<dyn Limit>`](crate::Limit), or a limiter of your own.
    pub fn new(limit: L, policy: HintPolicy) -> Self {
        Obeys { limit, policy }
    }
}

impl<L: LimitOf<Req>, Req> Admit<Req> for Obeys<L> {
    type Pass = Obeying<L::Pass, L::One>;

    fn name(&self) -> &'static str {
        self.limit.name()
    }

    fn admit(&self, request: &Req, n: u32, pass: &mut Self::Pass) -> Result<(), Rejected> {
        self.limit.admit(request, n, &mut pass.inner)?;
        pass.one = self.limit.limit_of(request).map(|one| (one, self.policy));
        Ok(())
    }
}

impl<L: LimitOf<Req>, Req> LimitOf<Req> for Obeys<L> {
    type One = L::One;

    fn limit_of(&self, request: &Req) -> Option<L::One> {
        self.limit.limit_of(request)
    }
}

/// A call that was sent, and whom to block by its answer.
#[derive(Debug)]
pub struct Obeying<P, O> {
    inner: P,
    one: Option<(O, HintPolicy)>,
}

impl<P: Default, O> Default for Obeying<P, O> {
    fn default() -> Self {
        Obeying { inner: P::default(), one: None }
    }
}

impl<P: Finish<Response<B>, Err>, O: OneLimit, B, Err> Finish<Response<B>, Err> for Obeying<P, O> {
    fn finish(self, answer: &mut Result<Response<B>, Err>) {
        if let (Some((one, policy)), Ok(response)) = (self.one, &mut *answer) {
            static DRAWS: AtomicU64 = AtomicU64::new(0);
            let chance = chance::draw(chance::process(), DRAWS.fetch_add(1, Ordering::Relaxed));
            // A `Retry-After` may be a date.
            #[expect(
                clippy::disallowed_methods,
                reason = "dates on the wire are of the wall clock"
            )]
            let now = SystemTime::now();
            let left_alone = hint(response.status(), response.headers(), now, &policy, chance);
            if let Some(time) = left_alone {
                one.block_for(time);
            }
        }
        self.inner.finish(answer);
    }
}

#[cfg(feature = "tokio")]
impl<L: LimitOf<Req> + Wait<Req>, Req> Wait<Req> for Obeys<L> {
    type Waiting = ObeysWait<L::Waiting, L::One>;

    fn wait(&self, request: &Req, n: u32) -> Self::Waiting {
        let waiting = self.limit.wait(request, n);
        ObeysWait { waiting, one: self.limit.limit_of(request).map(|one| (one, self.policy)) }
    }
}

/// A wait of a call whose answer is obeyed.
#[cfg(feature = "tokio")]
#[pin_project]
#[derive(Debug)]
pub struct ObeysWait<W, O> {
    #[pin]
    waiting: W,
    one: Option<(O, HintPolicy)>,
}

#[cfg(feature = "tokio")]
impl<W: Waiting<P>, O: OneLimit, P> Waiting<Obeying<P, O>> for ObeysWait<W, O> {
    fn poll_pass(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pass: &mut Obeying<P, O>,
    ) -> Poll<Result<(), Rejected>> {
        let this = self.project();
        let answer = core::task::ready!(this.waiting.poll_pass(cx, &mut pass.inner));
        if answer.is_ok() {
            pass.one = this.one.take();
        }
        Poll::Ready(answer)
    }
}

impl<L: fmt::Debug> fmt::Debug for Obeys<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Obeys").field("limit", &self.limit).field("policy", &self.policy).finish()
    }
}
