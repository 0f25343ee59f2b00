//! Whether at all: a circuit breaker.
mod breaker;
mod chance;
mod check;

mod cursor;
mod event;
mod extra;
mod faults;
#[cfg(feature = "tower")]
pub mod future;
#[cfg(feature = "keyed")]
mod group;
mod hangs;
#[cfg(feature = "tower")]
mod hint;
#[cfg(feature = "keyed")]
mod keyed;
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
pub use crate::keyed::{InvalidKeyed, Keyed, KeyedPermit, KeyedThrottle};
#[cfg(feature = "tower")]
pub use crate::layer::BreakerLayer;
pub use crate::mode::{Mode, Snapshot};
pub use crate::permit::{OwnedPermit, Permit};
pub use crate::policy::{Policy, Share, Window};
#[cfg(feature = "tower")]
pub use crate::service::BreakerService;
pub use crate::throttle::{Throttle, ThrottlePermit, ThrottleSnapshot};
#[cfg(feature = "tower")]
pub use crate::throttle_layer::{ThrottleLayer, ThrottleService};
pub use crate::throttle_policy::ThrottlePolicy;
pub use crate::ticket::Receipt;
pub use crate::word::State;
