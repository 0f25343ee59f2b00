//! A tower layer can pass all of its own tests and still call a service that
//! nobody made ready, hold the last slot while it idles, lose a wake-up, or
//! keep what it took when its future is dropped: the test that would show it
//! is the one that nobody writes. This kit writes them once, for any layer.
//!
//! ```
//! use seawall_kit::{Probe, contract};
//! use tower::limit::ConcurrencyLimit;
//!
//! // Room for one: the sharpest setting.
//! let report = contract::check_clone(|inner: Probe| ConcurrencyLimit::new(inner, 1));
//!
//! // tower's own limit holds its slot from `poll_ready` on.
//! report.assert_only(&[contract::UNREADY_CALL, contract::IDLE_READINESS]);
//! assert_eq!(
//!     report.found(contract::IDLE_READINESS),
//!     Some("beside an idle one a neighbour does not become ready"),
//! );
//! ```
//!
//! For a layer of your own it is `report.assert_clean()`. The inner service is
//! a [`Probe`], whose error type is the one that the stack needs: for a layer
//! that is used with `BoxError` take `Probe<BoxError>`; for one that demands
//! something of its error type, such as a `From`, write an enum and implement
//! [`Carry`] for it.
//!
//! | module | what it shows |
//! |---|---|
//! | [`contract`] | that a layer keeps tower's contract, in fourteen probes |
//! | [`cancel`] | that a future gives all back, wherever it is dropped |
//! | [`alloc`] | that a path does not allocate |
//! | [`extremes`] | that no number makes it panic |
//! | [`clock`] | clocks that stand, go back, leap, or come to their end |
//! | [`compile`] | that the compiler refuses what it must, in the words promised |
//!
//! # Trade-offs
//!
//! A check is synchronous and drives one thread, so it says nothing about
//! races: those are a model checker's. It looks at no decision of a layer. It
//! catches unwinding, so a layer that panics while it is dropped by a panic
//! aborts the test. Linking the kit replaces the global allocator by one that
//! counts.

pub mod alloc;
pub mod cancel;
pub mod clock;
pub mod compile;
pub mod contract;
pub mod extremes;

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

/// Compiles and runs the example of the readme.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
