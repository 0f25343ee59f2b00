//! Measures Seawall's crates beside their peers.
//!
//! A figure is worth something only beside another: each [`Case`] does the same
//! work as the others of its group, in the same run. Three programs use the cases:
//!
//! - `cargo bench -p seawall-benches` runs criterion over them.
//! - `cargo run --release -p seawall-benches --bin table -- limiter` prints one table:
//!   nanoseconds on one thread and on two, the ratio to the peer, instructions (where
//!   valgrind is installed) and allocations per operation.
//! - `--bin once` runs one case a stated number of times, for a profiler.

pub mod breaker;
pub mod case;
pub mod keyed;
pub mod limiter;
pub mod measure;

pub use case::Case;

/// A runtime whose timers some peers want to be made in; enter it first.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_time().build()
}

/// All cases of all crates.
pub fn all() -> Vec<Case> {
    let mut cases = limiter::cases();
    cases.extend(breaker::cases());
    cases.extend(keyed::cases());
    cases
}
