//! Random numbers that can be seeded: the same seed, the same numbers.

use core::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Another one in each process.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0_u64));
static THREADS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The draws of this thread, numbered apart from those of all others.
    static DRAWS: Cell<u64> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed) << 40);
}

/// The `n`th draw by a seed; without one, a draw that nobody else ever gets.
pub(crate) fn next(seed: Option<u64>, n: u64) -> u64 {
    let own = || DRAWS.with(|draws| draws.replace(draws.get().wrapping_add(1)));
    seed.map_or_else(|| draw(*PROCESS, own()), |seed| draw(seed, n))
}

/// An even draw for the `n`th time (the mixing of `SplitMix64`): unlike seeds
/// and unlike numbers give unlike draws.
fn draw(seed: u64, n: u64) -> u64 {
    let mixed = |z: u64| {
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    mixed(mixed(seed).wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}
