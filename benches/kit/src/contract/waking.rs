//! Probes of who is woken, and how often.

use std::pin::pin;
use std::task::Poll;

use tower_service::Service;

use super::bench::Bench;
use crate::control::{Answer, Control, Readiness};
use crate::error::{Carry, ProbeError};
use crate::wakes::Wakes;

/// One wake for one reason. A layer that has several inner futures running, or
/// makes several inner services ready, is released several times at once and
/// may pass each of these on.
fn once<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
    control: &Control,
    wakes: &Wakes,
    release: fn(&Control),
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let before = control.record().wakes;
    release(control);
    let reasons = (control.record().wakes - before).max(1);
    match bench.step_until_woken(wakes) {
        0 => Err("is not woken when the inner service is".into()),
        count if count > reasons => Err(format!("is woken {count} times for {reasons} reason(s)")),
        _ => Ok(()),
    }
}

pub(super) fn woken_once<S, E, Req, Res>(bench: &Bench<'_, S, E, Req, Res>) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    for moved in [false, true] {
        control.answer(Answer::Pending);
        bench.must_ready(&mut service)?;
        let mut future = pin!(bench.call(&mut service));
        let (first, second) = (Wakes::new(), Wakes::new());
        let mut waker = &first;
        let poll = || Bench::<S, E, Req, Res>::poll(future.as_mut(), waker);
        let mut early = bench.poll_until_quiet(waker, poll)?;
        if moved {
            // The future is now polled by another task; only that one counts.
            waker = &second;
            let poll = || Bench::<S, E, Req, Res>::poll(future.as_mut(), waker);
            early = bench.poll_until_quiet(waker, poll)?;
        }
        if early.is_ready() {
            return Err("the call ends before the inner service answers".into());
        }
        let who = if moved { "the call, moved to another task," } else { "the call" };
        once(bench, &control, waker, Control::release_calls)
            .map_err(|what| format!("{who} {what}"))?;
        bench.must_finish(future)?;
    }
    Ok(())
}

pub(super) fn ready_woken_once<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    control.readiness(Readiness::Pending);
    let wakes = Wakes::new();
    let poll = || Bench::<S, E, Req, Res>::poll_ready(&mut service, &wakes);
    match bench.poll_until_quiet(&wakes, poll)? {
        Poll::Pending => {
            once(bench, &control, &wakes, Control::release_ready)
                .map_err(|what| format!("who waits for readiness {what}"))?;
            bench.must_serve(&mut service)
        }
        Poll::Ready(Err(error)) => Err(format!("poll_ready fails: {error:?}")),
        // It waits in the call instead, or refuses there.
        Poll::Ready(Ok(())) => {
            let mut future = pin!(bench.call(&mut service));
            let poll = || Bench::<S, E, Req, Res>::poll(future.as_mut(), &wakes);
            if bench.poll_until_quiet(&wakes, poll)?.is_ready() {
                return Ok(());
            }
            once(bench, &control, &wakes, Control::release_ready)
                .map_err(|what| format!("a call that waits for readiness {what}"))?;
            bench.must_finish(future)
        }
    }
}
