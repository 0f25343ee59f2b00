use core::fmt;
use std::thread;

/// How many keys, and what happens to those for which there is no room.
///
/// An inert value: nothing is checked before a table is made of it, or until
/// [`check`](Self::check) is called.
///
/// ```
/// use seawall_keyed::{Overflow, Policy};
///
/// let policy = Policy::new(100_000).with_overflow(Overflow::Share);
/// assert!(policy.check().is_ok());
///
/// let impossible = Policy::new(0).with_shards(3).check();
/// assert_eq!(
///     impossible.unwrap_err().to_string(),
///     "capacity is 0, must be from 1 to 1073741824; \
///      shards is 3, must be a power of two, at most 4096 and at most the capacity",
/// );
/// ```
///
/// # Default
///
/// | setting | unless set |
/// |---|---|
/// | `shards` | eight per processor, fewer for less than 512 keys each |
/// | `overflow` | [`Overflow::Refuse`] |
/// | `seed` | random for each table |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a policy holds nothing by itself"]
pub struct Policy {
    capacity: usize,
    shards: Option<usize>,
    overflow: Overflow,
    seed: Option<u64>,
}

/// What becomes of a new key when there is no room, and no key near it is idle.
/// Both are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// It is answered [`Full`](crate::Full).
    #[default]
    Refuse,
    /// All such keys share one state, made fresh for the first of them.
    Share,
}

impl Policy {
    /// The most keys that a policy may ask for.
    pub const MOST: usize = 1 << 30;
    /// Fewer keys than this are not worth a shard.
    const WORTH: usize = 512;
    /// The most shards.
    const SHARDS: usize = 4096;

    /// Room for `capacity` keys.
    pub const fn new(capacity: usize) -> Self {
        Policy { capacity, shards: None, overflow: Overflow::Refuse, seed: None }
    }

    /// The number of locks, a power of two. More of them let more threads in at
    /// once, and spread the keys less evenly.
    pub const fn with_shards(mut self, shards: usize) -> Self {
        self.shards = Some(shards);
        self
    }

    /// What happens at the cap.
    pub const fn with_overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// The seed of the hashing, for tests that repeat. Who knows it can make
    /// keys that meet.
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The room for keys.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// What happens at the cap.
    pub const fn overflow(&self) -> Overflow {
        self.overflow
    }

    /// The seed, where it is set.
    pub const fn seed(&self) -> Option<u64> {
        self.seed
    }

    #[cfg(feature = "serde")]
    pub(crate) const fn own_shards(&self) -> Option<usize> {
        self.shards
    }

    /// The number of locks.
    pub fn shards(&self) -> usize {
        if let Some(shards) = self.shards {
            return shards;
        }
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let most = (threads * 8).next_power_of_two().clamp(1, Self::SHARDS);
        let worth = (self.capacity / Self::WORTH).max(1);
        most.min(1 << worth.ilog2())
    }

    /// Whether a table can keep it: every fault at once.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        let mut faults = Vec::new();
        if self.capacity == 0 || self.capacity > Self::MOST {
            let allowed = "must be from 1 to 1073741824";
            faults.push(Fault { field: "capacity", value: self.capacity, allowed });
        }
        if let Some(shards) = self.shards {
            let most = self.capacity.clamp(1, Self::SHARDS);
            if !shards.is_power_of_two() || shards > most {
                let allowed = "must be a power of two, at most 4096 and at most the capacity";
                faults.push(Fault { field: "shards", value: shards, allowed });
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(InvalidPolicy { faults }) }
    }

    /// The fault of a capacity for which there is no memory.
    pub(crate) fn too_much(&self) -> InvalidPolicy {
        let allowed = "is more than there is memory for";
        InvalidPolicy { faults: vec![Fault { field: "capacity", value: self.capacity, allowed }] }
    }
}

/// One fault of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fault {
    field: &'static str,
    value: usize,
    allowed: &'static str,
}

/// A policy that no table can keep. It names every fault: the field, its value
/// and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPolicy {
    faults: Vec<Fault>,
}

impl InvalidPolicy {
    /// The fields that are wrong.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.faults.iter().map(|fault| fault.field)
    }
}

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            let comma = if i == 0 { "" } else { "; " };
            write!(f, "{comma}{} is {}, {}", fault.field, fault.value, fault.allowed)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidPolicy {}
