//! A limit per address or per user needs a state per address or per user, and
//! whoever can invent addresses can make a map of them grow until the process
//! dies. These tables never hold more keys than they were made for: a key whose
//! state says no more than a fresh one would makes way for a new one, a key
//! that is in use never does.
//!
//! ```
//! use seawall_keyed::{Policy, Rule, Table};
//!
//! /// One call per key and second; the state is when the next one is due.
//! struct Second;
//!
//! impl Rule<str, u64> for Second {
//!     fn fresh(&self, _: &str, since: u64) -> u64 {
//!         since
//!     }
//!     fn is_idle(&self, _: &str, due: &mut u64, now: u64) -> bool {
//!         *due <= now
//!     }
//! }
//!
//! let table: Table<String, u64> = Table::new(Policy::new(1))?;
//! let call = |who: &str, now: u64| {
//!     table.with(who, now, &Second, |due, _| {
//!         let pass = *due <= now;
//!         *due = if pass { now + 1_000_000_000 } else { *due };
//!         pass
//!     })
//! };
//! assert_eq!(call("ann", 5), Ok(true));
//! assert_eq!(call("ann", 6), Ok(false));
//! // Room for one, which is in use.
//! assert!(call("bob", 6).is_err());
//! // A second later nobody could tell `ann` from a stranger.
//! assert_eq!(call("bob", 1_000_000_005), Ok(true));
//! assert_eq!(table.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | | [`Table`] | [`Fingerprints`] |
//! |---|---|---|
//! | key | kept, looked up by borrow | a 64-bit seeded hash of it |
//! | state | any type | up to 63 bits |
//! | two keys mixed up | never | 3 × 10⁻⁸ pairs among a million keys |
//! | a hit | a short lock | no lock, one compare-and-swap |
//! | a new key | the same lock, up to 64 looks at others | a short lock, its 16 slots |
//! | memory | 12 bytes, key and state, each for the capacity | 25.6 bytes for the capacity |
//! | most keys held | the capacity | 1.6 times the capacity |
//! | memory of idle keys | kept while a sixteenth is free | kept until the slot is needed |
//! | can also | visit, retain, remove | visit words |
//!
//! # What becomes of a key
//!
//! A key is made by its first call, in one place, however many threads bring it.
//! It stays at least until it is idle, and that is the [`Rule`]'s word: a state
//! that nobody can tell from a fresh one, and that nobody has in hand. So eviction
//! changes no verdict. There is no background task and no sweep: each new key
//! that finds little room looks at a few others, and takes the places of those that
//! are idle. As long as there is room nobody goes, so who calls now and then is a
//! hit although idle in between.
//!
//! At the cap, with nobody idle nearby, a new key is refused ([`Full`]) or
//! shares one state with all others for whom there is no room
//! ([`Overflow::Share`]); both are counted. A flood of invented keys can thus
//! keep strangers out for as long as it makes the table's keys stay in use; it
//! frees nobody from a limit, and takes no memory. Who used the shared state, and
//! finds room later, begins with a state of its own: two bursts at most.
//!
//! A closure is told whose state it has ([`Found`]); a key that is only to be
//! looked at, or given something back, is not made
//! ([`Table::with_existing`], [`Fingerprints::update_existing`]).
//!
//! Times are numbers that only the rule reads. A clock may go back: the tables
//! remember the highest time at which something was evicted, and hand it to
//! [`Rule::fresh`] as `since`, so that nothing is gained by having been forgotten.
//! One reading from far ahead is remembered, too: the code that decides has to
//! take a state from further ahead than any of its own for a wrong clock's, and
//! begin anew, as it must for a key that was called at that time.
//!
//! # Trade-offs
//!
//! Memory is reserved where a table is made and never given back; nothing grows
//! and nothing is rehashed, so no call pays for others. What remains is the
//! first touch of fresh memory, which the system fills with zeros: the
//! [`Table`]'s entries are touched as keys come, a [`Fingerprints`] table when it
//! is made. Where the system promises more memory than it has, a capacity beyond
//! that ends the process; where it does not, it is an [`InvalidPolicy`].
//!
//! The room is shared out to shards, and a key whose shard is full is refused
//! although others have room. With the shards of a machine of two processors the
//! first one came at 93 % of a capacity of ten thousand (in the worst of 300
//! tables at 86 %), and at 99 % of a million. With one shard it is the capacity.
//!
//! The hash is fast and seeded from the system's randomness, but no
//! cryptographic one: against somebody who can watch the timing of millions of
//! calls nothing is promised. Equal `Hash` output for unequal keys makes a
//! [`Table`] slow, and [`Fingerprints`] take them for one key.
//!
//! When not to use it: a few keys known beforehand want a field or an array;
//! where each key must be remembered, use a map and find its memory elsewhere;
//! where the least recently used key may be forgotten although it is in use, you
//! want a cache.

mod claim;
mod counts;
mod fingerprints;
mod hash;
mod lines;
mod policy;
mod rule;
#[cfg(feature = "serde")]
mod settings;
mod shard;
mod slot;
#[allow(unused_imports, reason = "the file is the same in all crates; no fence is needed here")]
mod sync;
mod table;

pub use crate::counts::{Full, Snapshot};
pub use crate::fingerprints::Fingerprints;
pub use crate::policy::{InvalidPolicy, Overflow, Policy};
pub use crate::rule::{Found, Rule, RuleFn, WordRule, rule_fn};
pub use crate::table::Table;

/// Compiles and runs the example of the readme.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
