use core::fmt;

/// What one shard or stripe has counted. Kept under its lock, and touched only
/// where a key comes or finds no room: a hit counts nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) made: u64,
    pub(crate) evicted: u64,
    pub(crate) refused: u64,
    pub(crate) shared: u64,
}

/// A table in numbers. The parts of a table that is in use are read one after
/// the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Keys that are held now, idle ones among them.
    pub len: usize,
    /// The room for keys.
    pub capacity: usize,
    /// How often a state was made.
    pub made: u64,
    /// How often an idle key was forgotten.
    pub evicted: u64,
    /// How often a key was refused for want of room.
    pub refused: u64,
    /// How often a key used the shared state for want of room.
    pub shared: u64,
}

impl Snapshot {
    pub(crate) fn add(&mut self, counts: Counts) {
        self.made += counts.made;
        self.evicted += counts.evicted;
        self.refused += counts.refused;
        self.shared += counts.shared;
    }
}

/// There is no room for a new key: every key that might have made way is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Full {}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no room for another key")
    }
}

impl std::error::Error for Full {}
