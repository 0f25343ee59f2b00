//! `acquire().await` in paused time.
#![cfg(feature = "test-util")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "tests look at tokio's paused clock")]

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use parking_lot::Mutex;
use seawall_errors::family::{COST_ABOVE_LIMIT, QUEUE_FULL, QUEUE_TIMEOUT};
use seawall_kit::cancel::drop_at_every_poll_async;
use seawall_kit::clock::SplitMix;
use seawall_limiter::{LeakyQueue, Limit, Mode, Quota, SlidingWindow, TokenBucket};
use tokio::time::{Instant, advance, timeout};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[tokio::test(start_paused = true)]
async fn what_fits_does_not_wait_and_what_does_not_waits_as_long_as_it_must() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(2)).unwrap();
    let start = Instant::now();
    let mut stamps = Vec::new();
    for _ in 0..5 {
        bucket.acquire().await.unwrap();
        stamps.push(start.elapsed());
    }
    assert_eq!(stamps, [0, 0, 100, 200, 300].map(ms));
}

#[tokio::test(start_paused = true)]
async fn decisions_and_sleeps_move_together_in_paused_time() {
    let bucket = TokenBucket::new(Quota::per_second(1)).unwrap();
    bucket.try_acquire().unwrap();
    assert!(bucket.try_acquire().is_err());
    advance(ms(1000)).await;
    assert!(bucket.try_acquire().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_queue_shapes_a_burst_into_an_even_flow_in_the_order_of_arrival() {
    let queue = LeakyQueue::new(Quota::per_second(100)).unwrap();
    let start = Instant::now();
    let done = Mutex::new(Vec::new());
    join_all((0..50).map(|id| {
        let (queue, done) = (&queue, &done);
        async move {
            queue.acquire().await.unwrap();
            done.lock().push((id, start.elapsed()));
        }
    }))
    .await;
    for (place, (id, at)) in done.into_inner().into_iter().enumerate() {
        assert_eq!(place, id);
        let due = ms(10 * u64::try_from(id).unwrap());
        assert!(at >= due && at <= due + ms(1), "{id} at {at:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_doomed_wait_is_refused_at_once_and_not_after_the_timeout() {
    let quota = Quota::per_minute(1).with_max_wait(ms(5000)).with_max_waiting(1);
    let bucket = TokenBucket::new(quota).unwrap();
    let start = Instant::now();
    bucket.acquire().await.unwrap();
    let refused = bucket.acquire().await.unwrap_err();
    assert_eq!(refused.code(), QUEUE_TIMEOUT);
    let short = ms(60_000).abs_diff(refused.retry_after().unwrap());
    assert!(short < Duration::from_nanos(2), "short by {short:?}");
    let above = bucket.acquire_many_within(2, Duration::MAX).await.unwrap_err();
    assert_eq!(above.code(), COST_ABOVE_LIMIT);
    let mut waiting = Box::pin(bucket.acquire_many_within(1, ms(70_000)));
    assert!(futures::poll!(&mut waiting).is_pending());
    let full = bucket.acquire_many_within(1, Duration::MAX).await.unwrap_err();
    assert_eq!(full.code(), QUEUE_FULL);
    assert_eq!(start.elapsed(), Duration::ZERO);
    waiting.await.unwrap();
    assert_eq!(start.elapsed(), ms(60_000));
}

#[tokio::test(start_paused = true)]
async fn dropping_at_any_poll_gives_the_place_back_and_takes_nothing() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(1)).unwrap();
    let granted = Cell::new(false);
    #[expect(clippy::async_yields_async, reason = "a future is what is made")]
    let polls = drop_at_every_poll_async(
        async || {
            // The bucket is emptied, and one more waits before ours.
            advance(ms(1000)).await;
            bucket.try_acquire().unwrap();
            granted.set(false);
            async {
                bucket.acquire().await.unwrap();
                granted.set(true);
            }
        },
        async |_| advance(ms(100)).await,
        async |polls| {
            let snapshot = bucket.snapshot();
            assert_eq!(snapshot.waiting, 0, "dropped after {polls} polls");
            // Time went by in whole intervals, so one permit is there unless ours took it.
            let expected = u32::from(polls >= 1 && !granted.get());
            assert_eq!(snapshot.remaining, expected, "dropped after {polls} polls");
        },
    )
    .await;
    assert_eq!(polls, 2, "one to enter the line, one when the time has come");
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_is_dropped_delays_nobody() {
    let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
    queue.acquire().await.unwrap();
    let start = Instant::now();
    let (a, b, c, d) = tokio::join!(
        timeout(ms(50), queue.acquire()),
        queue.acquire(),
        timeout(ms(120), queue.acquire()),
        async {
            queue.acquire().await.unwrap();
            start.elapsed()
        },
    );
    assert!(a.is_err() && c.is_err(), "both gave up");
    b.unwrap();
    assert_eq!(d, ms(200), "in the place of the third");
}

#[tokio::test(start_paused = true)]
async fn nobody_overtakes_while_somebody_waits() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(5)).unwrap();
    bucket.try_acquire_many(5).unwrap();
    let mut large = Box::pin(bucket.acquire_many(4));
    assert!(futures::poll!(&mut large).is_pending());
    advance(ms(300)).await;
    assert!(bucket.try_acquire().is_err(), "three are there, and they are promised");
    advance(ms(100)).await;
    assert!(bucket.try_acquire().is_err(), "four are there, and not yet fetched");
    assert!(futures::poll!(&mut large).is_ready());
    advance(ms(100)).await;
    assert!(bucket.try_acquire().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_new_quota_a_mode_and_a_refund_reach_those_who_wait() {
    let bucket = TokenBucket::new(Quota::per_hour(1).with_max_wait(ms(9_000_000))).unwrap();
    let charge = bucket.charge(1).unwrap();
    let start = Instant::now();
    let waits = || {
        let bucket = bucket.clone();
        tokio::spawn(async move { bucket.acquire().await.map(|()| start.elapsed()) })
    };
    let (first, second, third) = (waits(), waits(), waits());
    tokio::time::sleep(ms(10)).await;
    charge.refund();
    assert_eq!(first.await.unwrap().unwrap(), ms(10));
    bucket.update(Quota::per_second(1)).unwrap();
    let served = second.await.unwrap().unwrap();
    assert!(served <= ms(1012), "{served:?}");
    bucket.set_mode(Mode::ForcedOn);
    assert!(third.await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_thousand_tasks_that_come_and_go_leave_the_limiter_as_new() {
    for limiter in [
        Arc::new(LeakyQueue::new(Quota::per_second(500)).unwrap()) as Arc<dyn Limit>,
        Arc::new(TokenBucket::new(Quota::per_second(500).with_burst(20)).unwrap()),
        Arc::new(SlidingWindow::new(Quota::per_second(500)).unwrap()),
    ] {
        let fresh = limiter.snapshot_at(limiter.now());
        let start = Instant::now();
        let tasks: Vec<_> = (0..1000)
            .map(|id| {
                let limiter = Arc::clone(&limiter);
                tokio::spawn(async move {
                    let mut random = SplitMix::new(id);
                    tokio::time::sleep(ms(random.below(1000))).await;
                    let patience = ms(random.below(1500));
                    matches!(timeout(patience, limiter.acquire_many(1)).await, Ok(Ok(())))
                })
            })
            .collect();
        let served = join_all(tasks).await.into_iter().filter(|s| *s.as_ref().unwrap()).count();
        let most = 521 + start.elapsed().as_millis() as usize / 2;
        assert!(served > 400 && served <= most, "{limiter:?} served {served} of {most}");
        assert_eq!(limiter.snapshot_at(limiter.now()).waiting, 0);
        advance(ms(5000)).await;
        assert_eq!(limiter.snapshot_at(limiter.now()), fresh, "{limiter:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_future_that_is_done_answers_the_same_if_polled_again() {
    let bucket = TokenBucket::new(Quota::per_hour(1)).unwrap();
    for granted in [true, false] {
        let mut future = Box::pin(bucket.acquire());
        for _ in 0..2 {
            match futures::poll!(&mut future) {
                std::task::Poll::Ready(answer) => assert_eq!(answer.is_ok(), granted),
                std::task::Poll::Pending => panic!("it does not wait"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_waiter_may_move_to_another_task() {
    let queue = Arc::new(LeakyQueue::new(Quota::per_second(10)).unwrap());
    queue.try_acquire().unwrap();
    let start = Instant::now();
    let inner: &'static LeakyQueue = Box::leak(Box::new((*queue).clone()));
    let mut waiting = Box::pin(inner.acquire());
    assert!(futures::poll!(&mut waiting).is_pending());
    tokio::spawn(waiting).await.unwrap().unwrap();
    assert_eq!(start.elapsed(), ms(100));
}
