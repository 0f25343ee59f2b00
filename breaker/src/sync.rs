//! Std's atomics and `parking_lot`'s lock, or loom's.

#[cfg(seawall_loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(not(seawall_loom))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering, fence};

#[cfg(not(seawall_loom))]
pub(crate) use parking_lot::Mutex;

/// Loom's lock with `parking_lot`'s interface.
#[cfg(seawall_loom)]
#[derive(Debug)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

#[cfg(seawall_loom)]
#[expect(clippy::unwrap_used, reason = "a model that panicked is over")]
impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Mutex(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap()
    }
}

/// Keeps a word that threads share off the cache lines of its neighbours: two
/// lines, since processors fetch them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);
