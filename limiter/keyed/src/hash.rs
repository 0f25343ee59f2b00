//! One hash per call, seeded, so that nobody outside can make keys meet.

use core::hash::{BuildHasher, Hash};
use std::sync::LazyLock;

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;

/// The seed that all tables of a process share; what tells them apart is
/// another one. From the system's randomness: foldhash's own comes from
/// addresses and the clock.
static SHARED: LazyLock<SharedSeed> = LazyLock::new(|| SharedSeed::from_u64(random()));

/// 64 bits of the system's randomness.
fn random() -> u64 {
    std::hash::RandomState::new().hash_one(0_u64)
}

#[derive(Clone)]
pub(crate) struct Seeded(SeedableRandomState);

impl Seeded {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Seeded(match seed {
            Some(seed) => SeedableRandomState::with_seed(seed, SharedSeed::global_fixed()),
            None => SeedableRandomState::with_seed(random(), &SHARED),
        })
    }

    #[inline]
    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.0.hash_one(key)
    }
}

/// Maps the bits of `hash`, the topmost first, to `0..n`. Without a division,
/// and keeps the order of the hashes.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "below n")]
pub(crate) fn spread(hash: u64, n: usize) -> usize {
    ((u128::from(hash) * n as u128) >> 64) as usize
}
