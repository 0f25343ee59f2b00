//! A layer with one fault at a time: every probe of the contract finds the
//! fault that it is there for, and none finds one in the layer without.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;
use seawall_kit::contract::*;
use seawall_kit::{Probe, ProbeError, ProbeFuture, Readiness};
use tower::Service;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Sound,
    CallsAClone,
    SaysReadyUnasked,
    DoesNotCall,
    PanicsUnready,
    UnreadyCallLosesTheSlot,
    HoldsSlotWhileIdle,
    TakesASlotPerReady,
    LosesSlotsOnDrop,
    GivesSlotBackInSilence,
    CopiesReadiness,
    RepeatsFirstError,
    MakesErrorSuccess,
    SwapsReadyError,
    SwallowsWake,
    DoublesWake,
    Spins,
    WakesFirstTaskOnly,
    SwallowsReadyWake,
    DoublesReadyWake,
    SpinsUntilReady,
    KeepsInnerFuture,
    DiesWithItsService,
    LosesSlotOnPanicInReady,
    LosesSlotOnPanicInCall,
    LosesSlotOnPanicInFuture,
    LeaksService,
    PollsAfterEnd,
}
use Fault::*;

/// What the faults need to misbehave across calls and clones.
#[derive(Default)]
struct Shared {
    /// Slots that are taken.
    taken: u32,
    waiting: Vec<Waker>,
    error: Option<ProbeError>,
    kept: Vec<Arc<Mutex<ProbeFuture>>>,
}

/// A slot, given back in the way of the fault.
struct Slot(Arc<Mutex<Shared>>, Fault);

impl Drop for Slot {
    fn drop(&mut self) {
        let mut shared = self.0.lock();
        shared.taken -= 1;
        let waiting = mem::take(&mut shared.waiting);
        drop(shared);
        if self.1 != GivesSlotBackInSilence {
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

struct Broken {
    fault: Fault,
    inner: Probe,
    shared: Arc<Mutex<Shared>>,
    alive: Arc<()>,
    ready: bool,
    slot: Option<Slot>,
}

impl Broken {
    fn new(inner: Probe, fault: Fault) -> Self {
        let leaked = inner.clone();
        if fault == LeaksService {
            mem::forget(leaked);
        }
        let (shared, alive) = Default::default();
        Self { fault, inner, shared, alive, ready: false, slot: None }
    }

    /// The slots of those faulty ones that take one when they are made ready.
    fn limit(&self) -> Option<u32> {
        match self.fault {
            HoldsSlotWhileIdle | TakesASlotPerReady | GivesSlotBackInSilence => Some(1),
            LosesSlotsOnDrop => Some(50),
            _ => None,
        }
    }
}

impl Clone for Broken {
    fn clone(&self) -> Self {
        Self {
            fault: self.fault,
            inner: self.inner.clone(),
            shared: Arc::clone(&self.shared),
            alive: Arc::default(),
            ready: self.ready && self.fault == CopiesReadiness,
            slot: None,
        }
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        if self.fault == LosesSlotsOnDrop {
            mem::forget(self.slot.take());
        }
    }
}

struct Twice(Waker);

impl Wake for Twice {
    fn wake(self: Arc<Self>) {
        self.0.wake_by_ref();
        self.0.wake_by_ref();
    }
}

fn twice(waker: &Waker) -> Waker {
    Arc::new(Twice(waker.clone())).into()
}

impl Service<u64> for Broken {
    type Response = u64;
    type Error = ProbeError;
    type Future = Pin<Box<dyn Future<Output = Result<u64, ProbeError>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ProbeError>> {
        let again = self.ready && self.fault == TakesASlotPerReady;
        if self.fault == SaysReadyUnasked || (self.ready && !again) {
            return Poll::Ready(Ok(()));
        }
        if let Some(limit) = self.limit().filter(|_| again || self.slot.is_none()) {
            let mut shared = self.shared.lock();
            if shared.taken == limit {
                shared.waiting.push(context.waker().clone());
                return Poll::Pending;
            }
            shared.taken += 1;
            self.slot = Some(Slot(Arc::clone(&self.shared), self.fault));
        }
        // No guard: what panics below keeps the slot.
        let unguarded = self.fault == LosesSlotOnPanicInReady;
        if unguarded && mem::replace(&mut self.shared.lock().taken, 1) == 1 {
            return Poll::Pending;
        }
        let waker = match self.fault {
            SwallowsReadyWake => Waker::noop().clone(),
            DoublesReadyWake => twice(context.waker()),
            _ => context.waker().clone(),
        };
        let polled = self.inner.poll_ready(&mut Context::from_waker(&waker));
        if unguarded {
            self.shared.lock().taken = 0;
        }
        if polled.is_pending() && self.fault == SpinsUntilReady {
            context.waker().wake_by_ref();
        }
        self.ready = matches!(polled, Poll::Ready(Ok(())));
        if self.fault == SwapsReadyError {
            return polled.map(|it| it.map_err(|_| foreign_error()));
        }
        polled
    }

    fn call(&mut self, request: u64) -> Self::Future {
        let fault = self.fault;
        let was_ready = mem::take(&mut self.ready);
        let slot = self.slot.take();
        assert!(was_ready || fault != PanicsUnready, "not ready");
        let shared = Arc::clone(&self.shared);
        if !was_ready && fault == UnreadyCallLosesTheSlot {
            shared.lock().taken = 1;
        }
        if self.limit().is_none() && shared.lock().taken == 1 {
            return Box::pin(std::future::pending());
        }
        if fault == DoesNotCall {
            return Box::pin(async move { Ok(request) });
        }
        shared.lock().taken += u32::from(fault == LosesSlotOnPanicInCall);
        let inner = Arc::new(Mutex::new(match fault {
            CallsAClone => self.inner.clone().call(request),
            _ => self.inner.call(request),
        }));
        shared.lock().taken -= u32::from(fault == LosesSlotOnPanicInCall);
        if fault == KeepsInnerFuture {
            shared.lock().kept.push(Arc::clone(&inner));
        }
        let alive = Arc::downgrade(&self.alive);
        let mut first = None;
        Box::pin(poll_fn(move |context| {
            if fault == DiesWithItsService && alive.strong_count() == 0 {
                return Poll::Ready(Ok(0));
            }
            let _slot = &slot;
            shared.lock().taken += u32::from(fault == LosesSlotOnPanicInFuture);
            let waker = match fault {
                SwallowsWake => Waker::noop().clone(),
                DoublesWake => twice(context.waker()),
                WakesFirstTaskOnly => first.get_or_insert_with(|| context.waker().clone()).clone(),
                _ => context.waker().clone(),
            };
            let polled = Pin::new(&mut *inner.lock()).poll(&mut Context::from_waker(&waker));
            shared.lock().taken -= u32::from(fault == LosesSlotOnPanicInFuture);
            if polled.is_pending() && fault == Spins {
                context.waker().wake_by_ref();
            }
            if polled.is_ready() && fault == PollsAfterEnd {
                let _ = Pin::new(&mut *inner.lock()).poll(context);
            }
            match polled {
                Poll::Ready(Err(_)) if fault == MakesErrorSuccess => Poll::Ready(Ok(0)),
                Poll::Ready(Err(error)) if fault == RepeatsFirstError => {
                    Poll::Ready(Err(*shared.lock().error.get_or_insert(error)))
                }
                polled => polled,
            }
        }))
    }
}

/// An error of another probe.
fn foreign_error() -> ProbeError {
    let (mut other, control) = Probe::<ProbeError>::new();
    control.readiness(Readiness::Error);
    match other.poll_ready(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Err(error)) => error,
        other => unreachable!("the script says error, not {other:?}"),
    }
}

#[test]
fn every_probe_finds_the_fault_it_is_there_for() {
    // What calls an unready instance on every path is found on every path.
    let unready = [READIED_IS_CALLED, IDLE_READINESS, CLONE_READINESS];
    let early = [WOKEN_ONCE, DROPPED_AT_ONCE, FUTURE_OUTLIVES_SERVICE];
    let serving = PROBES.iter().copied().filter(|probe| *probe != READY_ERROR_KEPT);
    let table: &[(Fault, &[&str], &str)] = &[
        (Sound, &[], ""),
        (CallsAClone, &unready, "6 of 6 calls reach an unready inner service"),
        (SaysReadyUnasked, &[&unready[..], &[READY_ERROR_KEPT]].concat(), "6 of 6 calls"),
        (
            DoesNotCall,
            &[&[READIED_IS_CALLED, ERROR_KEPT], &early[..]].concat(),
            "6 calls reach the inner service 0 times",
        ),
        (PanicsUnready, &[UNREADY_CALL], "panics: not ready"),
        (UnreadyCallLosesTheSlot, &[UNREADY_CALL], "the call does not end; afterwards"),
        (HoldsSlotWhileIdle, &[IDLE_READINESS], "a neighbour does not become ready"),
        (TakesASlotPerReady, &[DROPPED_READINESS, IDLE_READINESS], "asked twice, it does not"),
        (LosesSlotsOnDrop, &[DROPPED_READINESS], "after a readied service was dropped"),
        (
            GivesSlotBackInSilence,
            &[DROPPED_READINESS, IDLE_READINESS],
            "who waits is not woken when a readied service is dropped",
        ),
        (CopiesReadiness, &[CLONE_READINESS, IDLE_READINESS], "by a clone of a readied service"),
        (RepeatsFirstError, &[ERROR_KEPT], "the error is not that of this call"),
        (MakesErrorSuccess, &[ERROR_KEPT], "the inner service fails, yet the call succeeds"),
        (SwapsReadyError, &[READY_ERROR_KEPT], "the error is not that of this call"),
        (SwallowsWake, &[WOKEN_ONCE], "the call is not woken"),
        (DoublesWake, &[WOKEN_ONCE], "the call is woken 2 times"),
        (Spins, &early, "spins"),
        (WakesFirstTaskOnly, &[WOKEN_ONCE], "moved to another task, is not woken"),
        (SwallowsReadyWake, &[READY_WOKEN_ONCE], "who waits for readiness is not woken"),
        (DoublesReadyWake, &[READY_WOKEN_ONCE], "who waits for readiness is woken 2 times"),
        (SpinsUntilReady, &[READY_WOKEN_ONCE], "spins"),
        (KeepsInnerFuture, &[DROPPED_AT_ONCE], "the inner future outlives the outer one"),
        (DiesWithItsService, &[FUTURE_OUTLIVES_SERVICE], "ends when its service is dropped"),
        (LosesSlotOnPanicInReady, &[PANIC_IN_READY], "after the panic does not become ready"),
        (LosesSlotOnPanicInCall, &[PANIC_IN_CALL], "after the panic the call does not end"),
        (LosesSlotOnPanicInFuture, &[PANIC_IN_FUTURE], "after the panic the call does not end"),
        (LeaksService, &PROBES, "1 inner services are never dropped"),
        (PollsAfterEnd, &serving.collect::<Vec<_>>(), "polls of an inner future that had answered"),
    ];
    for (fault, expected, what) in table {
        let report = check_clone(|inner| Broken::new(inner, *fault));
        report.assert_only(expected);
        let said = expected.first().and_then(|probe| report.found(probe)).unwrap_or_default();
        assert!(said.contains(what), "{fault:?}: {said}");
    }
    let first: Vec<_> = table.iter().filter_map(|(_, expected, _)| expected.first()).collect();
    assert!(PROBES.iter().all(|probe| first.contains(&probe)), "a probe has no fault of its own");
}
