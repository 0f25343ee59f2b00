//! A limit for each key, in bounded memory.

mod ask;
mod bucket;
mod charge;
mod charge_verbs;
mod control;
mod error;
mod gates;
mod handle;
mod hashed;
mod kind;
mod line;
mod look;
mod plan;
mod ring;
#[cfg(feature = "serde")]
mod settings;
mod snapshot;
mod stack;
mod steer;
mod store;
mod tag;
mod take;
#[cfg(feature = "tokio")]
mod wait;
mod words;

use core::hash::Hash;

pub use seawall_keyed::{Overflow, Policy as Keys};

pub use self::charge::KeyedCharge;
pub use self::error::InvalidKeyed;
pub use self::handle::Keyed;
pub use self::hashed::Hashed;
pub use self::plan::Plan;
pub use self::snapshot::KeyedSnapshot;

/// The most plans that one limiter has.
pub(crate) const MOST_PLANS: usize = 1024;

/// What can be a key of a [`Keyed`]: the borrowed form, as of a `Cow`, so that
/// asking for a key copies nothing. `str`, `[u8]`, `u64`, `IpAddr`, `(u32, u32)` …
///
/// Implemented for all types that can be. `Hash`, `Eq` and `ToOwned` run under a
/// lock: they must be short, and must not use the limiter, which would wait for
/// itself.
pub trait Key: Hash + Eq + ToOwned<Owned: Hash + Eq + Send + Sync + 'static> + 'static {}

impl<K> Key for K where
    K: Hash + Eq + ToOwned<Owned: Hash + Eq + Send + Sync + 'static> + ?Sized + 'static
{
}
