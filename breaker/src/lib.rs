//! Whether at all: a circuit breaker.
mod breaker;
mod chance;
mod check;

mod cursor;
mod event;
mod extra;
mod faults;
#[cfg(feature = "keyed")]
mod group;
mod hangs;
mod log;
mod machine;
mod mode;
mod permit;
mod policy;
mod ring;
mod rules;
mod shared;
#[allow(unused_imports, dead_code, reason = "the file is the same in all crates")]
mod sync;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod tell;
mod ticket;
mod time;
mod window;
mod word;

pub use crate::breaker::Breaker;
pub use crate::event::{Event, Events, Next, Reason};
pub use crate::faults::InvalidPolicy;
pub use crate::mode::{Mode, Snapshot};
pub use crate::permit::{OwnedPermit, Permit};
pub use crate::policy::{Policy, Share, Window};
pub use crate::ticket::Receipt;
pub use crate::word::State;
