//! One stack on the bench: what all probes do to it.

use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tower_service::Service;

use crate::control::Control;
use crate::error::{Carry, ProbeError};
use crate::probe::Probe;
use crate::wakes::Wakes;

/// Polls, with a step after each, before a call counts as stuck.
const PATIENCE: u32 = 200;

/// Builds a stack.
pub(super) type Make<'a, S, E, Req, Res> = &'a dyn Fn(Probe<E, Req, Res>) -> S;
/// Builds a neighbour of a stack.
pub(super) type Twin<'a, S, E, Req, Res> = &'a dyn Fn(&S, Probe<E, Req, Res>) -> S;

/// What goes in and out.
pub(super) struct Traffic<Req, Res> {
    pub(super) request: fn(u64) -> Req,
    pub(super) respond: fn(Req) -> Res,
}

pub(super) struct Bench<'a, S, E, Req, Res> {
    traffic: &'a Traffic<Req, Res>,
    step: &'a dyn Fn(),
    make: Make<'a, S, E, Req, Res>,
    twin: Twin<'a, S, E, Req, Res>,
    requests: Cell<u64>,
    /// The hand on the latest stack.
    latest: RefCell<Option<Control>>,
}

impl<'a, S, E, Req, Res> Bench<'a, S, E, Req, Res>
where
    S: Service<Req, Error: Carry>,
    E: From<ProbeError> + 'static,
{
    pub(super) fn new(
        traffic: &'a Traffic<Req, Res>,
        step: &'a dyn Fn(),
        make: Make<'a, S, E, Req, Res>,
        twin: Twin<'a, S, E, Req, Res>,
    ) -> Self {
        let (requests, latest) = (Cell::new(0), RefCell::new(None));
        Self { traffic, step, make, twin, requests, latest }
    }

    /// A new stack.
    pub(super) fn fresh(&self) -> (S, Control) {
        let (inner, control) = Probe::with(self.traffic.respond);
        *self.latest.borrow_mut() = Some(control.clone());
        ((self.make)(inner), control)
    }

    /// A neighbour that may share state with `service`.
    pub(super) fn twin(&self, service: &S, control: &Control) -> S {
        (self.twin)(service, Probe::of(control, self.traffic.respond))
    }

    pub(super) fn step(&self) {
        (self.step)();
    }

    pub(super) fn poll_ready(service: &mut S, wakes: &Wakes) -> Poll<Result<(), S::Error>> {
        service.poll_ready(&mut Context::from_waker(wakes.waker()))
    }

    /// Makes ready; `None` if it never becomes so.
    pub(super) fn ready(&self, service: &mut S) -> Option<Result<(), S::Error>> {
        let wakes = Wakes::new();
        self.patiently(|| Self::poll_ready(service, &wakes))
    }

    /// Makes ready, where nothing should stand against it.
    pub(super) fn must_ready(&self, service: &mut S) -> Result<(), String> {
        match self.ready(service) {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(format!("poll_ready fails: {error:?}")),
            None => Err("does not become ready".into()),
        }
    }

    /// Calls, whether it is ready or not.
    pub(super) fn call(&self, service: &mut S) -> S::Future {
        let number = self.requests.get();
        self.requests.set(number + 1);
        service.call((self.traffic.request)(number))
    }

    pub(super) fn poll(
        future: Pin<&mut S::Future>,
        wakes: &Wakes,
    ) -> Poll<Result<S::Response, S::Error>> {
        future.poll(&mut Context::from_waker(wakes.waker()))
    }

    /// Polls to the end; `None` if there is none.
    pub(super) fn finish(
        &self,
        mut future: Pin<&mut S::Future>,
    ) -> Option<Result<S::Response, S::Error>> {
        let wakes = Wakes::new();
        self.patiently(|| Self::poll(future.as_mut(), &wakes))
    }

    /// Polls to the end, where nothing should stand against it.
    pub(super) fn must_finish(&self, future: Pin<&mut S::Future>) -> Result<(), String> {
        match self.finish(future) {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(format!("the call fails: {error:?}")),
            None => Err("the call does not end".into()),
        }
    }

    /// One whole call, where nothing should stand against it.
    pub(super) fn must_serve(&self, service: &mut S) -> Result<(), String> {
        self.must_ready(service)?;
        self.must_finish(pin!(self.call(service)))
    }

    /// The same on the service and on a neighbour of it.
    pub(super) fn must_still_serve(
        &self,
        service: &mut S,
        control: &Control,
    ) -> Result<(), String> {
        self.must_serve(service)?;
        let mut twin = self.twin(service, control);
        self.must_serve(&mut twin).map_err(|what| format!("on a neighbour {what}"))
    }

    /// Polls for as long as it was woken since: a layer that hands on to a
    /// task of its own has a reason to wake before the inner service does.
    /// `Err` if it goes on for ever.
    pub(super) fn poll_until_quiet<T>(
        &self,
        wakes: &Wakes,
        mut poll: impl FnMut() -> Poll<T>,
    ) -> Result<Poll<T>, String> {
        for _ in 0..PATIENCE {
            wakes.take();
            if let Poll::Ready(done) = poll() {
                return Ok(Poll::Ready(done));
            }
            self.step();
            if wakes.take() == 0 {
                return Ok(Poll::Pending);
            }
        }
        Err("spins: wakes again and again although nothing has happened".into())
    }

    /// Steps until somebody is woken, and once more; the number of wakes.
    pub(super) fn step_until_woken(&self, wakes: &Wakes) -> u64 {
        let first = self.patiently(|| match wakes.take() {
            0 => Poll::Pending,
            count => Poll::Ready(count),
        });
        self.step();
        first.unwrap_or(0) + wakes.take()
    }

    /// `None` if it stays pending.
    fn patiently<T>(&self, mut poll: impl FnMut() -> Poll<T>) -> Option<T> {
        for _ in 0..PATIENCE {
            if let Poll::Ready(done) = poll() {
                return Some(done);
            }
            self.step();
        }
        None
    }

    /// Whether the latest stack is gone and was treated well.
    pub(super) fn all_gone(&self) -> Result<(), String> {
        let Some(control) = self.latest.take() else { return Ok(()) };
        // A task that the layer has spawned may have to run to end.
        self.patiently(|| match control.record() {
            it if it.live_services + it.live_futures == 0 => Poll::Ready(()),
            _ => Poll::Pending,
        });
        let seen = control.record();
        let complaints = [
            (seen.live_services, "inner services are never dropped"),
            (seen.live_futures, "inner futures are never dropped"),
            (seen.polled_after_end, "polls of an inner future that had answered"),
        ];
        match complaints.into_iter().find(|(count, _)| *count > 0) {
            Some((count, what)) => Err(format!("{count} {what}")),
            None => Ok(()),
        }
    }
}
