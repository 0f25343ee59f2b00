//! What is told through the facade.
#![cfg(all(feature = "metrics", feature = "tower"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Waker};
use std::time::Duration;

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString,
    Unit,
};
use parking_lot::Mutex;
use seawall_breaker::{Breaker, BreakerLayer, Mode, Policy};
use seawall_errors::Rejected;
use tower::{Layer, Service, service_fn};

#[derive(Default)]
struct Cell(AtomicU64);

impl CounterFn for Cell {
    fn increment(&self, value: u64) {
        self.0.fetch_add(value, Relaxed);
    }
    fn absolute(&self, value: u64) {
        self.0.store(value, Relaxed);
    }
}

impl GaugeFn for Cell {
    fn increment(&self, _: f64) {}
    fn decrement(&self, _: f64) {}
    fn set(&self, value: f64) {
        self.0.store(u64::from(value > 0.5), Relaxed);
    }
}

/// Keeps all series by their full name.
#[derive(Default)]
struct Book(Mutex<BTreeMap<String, Arc<Cell>>>);

impl Book {
    fn cell(&self, key: &Key) -> Arc<Cell> {
        let labels: Vec<_> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        self.0.lock().entry(name).or_default().clone()
    }

    fn lines(&self) -> Vec<String> {
        let book = self.0.lock();
        book.iter().map(|(name, cell)| format!("{name} {}", cell.0.load(Relaxed))).collect()
    }
}

impl Recorder for Book {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.cell(key))
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn calls_transitions_and_the_state_are_told() {
    let book = Book::default();
    let policy = Policy::new().with_consecutive(1).with_name("orders").with_probes(1);
    let breaker = Breaker::new(policy).unwrap();
    let inner = service_fn(|good: bool| async move {
        let bad = Rejected::new(seawall_errors::family::INTERNAL, "backend");
        if good { Ok(()) } else { Err(bad) }
    });
    let judge = |result: &Result<(), Rejected>| match result {
        Ok(()) => seawall_errors::Outcome::Success,
        Err(_) => seawall_errors::Outcome::Failure,
    };
    // Made before the recorder is there.
    let mut service = BreakerLayer::new(&breaker).classify(judge).layer(inner);
    metrics::with_local_recorder(&book, || {
        let context = &mut Context::from_waker(Waker::noop());
        let mut call = |good| assert!(pin!(service.call(good)).poll(context).is_ready());
        call(true);
        call(true);
        call(false);
        call(true);
        call(true);
        drop(service.call(true));
        breaker.set_mode(Mode::ForcedClosed);
        drop(service.call(true));
        // A result of an earlier generation.
        let mut late = pin!(service.call(true));
        breaker.set_mode(Mode::Normal);
        let mut counted = pin!(service.call(true));
        breaker.reset_at(Duration::from_secs(1));
        let context = &mut Context::from_waker(Waker::noop());
        assert!(
            late.as_mut().poll(context).is_ready() && counted.as_mut().poll(context).is_ready()
        );
    });
    let expected = [
        "seawall_breaker_calls_total{name=orders,outcome=cancelled} 1",
        "seawall_breaker_calls_total{name=orders,outcome=failure} 1",
        "seawall_breaker_calls_total{name=orders,outcome=refused} 3",
        "seawall_breaker_calls_total{name=orders,outcome=success} 4",
        "seawall_breaker_late_total{name=orders} 1",
        "seawall_breaker_state{name=orders,state=closed} 1",
        "seawall_breaker_state{name=orders,state=forced_closed} 0",
        "seawall_breaker_state{name=orders,state=forced_open} 0",
        "seawall_breaker_state{name=orders,state=half_open} 0",
        "seawall_breaker_state{name=orders,state=open} 0",
        "seawall_breaker_transitions_total{name=orders,state=closed,reason=released} 1",
        "seawall_breaker_transitions_total{name=orders,state=closed,reason=reset} 1",
        "seawall_breaker_transitions_total{name=orders,state=forced_closed,reason=forced} 1",
        "seawall_breaker_transitions_total{name=orders,state=open,reason=consecutive} 1",
    ];
    assert_eq!(book.lines(), expected);
}
