//! Decides whether to call a backend at all, so that one which does not answer
//! takes neither its callers' time nor, when it comes back, their whole crowd.
//!
//! ```
//! use std::time::Duration;
//! use seawall_breaker::{Breaker, Policy, State};
//!
//! let orders = Breaker::new(Policy::new().with_consecutive(2).with_name("orders"))?;
//! for _ in 0..2 {
//!     let permit = orders.try_acquire().expect("it is closed");
//!     permit.fail(); // or succeed(), complete(outcome); dropped, it was given up
//! }
//! let refused = orders.try_acquire().unwrap_err();
//! assert_eq!((orders.state(), refused.who()), (State::Open, "orders"));
//! assert!(refused.retry_after().unwrap() <= Duration::from_secs(5));
//! # Ok::<(), seawall_breaker::InvalidPolicy>(())
//! ```
//!
//! | type | what it is for |
//! |---|---|
//! | [`Breaker`] | cuts a backend off, probes it, lets it in again |
//! | [`Policy`] | by which rules, for how long; [`Policy::strict`], [`Policy::hystrix`] |
//! | [`Permit`], [`OwnedPermit`] | a call that may go: says how it ended, or drops |
//! | [`Events`] | its transitions, in order |
//! | [`Throttle`] | refuses a part of the calls, as many as would be turned away |
//! | `BreakerLayer`, `ThrottleLayer` (feature `tower`) | the same before a service |
//! | `Keyed`, `KeyedThrottle` (feature `keyed`) | one per host or method, bounded |
//!
//! # How it works
//!
//! A sequential machine under a short lock decides everything that is rare:
//! failures, slow calls, probes, modes. Two words let the common calls past it: in
//! the closed state an arrival reads one word, and a success adds to the current
//! bucket; in the open state an arrival compares the clock with one more. So each
//! transition has one winner, and events come in order, without a race to think of.
//!
//! No timer runs. That an open time or the patience with a probe is over is found
//! out by whoever comes next.
//!
//! # Time
//!
//! Each verb that looks at the clock exists with `_at(now)` too, `now` being a
//! duration since an origin of the caller's choice: one origin per breaker. A
//! reading behind the latest one counts as the latest; one that is further behind
//! than any legal wait shows that the clock had leapt ahead, and then all that it
//! noted goes back with it.
//!
//! # Trade-offs
//!
//! - Volume and shares are judged when a call fails or is slow, not when a success
//!   fills the volume.
//! - A window of time goes on in steps of a bucket. A bucket that counts more than
//!   eight million calls halves its counts: shares stay, older calls weigh less.
//! - A success in a bucket's last half microsecond takes the lock.
//! - Each process judges for itself.
//! - With the feature `test-util` the clock is tokio's; make breakers inside the
//!   runtime then.
mod breaker;
#[cfg(all(feature = "metrics", feature = "tower"))]
mod calls;
mod chance;
mod check;

mod cursor;
mod draws;
mod event;
mod extra;
mod faults;
#[cfg(feature = "tower")]
pub mod future;
#[cfg(feature = "keyed")]
mod group;
mod hangs;
mod held;
#[cfg(feature = "tower")]
mod hint;
#[cfg(feature = "keyed")]
mod keyed;
#[cfg(feature = "keyed")]
mod keyed_throttle;
#[cfg(feature = "tower")]
mod layer;
mod log;
mod machine;
#[cfg(feature = "metrics")]
mod metrics;
mod mode;
mod odds;
mod permit;
mod policy;
mod publish;
mod ring;
mod rules;
mod run;
#[cfg(feature = "serde")]
pub mod serde;
#[cfg(feature = "tower")]
mod service;
mod shared;
#[cfg(feature = "serde")]
mod span;
#[allow(unused_imports, dead_code, reason = "the file is the same in all crates")]
mod sync;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod tell;
mod throttle;
#[cfg(feature = "tower")]
mod throttle_layer;
mod throttle_permit;
mod throttle_policy;
mod ticket;
mod time;
#[cfg(feature = "tracing")]
mod trace;
mod tries;
mod window;
mod word;

pub use crate::breaker::Breaker;
pub use crate::event::{Event, Events, Next, Reason};
pub use crate::faults::InvalidPolicy;
#[cfg(feature = "tower")]
pub use crate::hint::{Hint, HintByCode, NoHint};
#[cfg(feature = "keyed")]
pub use crate::keyed::{InvalidKeyed, Keyed, KeyedPermit};
#[cfg(feature = "keyed")]
pub use crate::keyed_throttle::KeyedThrottle;
#[cfg(feature = "tower")]
pub use crate::layer::BreakerLayer;
pub use crate::mode::{Mode, Snapshot};
pub use crate::permit::{OwnedPermit, Permit};
pub use crate::policy::{Policy, Share, Window};
#[cfg(feature = "tower")]
pub use crate::service::BreakerService;
pub use crate::throttle::{Throttle, ThrottleSnapshot};
#[cfg(feature = "tower")]
pub use crate::throttle_layer::{ThrottleLayer, ThrottleService};
pub use crate::throttle_permit::ThrottlePermit;
pub use crate::throttle_policy::ThrottlePolicy;
pub use crate::ticket::Receipt;
pub use crate::word::State;

/// Compiles and runs the example of the readme.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
