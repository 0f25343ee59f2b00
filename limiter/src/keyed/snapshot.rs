use crate::mode::Mode;

/// How a keyed limiter stands. The parts of one that is in use are read one
/// after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyedSnapshot {
    /// Keys that are held, idle ones among them.
    pub keys: usize,
    /// The room for keys.
    pub capacity: usize,
    /// How often a key's state was made.
    pub made: u64,
    /// How often an idle key was forgotten.
    pub forgotten: u64,
    /// How often a call was refused since there was no room for its key.
    pub refused: u64,
    /// How often a call used the shared limit since there was no room for its key.
    pub shared: u64,
    /// For how many keys somebody waits, or that are blocked, or were until lately.
    pub in_line: usize,
    /// The bytes that were reserved, without what keys and stacks own elsewhere.
    pub bytes: usize,
    /// The mode.
    pub mode: Mode,
    /// How many calls passed that would have been refused, in shadow mode.
    pub shadowed: u64,
    /// How many calls passed at once that would have waited, in shadow mode.
    pub delayed: u64,
}
