//! tower's contract, as probes that a layer passes or fails.
//!
//! A check builds a fresh stack for each probe, breaks one thing in it, and
//! asks whether the layer kept its promises. It says nothing about what the
//! layer decides: set it up so that it admits. Where it has a limit, the
//! sharpest setting is room for one, for then the first leak is seen.
//!
//! [`check`] takes any service, [`check_clone`] one that is `Clone` and runs
//! more. [`Contract`] has the settings: other types of request and response,
//! and a step that lets timers and tasks advance.
//!
//! | probe | what must hold |
//! |---|---|
//! | [`READIED_IS_CALLED`] | the instance that was made ready is the one that is called |
//! | [`UNREADY_CALL`] | a call without readiness neither panics nor leaks |
//! | [`IDLE_READINESS`] | a readied and idle service does not starve its neighbour |
//! | [`DROPPED_READINESS`] | a readied service that is dropped gives all back, and wakes who waits |
//! | [`CLONE_READINESS`] | a clone does not inherit readiness (only `Clone`) |
//! | [`ERROR_KEPT`] | the error of a call comes out as itself: same type, same value |
//! | [`READY_ERROR_KEPT`] | so does the error of `poll_ready` |
//! | [`WOKEN_ONCE`] | a waiting call is woken once, its latest task, and not before there is a reason |
//! | [`READY_WOKEN_ONCE`] | so is one who waits for readiness |
//! | [`DROPPED_AT_ONCE`] | dropping the future drops the inner one at once |
//! | [`FUTURE_OUTLIVES_SERVICE`] | a call ends well although its service is gone |
//! | [`PANIC_IN_READY`] | after a panic of the inner `poll_ready` the next call works |
//! | [`PANIC_IN_CALL`] | after a panic of the inner `call` the next call works |
//! | [`PANIC_IN_FUTURE`] | after a panic of the inner future the next call works |
//!
//! Each probe also asks whether, in the end, all inner services and futures
//! are gone, and whether a future was polled after its end.

mod bench;
mod calls;
mod panics;
mod readiness;
mod waking;

use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tower_service::Service;

use self::bench::{Bench, Make, Traffic, Twin};
use crate::error::{Carry, ProbeError};
use crate::probe::{Probe, panic_message};
use crate::report::{Finding, Report};

/// The instance that was made ready is the one that is called.
pub const READIED_IS_CALLED: &str = "readied-is-called";
/// A call without readiness neither panics nor leaks.
pub const UNREADY_CALL: &str = "unready-call";
/// A readied and idle service does not starve its neighbour.
pub const IDLE_READINESS: &str = "idle-readiness";
/// A readied service that is dropped gives all back, and wakes who waits.
pub const DROPPED_READINESS: &str = "dropped-readiness";
/// A clone does not inherit readiness.
pub const CLONE_READINESS: &str = "clone-readiness";
/// The error of a call comes out as itself.
pub const ERROR_KEPT: &str = "error-kept";
/// The error of `poll_ready` comes out as itself.
pub const READY_ERROR_KEPT: &str = "ready-error-kept";
/// A waiting call is woken once, and not before there is a reason.
pub const WOKEN_ONCE: &str = "woken-once";
/// One who waits for readiness is woken once.
pub const READY_WOKEN_ONCE: &str = "ready-woken-once";
/// Dropping the future drops the inner one at once.
pub const DROPPED_AT_ONCE: &str = "dropped-at-once";
/// A call ends well although its service is gone.
pub const FUTURE_OUTLIVES_SERVICE: &str = "future-outlives-service";
/// After a panic of the inner `poll_ready` the next call works.
pub const PANIC_IN_READY: &str = "panic-in-ready";
/// After a panic of the inner `call` the next call works.
pub const PANIC_IN_CALL: &str = "panic-in-call";
/// After a panic of the inner future the next call works.
pub const PANIC_IN_FUTURE: &str = "panic-in-future";

/// All probes, in the order in which they run.
pub const PROBES: [&str; 14] = [
    READIED_IS_CALLED,
    UNREADY_CALL,
    IDLE_READINESS,
    DROPPED_READINESS,
    CLONE_READINESS,
    ERROR_KEPT,
    READY_ERROR_KEPT,
    WOKEN_ONCE,
    READY_WOKEN_ONCE,
    DROPPED_AT_ONCE,
    FUTURE_OUTLIVES_SERVICE,
    PANIC_IN_READY,
    PANIC_IN_CALL,
    PANIC_IN_FUTURE,
];

/// Checks a service of numbers; see [`Contract::check`].
pub fn check<S, E>(make: impl Fn(Probe<E>) -> S) -> Report
where
    S: Service<u64, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    Contract::new().check(make)
}

/// Checks a service of numbers that is `Clone`; see [`Contract::check_clone`].
pub fn check_clone<S, E>(make: impl Fn(Probe<E>) -> S) -> Report
where
    S: Service<u64, Error: Carry> + Clone,
    E: From<ProbeError> + 'static,
{
    Contract::new().check_clone(make)
}

/// The settings of a check.
pub struct Contract<'a, Req = u64, Res = u64> {
    traffic: Traffic<Req, Res>,
    step: RefCell<Box<dyn FnMut() + 'a>>,
}

impl Contract<'_> {
    /// Requests and responses are numbers, and nothing needs a step.
    pub fn new() -> Self {
        Self::with(|number| number, |request| request)
    }
}

impl Default for Contract<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, Req, Res> Contract<'a, Req, Res> {
    /// For a layer that needs other types: makes the n-th request, and the
    /// response to it.
    pub fn with(request: fn(u64) -> Req, respond: fn(Req) -> Res) -> Self {
        Self { traffic: Traffic { request, respond }, step: RefCell::new(Box::new(|| ())) }
    }

    /// Runs between polls: lets tasks that the layer has spawned run, and its
    /// timers advance.
    ///
    /// Set timers of the layer that the probes are not meant to meet out of
    /// reach: one that fires wakes the call, and a wake too many is a finding.
    ///
    /// The check itself is synchronous. For a layer that needs tokio, enter a
    /// runtime and step it:
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use seawall_kit::{Contract, Probe, contract};
    /// # use tower::{BoxError, buffer::Buffer};
    /// let runtime = tokio::runtime::Builder::new_current_thread()
    ///     .enable_time()
    ///     .start_paused(true)
    ///     .build()?;
    /// let _entered = runtime.enter();
    /// let report = Contract::new()
    ///     .step(|| runtime.block_on(tokio::time::advance(Duration::from_millis(1))))
    ///     .check_clone(|inner: Probe<BoxError>| Buffer::new(inner, 1));
    /// assert!(report.found(contract::WOKEN_ONCE).is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn step(mut self, step: impl FnMut() + 'a) -> Self {
        self.step = RefCell::new(Box::new(step));
        self
    }

    /// Runs all probes but those that need a clone.
    ///
    /// `make` should build the layer anew each time. If it wraps with one
    /// that it keeps, state that one probe leaks shows in all later ones; on
    /// the other hand two services then are neighbours.
    pub fn check<S, E>(&self, make: impl Fn(Probe<E, Req, Res>) -> S) -> Report
    where
        S: Service<Req, Error: Carry>,
        E: From<ProbeError> + 'static,
    {
        let twin = |_: &S, inner: Probe<E, Req, Res>| make(inner);
        self.run(&make, &twin, false)
    }

    /// Runs all probes; neighbours are clones.
    pub fn check_clone<S, E>(&self, make: impl Fn(Probe<E, Req, Res>) -> S) -> Report
    where
        S: Service<Req, Error: Carry> + Clone,
        E: From<ProbeError> + 'static,
    {
        // The unused probe goes at once, so that it is no live instance.
        let twin = |service: &S, _: Probe<E, Req, Res>| service.clone();
        self.run(&make, &twin, true)
    }

    fn run<S, E>(
        &self,
        make: Make<'_, S, E, Req, Res>,
        twin: Twin<'_, S, E, Req, Res>,
        clones: bool,
    ) -> Report
    where
        S: Service<Req, Error: Carry>,
        E: From<ProbeError> + 'static,
    {
        let step = || (self.step.borrow_mut())();
        run(&Bench::new(&self.traffic, &step, make, twin), clones)
    }
}

impl<Req, Res> fmt::Debug for Contract<'_, Req, Res> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contract").finish_non_exhaustive()
    }
}

/// One probe and its name.
type Named<B> = (&'static str, fn(&B) -> Result<(), String>);

fn run<S, E, Req, Res>(bench: &Bench<'_, S, E, Req, Res>, clones: bool) -> Report
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let probes: [Named<Bench<'_, S, E, Req, Res>>; PROBES.len()] = [
        (READIED_IS_CALLED, readiness::readied_is_called),
        (UNREADY_CALL, readiness::unready_call),
        (IDLE_READINESS, readiness::idle_readiness),
        (DROPPED_READINESS, readiness::dropped_readiness),
        (CLONE_READINESS, readiness::clone_readiness),
        (ERROR_KEPT, calls::error_kept),
        (READY_ERROR_KEPT, calls::ready_error_kept),
        (WOKEN_ONCE, waking::woken_once),
        (READY_WOKEN_ONCE, waking::ready_woken_once),
        (DROPPED_AT_ONCE, calls::dropped_at_once),
        (FUTURE_OUTLIVES_SERVICE, calls::future_outlives_service),
        (PANIC_IN_READY, panics::in_ready),
        (PANIC_IN_CALL, panics::in_call),
        (PANIC_IN_FUTURE, panics::in_future),
    ];
    let mut report = Report::default();
    for (name, probe) in probes {
        if name == CLONE_READINESS && !clones {
            continue;
        }
        report.probes.push(name);
        let seen = catch_unwind(AssertUnwindSafe(|| probe(bench).and_then(|()| bench.all_gone())));
        let what = match seen {
            Ok(Ok(())) => continue,
            Ok(Err(what)) => what,
            Err(payload) => format!("panics: {}", panic_message(&*payload)),
        };
        report.findings.push(Finding { probe: name, what });
    }
    report
}
