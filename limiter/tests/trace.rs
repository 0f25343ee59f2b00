//! What is said of what was done to a limiter.
#![cfg(feature = "tracing")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fmt::{Debug, Write};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use seawall_limiter::{Mode, Quota, TokenBucket};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps each event as a line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
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
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().push(line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn changes_are_told_and_decisions_are_not() {
    let lines = Lines::default();
    let ms = Duration::from_millis;
    tracing::subscriber::with_default(lines.clone(), || {
        let bucket = TokenBucket::new(Quota::per_second(2).with_name("orders")).unwrap();
        for _ in 0..100 {
            let _ = bucket.try_acquire_at(ms(0));
        }
        bucket.set_mode(Mode::Shadow);
        bucket.update_at(Quota::per_second(3), ms(0)).unwrap();
        // A server refuses all calls that are under way, each with some jitter of its own.
        for call in 0..100 {
            bucket.block_until_at(ms(2000 + call), ms(call));
        }
        bucket.block_until_at(ms(9000), ms(100));
        // Shorter than what is left: nothing changes.
        bucket.block_until_at(ms(8000), ms(100));
        bucket.unblock();
        bucket.block_until_at(ms(50), ms(100));
    });
    let lines = lines.0.lock();
    assert_eq!(lines.len(), 5, "{lines:?}");
    let expected = ["switched", "updated", "blocked", "blocked", "unblocked"];
    for (line, what) in lines.iter().zip(expected) {
        assert!(line.contains(&format!("message=limiter {what} ")), "{line}");
        assert!(line.contains("name=\"orders\""), "{line}");
    }
}
