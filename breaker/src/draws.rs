//! Draws for those who set no seed: nobody ever gets the same one.

use core::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::chance;

static THREADS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The draws of this thread, numbered apart from those of all others.
    static DRAWS: Cell<u64> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed) << 40);
}

/// The `n`th draw by a seed; without one, a draw of one's own.
pub(crate) fn next(seed: Option<u64>, n: u64) -> u64 {
    let own = || DRAWS.with(|draws| draws.replace(draws.get().wrapping_add(1)));
    match seed {
        Some(seed) => chance::draw(seed, n),
        None => chance::draw(chance::process(), own()),
    }
}
