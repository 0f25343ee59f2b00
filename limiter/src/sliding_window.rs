use crate::prelude::*;
use crate::sliding::Sliding;

/// No window of the period's length, wherever it begins, holds more than the
/// limit.
///
/// In bounded memory: twelve entries, whatever the limit. What passes within a
/// tenth of the period shares an entry, which is kept until all of it is old;
/// so room may come back up to a tenth of a period late, and at worst ten
/// elevenths of the limit pass in the long run. After a change of
/// the quota the promise holds for what passed since, and what was remembered.
///
/// Clones share the window.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::{Quota, SlidingWindow};
///
/// let at = Duration::from_secs;
/// let window = SlidingWindow::new(Quota::per_minute(100))?;
/// assert!(window.try_acquire_many_at(100, at(59)).is_ok());
/// assert!(window.try_acquire_many_at(100, at(60)).is_err());
/// assert!(window.try_acquire_many_at(100, at(119)).is_ok());
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
///
/// # Trade-offs
///
/// The log does not fit one word, so each call takes a short lock.
#[derive(Clone, Debug)]
pub struct SlidingWindow(Arc<Gate<Sliding>>);

one_quota!(SlidingWindow, Quota::check_window, Sliding::new, 0);
verbs!(SlidingWindow, Sliding);
