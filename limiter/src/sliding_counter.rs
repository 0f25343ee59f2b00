use crate::counter::Counter;
use crate::prelude::*;

/// The sliding window as many services approximate it: two counters, of this
/// period and the last, the last weighed by how much of it would still be in sight.
///
/// **It promises nothing exact.** The weight takes for granted that the last
/// period was evenly filled. With a limit of 1000 the worst window holds 1999;
/// of 100 random traces of bursts and rests all pass the limit in some window,
/// by up to 569; and a call is refused while 636 are free in truth (`cargo test
/// -p seawall-limiter --test counter_error -- --nocapture`).
/// Take it to be compatible with a service that counts so; otherwise take
/// [`SlidingWindow`](crate::SlidingWindow).
///
/// Clones share the counters.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::{Quota, SlidingCounter};
///
/// let at = Duration::from_secs;
/// let window = SlidingCounter::new(Quota::per_minute(100))?;
/// assert!(window.try_acquire_many_at(100, at(59)).is_ok());
/// assert_eq!(window.remaining_at(at(90)), 50, "in truth none: all of it is 31 s old");
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
///
/// # Trade-offs
///
/// Start and counts do not fit one word, so each call takes a short lock.
#[derive(Clone, Debug)]
pub struct SlidingCounter(Arc<Gate<Counter>>);

one_quota!(SlidingCounter, Quota::check_window, Counter::new, 0);
verbs!(SlidingCounter, Counter);
