//! A sound layer that can refuse, over each kind of error type: the pattern
//! for every layer that hands out the error type of its inner service.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use seawall_kit::contract::{UNREADY_CALL, check, check_clone};
use seawall_kit::{Answer, Carry, Probe, ProbeError};
use tower::{BoxError, Service, ServiceExt};

/// What the layer refuses with.
#[derive(Clone, Copy, Debug)]
struct Rejected;

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("busy")
    }
}

impl Error for Rejected {}

/// Lets one call through at a time and refuses the others, in `call`.
#[derive(Clone)]
struct OneAtATime<S> {
    inner: S,
    taken: Arc<AtomicBool>,
}

struct Slot(Arc<AtomicBool>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl<S> OneAtATime<S> {
    fn new(inner: S) -> Self {
        Self { inner, taken: Arc::default() }
    }
}

impl<S> Service<u64> for OneAtATime<S>
where
    S: Service<u64, Error: From<Rejected>, Future: 'static>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: u64) -> Self::Future {
        if self.taken.swap(true, Ordering::Acquire) {
            return Box::pin(async { Err(Rejected.into()) });
        }
        let slot = Slot(Arc::clone(&self.taken));
        let inner = self.inner.call(request);
        Box::pin(async move {
            let _slot = slot;
            inner.await
        })
    }
}

/// A user's own error type.
#[derive(Debug)]
enum MyError {
    Inner(ProbeError),
    Refused(Rejected),
}

impl From<ProbeError> for MyError {
    fn from(error: ProbeError) -> Self {
        Self::Inner(error)
    }
}

impl From<Rejected> for MyError {
    fn from(rejected: Rejected) -> Self {
        Self::Refused(rejected)
    }
}

impl Carry for MyError {
    fn carried(&self) -> Option<ProbeError> {
        match self {
            Self::Inner(error) => Some(*error),
            Self::Refused(_) => None,
        }
    }
}

#[test]
fn a_sound_layer_is_clean_over_an_enum_and_over_boxes() {
    check_clone(|inner: Probe<MyError>| OneAtATime::new(inner)).assert_clean();
    check_clone(|inner: Probe<BoxError>| OneAtATime::new(inner)).assert_clean();
}

#[test]
fn services_made_by_one_layer_are_neighbours_without_clone() {
    let taken = Arc::new(AtomicBool::new(false));
    let report = check(|inner: Probe<MyError>| OneAtATime { inner, taken: Arc::clone(&taken) });
    report.assert_clean();
}

#[test]
fn a_layer_that_is_set_up_to_refuse_fails_and_says_why() {
    let full = || Arc::new(AtomicBool::new(true));
    let report = check_clone(|inner: Probe<MyError>| OneAtATime { inner, taken: full() });
    assert_eq!(report.found(UNREADY_CALL), Some("afterwards the call fails: Refused(Rejected)"));
    assert!(report.to_string().contains("the call fails: Refused(Rejected)"));
}

#[test]
#[should_panic(expected = "expected findings: [], found: [")]
fn assert_clean_does_not_let_findings_pass() {
    let full = || Arc::new(AtomicBool::new(true));
    check_clone(|inner: Probe<MyError>| OneAtATime { inner, taken: full() }).assert_clean();
}

#[tokio::test]
async fn the_probe_follows_its_script_alone_too() {
    let (inner, control) = Probe::<MyError>::new();
    let service = OneAtATime::new(inner);
    control.answer_next([Answer::Error, Answer::Ok, Answer::Pending]);
    let error = service.clone().oneshot(1).await.unwrap_err();
    assert!(error.carried().is_some_and(|it| !it.is_from_ready()));
    assert_eq!(service.clone().oneshot(2).await.unwrap(), 2);

    let waits = tokio::task::LocalSet::new();
    let busy = service.clone();
    let waiting = waits.spawn_local(busy.oneshot(3));
    waits.run_until(tokio::task::yield_now()).await;
    let refused = service.clone().oneshot(4).await.unwrap_err();
    assert!(matches!(refused, MyError::Refused(_)));
    control.release_calls();
    assert_eq!(waits.run_until(waiting).await.unwrap().unwrap(), 3);

    let seen = control.record();
    assert_eq!((seen.calls, seen.unready_calls, seen.answered, seen.dropped), (3, 0, 3, 0));
    assert_eq!((seen.live_futures, seen.wakes), (0, 1));
}
