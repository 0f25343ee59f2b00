//! The layers where something goes wrong: panics, inner services that are never ready, futures polled too often.
#![cfg(all(feature = "tower", feature = "test-util"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::{Ready, pending, ready};
use seawall_errors::Rejected;
use seawall_errors::family::RATE_LIMITED;
use seawall_limiter::{
    Admit, Cost, LeakyQueue, Limit, LimiterLayer, LimiterWaitLayer, Quota, TokenBucket, Unless,
};
use tokio::time::{advance, timeout};
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};

fn bucket(burst: u32) -> TokenBucket {
    TokenBucket::new(Quota::per_second(10).with_burst(burst).with_name("orders")).unwrap()
}

fn noop() -> Context<'static> {
    Context::from_waker(futures::task::noop_waker_ref())
}

/// An `async` block that is polled after its end panics.
fn once() -> impl Service<u32, Response = u32, Error = BoxError> + Clone {
    service_fn(|n: u32| async move { Ok(n) })
}

#[tokio::test(start_paused = true)]
async fn a_future_that_is_polled_after_its_end_is_pending_and_polls_nothing() {
    let mut cx = noop();
    let mut service = LimiterLayer::new(bucket(1)).layer(once());
    let mut passed = pin!(service.call(1));
    assert!(matches!(passed.as_mut().poll(&mut cx), Poll::Ready(Ok(1))));
    assert!(passed.as_mut().poll(&mut cx).is_pending());
    let mut refused = pin!(service.call(1));
    assert!(matches!(refused.as_mut().poll(&mut cx), Poll::Ready(Err(_))));
    assert!(refused.as_mut().poll(&mut cx).is_pending());

    let quota = Quota::per_second(1).with_max_wait(Duration::ZERO);
    let mut service = LimiterWaitLayer::new(TokenBucket::new(quota).unwrap()).layer(once());
    for answered in [true, false] {
        let mut call = pin!(service.call(1));
        assert!(
            matches!(call.as_mut().poll(&mut cx), Poll::Ready(answer) if answer.is_ok() == answered)
        );
        assert!(call.as_mut().poll(&mut cx).is_pending());
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_callers_code_spends_at_most_the_permit_of_its_own_call() {
    let limit = bucket(8);
    let mut costs = LimiterLayer::new(limit.clone().cost(|n: &u32| 6 / n)).layer(once());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(costs.call(0)))).is_err());
    assert_eq!((limit.remaining(), costs.call(6).await.unwrap()), (8, 6), "nothing was taken");

    let inner = service_fn(|_: u32| -> Ready<Result<u32, BoxError>> { panic!("no answer") });
    let mut calls = LimiterLayer::new(limit.clone()).layer(inner);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(calls.call(1)))).is_err());
    assert_eq!(limit.remaining(), 6);

    let settles = limit.clone().cost(|_: &u32| 3).settle(|n: &u32| 6 / n);
    let mut settles = LimiterLayer::new(settles).layer(once());
    let mut call = pin!(settles.call(0));
    assert!(catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut noop()).is_ready())).is_err());
    assert_eq!(limit.remaining(), 3, "the estimate stays");
    assert!(call.poll(&mut noop()).is_pending());

    let mut waits = LimiterWaitLayer::new(limit.clone()).layer(inner);
    let mut call = pin!(waits.call(1));
    assert!(catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut noop()).is_ready())).is_err());
    assert!(call.poll(&mut noop()).is_pending());
    assert_eq!((limit.remaining(), limit.snapshot().waiting), (2, 0));
}

/// Ready when it is told, or broken.
#[derive(Clone, Debug)]
struct Slow(Option<Result<(), &'static str>>);

impl Service<u32> for Slow {
    type Response = u32;
    type Error = BoxError;
    type Future = Ready<Result<u32, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.map_or(Poll::Pending, |ready| Poll::Ready(ready.map_err(BoxError::from)))
    }

    fn call(&mut self, n: u32) -> Self::Future {
        ready(Ok(n))
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_wait_the_inner_service_may_still_fail_or_never_be_ready() {
    let limit = LeakyQueue::new(Quota::per_second(10)).unwrap();
    let broken = LimiterWaitLayer::new(limit.clone()).layer(Slow(Some(Err("broken"))));
    for _ in 0..2 {
        let error = broken.clone().oneshot(1).await.unwrap_err();
        assert_eq!(error.to_string(), "broken");
    }
    let never = LimiterWaitLayer::new(limit.clone()).layer(Slow(None));
    let waits = timeout(Duration::from_secs(5), never.oneshot(1)).await;
    assert!(waits.is_err(), "no longest wait bounds this");
    assert_eq!((limit.snapshot().waiting, limit.remaining()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_service_of_the_rejecting_layer_passes_on_what_the_inner_one_says_of_its_readiness() {
    let mut broken = LimiterLayer::new(bucket(1)).layer(Slow(Some(Err("broken"))));
    assert_eq!(broken.ready().await.unwrap_err().to_string(), "broken");
    let mut never = LimiterLayer::new(bucket(1)).layer(Slow(None));
    assert!(Service::<u32>::poll_ready(&mut never, &mut noop()).is_pending());
}

/// Holds something from when it is made ready until it is called or dropped.
struct Holds(Arc<AtomicU32>, bool);

impl Service<u32> for Holds {
    type Response = u32;
    type Error = BoxError;
    type Future = Ready<Result<u32, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.fetch_add(u32::from(!std::mem::replace(&mut self.1, true)), Relaxed);
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, n: u32) -> Self::Future {
        self.0.fetch_sub(u32::from(std::mem::take(&mut self.1)), Relaxed);
        ready(Ok(n))
    }
}

impl Drop for Holds {
    fn drop(&mut self) {
        self.0.fetch_sub(u32::from(self.1), Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_leaves_the_inner_service_ready_for_the_next_call_and_no_readier() {
    let held = Arc::new(AtomicU32::new(0));
    let mut service = LimiterLayer::new(bucket(1)).layer(Holds(Arc::clone(&held), false));
    service.ready().await.unwrap().call(1).await.unwrap();
    assert_eq!(held.load(Relaxed), 0);
    for _ in 0..3 {
        service.ready().await.unwrap().call(1).await.unwrap_err();
        assert_eq!(held.load(Relaxed), 1);
    }
    drop(service);
    assert_eq!(held.load(Relaxed), 0);
}

/// Only even numbers pass.
#[derive(Clone)]
struct Even(Arc<AtomicU32>);

impl Admit<u32> for Even {
    type Pass = ();

    fn name(&self) -> &'static str {
        "even"
    }
    fn admit(&self, request: &u32, n: u32, (): &mut ()) -> Result<(), Rejected> {
        self.0.fetch_add(n, Relaxed);
        if request % 2 == 0 { Ok(()) } else { Err(Rejected::new(RATE_LIMITED, "even")) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_limiter_of_ones_own_and_one_of_which_only_the_trait_is_known_have_costs_and_exemptions()
{
    let taken = Arc::new(AtomicU32::new(0));
    let own = Cost::new(Even(Arc::clone(&taken)), |n: &u32| *n).unless(|n: &u32| *n == 7);
    let mut service = LimiterLayer::new(own).layer(once());
    assert!(service.call(4).await.is_ok() && service.call(7).await.is_ok());
    assert!(service.call(3).await.is_err());
    assert_eq!(taken.load(Relaxed), 7);

    let any: Arc<dyn Limit> = Arc::new(bucket(4));
    let limit = Unless::new(Arc::clone(&any), |n: &u32| *n == 7).cost(|n: &u32| *n);
    let service = LimiterWaitLayer::new(limit).layer(once());
    for n in [7, 3] {
        assert!(service.clone().oneshot(n).await.is_ok());
    }
    assert_eq!(any.remaining_at(any.now()), 1);
}

#[tokio::test(start_paused = true)]
async fn products_of_costs_saturate_and_are_refused_as_what_never_fits() {
    let limit = bucket(10);
    let meant = limit.clone().cost(|_: &u32| u32::MAX).cost(|n: &u32| *n);
    let mut service = LimiterLayer::new(meant).layer(once());
    let error = service.call(u32::MAX).await.unwrap_err();
    assert!(error.to_string().contains("orders"), "{error}");
    assert_eq!(limit.remaining(), 10);
    assert_eq!(service.call(0).await.unwrap(), 0);
}

#[cfg(feature = "metrics")]
#[test]
fn who_leaves_the_line_is_no_longer_counted_as_waiting() {
    use metrics_util::debugging::{DebugValue, DebuggingRecorder};

    let recorder = DebuggingRecorder::new();
    // By how much it has changed since somebody looked.
    let change = || {
        let all = recorder.snapshotter().snapshot().into_vec();
        let gauge = all.into_iter().find(|line| line.0.key().name() == "seawall_limiter_waiting");
        match gauge.map(|line| line.3) {
            Some(DebugValue::Gauge(n)) => n.into_inner(),
            other => panic!("{other:?}"),
        }
    };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    metrics::with_local_recorder(&recorder, || {
        runtime.unwrap().block_on(async {
            let queue = LeakyQueue::new(Quota::per_second(1).with_max_wait(Duration::from_secs(9)));
            let inner = service_fn(|_: u32| pending::<Result<u32, BoxError>>());
            let mut service = LimiterWaitLayer::new(queue.unwrap()).layer(inner);
            let mut calls: Vec<Pin<Box<_>>> = (0..4).map(|n| Box::pin(service.call(n))).collect();
            for call in &mut calls {
                assert!(call.as_mut().poll(&mut noop()).is_pending());
            }
            assert!((change() - 3.0).abs() < 0.1, "the first one is under way");
            advance(Duration::from_secs(1)).await;
            for call in &mut calls {
                assert!(call.as_mut().poll(&mut noop()).is_pending());
            }
            assert!((change() + 1.0).abs() < 0.1);
            drop(calls);
            assert!((change() + 2.0).abs() < 0.1);
        });
    });
}
