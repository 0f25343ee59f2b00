/// What a [`Table`](crate::Table) must know of its states: how they begin, and
/// when they say no more than a fresh one would.
///
/// Its methods run under a shard's lock: they must be short, and must not use
/// the same table.
pub trait Rule<Q: ?Sized, V> {
    /// The state of a key that is not held. Whatever was known of it has been
    /// idle at `since`, or was never there: a clock that went back behind
    /// `since` gains nothing if the state is made as of `since`.
    fn fresh(&self, key: &Q, since: u64) -> V;

    /// Whether the key may be forgotten at `now`: nobody could tell its state
    /// from a fresh one.
    fn is_idle(&self, key: &Q, state: &V, now: u64) -> bool;
}

/// What [`Fingerprints`](crate::Fingerprints) must know of their words.
///
/// Its methods may run several times for one call.
pub trait WordRule {
    /// How many bits a state needs, from 1 to 63. What is left of 63 numbers the
    /// holders of a slot, so that a thread that was asleep while its slot was
    /// given away three, or thirty thousand, times over is not deceived by a
    /// word that looks as before. Where a holder's first word is above all
    /// words of the holder before it, as with time stamps that only rise, 63
    /// leaves nothing to wish for.
    const BITS: u32;

    /// The word of a key that is not held; `since` as in [`Rule::fresh`].
    fn fresh(&self, since: u64) -> u64;

    /// Whether a key with this word may be forgotten at `now`: nobody could
    /// tell it from a fresh one.
    fn is_idle(&self, word: u64, now: u64) -> bool;
}
