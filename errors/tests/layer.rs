//! The rules that all refusing layers share, proved on the smallest of them:
//! errors keep their type, a refusal may be a response, admission is decided
//! in `call`.

#[path = "support/door.rs"]
#[allow(unreachable_pub, reason = "the same file is a crate in the compile tests")]
mod door;

use std::convert::Infallible;
use std::time::Duration;

use door::{Door, DoorLayer};
use seawall_errors::family::BULKHEAD_FULL;
use seawall_errors::{Coded, Outcome, Rejected, find_rejected};
use seawall_kit::alloc::assert_no_allocations;
use seawall_kit::cancel::drop_at_every_poll;
use seawall_kit::{Answer, Carry, Contract, Probe, ProbeError, contract};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

/// A user's error: one `#[from]` (written out here) serves all crates.
#[derive(Debug, PartialEq)]
enum OrderError {
    Backend(ProbeError),
    Refused(Rejected),
}

impl From<ProbeError> for OrderError {
    fn from(error: ProbeError) -> Self {
        OrderError::Backend(error)
    }
}

impl From<Rejected> for OrderError {
    fn from(rejected: Rejected) -> Self {
        OrderError::Refused(rejected)
    }
}

impl Carry for OrderError {
    fn carried(&self) -> Option<ProbeError> {
        match self {
            OrderError::Backend(error) => Some(*error),
            OrderError::Refused(_) => None,
        }
    }
}

fn full() -> Door {
    let door = Door::new("orders", 1);
    std::mem::forget(door.try_acquire());
    door
}

#[test]
fn the_layer_keeps_towers_contract_over_an_enum_and_over_boxes() {
    let layer = || DoorLayer::new(Door::new("orders", 1));
    contract::check_clone(|inner: Probe<OrderError>| layer().layer(inner)).assert_clean();
    contract::check_clone(|inner: Probe<BoxError>| layer().layer(inner)).assert_clean();
}

#[test]
fn the_layer_keeps_towers_contract_where_it_answers_with_a_response() {
    let layer = || DoorLayer::new(Door::new("orders", 1)).answer_with(|_| u64::MAX);
    // `ProbeError` has no place for a refusal, and needs none.
    contract::check_clone(|inner: Probe<ProbeError>| layer().layer(inner)).assert_clean();
}

#[test]
fn three_doors_deep_the_contract_still_holds() {
    let make = |inner: Probe<OrderError>| {
        ServiceBuilder::new()
            .layer(DoorLayer::new(Door::new("outer", 1)))
            .layer(DoorLayer::new(Door::new("middle", 1)))
            .layer(DoorLayer::new(Door::new("inner", 1)))
            .service(inner)
    };
    Contract::new().check_clone(make).assert_clean();
}

#[tokio::test]
async fn a_refusal_becomes_the_users_own_variant() {
    let orders = ServiceBuilder::new()
        .layer(DoorLayer::new(full()))
        .service(service_fn(async |id: u64| Ok::<u64, OrderError>(id)));
    match orders.oneshot(7).await {
        Err(OrderError::Refused(refused)) => {
            assert_eq!((refused.code(), refused.who()), (BULKHEAD_FULL, "orders"));
            assert_eq!(refused.number("limit"), Some(1));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_is_found_in_a_boxed_error_below_any_number_of_layers() {
    let orders = ServiceBuilder::new()
        .layer(DoorLayer::new(Door::new("outer", 1)))
        .timeout(Duration::from_secs(1))
        .layer(DoorLayer::new(full()))
        .service(service_fn(async |id: u64| Ok::<u64, BoxError>(id)));
    let error = orders.oneshot(7).await.unwrap_err();
    assert_eq!(find_rejected(&*error).map(|refused| refused.who()), Some("orders"));
    assert!(error.is::<Rejected>(), "it is boxed once, not once per layer");
}

#[tokio::test]
async fn a_refusal_can_be_a_response_where_the_error_is_infallible() {
    let orders = ServiceBuilder::new()
        .layer(DoorLayer::new(full()).answer_with(|refused| refused.code().http()))
        .service(service_fn(async |_: u64| Ok::<u16, Infallible>(200)));
    assert_eq!(orders.oneshot(7).await, Ok(503));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_outside_gives_the_place_back() {
    let door = Door::new("orders", 1);
    let (inner, control) = Probe::<BoxError>::new();
    control.answer(Answer::Pending);
    let orders = ServiceBuilder::new()
        .timeout(Duration::from_millis(100))
        .layer(DoorLayer::new(door.clone()))
        .service(inner);
    let error = orders.oneshot(7).await.unwrap_err();
    assert!(error.is::<tower::timeout::error::Elapsed>());
    assert_eq!((door.inside(), control.record().live_futures), (0, 0));
}

#[derive(Clone)]
struct Twice;

impl<T> tower::retry::Policy<u64, T, OrderError> for Twice {
    type Future = std::future::Ready<()>;

    fn retry(&mut self, _: &mut u64, result: &mut Result<T, OrderError>) -> Option<Self::Future> {
        match result {
            // A refusal of our own is not repeated.
            Err(OrderError::Refused(_)) | Ok(_) => None,
            Err(_) => Some(std::future::ready(())),
        }
    }

    fn clone_request(&mut self, request: &u64) -> Option<u64> {
        Some(*request)
    }
}

#[tokio::test]
async fn a_retry_outside_sees_the_users_own_error_and_a_free_place() {
    let door = Door::new("orders", 1);
    let (inner, control) = Probe::<OrderError>::new();
    control.answer_next([Answer::Error, Answer::Ok]);
    let orders = ServiceBuilder::new()
        .retry(Twice)
        .layer(DoorLayer::new(door.clone()))
        .service(inner.clone());
    assert_eq!(orders.oneshot(7).await, Ok(7));
    let seen = control.record();
    assert_eq!((seen.calls, seen.unready_calls, door.inside()), (2, 0, 0));

    let refusing = ServiceBuilder::new().retry(Twice).layer(DoorLayer::new(full())).service(inner);
    assert!(matches!(refusing.oneshot(7).await, Err(OrderError::Refused(_))));
    assert_eq!(control.record().calls, 2, "the refused call was not repeated and not sent");
}

#[test]
fn dropping_the_future_at_any_poll_frees_the_place() {
    let door = Door::new("orders", 1);
    let (inner, control) = Probe::<OrderError>::new();
    control.answer(Answer::Pending);
    let mut orders = DoorLayer::new(door.clone()).layer(inner);
    let polls = drop_at_every_poll(
        || {
            assert_eq!(door.inside(), 0);
            let waker = std::task::Waker::noop();
            assert!(orders.poll_ready(&mut std::task::Context::from_waker(waker)).is_ready());
            orders.call(7)
        },
        |polls| {
            if polls == 3 {
                control.release_calls();
            }
        },
        |polls| assert_eq!(door.inside(), 0, "after {polls} polls"),
    );
    assert_eq!(polls, 4);
}

#[test]
fn nothing_is_allocated_for_a_call_let_through_or_refused() {
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    let inner = service_fn(|id: u64| std::future::ready(Ok::<u64, OrderError>(id)));
    for (door, admits) in [(Door::new("orders", 1), true), (full(), false)] {
        let mut orders = DoorLayer::new(door).layer(inner);
        assert_no_allocations("a call through the door", 1000, || {
            assert!(orders.poll_ready(context).is_ready());
            let mut call = std::pin::pin!(orders.call(7));
            match call.as_mut().poll(context) {
                std::task::Poll::Ready(answer) => assert_eq!(answer.is_ok(), admits),
                std::task::Poll::Pending => panic!("nothing waits here"),
            }
        });
    }
}

#[test]
fn a_refusal_in_a_box_is_neutral_and_says_when_to_come_back() {
    let refused = Rejected::new(BULKHEAD_FULL, "orders").with_retry_after(Duration::from_millis(5));
    let boxed: BoxError = refused.into();
    #[cfg(feature = "std")]
    {
        assert_eq!(boxed.outcome(), Outcome::Neutral);
        assert_eq!(boxed.retry_after(), Some(Duration::from_millis(5)));
    }
    assert_eq!(find_rejected(&*boxed).map(|refused| refused.outcome()), Some(Outcome::Neutral));
}
