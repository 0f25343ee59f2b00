//! One event per transition, for `tracing`.

use crate::event::Event;
use crate::word::State;

/// A macro, since the level of an event is part of its place in the code.
macro_rules! say {
    ($level:ident, $event:expr) => {{
        let event = $event;
        tracing::$level!(
            name = event.name,
            from = event.from.as_str(),
            to = event.to.as_str(),
            reason = event.reason.as_str(),
            generation = event.generation,
            calls = event.calls,
            failed = event.failed,
            slow = event.slow,
            streak = event.streak,
            open_for_ms = event.open_for.map(|time| time.as_millis()),
            "circuit {}",
            event.to.as_str()
        )
    }};
}

pub(crate) fn tell(event: &Event) {
    match event.to {
        State::Open | State::ForcedOpen => say!(warn, event),
        _ => say!(info, event),
    }
}
