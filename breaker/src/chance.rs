//! Random numbers that can be seeded: the same seed, the same numbers.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

/// Another one in each process.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0_u64));

/// A seed that no other process has.
pub(crate) fn process() -> u64 {
    *PROCESS
}

/// An even draw for the `n`th time (the mixing of `SplitMix64`): unlike seeds
/// and unlike numbers give unlike draws.
pub(crate) fn draw(seed: u64, n: u64) -> u64 {
    let mixed = |z: u64| {
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    mixed(mixed(seed).wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}
