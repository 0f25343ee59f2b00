//! Probes of what becomes of a call: its error, its end, its drop.

use std::any::{TypeId, type_name};
use std::pin::pin;

use tower_service::Service;

use super::bench::Bench;
use crate::control::{Answer, Control, Readiness};
use crate::error::{Carry, ProbeError};
use crate::wakes::Wakes;

/// Whether `error` is one that the probe gave since it had given `before`.
fn is_the_inner_one<S, E>(
    error: &S,
    control: &Control,
    before: u64,
    from_ready: bool,
) -> Result<(), String>
where
    S: Carry,
    E: 'static,
{
    let Some(carried) = error.carried() else {
        return Err(format!("the inner error is replaced or wrapped: {error:?}"));
    };
    if !control.gave(carried, before) || carried.is_from_ready() != from_ready {
        return Err(format!("the error is not that of this call: {error:?}"));
    }
    if TypeId::of::<S>() != TypeId::of::<E>() {
        return Err(format!(
            "the error type changes from {} to {}",
            type_name::<E>(),
            type_name::<S>()
        ));
    }
    Ok(())
}

pub(super) fn error_kept<S, E, Req, Res>(bench: &Bench<'_, S, E, Req, Res>) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    control.answer(Answer::Error);
    for _ in 0..2 {
        let before = control.errors();
        bench.must_ready(&mut service)?;
        match bench.finish(pin!(bench.call(&mut service))) {
            Some(Err(error)) => is_the_inner_one::<_, E>(&error, &control, before, false)?,
            Some(Ok(_)) => return Err("the inner service fails, yet the call succeeds".into()),
            None => return Err("a call that fails does not end".into()),
        }
    }
    Ok(())
}

pub(super) fn ready_error_kept<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    control.readiness(Readiness::Error);
    let outcome = match bench.ready(&mut service) {
        // It may ask the inner service only when it is called.
        Some(Ok(())) => bench.finish(pin!(bench.call(&mut service))).map(|it| it.map(|_| ())),
        outcome => outcome,
    };
    match outcome {
        Some(Err(error)) => is_the_inner_one::<_, E>(&error, &control, 0, true),
        Some(Ok(())) => Err("the inner poll_ready fails, yet the call succeeds".into()),
        None => Err("the error of the inner poll_ready does not come out".into()),
    }
}

pub(super) fn dropped_at_once<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    let gone = |when: &str| match control.record().live_futures {
        0 => Ok(()),
        _ => Err(format!("the inner future outlives the outer one, {when}")),
    };
    control.answer(Answer::Pending);
    bench.must_ready(&mut service)?;
    drop(bench.call(&mut service));
    gone("dropped before its first poll")?;

    bench.must_ready(&mut service)?;
    let mut future = Box::pin(bench.call(&mut service));
    let wakes = Wakes::new();
    let poll = || Bench::<S, E, Req, Res>::poll(future.as_mut(), &wakes);
    if bench.poll_until_quiet(&wakes, poll)?.is_ready() {
        return Err("the call ends before the inner service answers".into());
    }
    drop(future);
    gone("dropped while it waits")?;

    control.answer(Answer::Ok);
    bench.must_ready(&mut service)?;
    let mut future = Box::pin(bench.call(&mut service));
    bench.must_finish(future.as_mut())?;
    drop(future);
    gone("dropped after its end")?;
    bench.must_still_serve(&mut service, &control)
}

pub(super) fn future_outlives_service<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    control.answer(Answer::Pending);
    bench.must_ready(&mut service)?;
    let future = bench.call(&mut service);
    drop(service);
    let mut future = pin!(future);
    let wakes = Wakes::new();
    let poll = || Bench::<S, E, Req, Res>::poll(future.as_mut(), &wakes);
    if bench.poll_until_quiet(&wakes, poll)?.is_ready() {
        return Err("the call ends when its service is dropped".into());
    }
    control.release_calls();
    bench.must_finish(future)
}
