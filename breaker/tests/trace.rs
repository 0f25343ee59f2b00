//! What is told to `tracing`.
#![cfg(feature = "tracing")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::fmt::{Debug, Write};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use seawall_breaker::{Breaker, Mode, Policy};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps each event as a line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().push(line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn transitions_are_told_and_calls_are_not() {
    let lines = Lines::default();
    let second = Duration::from_secs(1);
    tracing::subscriber::with_default(lines.clone(), || {
        let policy = Policy::new().with_consecutive(2).with_jitter(0.0).with_name("orders");
        let breaker = Breaker::new(policy.with_open_time(second)).unwrap();
        for _ in 0..100 {
            breaker.try_acquire_at(second).unwrap().succeed_at(second);
        }
        for _ in 0..2 {
            breaker.try_acquire_at(second).unwrap().fail_at(second);
        }
        for _ in 0..100 {
            assert!(breaker.try_acquire_at(second).is_err());
        }
        breaker.set_mode_at(Mode::ForcedClosed, second);
    });
    let lines = lines.0.lock();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for part in [
        "WARN",
        "name=\"orders\"",
        "from=\"closed\"",
        "to=\"open\"",
        "reason=\"consecutive\"",
        "failed=2",
        "calls=102",
        "open_for_ms=1000",
    ] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    assert!(
        lines[1].starts_with("INFO") && lines[1].contains("to=\"forced_closed\""),
        "{}",
        lines[1]
    );
}
