//! A waker that counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Wake, Waker};

/// Counts how often it was woken.
///
/// ```
/// let wakes = seawall_kit::Wakes::new();
/// wakes.waker().wake_by_ref();
/// assert_eq!(wakes.take(), 1);
/// assert_eq!(wakes.take(), 0);
/// ```
#[derive(Debug)]
pub struct Wakes {
    count: Arc<Count>,
    waker: Waker,
}

#[derive(Debug, Default)]
struct Count(AtomicU64);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // A count publishes nothing else.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Wakes {
    /// A waker that nobody has woken yet.
    pub fn new() -> Self {
        let count = Arc::new(Count::default());
        Self { waker: Waker::from(Arc::clone(&count)), count }
    }

    /// The waker to poll with.
    pub fn waker(&self) -> &Waker {
        &self.waker
    }

    /// The wakes since it was last asked.
    pub fn take(&self) -> u64 {
        self.count.0.swap(0, Ordering::Relaxed)
    }
}

impl Default for Wakes {
    fn default() -> Self {
        Self::new()
    }
}
