//! Probes of who is woken, and how often.

use std::pin::pin;
use std::task::Poll;

use tower_service::Service;

use super::bench::Bench;
use crate::control::{Answer, Control, Readiness};
use crate::error::{Carry, ProbeError};
use crate::wakes::Wakes;

fn exactly_once(wakes: &Wakes) -> Result<(), String> {
    match wakes.take() {
        0 => Err("is not woken when the inner service is".into()),
        1 => Ok(()),
        count => Err(format!("is woken {count} times for one reason")),
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
        control.release_calls();
        bench.step();
        let who = if moved { "the call, moved to another task," } else { "the call" };
        exactly_once(waker).map_err(|what| format!("{who} {what}"))?;
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
            release_ready(bench, &control, &wakes, "who waits for readiness")?;
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
            release_ready(bench, &control, &wakes, "a call that waits for readiness")?;
            bench.must_finish(future)
        }
    }
}

fn release_ready<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
    control: &Control,
    wakes: &Wakes,
    who: &str,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    control.release_ready();
    bench.step();
    exactly_once(wakes).map_err(|what| format!("{who} {what}"))
}
