//! Probes of who is made ready, who is called, and who holds what meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use tower_service::Service;

use super::bench::Bench;
use crate::control::{Answer, Control, Readiness};
use crate::error::{Carry, ProbeError};
use crate::probe::panic_message;
use crate::wakes::Wakes;

/// Enough to use up any limit that a test would set.
const MANY: u32 = 100;

fn called_ready(control: &Control) -> Result<(), String> {
    let seen = control.record();
    if seen.unready_calls == 0 {
        return Ok(());
    }
    Err(format!("{} of {} calls reach an unready inner service", seen.unready_calls, seen.calls))
}

pub(super) fn readied_is_called<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    for _ in 0..3 {
        bench.must_serve(&mut service)?;
    }
    // As servers do that clone for each request.
    for _ in 0..3 {
        let mut twin = bench.twin(&service, &control);
        bench.must_serve(&mut twin)?;
    }
    called_ready(&control)?;
    let calls = control.record().calls;
    if calls < 6 {
        return Err(format!("6 calls reach the inner service {calls} times"));
    }

    // Readiness that comes late. A layer may refuse then, but not call.
    control.readiness(Readiness::Pending);
    let wakes = Wakes::new();
    if Bench::<S, E, Req, Res>::poll_ready(&mut service, &wakes).is_pending() {
        control.release_ready();
        bench.must_serve(&mut service)?;
    } else {
        call_before_ready(bench, &mut service, &control)?;
    }

    // A layer that tries again must make ready again.
    bench.must_ready(&mut service)?;
    control.answer_next([Answer::Error; 3]);
    control.readiness(Readiness::Pending);
    call_before_ready(bench, &mut service, &control)
}

/// Calls, and makes the inner service ready only then.
fn call_before_ready<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
    service: &mut S,
    control: &Control,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let mut future = pin!(bench.call(service));
    let early = Bench::<S, E, Req, Res>::poll(future.as_mut(), &Wakes::new());
    bench.step();
    called_ready(control)?;
    control.release_ready();
    if early.is_pending() && bench.finish(future).is_none() {
        return Err("a call made before the inner service was ready does not end".into());
    }
    called_ready(control)
}

pub(super) fn unready_call<S, E, Req, Res>(bench: &Bench<'_, S, E, Req, Res>) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    let mut seen = Vec::new();
    // It may refuse, for the caller has broken the contract; it must answer.
    let mut call = |service: &mut S, polled: bool| {
        let called = AssertUnwindSafe(|| {
            let future = pin!(bench.call(service));
            !polled || bench.finish(future).is_some()
        });
        match catch_unwind(called) {
            Ok(true) => {}
            Ok(false) => seen.push("the call does not end".to_owned()),
            Err(payload) => seen.push(format!("panics: {}", panic_message(&*payload))),
        }
    };
    call(&mut service, true);
    call(&mut service, true);
    call(&mut bench.twin(&service, &control), true);
    call(&mut bench.twin(&service, &control), false);
    if let Err(what) = bench.must_still_serve(&mut service, &control) {
        seen.push(format!("afterwards {what}"));
    }
    seen.dedup();
    if seen.is_empty() { Ok(()) } else { Err(seen.join("; ")) }
}

pub(super) fn idle_readiness<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut idle, control) = bench.fresh();
    bench.must_ready(&mut idle)?;
    let mut twin = bench.twin(&idle, &control);
    bench.must_serve(&mut twin).map_err(|what| format!("beside an idle one a neighbour {what}"))?;
    // Its readiness is still good, however long ago it was.
    bench.must_finish(pin!(bench.call(&mut idle)))?;
    called_ready(&control)
}

pub(super) fn dropped_readiness<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    bench.must_ready(&mut service)?;
    bench.must_ready(&mut service).map_err(|what| format!("asked twice, it {what}"))?;
    let mut twin = bench.twin(&service, &control);
    let wakes = Wakes::new();
    let waits = bench
        .poll_until_quiet(&wakes, || Bench::<S, E, Req, Res>::poll_ready(&mut twin, &wakes))?
        .is_pending();
    drop(service);
    bench.step();
    if waits && wakes.take() == 0 {
        return Err("who waits is not woken when a readied service is dropped".into());
    }
    let lost = |what| format!("after a readied service was dropped {what}");
    bench.must_serve(&mut twin).map_err(lost)?;
    for _ in 0..MANY {
        bench.must_ready(&mut bench.twin(&twin, &control)).map_err(lost)?;
    }
    bench.must_serve(&mut twin).map_err(lost)
}

pub(super) fn clone_readiness<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    bench.must_ready(&mut service)?;
    // From here on no other instance is ready, so a clone must not say so
    // and then call through.
    control.readiness(Readiness::Pending);
    let mut clone = bench.twin(&service, &control);
    let ready = Bench::<S, E, Req, Res>::poll_ready(&mut clone, &Wakes::new());
    if matches!(ready, Poll::Ready(Ok(()))) {
        call_before_ready(bench, &mut clone, &control)
            .map_err(|what| format!("by a clone of a readied service: {what}"))?;
        control.readiness(Readiness::Pending);
    }
    // The original is as ready as it was.
    {
        let mut future = pin!(bench.call(&mut service));
        let early = Bench::<S, E, Req, Res>::poll(future.as_mut(), &Wakes::new());
        called_ready(&control)?;
        control.release_ready();
        if early.is_pending() {
            bench.must_finish(future)?;
        }
    }
    bench.must_serve(&mut clone)?;
    called_ready(&control)
}
