//! What transitions tell through the `metrics` facade. Names and labels stand
//! here, and in `calls.rs`, only.

use metrics::{counter, gauge};

use crate::event::Event;
use crate::word::State;

/// Transitions, by `name`, `state` (the new one) and `reason`.
const TRANSITIONS: &str = "seawall_breaker_transitions_total";
/// 1 for the state in which it is, 0 for all others, by `name` and `state`.
const STATE: &str = "seawall_breaker_state";

pub(crate) fn tell(event: &Event) {
    let (to, reason) = (event.to.as_str(), event.reason.as_str());
    counter!(TRANSITIONS, "name" => event.name, "state" => to, "reason" => reason).increment(1);
    for state in State::ALL {
        let value = if state == event.to { 1.0 } else { 0.0 };
        gauge!(STATE, "name" => event.name, "state" => state.as_str()).set(value);
    }
}
