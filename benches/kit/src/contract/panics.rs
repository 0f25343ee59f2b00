//! Probes of what a panic of the inner service leaves behind.
//!
//! The panic may come out or be turned into an error; either way the next
//! call must work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use tower_service::Service;

use super::bench::Bench;
use crate::control::{Answer, Readiness};
use crate::error::{Carry, ProbeError};

pub(super) fn in_ready<S, E, Req, Res>(bench: &Bench<'_, S, E, Req, Res>) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    with(bench, Readiness::Panic, Answer::Ok)
}

pub(super) fn in_call<S, E, Req, Res>(bench: &Bench<'_, S, E, Req, Res>) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    with(bench, Readiness::Ready, Answer::PanicInCall)
}

pub(super) fn in_future<S, E, Req, Res>(bench: &Bench<'_, S, E, Req, Res>) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    with(bench, Readiness::Ready, Answer::PanicInPoll)
}

fn with<S, E, Req, Res>(
    bench: &Bench<'_, S, E, Req, Res>,
    readiness: Readiness,
    answer: Answer,
) -> Result<(), String>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    let (mut service, control) = bench.fresh();
    control.readiness(readiness);
    control.answer(answer);
    // Twice, for what holds once may be used up then.
    for _ in 0..2 {
        let call = AssertUnwindSafe(|| {
            if let Some(Ok(())) = bench.ready(&mut service) {
                bench.finish(pin!(bench.call(&mut service)));
            }
        });
        // The panic is ours, and what it leaves behind is asked below.
        let _ = catch_unwind(call);
    }
    control.readiness(Readiness::Ready);
    control.answer(Answer::Ok);
    bench.must_still_serve(&mut service, &control).map_err(|what| format!("after the panic {what}"))
}
