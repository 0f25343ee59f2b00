use crate::fixed::Fixed;
use crate::prelude::*;

/// A counter that starts anew at each multiple of the period.
///
/// At most `limit` pass between two multiples of the period, counted from the
/// origin of time: of the process, or of the `now` that is given. So around
/// such a moment twice the limit may pass in one period. Take it where a
/// contract counts that way (a bill per day), or where everybody must be able
/// to compute the reset.
///
/// Clones share the counter.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::{FixedWindow, Quota};
///
/// let at = Duration::from_secs;
/// let window = FixedWindow::new(Quota::per_minute(100))?;
/// assert!(window.try_acquire_many_at(100, at(59)).is_ok());
/// assert!(window.try_acquire_many_at(100, at(59)).is_err());
/// assert!(window.try_acquire_many_at(100, at(60)).is_ok(), "200 within a second");
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
///
/// # Trade-offs
///
/// Start and count do not fit one word, so each call takes a short lock.
#[derive(Clone, Debug)]
pub struct FixedWindow(Arc<Gate<Fixed>>);

one_quota!(FixedWindow, Quota::check_window, Fixed::new, 0);
verbs!(FixedWindow, Fixed);
