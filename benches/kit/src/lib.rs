//! A tower layer can pass all of its own tests and still call a service that
//! nobody made ready, hold the last slot while it idles, lose a wake-up, or
//! keep what it took when its future is dropped: the test that would show it
//! is the one that nobody writes. This kit writes them once, for any layer.

pub mod alloc;
pub mod cancel;
pub mod contract;

mod control;
mod error;
mod probe;
mod report;
mod wakes;

pub use contract::Contract;
pub use control::{Answer, Control, Readiness, Record};
pub use error::{Carry, ProbeError};
pub use probe::{Probe, ProbeFuture};
pub use report::{Finding, Report};
pub use wakes::Wakes;
