//! In which order a limiter, a retry and a timeout are to be stacked.
#![cfg(all(feature = "tower", feature = "test-util"))]
#![allow(clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "tests look at tokio's paused clock")]

use std::future::Ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use futures::future::{join_all, ready};
use seawall_errors::family::RATE_LIMITED;
use seawall_errors::find_coded;
use seawall_limiter::{LeakyQueue, LimiterLayer, LimiterWaitLayer, Quota, TokenBucket};
use tokio::time::{Instant, sleep};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn bucket(burst: u32) -> TokenBucket {
    TokenBucket::new(Quota::per_hour(burst).with_name("orders")).unwrap()
}

/// A backend that fails, and counts how often it is asked.
fn fails(
    asked: &Arc<AtomicU32>,
) -> impl Service<u32, Response = u32, Error = BoxError, Future: Send> + Clone + use<> {
    let asked = Arc::clone(asked);
    service_fn(move |_: u32| {
        asked.fetch_add(1, Relaxed);
        ready(Err(BoxError::from("down")))
    })
}

/// Three tries, whatever came.
#[derive(Clone)]
struct ThreeTries(u32);

impl<Res, Err> tower::retry::Policy<u32, Res, Err> for ThreeTries {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut u32, result: &mut Result<Res, Err>) -> Option<Ready<()>> {
        self.0 += 1;
        (result.is_err() && self.0 < 3).then(|| std::future::ready(()))
    }

    fn clone_request(&mut self, request: &u32) -> Option<u32> {
        Some(*request)
    }
}

#[tokio::test(start_paused = true)]
async fn outside_of_a_retry_a_limiter_counts_requests_and_inside_of_it_tries() {
    let (asked, limit) = (Arc::default(), bucket(4));
    let outside = ServiceBuilder::new()
        .layer(LimiterLayer::new(limit.clone()))
        .retry(ThreeTries(0))
        .service(fails(&asked));
    outside.oneshot(1).await.unwrap_err();
    assert_eq!((asked.load(Relaxed), limit.remaining()), (3, 3));

    let (asked, limit) = (Arc::default(), bucket(4));
    let inside = ServiceBuilder::new()
        .retry(ThreeTries(0))
        .layer(LimiterLayer::new(limit.clone()))
        .service(fails(&asked));
    inside.clone().oneshot(1).await.unwrap_err();
    assert_eq!((asked.load(Relaxed), limit.remaining()), (3, 1));
    // And so a retry cannot ask for more than the limit gives.
    let refused = inside.oneshot(1).await.unwrap_err();
    assert_eq!(find_coded(&*refused).unwrap().code(), RATE_LIMITED);
    assert_eq!(asked.load(Relaxed), 4);
}

/// A backend that takes thirty milliseconds.
fn slow() -> impl Service<u32, Response = u32, Error = BoxError, Future: Send> + Clone {
    service_fn(|n: u32| async move {
        sleep(ms(30)).await;
        Ok(n)
    })
}

/// When each of three calls at once was over, and whether it was answered.
async fn calls<S>(service: S) -> Vec<(bool, Duration)>
where
    S: Service<u32, Response = u32, Error = BoxError> + Clone,
{
    let start = Instant::now();
    join_all((0..3).map(|n| {
        let service = service.clone();
        async move { (service.oneshot(n).await.is_ok(), start.elapsed()) }
    }))
    .await
}

fn rounded(calls: Vec<(bool, Duration)>) -> Vec<(bool, u128)> {
    // Timers are a millisecond late.
    calls.into_iter().map(|(answered, at)| (answered, at.as_millis() / 10 * 10)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_timeout_outside_of_the_wait_bounds_it_and_inside_of_it_bounds_the_call() {
    // One each hundred milliseconds.
    let queue = || LeakyQueue::new(Quota::per_second(10).with_max_wait(ms(5000))).unwrap();

    let line = queue();
    let outside = ServiceBuilder::new()
        .timeout(ms(150))
        .layer(LimiterWaitLayer::new(line.clone()))
        .service(slow());
    let answers = rounded(calls(outside).await);
    assert_eq!(answers, [(true, 30), (true, 130), (false, 150)]);
    assert_eq!(line.snapshot().waiting, 0, "who gave up has left the line");

    let inside = ServiceBuilder::new()
        .layer(LimiterWaitLayer::new(queue()))
        .timeout(ms(150))
        .service(slow());
    let answers = rounded(calls(inside).await);
    assert_eq!(answers, [(true, 30), (true, 130), (true, 230)]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_served_within_the_longest_wait_is_refused_at_once_and_not_at_its_end() {
    let queue = LeakyQueue::new(Quota::per_second(10).with_max_wait(ms(150))).unwrap();
    let service =
        ServiceBuilder::new().timeout(ms(1000)).layer(LimiterWaitLayer::new(queue)).service(slow());
    assert_eq!(rounded(calls(service).await), [(true, 30), (true, 130), (false, 0)]);
}
