use core::fmt;

/// What a [`Table`](crate::Table) must know of its states: how they begin, and
/// when they say no more than a fresh one would.
///
/// Its methods run under a shard's lock: they must be short, and must not use
/// the same table. [`rule_fn`] makes a rule of two closures.
pub trait Rule<Q: ?Sized, V> {
    /// The state of a key that is not held. Whatever was known of it has been
    /// idle at `since`, or was never there: a clock that went back behind
    /// `since` gains nothing if the state is made as of `since`.
    fn fresh(&self, key: &Q, since: u64) -> V;

    /// Whether the key may be forgotten at `now`: nobody could tell its state
    /// from a fresh one, and nobody is using it.
    ///
    /// The state is lent mutably for states that are handed out as an `Arc`:
    /// `Arc::get_mut` answers only where nobody else has one, and sees all that
    /// they did with it.
    fn is_idle(&self, key: &Q, state: &mut V, now: u64) -> bool;
}

impl<Q: ?Sized, V, U: Rule<Q, V> + ?Sized> Rule<Q, V> for &U {
    fn fresh(&self, key: &Q, since: u64) -> V {
        (**self).fresh(key, since)
    }
    fn is_idle(&self, key: &Q, state: &mut V, now: u64) -> bool {
        (**self).is_idle(key, state, now)
    }
}

/// A [`Rule`] of two closures: see [`rule_fn`].
#[derive(Clone, Copy)]
pub struct RuleFn<F, I> {
    fresh: F,
    is_idle: I,
}

/// The rule whose states `fresh` makes, and of which `is_idle` tells whether
/// they may go.
///
/// ```
/// use std::sync::Arc;
/// use seawall_keyed::{Policy, Table, rule_fn};
///
/// // A permit list per host. One that somebody has in hand is not forgotten.
/// let rule = rule_fn(
///     |_: &str, _since| Arc::new(Vec::new()),
///     |_: &str, list: &mut Arc<Vec<u8>>, _now| Arc::get_mut(list).is_some_and(|l| l.is_empty()),
/// );
/// let table: Table<String, Arc<Vec<u8>>> = Table::new(Policy::new(1))?;
/// let ann = table.with("ann", 0, &rule, |list, _| Arc::clone(list))?;
/// assert!(table.with("bob", 1, &rule, |_, _| ()).is_err());
/// drop(ann);
/// assert!(table.with("bob", 2, &rule, |_, _| ()).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const fn rule_fn<Q, V, F, I>(fresh: F, is_idle: I) -> RuleFn<F, I>
where
    Q: ?Sized,
    F: Fn(&Q, u64) -> V,
    I: Fn(&Q, &mut V, u64) -> bool,
{
    RuleFn { fresh, is_idle }
}

impl<Q, V, F, I> Rule<Q, V> for RuleFn<F, I>
where
    Q: ?Sized,
    F: Fn(&Q, u64) -> V,
    I: Fn(&Q, &mut V, u64) -> bool,
{
    fn fresh(&self, key: &Q, since: u64) -> V {
        (self.fresh)(key, since)
    }
    fn is_idle(&self, key: &Q, state: &mut V, now: u64) -> bool {
        (self.is_idle)(key, state, now)
    }
}

impl<F, I> fmt::Debug for RuleFn<F, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleFn").finish_non_exhaustive()
    }
}

/// What [`Fingerprints`](crate::Fingerprints) must know of their words.
///
/// All calls of one table bring the same rule, or rules that agree: a word does
/// not say whose it is, and is asked about by whoever wants its slot. Where
/// keys have quotas of their own, let the words be times, which are idle or not
/// whatever the quota.
///
/// Its methods may run several times for one call, and under the lock of a
/// stripe: they must not use the same table.
pub trait WordRule {
    /// How many bits a state needs, from 1 to 63; another number does not
    /// compile. What is left of 63 numbers the
    /// holders of a slot, so that a thread that was asleep while its slot was
    /// given away three, or thirty thousand, times over is not deceived by a
    /// word that looks as before. Where a holder's first word is above all
    /// words of the holder before it, as with time stamps that only rise, 63
    /// leaves nothing to wish for.
    ///
    /// ```compile_fail,E0080
    /// # use seawall_keyed::{Fingerprints, Policy, WordRule};
    /// # struct Wide;
    /// impl WordRule for Wide {
    ///     const BITS: u32 = 64;
    /// #   fn fresh(&self, _: u64) -> u64 { 0 }
    /// #   fn is_idle(&self, _: u64, _: u64) -> bool { true }
    /// }
    /// # let prints = Fingerprints::new(Policy::new(1)).unwrap();
    /// prints.get("ann", &Wide);
    /// ```
    const BITS: u32;

    /// The word of a key that is not held; `since` as in [`Rule::fresh`].
    fn fresh(&self, since: u64) -> u64;

    /// Whether a key with this word may be forgotten at `now`: nobody could
    /// tell it from a fresh one.
    fn is_idle(&self, word: u64, now: u64) -> bool;
}

impl<U: WordRule + ?Sized> WordRule for &U {
    const BITS: u32 = U::BITS;
    fn fresh(&self, since: u64) -> u64 {
        (**self).fresh(since)
    }
    fn is_idle(&self, word: u64, now: u64) -> bool {
        (**self).is_idle(word, now)
    }
}

/// Whose state a closure is given.
///
/// The state of a key that is new may be that of a moment after `now`, where
/// another thread's reading of the clock was later: see [`Rule::fresh`]. Whoever
/// decides by the time takes the later of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Found {
    /// The key's own.
    Held,
    /// The key's own, made for this call.
    New,
    /// The one that all keys share for which there is no room.
    Shared,
}
