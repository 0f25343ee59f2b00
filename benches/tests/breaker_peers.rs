//! Three things that go wrong in a peer, and beside each what ours does.
//!
//! The peer reads the processor's clock, so the first two wait for it, some
//! tens of milliseconds in all; ours is given the times.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use seawall_breaker::{Breaker, Policy, State};
use tower::{Service, service_fn};
use tower_resilience_circuitbreaker::{
    CircuitBreakerHandle, CircuitBreakerLayer, CircuitState, DefaultClassifier, SlidingWindowType,
};

const MS: Duration = Duration::from_millis(1);

/// Until the clock of the process has gone on by so much.
#[expect(clippy::disallowed_methods, reason = "the peer reads the real clock")]
fn pass(time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        std::thread::yield_now();
    }
}

type Peer = CircuitBreakerHandle<DefaultClassifier>;

/// A call that is answered when `answer` says so.
fn call<S: Service<bool>>(service: &mut S, good: bool) -> Option<bool> {
    let context = &mut Context::from_waker(Waker::noop());
    assert!(service.poll_ready(context).is_ready());
    match pin!(service.call(good)).as_mut().poll(context) {
        Poll::Ready(result) => Some(result.is_ok()),
        Poll::Pending => None,
    }
}

async fn answer(good: bool) -> Result<(), std::io::Error> {
    if good { Ok(()) } else { Err(std::io::ErrorKind::ConnectionReset.into()) }
}

#[test]
fn the_window_that_never_forgets() {
    // A window of the last hundred, after ten thousand successes.
    let (layer, peer): (_, Peer) =
        CircuitBreakerLayer::builder().sliding_window_size(100).build_with_handle().unwrap();
    let mut service = layer.layer_fn(service_fn(answer));
    for _ in 0..10_000 {
        assert_eq!(call(&mut service, true), Some(true));
    }
    let mut failures = 0;
    while peer.state() == CircuitState::Closed && failures < 20_000 {
        let _ = call(&mut service, false);
        failures += 1;
    }
    assert!(failures > 5_000, "the peer has been mended: open after {failures}");

    let ours = Breaker::new(Policy::new().with_count_window(100).with_errors_from(50.0)).unwrap();
    for _ in 0..10_000 {
        ours.try_acquire_at(MS).unwrap().succeed_at(MS);
    }
    let mut failures = 0;
    while let Ok(permit) = ours.try_acquire_at(MS) {
        permit.fail_at(MS);
        failures += 1;
    }
    assert_eq!(failures, 50);
}

#[test]
fn the_half_open_wedge_of_slow_probes() {
    // Two probes, further apart than the window is long, and both succeed.
    let (layer, peer): (_, Peer) = CircuitBreakerLayer::builder()
        .sliding_window_type(SlidingWindowType::TimeBased)
        .sliding_window_duration(10 * MS)
        .minimum_number_of_calls(1)
        .permitted_calls_in_half_open(2)
        .wait_duration_in_open(5 * MS)
        .build_with_handle()
        .unwrap();
    let mut service = layer.layer_fn(service_fn(answer));
    let _ = call(&mut service, false);
    assert_eq!(peer.state(), CircuitState::Open);
    pass(6 * MS);
    assert_eq!(call(&mut service, true), Some(true));
    pass(16 * MS);
    assert_eq!(call(&mut service, true), Some(true));
    assert_eq!(peer.state(), CircuitState::HalfOpen, "the peer has been mended");
    assert!((0..18).all(|_| call(&mut service, true) == Some(false)), "and refuses for ever");

    let policy = Policy::new().with_window(10 * MS, 10).with_min_calls(1).with_probes(2);
    let policy = policy.with_open_time(5 * MS).with_jitter(0.0).with_probe_spacing(Duration::ZERO);
    let ours = Breaker::new(policy).unwrap();
    ours.try_acquire_at(MS).unwrap().fail_at(MS);
    assert_eq!(ours.state(), State::Open);
    for now in [7 * MS, 23 * MS] {
        ours.try_acquire_at(now).unwrap().succeed_at(now);
    }
    assert_eq!(ours.state(), State::Closed);
}

#[test]
fn the_late_successes_that_close_an_open_circuit() {
    let (layer, peer): (_, Peer) = CircuitBreakerLayer::builder()
        .sliding_window_size(2)
        .minimum_number_of_calls(2)
        .permitted_calls_in_half_open(2)
        .wait_duration_in_open(MS)
        .build_with_handle()
        .unwrap();
    // Calls wait for a signal of their own before they succeed.
    let gate = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let inner = {
        let gate = gate.clone();
        service_fn(move |good: bool| {
            let gate = gate.clone();
            async move {
                if good {
                    std::future::poll_fn(|_| {
                        let open = gate.load(std::sync::atomic::Ordering::Relaxed);
                        if open { Poll::Ready(()) } else { Poll::Pending }
                    })
                    .await;
                }
                answer(good).await
            }
        })
    };
    let mut service = layer.layer_fn(inner);
    let context = &mut Context::from_waker(Waker::noop());
    let mut early: Vec<_> = (0..2).map(|_| Box::pin(service.call(true))).collect();
    for call in &mut early {
        assert!(call.as_mut().poll(context).is_pending());
    }
    for _ in 0..2 {
        assert_eq!(call(&mut service, false), Some(false));
    }
    assert_eq!(peer.state(), CircuitState::Open);
    pass(2 * MS);
    // A probe goes and has not come back.
    let mut probe = Box::pin(service.call(true));
    assert!(probe.as_mut().poll(context).is_pending());
    assert_eq!(peer.state(), CircuitState::HalfOpen);
    gate.store(true, std::sync::atomic::Ordering::Relaxed);
    for call in &mut early {
        assert!(call.as_mut().poll(context).is_ready());
    }
    assert_eq!(peer.state(), CircuitState::Closed, "the peer has been mended");

    let policy = Policy::new().with_consecutive(2).with_probes(2).with_open_time(MS);
    let ours = Breaker::new(policy.with_jitter(0.0)).unwrap();
    let early = [ours.try_acquire_at(MS).unwrap(), ours.try_acquire_at(MS).unwrap()];
    for _ in 0..2 {
        ours.try_acquire_at(MS).unwrap().fail_at(MS);
    }
    let _probe = ours.try_acquire_at(3 * MS).unwrap();
    for permit in early {
        permit.succeed_at(3 * MS);
    }
    assert_eq!(ours.state(), State::HalfOpen);
}
