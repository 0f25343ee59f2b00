//! The layers: tower's contract, errors that keep their type, costs, exemptions, settling, waiting.
#![cfg(all(feature = "tower", feature = "test-util"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "tests look at tokio's paused clock")]

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::{join_all, pending, ready};
use seawall_errors::family::{COST_ABOVE_LIMIT, QUEUE_TIMEOUT, RATE_LIMITED};
use seawall_errors::{Rejected, find_coded};
use seawall_kit::alloc::assert_no_allocations;
use seawall_kit::cancel::drop_at_every_poll_async;
use seawall_kit::{Carry, Contract, Probe, ProbeError, contract};
use seawall_limiter::{
    Combined, LeakyQueue, Limit, LimiterLayer, LimiterWaitLayer, Mode, Quota, Rule, SlidingWindow,
    TokenBucket,
};
use tokio::time::{Instant, advance, timeout};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn bucket(burst: u32) -> TokenBucket {
    TokenBucket::new(Quota::per_second(10).with_burst(burst).with_name("orders")).unwrap()
}

/// A user's error: one `From` serves all layers.
#[derive(Debug, PartialEq)]
enum OrderError {
    Backend(ProbeError),
    Failed,
    Refused(Rejected),
}

impl From<ProbeError> for OrderError {
    fn from(error: ProbeError) -> Self {
        OrderError::Backend(error)
    }
}

impl From<Rejected> for OrderError {
    fn from(rejected: Rejected) -> Self {
        OrderError::Refused(rejected)
    }
}

impl Carry for OrderError {
    fn carried(&self) -> Option<ProbeError> {
        match self {
            OrderError::Backend(error) => Some(*error),
            OrderError::Failed | OrderError::Refused(_) => None,
        }
    }
}

fn echo() -> impl Service<u32, Response = u32, Error = OrderError, Future: Send> + Clone {
    service_fn(|n: u32| ready(Ok(n)))
}

#[test]
fn the_layer_keeps_towers_contract_over_an_enum_boxes_and_responses() {
    let plenty = || TokenBucket::new(Quota::per_second(1_000_000)).unwrap();
    contract::check_clone(|inner: Probe<OrderError>| LimiterLayer::new(plenty()).layer(inner))
        .assert_clean();
    contract::check_clone(|inner: Probe<BoxError>| LimiterLayer::new(plenty()).layer(inner))
        .assert_clean();
    let answers = |inner: Probe<ProbeError>| {
        LimiterLayer::new(plenty()).answer_with(|_| u64::MAX).layer(inner)
    };
    contract::check_clone(answers).assert_clean();
    let settles = |inner: Probe<OrderError>| {
        let limit = plenty().cost(|_: &u64| 2).unless(|n: &u64| *n == 7).settle(|_: &u64| 1);
        LimiterLayer::new(limit).layer(inner)
    };
    contract::check_clone(settles).assert_clean();
}

#[test]
fn the_waiting_layer_keeps_towers_contract_while_it_waits() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.unwrap();
    let _entered = runtime.enter();
    let report = Contract::new().step(|| runtime.block_on(advance(ms(1)))).check_clone(
        |inner: Probe<OrderError>| {
            // The first call passes, and each one after it waits a millisecond.
            let queue = LeakyQueue::new(Quota::per_second(1000)).unwrap();
            LimiterWaitLayer::new(queue).layer(inner)
        },
    );
    report.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_an_error_of_the_stack_with_its_type_and_its_hint() {
    let mut service = LimiterLayer::new(bucket(1)).layer(echo());
    assert_eq!(service.ready().await.unwrap().call(1).await, Ok(1));
    let Err(OrderError::Refused(refused)) = service.ready().await.unwrap().call(2).await else {
        panic!("the second one is refused")
    };
    assert_eq!((refused.code(), refused.who()), (RATE_LIMITED, "orders"));
    advance(refused.retry_after().unwrap()).await;
    assert_eq!(service.ready().await.unwrap().call(3).await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn a_boxed_error_works_as_it_is_and_a_closure_answers_where_there_is_none() {
    let inner = service_fn(|n: u32| ready(Ok::<_, BoxError>(n)));
    let mut boxed = LimiterLayer::new(bucket(1)).layer(inner);
    boxed.ready().await.unwrap().call(1).await.unwrap();
    let error = boxed.ready().await.unwrap().call(1).await.unwrap_err();
    assert_eq!(find_coded(&*error).unwrap().code(), RATE_LIMITED);

    let inner = service_fn(|n: u32| ready(Ok::<_, Infallible>(n)));
    let layer = LimiterLayer::new(bucket(1)).answer_with(|refused| refused.code().http().into());
    let mut answers = layer.layer(inner);
    assert_eq!(answers.ready().await.unwrap().call(1).await, Ok(1));
    assert_eq!(answers.ready().await.unwrap().call(1).await, Ok(429));
}

#[tokio::test(start_paused = true)]
async fn clones_and_all_services_of_one_layer_share_its_limit() {
    let layer = LimiterLayer::new(bucket(3));
    let (mut one, mut other) = (layer.layer(echo()), layer.layer(echo()));
    let mut clone = one.clone();
    one.call(1).await.unwrap();
    other.call(1).await.unwrap();
    clone.call(1).await.unwrap();
    assert!(one.call(1).await.is_err() && other.call(1).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn being_ready_takes_nothing_and_so_does_a_service_that_is_dropped() {
    let limit = bucket(2);
    let mut service = LimiterLayer::new(limit.clone()).layer(echo());
    for _ in 0..9 {
        service.ready().await.unwrap();
        let _ = service.clone().ready().await.unwrap();
    }
    assert_eq!(limit.remaining(), 2);
    // A future that is dropped unpolled was called, and is counted.
    drop(service.call(1));
    assert_eq!(limit.remaining(), 1);
}

#[tokio::test(start_paused = true)]
async fn requests_cost_what_the_limiter_says_and_some_are_free() {
    let limit = bucket(10);
    let meant = limit.clone().cost(|n: &u32| *n).unless(|n: &u32| *n == 7);
    let mut service = LimiterLayer::new(meant).layer(echo());
    for (cost, left) in [(4, 6), (0, 6), (7, 6), (5, 1)] {
        service.call(cost).await.unwrap();
        assert_eq!(limit.remaining(), left);
    }
    assert!(service.call(2).await.is_err());
    service.call(7).await.unwrap();
    let Err(OrderError::Refused(above)) = service.call(11).await else { panic!("more than fits") };
    assert_eq!(above.code(), COST_ABOVE_LIMIT);
    limit.set_mode(Mode::ForcedOn);
    service.call(7).await.unwrap();
    assert!(service.call(1).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_cost_is_settled_by_the_response_and_stays_where_there_is_none() {
    let limit = bucket(10);
    // Estimated at five; the response says what it was, one that fails has none.
    let meant = limit.clone().cost(|_: &u32| 5).unless(|n: &u32| *n == 99).settle(|n: &u32| *n);
    let inner = service_fn(|n: u32| async move {
        match n {
            50 => Err(OrderError::Failed),
            51 => pending().await,
            n => Ok(n),
        }
    });
    let mut service = LimiterLayer::new(meant).layer(inner);
    service.call(2).await.unwrap();
    assert_eq!(limit.remaining(), 8);
    service.call(99).await.unwrap();
    assert_eq!(limit.remaining(), 8, "what is free is not settled");
    service.call(6).await.unwrap();
    assert_eq!(limit.remaining(), 2);
    advance(ms(800)).await;
    assert!(service.call(50).await.is_err());
    assert_eq!(limit.remaining(), 5, "one that fails keeps the estimate");
    assert!(timeout(ms(0), service.call(51)).await.is_err());
    assert_eq!(limit.remaining(), 0, "so does one that is dropped");
    assert!(service.call(1).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_cost_that_was_waited_for_is_settled_too() {
    let limit = bucket(10);
    let meant = limit.clone().cost(|_: &u32| 5).unless(|n: &u32| *n == 99).settle(|n: &u32| *n);
    let service = LimiterWaitLayer::new(meant).layer(echo());
    service.clone().oneshot(99).await.unwrap();
    assert_eq!(limit.remaining(), 10, "what is free is not settled");
    service.clone().oneshot(1).await.unwrap();
    assert_eq!(limit.remaining(), 9);
    let start = Instant::now();
    let answers = join_all((0..3).map(|_| service.clone().oneshot(4))).await;
    assert!(answers.iter().all(Result::is_ok));
    // Each that ends gives one back, and the third waits for four.
    assert_eq!(start.elapsed(), ms(400));
    assert_eq!(limit.remaining(), 1);
    assert!(service.clone().oneshot(7).await.is_ok(), "waits for its five, and then owes two");
    assert_eq!(start.elapsed(), ms(800));
    // Up to two nanoseconds early.
    let owes_three = || limit.fits_in(1).unwrap().abs_diff(ms(300)) < Duration::from_nanos(4);
    assert!(owes_three());
    limit.set_mode(Mode::ForcedOff);
    service.oneshot(1).await.unwrap();
    limit.set_mode(Mode::Normal);
    assert!(owes_three(), "what passed uncounted gave nothing back");
}

#[tokio::test(start_paused = true)]
async fn several_limits_in_one_layer_are_all_or_none() {
    let limits = Combined::new(&[
        Rule::TokenBucket(Quota::per_second(10).with_name("second")),
        Rule::SlidingWindow(Quota::per_hour(15).with_name("hour")),
    ])
    .unwrap();
    let mut service = LimiterLayer::new(limits).layer(echo());
    let mut refused = Vec::new();
    for _ in 0..2 {
        for _ in 0..12 {
            if let Err(OrderError::Refused(no)) = service.call(1).await {
                refused.push(no.who());
            }
        }
        advance(ms(1000)).await;
    }
    assert_eq!(refused, [vec!["second"; 2], vec!["hour"; 7]].concat());
}

#[tokio::test(start_paused = true)]
async fn a_limiter_behind_an_arc_fits_too() {
    let limits: Vec<Arc<dyn Limit>> =
        vec![Arc::new(bucket(1)), Arc::new(SlidingWindow::new(Quota::per_second(1)).unwrap())];
    for limit in limits {
        let mut service = LimiterLayer::new(Arc::clone(&limit)).layer(echo());
        service.call(1).await.unwrap();
        assert!(service.call(1).await.is_err());
        let waits = LimiterWaitLayer::new(limit).layer(echo());
        assert_eq!(waits.oneshot(2).await, Ok(2));
    }
}

#[tokio::test(start_paused = true)]
async fn shadow_mode_lets_everything_pass_and_counts() {
    let limit = bucket(1);
    limit.set_mode(Mode::Shadow);
    let mut service = LimiterLayer::new(limit.clone()).layer(echo());
    for _ in 0..5 {
        service.call(1).await.unwrap();
    }
    assert_eq!(limit.snapshot().shadowed, 4);
}

#[tokio::test(start_paused = true)]
async fn a_whole_service_waits_in_virtual_time_in_the_order_of_arrival() {
    let queue = LeakyQueue::new(Quota::per_second(10).with_max_wait(ms(450))).unwrap();
    let done = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&done);
    let inner = service_fn(move |n: u32| {
        let order = seen.fetch_add(1, Relaxed);
        assert_eq!(order, n);
        ready(Ok::<_, OrderError>(n))
    });
    let service = LimiterWaitLayer::new(queue).layer(inner);
    let start = Instant::now();
    let calls = (0..8).map(|n| {
        let mut service = service.clone();
        async move { (service.ready().await.unwrap().call(n).await, start.elapsed()) }
    });
    for (n, (answer, at)) in join_all(calls).await.into_iter().enumerate() {
        let n = u32::try_from(n).unwrap();
        match answer {
            Ok(answer) => assert_eq!((answer, at), (n, ms(100) * n)),
            Err(OrderError::Refused(refused)) => {
                assert_eq!((refused.code(), at), (QUEUE_TIMEOUT, ms(0)), "at once");
                assert!(n >= 5);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(done.load(Relaxed), 5);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_that_is_dropped_at_any_poll_calls_nothing_and_delays_nobody() {
    let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
    let calls = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&calls);
    let service = LimiterWaitLayer::new(queue.clone()).layer(service_fn(move |n: u32| {
        seen.fetch_add(1, Relaxed);
        ready(Ok::<_, OrderError>(n))
    }));
    #[expect(clippy::async_yields_async, reason = "a future is what is made")]
    let polls = drop_at_every_poll_async(
        async || {
            advance(ms(1000)).await;
            queue.try_acquire().unwrap();
            calls.store(0, Relaxed);
            service.clone().call(1)
        },
        async |_| advance(ms(100)).await,
        async |polls| {
            let snapshot = queue.snapshot();
            assert_eq!(snapshot.waiting, 0);
            // Time went by in whole intervals, so one permit is there unless ours took it.
            let expected = u32::from(polls >= 1 && calls.load(Relaxed) == 0);
            assert_eq!(snapshot.remaining, expected, "dropped after {polls} polls");
        },
    )
    .await;
    assert_eq!(polls, 2);
}

/// Gives readiness to one at a time, and takes it back with the call.
#[derive(Clone)]
struct OneReady(Arc<AtomicU32>, bool);

impl Service<u32> for OneReady {
    type Response = u32;
    type Error = OrderError;
    type Future = Pin<Box<dyn Future<Output = Result<u32, OrderError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OrderError>> {
        if !self.1 {
            assert_eq!(self.0.fetch_add(1, Relaxed), 0, "one is ready already");
            self.1 = true;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, n: u32) -> Self::Future {
        assert!(std::mem::take(&mut self.1), "called unready");
        self.0.fetch_sub(1, Relaxed);
        Box::pin(ready(Ok(n)))
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_holds_no_readiness_of_the_inner_service() {
    let inner = OneReady(Arc::default(), false);
    let service = LimiterWaitLayer::new(LeakyQueue::new(Quota::per_second(10)).unwrap());
    let service = service.layer(inner);
    let calls = (0..4).map(|n| service.clone().oneshot(n));
    assert!(join_all(calls).await.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn a_retry_outside_the_limiter_spends_a_permit_for_each_try() {
    let limit = bucket(5);
    let tries = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&tries);
    let failing = service_fn(move |_: u32| {
        seen.fetch_add(1, Relaxed);
        ready(Err::<u32, _>(OrderError::Failed))
    });
    let mut service = ServiceBuilder::new()
        .retry(Attempts(3))
        .layer(LimiterLayer::new(limit.clone()))
        .service(failing);
    assert!(service.ready().await.unwrap().call(1).await.is_err());
    assert_eq!((tries.load(Relaxed), limit.remaining()), (4, 1));
}

#[derive(Clone)]
struct Attempts(u32);

impl<Res, Err> tower::retry::Policy<u32, Res, Err> for Attempts {
    type Future = std::future::Ready<()>;

    fn retry(&mut self, _: &mut u32, result: &mut Result<Res, Err>) -> Option<Self::Future> {
        if result.is_ok() || self.0 == 0 {
            return None;
        }
        self.0 -= 1;
        Some(std::future::ready(()))
    }

    fn clone_request(&mut self, request: &u32) -> Option<u32> {
        Some(*request)
    }
}

#[test]
fn a_call_that_is_let_through_or_refused_allocates_nothing() {
    let plenty = TokenBucket::new(Quota::per_second(1_000_000_000)).unwrap();
    let meant = plenty.cost(|_: &u32| 2).settle(|_: &u32| 1);
    let mut passes = LimiterLayer::new(meant).layer(echo());
    let mut refuses = LimiterLayer::new(bucket(1)).layer(echo());
    let mut cx = Context::from_waker(futures::task::noop_waker_ref());
    assert_no_allocations("layer, passed and settled", 1000, || {
        let mut call = std::pin::pin!(passes.call(1));
        assert!(call.as_mut().poll(&mut cx).is_ready());
    });
    drop(refuses.call(1));
    assert_no_allocations("layer, refused", 10, || {
        let mut call = std::pin::pin!(refuses.call(1));
        assert!(call.as_mut().poll(&mut cx).is_ready());
    });
    let queue = LeakyQueue::new(Quota::per_second(1_000_000_000)).unwrap();
    let waits = LimiterWaitLayer::new(queue).layer(echo());
    assert_no_allocations("waiting layer, passed at once", 1000, || {
        let mut call = std::pin::pin!(waits.clone().call(1));
        assert!(call.as_mut().poll(&mut cx).is_ready());
    });
}

#[cfg(feature = "metrics")]
mod metrics {
    use ::metrics::with_local_recorder;
    use metrics_util::debugging::{DebugValue, DebuggingRecorder};

    use super::*;

    /// Series and their labels, with what was counted.
    fn counted(recorder: &DebuggingRecorder) -> Vec<(String, f64)> {
        let mut lines: Vec<_> = recorder
            .snapshotter()
            .snapshot()
            .into_vec()
            .into_iter()
            .map(|(key, _, _, value)| {
                let labels: Vec<_> =
                    key.key().labels().map(|l| format!("{}={}", l.key(), l.value())).collect();
                let value = match value {
                    DebugValue::Counter(n) => f64::from(u32::try_from(n).unwrap()),
                    DebugValue::Gauge(n) => n.into_inner(),
                    DebugValue::Histogram(all) => all.iter().map(|n| n.into_inner()).sum(),
                };
                (format!("{} {}", key.key().name(), labels.join(" ")), value)
            })
            .collect();
        lines.sort_by(|one, other| one.0.cmp(&other.0));
        lines.retain(|(_, value)| *value != 0.0);
        lines
    }

    #[test]
    fn services_count_what_they_decide_by_the_name_of_the_limiter() {
        let recorder = DebuggingRecorder::new();
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        with_local_recorder(&recorder, || {
            runtime.unwrap().block_on(async {
                let mut refuses = LimiterLayer::new(bucket(2)).layer(echo());
                for _ in 0..5 {
                    let _ = refuses.call(1).await;
                }
                let quota = Quota::per_second(10).with_max_wait(ms(250)).with_name("queue");
                let waits = LimiterWaitLayer::new(LeakyQueue::new(quota).unwrap()).layer(echo());
                join_all((0..5).map(|n| waits.clone().oneshot(n))).await;
            });
        });
        let decisions = "seawall_limiter_decisions_total name=";
        let expected = [
            (format!("{decisions}orders outcome=passed reason="), 2.0),
            (format!("{decisions}orders outcome=refused reason=RATE_LIMITED"), 3.0),
            (format!("{decisions}queue outcome=passed reason="), 3.0),
            (format!("{decisions}queue outcome=refused reason=QUEUE_TIMEOUT"), 2.0),
        ];
        let counted = counted(&recorder);
        assert_eq!(counted[..4], expected);
        assert_eq!(counted[4].0, "seawall_limiter_wait_seconds name=queue");
        assert!((counted[4].1 - 0.3).abs() < 0.01, "a tenth and two tenths: {counted:?}");
        assert_eq!(counted.len(), 5, "nobody waits any more: {counted:?}");
    }
}
