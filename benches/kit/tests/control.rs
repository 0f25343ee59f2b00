//! The control group: tower's own layers, and exactly what the kit finds in
//! them. A probe that stops finding it, or finds more, fails here.
#![allow(clippy::disallowed_methods, reason = "a test looks at tokio's paused clock")]

use std::cell::Cell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_kit::alloc::{allocations, assert_no_allocations};
use seawall_kit::cancel::{drop_at_every_poll, drop_at_every_poll_async};
use seawall_kit::contract::*;
use seawall_kit::extremes::{DURATION, U64, casualties, pairs, survives};
use seawall_kit::{Answer, Probe, ProbeError, Report};
use tokio::runtime::{Builder, Runtime};
use tower::buffer::Buffer;
use tower::limit::rate::Rate;
use tower::limit::{ConcurrencyLimit, RateLimit};
use tower::load_shed::LoadShed;
use tower::retry::{Policy, Retry};
use tower::timeout::Timeout;
use tower::{BoxError, Service, ServiceExt};

const MILLISECOND: Duration = Duration::from_millis(1);
/// Out of reach of all steps that one probe makes.
const FAR: Duration = Duration::from_secs(3_600);

fn paused() -> Runtime {
    let built = Builder::new_current_thread().enable_time().start_paused(true).build();
    built.unwrap_or_else(|error| unreachable!("a runtime without I/O: {error}"))
}

/// Checks inside a runtime with a paused clock that goes on at each step.
fn stepped(check: impl FnOnce(Contract<'_>) -> Report) -> Report {
    let runtime = paused();
    let _entered = runtime.enter();
    check(Contract::new().step(|| runtime.block_on(tokio::time::advance(MILLISECOND))))
}

#[track_caller]
fn says(report: &Report, probe: &str, what: &str) {
    let found = report.found(probe).unwrap_or("nothing");
    assert!(found.contains(what), "{probe} finds: {found}");
}

#[test]
fn the_bare_probe_is_clean() {
    check_clone(|inner: Probe| inner).assert_clean();
    check_clone(|inner: Probe<BoxError>| inner).assert_clean();
    assert_eq!(check_clone(|inner: Probe| inner).probes(), PROBES);
}

#[test]
fn a_service_that_is_not_clone_is_checked_without_clones() {
    let report = check(|inner: Probe| inner);
    report.assert_clean();
    assert_eq!(report.probes().len(), PROBES.len() - 1);
    assert!(!report.probes().contains(&CLONE_READINESS));
}

#[test]
fn timeout_changes_the_error_type_but_not_the_error() {
    let report =
        stepped(|kit| kit.check_clone(|inner: Probe<ProbeError>| Timeout::new(inner, FAR)));
    report.assert_only(&[ERROR_KEPT, READY_ERROR_KEPT]);
    says(&report, ERROR_KEPT, "the error type changes from seawall_kit::error::ProbeError to");
    // Where errors are boxed already it keeps them.
    stepped(|kit| kit.check_clone(|inner: Probe<BoxError>| Timeout::new(inner, FAR)))
        .assert_clean();
}

#[test]
fn concurrency_limit_starves_and_panics() {
    let report = check_clone(|inner: Probe| ConcurrencyLimit::new(inner, 1));
    report.assert_only(&[UNREADY_CALL, IDLE_READINESS]);
    says(&report, UNREADY_CALL, "panics: max requests in-flight; poll_ready must be called first");
    says(&report, IDLE_READINESS, "beside an idle one a neighbour does not become ready");
    // With room to spare one idle clone is not seen to starve another.
    let report = check_clone(|inner: Probe| ConcurrencyLimit::new(inner, 50));
    report.assert_only(&[UNREADY_CALL]);
}

#[test]
fn rate_limit_panics_beyond_its_rate() {
    let rate = Rate::new(1, MILLISECOND);
    let report = stepped(|kit| kit.check(|inner: Probe| RateLimit::new(inner, rate)));
    report.assert_only(&[UNREADY_CALL]);
    says(&report, UNREADY_CALL, "panics: service not ready; poll_ready must be called first");
    // Within its rate it does not.
    let rate = Rate::new(1_000, FAR);
    stepped(|kit| kit.check(|inner: Probe| RateLimit::new(inner, rate))).assert_clean();
}

#[test]
fn load_shed_changes_the_error_type_and_nothing_else() {
    let report = check_clone(|inner: Probe| LoadShed::new(inner));
    report.assert_only(&[ERROR_KEPT, READY_ERROR_KEPT]);
    check_clone(|inner: Probe<BoxError>| LoadShed::new(inner)).assert_clean();
}

#[test]
fn load_shed_over_a_limit_refuses_although_nobody_calls() {
    let report =
        check_clone(|inner: Probe<BoxError>| LoadShed::new(ConcurrencyLimit::new(inner, 1)));
    report.assert_only(&[IDLE_READINESS]);
    says(&report, IDLE_READINESS, "a neighbour the call fails: Overloaded");
}

#[test]
fn buffer_dies_of_panics_and_of_unready_calls() {
    let always = [UNREADY_CALL, READY_ERROR_KEPT, PANIC_IN_READY, PANIC_IN_CALL];
    let report = stepped(|kit| kit.check_clone(|inner: Probe<BoxError>| Buffer::new(inner, 200)));
    report.assert_only(&always);
    says(&report, UNREADY_CALL, "panics: `send_item` called without first calling `poll_reserve`");
    says(&report, UNREADY_CALL, "afterwards poll_ready fails: Closed");
    says(&report, READY_ERROR_KEPT, "the inner error is replaced or wrapped: ServiceError");
    says(&report, PANIC_IN_READY, "after the panic poll_ready fails: Closed");
    says(&report, PANIC_IN_CALL, "after the panic poll_ready fails: Closed");
    // With room for one it starves its neighbour, too.
    let report = stepped(|kit| kit.check_clone(|inner: Probe<BoxError>| Buffer::new(inner, 1)));
    report.assert_only(&[&always[..], &[IDLE_READINESS]].concat());
}

#[test]
fn buffer_without_a_runtime_that_runs_loses_all_calls() {
    // Control of the step: without it the worker of the buffer never runs.
    let runtime = paused();
    let _entered = runtime.enter();
    let report = check_clone(|inner: Probe<BoxError>| Buffer::new(inner, 200));
    says(&report, READIED_IS_CALLED, "the call does not end");
    says(&report, WOKEN_ONCE, "the call is not woken");
}

/// Tries twice more.
#[derive(Clone)]
struct TwiceMore(u32);

impl Policy<u64, u64, ProbeError> for TwiceMore {
    type Future = std::future::Ready<()>;

    fn retry(&mut self, _: &mut u64, result: &mut Result<u64, ProbeError>) -> Option<Self::Future> {
        (result.is_err() && self.0 > 0).then(|| {
            self.0 -= 1;
            std::future::ready(())
        })
    }

    fn clone_request(&mut self, request: &u64) -> Option<u64> {
        Some(*request)
    }
}

#[test]
fn retry_is_clean_in_all_its_attempts() {
    check_clone(|inner: Probe| Retry::new(TwiceMore(2), inner)).assert_clean();
}

#[test]
fn other_types_than_numbers_pass_through() {
    let kit = Contract::with(|n| n.to_string(), |request: String| request.len());
    kit.check_clone(|inner: Probe<ProbeError, String, usize>| ConcurrencyLimit::new(inner, 1))
        .assert_only(&[UNREADY_CALL, IDLE_READINESS]);
}

#[test]
fn concurrency_limit_gives_its_slot_back_wherever_it_is_dropped() {
    let (inner, control) = Probe::<ProbeError>::new();
    control.answer(Answer::Pending);
    let service = ConcurrencyLimit::new(inner, 1);
    let slot_is_free = || {
        let ready = service.clone().poll_ready(&mut Context::from_waker(Waker::noop()));
        matches!(ready, Poll::Ready(Ok(())))
    };
    let held = Cell::new(0);
    let polls = drop_at_every_poll(
        || service.clone().oneshot(1),
        |polls| {
            held.set(held.get() + u32::from(!slot_is_free()));
            if polls == 3 {
                control.release_calls();
            }
        },
        |polls| assert!(slot_is_free(), "dropped after {polls} polls"),
    );
    // Polled once to wait, twice in vain, and released.
    assert_eq!(polls, 4);
    // The check can fail: while the call waits the slot is not free.
    assert_eq!(held.get(), 1 + 2 + 3 + 3);
}

#[tokio::test(start_paused = true)]
async fn timeout_drops_the_inner_call_wherever_it_is_dropped() {
    let (inner, control) = Probe::<BoxError>::new();
    control.answer(Answer::Pending);
    let service = Timeout::new(inner, MILLISECOND * 3);
    let polls = drop_at_every_poll_async(
        async || service.clone().oneshot(1),
        async |_| {
            assert_eq!(control.record().live_futures, 1);
            tokio::time::advance(MILLISECOND).await;
        },
        async |_| assert_eq!(control.record().live_futures, 0),
    )
    .await;
    assert_eq!(polls, 4);
}

#[test]
fn limits_and_timeouts_do_not_allocate_and_a_boxed_future_does() {
    let runtime = paused();
    let _entered = runtime.enter();
    let mut limit = ConcurrencyLimit::new(Probe::<ProbeError>::new().0, 1);
    assert_no_allocations("concurrency limit", 1_000, || serve(&mut limit));
    let mut timeout = Timeout::new(Probe::<BoxError>::new().0, FAR);
    assert_no_allocations("timeout", 1_000, || serve(&mut timeout));
    let mut shed = LoadShed::new(Probe::<BoxError>::new().0);
    assert_no_allocations("load shed", 1_000, || serve(&mut shed));
    let mut boxed = ServiceExt::<u64>::map_future(Probe::<ProbeError>::new().0, Box::pin);
    assert_eq!(allocations(|| (0..1_000).for_each(|_| serve(&mut boxed))), 1_000);
}

/// One call that is answered at once.
fn serve<S: Service<u64>>(service: &mut S) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready());
    assert!(pin!(service.call(1)).poll(&mut context).is_ready());
}

#[test]
fn rate_limit_does_not_survive_the_extremes_and_timeout_does() {
    let runtime = paused();
    let _entered = runtime.enter();
    survives("timeout", DURATION.iter().copied(), |timeout| {
        serve(&mut Timeout::new(Probe::<BoxError>::new().0, timeout));
    });
    let died = casualties(pairs(U64, DURATION), |(count, period)| {
        serve(&mut RateLimit::new(Probe::<ProbeError>::new().0, Rate::new(count, period)));
    });
    // Nothing and never are refused by a panic; the far future overflows.
    let unbearable = |count: u64, period: Duration| {
        let end = tokio::time::Instant::now().checked_add(period);
        count == 0 || period.is_zero() || end.is_none()
    };
    let expected = pairs(U64, DURATION).filter(|&(count, period)| unbearable(count, period));
    assert!(died.iter().map(|(input, _)| *input).eq(expected));
    let said = |part: &str| died.iter().filter(|(_, what)| what.contains(part)).count();
    assert!(said("num > 0") > 0 && said("as_nanos() > 0") > 0 && said("overflow") > 0);
}
