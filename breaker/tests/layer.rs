//! The layers: tower's contract, and what a breaker adds to it.
#![cfg(feature = "tower")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::convert::Infallible;
use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_breaker::{
    Breaker, BreakerLayer, Mode, Policy, State, Throttle, ThrottleLayer, ThrottlePolicy,
};
use seawall_errors::family::{CIRCUIT_OPEN, RATE_LIMITED};
use seawall_errors::{Code, Coded, Outcome, Rejected};
use seawall_kit::alloc::assert_no_allocations;
use seawall_kit::cancel::drop_at_every_poll;
use seawall_kit::{Answer, Carry, Contract, Probe, ProbeError, Readiness, contract};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

/// A user's error.
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

impl Coded for OrderError {
    fn code(&self) -> Code {
        match self {
            OrderError::Backend(_) => seawall_errors::family::INTERNAL,
            OrderError::Refused(refused) => refused.code(),
        }
    }
    fn rejected(&self) -> Option<Rejected> {
        match self {
            OrderError::Backend(_) => None,
            OrderError::Refused(refused) => Some(*refused),
        }
    }
}

/// Opens at the second failure in a row.
fn breaker() -> Breaker {
    let policy = Policy::new().with_consecutive(2).with_probes(1).with_name("orders");
    Breaker::new(policy.with_open_time(Duration::from_secs(60))).unwrap()
}

/// Never opens by what the probes of the contract do.
fn patient() -> Breaker {
    Breaker::new(Policy::new()).unwrap()
}

fn noop() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

#[test]
fn the_breaker_keeps_towers_contract_over_an_enum_and_over_boxes() {
    let layer = || BreakerLayer::new(&patient());
    contract::check_clone(|inner: Probe<OrderError>| layer().layer(inner)).assert_clean();
    contract::check_clone(|inner: Probe<BoxError>| layer().layer(inner)).assert_clean();
    contract::check(|inner: Probe<OrderError>| layer().layer(inner)).assert_clean();
}

#[test]
fn it_keeps_it_where_it_answers_and_judges_with_closures() {
    let layer = || {
        BreakerLayer::new(&patient())
            .answer_with(|_| u64::MAX)
            .classify(|result: &Result<u64, ProbeError>| match result {
                Ok(_) => Outcome::Success,
                Err(_) => Outcome::Failure,
            })
            .hint(|_: &Result<u64, ProbeError>| Some(Duration::from_secs(1)))
    };
    contract::check_clone(|inner: Probe<ProbeError>| layer().layer(inner)).assert_clean();
}

#[test]
fn what_it_promises_of_readiness_holds_while_it_is_half_open() {
    let layer = || {
        let breaker = breaker();
        breaker.open_for(Duration::from_nanos(1));
        BreakerLayer::new(&breaker)
    };
    let found = contract::check_clone(|inner: Probe<OrderError>| layer().layer(inner));
    // The contract makes several calls at once, or one after a failure; one
    // probe at a time does not. What it says of readiness holds.
    for probe in [contract::IDLE_READINESS, contract::DROPPED_READINESS, contract::CLONE_READINESS]
    {
        assert_eq!(found.found(probe), None);
    }
}

#[test]
fn the_throttle_keeps_towers_contract() {
    let layer = || ThrottleLayer::new(&Throttle::new(ThrottlePolicy::new()).unwrap());
    contract::check_clone(|inner: Probe<OrderError>| layer().layer(inner)).assert_clean();
    contract::check_clone(|inner: Probe<BoxError>| layer().layer(inner)).assert_clean();
}

#[test]
fn three_deep_the_contract_still_holds() {
    let make = |inner: Probe<OrderError>| {
        ServiceBuilder::new()
            .layer(BreakerLayer::new(&patient()))
            .layer(ThrottleLayer::new(&Throttle::new(ThrottlePolicy::new()).unwrap()))
            .layer(BreakerLayer::new(&patient()))
            .service(inner)
    };
    Contract::new().check_clone(make).assert_clean();
}

#[test]
fn an_open_breaker_refuses_without_asking_the_inner_service() {
    let breaker = breaker();
    let (inner, control) = Probe::<OrderError>::new();
    control.readiness(Readiness::Pending);
    let mut service = BreakerLayer::new(&breaker).layer(inner);
    breaker.open_for(Duration::from_secs(10));
    assert!(service.poll_ready(&mut noop()).is_ready());
    let mut call = pin!(service.call(7));
    match call.as_mut().poll(&mut noop()) {
        Poll::Ready(Err(OrderError::Refused(refused))) => {
            assert_eq!((refused.code(), refused.who()), (CIRCUIT_OPEN, "orders"));
        }
        other => panic!("{other:?}"),
    }
    let seen = control.record();
    assert_eq!((seen.poll_ready, seen.calls), (0, 0));
    assert!(call.as_mut().poll(&mut noop()).is_pending(), "polled after its end");
}

#[test]
fn who_was_not_asked_for_readiness_is_refused_though_it_has_closed_meanwhile() {
    let breaker = breaker();
    let (inner, control) = Probe::<OrderError>::new();
    let mut service = BreakerLayer::new(&breaker).layer(inner);
    breaker.open_for(Duration::from_secs(10));
    assert!(service.poll_ready(&mut noop()).is_ready());
    breaker.reset();
    let mut call = pin!(service.call(7));
    let refused = call.as_mut().poll(&mut noop());
    assert!(matches!(refused, Poll::Ready(Err(OrderError::Refused(_)))), "{refused:?}");
    assert_eq!(control.record().unready_calls, 0);
    // The next one is asked.
    assert!(service.poll_ready(&mut noop()).is_ready());
    let mut call = pin!(service.call(8));
    assert!(matches!(call.as_mut().poll(&mut noop()), Poll::Ready(Ok(8))));
}

#[test]
fn readiness_takes_no_probe() {
    let breaker = breaker();
    let (inner, _control) = Probe::<OrderError>::new();
    let mut service = BreakerLayer::new(&breaker).layer(inner);
    breaker.open_for(Duration::from_nanos(1));
    for _ in 0..5 {
        assert!(service.clone().poll_ready(&mut noop()).is_ready());
        assert!(service.poll_ready(&mut noop()).is_ready());
    }
    assert_eq!(breaker.snapshot().probes_in_flight, 0);
    // A future that is made and never polled has taken it; dropped, it is back.
    let unpolled = service.call(1);
    assert_eq!(breaker.snapshot().probes_in_flight, 1);
    drop(unpolled);
    assert_eq!((breaker.snapshot().probes_in_flight, breaker.state()), (0, State::HalfOpen));
}

#[test]
fn errors_of_readiness_open_it_and_refusals_from_within_do_not() {
    let breaker = breaker();
    let (inner, control) = Probe::<OrderError>::new();
    control.readiness(Readiness::Error);
    let mut service = BreakerLayer::new(&breaker).layer(inner);
    for _ in 0..2 {
        assert!(matches!(service.poll_ready(&mut noop()), Poll::Ready(Err(_))));
    }
    assert_eq!(breaker.state(), State::Open);

    let breaker = self::breaker();
    let limited = service_fn(async |_: u64| {
        Err::<u64, OrderError>(Rejected::new(RATE_LIMITED, "limiter").into())
    });
    let mut service = BreakerLayer::new(&breaker).layer(limited);
    for _ in 0..10 {
        let mut call = pin!(service.call(1));
        assert!(call.as_mut().poll(&mut noop()).is_ready());
    }
    assert_eq!((breaker.state(), breaker.snapshot().calls), (State::Closed, 0));
}

#[test]
fn a_backend_that_fails_readiness_is_cut_off_again_though_no_call_ever_comes() {
    let breaker = breaker();
    let (inner, control) = Probe::<OrderError>::new();
    control.readiness(Readiness::Error);
    let mut service = BreakerLayer::new(&breaker).layer(inner);
    // Its open time is over, and no arrival has made it half open.
    breaker.open_for(Duration::from_nanos(1));
    let mut events = breaker.subscribe(9);
    assert!(matches!(service.poll_ready(&mut noop()), Poll::Ready(Err(_))));
    let seen = breaker.snapshot();
    assert_eq!((seen.state, seen.attempts), (State::Open, 2));
    assert!(seen.open_left.unwrap() > Duration::from_secs(9));
    let states: Vec<_> = std::iter::from_fn(|| events.try_next()).map(|event| event.to).collect();
    assert_eq!(states, [State::HalfOpen, State::Open]);
    for _ in 0..100 {
        assert!(matches!(service.poll_ready(&mut noop()), Poll::Ready(Ok(()))));
    }
    assert_eq!(control.record().poll_ready, 1);
}

#[test]
fn one_that_is_shut_for_longer_than_its_policy_knows_asks_nobody_either() {
    let hour = Duration::from_secs(3600);
    let forced = breaker();
    forced.set_mode_for(Mode::ForcedOpen, 24 * hour);
    let asked = Breaker::new(Policy::new().with_hint_max(hour)).unwrap();
    asked.open_for(hour);
    asked.update(Policy::new()).unwrap();
    for breaker in [forced, asked] {
        let (inner, control) = Probe::<OrderError>::new();
        control.readiness(Readiness::Pending);
        let mut service = BreakerLayer::new(&breaker).layer(inner);
        assert!(service.poll_ready(&mut noop()).is_ready());
        let mut call = pin!(service.call(7));
        assert!(matches!(call.as_mut().poll(&mut noop()), Poll::Ready(Err(_))));
        assert_eq!(control.record().poll_ready, 0);
        breaker.set_mode(Mode::ForcedOpen);
        breaker.set_mode(Mode::Normal);
        assert!(service.poll_ready(&mut noop()).is_pending(), "it is closed, and asks");
    }
}

#[test]
fn who_asks_for_readiness_again_after_it_has_closed_is_not_refused() {
    let breaker = breaker();
    let (inner, control) = Probe::<OrderError>::new();
    let mut service = BreakerLayer::new(&breaker).layer(inner);
    breaker.open_for(Duration::from_secs(10));
    assert!(service.poll_ready(&mut noop()).is_ready());
    breaker.reset();
    assert!(service.poll_ready(&mut noop()).is_ready());
    let mut call = pin!(service.call(7));
    assert!(matches!(call.as_mut().poll(&mut noop()), Poll::Ready(Ok(7))));
    assert_eq!(control.record().unready_calls, 0);
}

#[test]
fn clones_of_a_service_have_one_state_and_the_handle_outlives_them() {
    let breaker = breaker();
    let (inner, control) = Probe::<OrderError>::new();
    control.answer(Answer::Error);
    let service = BreakerLayer::new(&breaker).layer(inner);
    for _ in 0..2 {
        let mut service = service.clone();
        assert!(service.poll_ready(&mut noop()).is_ready());
        let mut call = pin!(service.call(7));
        assert!(call.as_mut().poll(&mut noop()).is_ready());
    }
    assert_eq!(service.breaker().state(), State::Open);
    drop(service);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn dropping_the_future_at_any_poll_gives_the_probe_back() {
    let breaker = breaker();
    let (inner, control) = Probe::<OrderError>::new();
    control.answer(Answer::Pending);
    let mut service = BreakerLayer::new(&breaker).layer(inner);
    let polls = drop_at_every_poll(
        || {
            breaker.open_for(Duration::from_nanos(1));
            assert!(service.poll_ready(&mut noop()).is_ready());
            let call = service.call(7);
            assert_eq!(breaker.snapshot().probes_in_flight, 1);
            call
        },
        |polls| {
            if polls == 3 {
                control.release_calls();
            }
        },
        |_| assert_eq!(breaker.snapshot().probes_in_flight, 0),
    );
    assert_eq!((polls, breaker.state()), (4, State::Closed));
}

#[test]
fn panics_count_wherever_they_happen() {
    for answer in [Answer::PanicInCall, Answer::PanicInPoll] {
        let breaker = breaker();
        let (inner, control) = Probe::<OrderError>::new();
        control.answer(answer);
        let mut service = BreakerLayer::new(&breaker).layer(inner);
        let mut kept = Vec::new();
        for _ in 0..2 {
            let panics = AssertUnwindSafe(|| {
                // Kept over the panic, as some executors do.
                kept.push(Box::pin(service.call(7)));
                kept.last_mut().map(|call| call.as_mut().poll(&mut noop()).is_ready())
            });
            assert!(catch_unwind(panics).is_err(), "{answer:?}");
        }
        assert_eq!(breaker.state(), State::Open, "{answer:?}");
    }
    let breaker = breaker();
    let (inner, control) = Probe::<OrderError>::new();
    control.readiness(Readiness::Panic);
    let mut service = BreakerLayer::new(&breaker).layer(inner);
    for _ in 0..2 {
        let panics = AssertUnwindSafe(|| service.poll_ready(&mut noop()).is_ready());
        assert!(catch_unwind(panics).is_err());
    }
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_judge_that_panics_leaves_no_probe_behind() {
    let breaker = breaker();
    breaker.open_for(Duration::from_nanos(1));
    let judge = |_: &Result<u64, OrderError>| -> Outcome { panic!("on purpose") };
    let layer = BreakerLayer::new(&breaker).classify(judge);
    let mut service = layer.layer(service_fn(|id: u64| ready(Ok::<_, OrderError>(id))));
    let panics = AssertUnwindSafe(|| pin!(service.call(1)).poll(&mut noop()).is_ready());
    assert!(catch_unwind(panics).is_err());
    assert_eq!((breaker.snapshot().probes_in_flight, breaker.state()), (0, State::Open));
}

/// An error that is no local refusal, and says when to come back.
#[derive(Debug)]
struct Busy;
impl Coded for Busy {
    fn code(&self) -> Code {
        seawall_errors::family::FOREIGN_UNAVAILABLE
    }
    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(900))
    }
}
impl From<Rejected> for Busy {
    fn from(_: Rejected) -> Self {
        Busy
    }
}

#[test]
fn a_server_that_says_when_to_come_back_is_left_alone_until_then() {
    let policy = Policy::new().with_consecutive(1).with_hint_max(Duration::from_secs(3600));
    let breaker = Breaker::new(policy).unwrap();
    let mut service = BreakerLayer::new(&breaker)
        .hint_by_code()
        .layer(service_fn(|_: u64| ready(Err::<u64, Busy>(Busy))));
    assert!(pin!(service.call(1)).poll(&mut noop()).is_ready());
    let left = breaker.snapshot().open_left.unwrap();
    assert!(left > Duration::from_secs(890) && left <= Duration::from_secs(900), "{left:?}");
}

#[test]
fn a_refusal_can_be_a_response_where_the_error_is_infallible() {
    let breaker = breaker();
    breaker.set_mode(Mode::ForcedOpen);
    let service = ServiceBuilder::new()
        .layer(BreakerLayer::new(&breaker).answer_with(|refused| refused.code().http()))
        .service(service_fn(async |_: u64| Ok::<u16, Infallible>(200)));
    assert_eq!(futures::executor::block_on(service.oneshot(7)), Ok(503));
}

#[test]
fn a_timeout_outside_cannot_hide_a_hang() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        // With the processor's clock even a microsecond is long enough here.
        let policy = Policy::new().with_consecutive(2).with_slow_after(Duration::from_nanos(1));
        let breaker = Breaker::new(policy).unwrap();
        let hang = service_fn(|_: u64| pending::<Result<u64, BoxError>>());
        let service = BreakerLayer::new(&breaker).layer(hang);
        for _ in 0..2 {
            let mut call = Box::pin(service.clone().oneshot(1));
            assert!(call.as_mut().poll(&mut noop()).is_pending());
            // What a timeout does when its time is over.
            drop(call);
        }
        assert_eq!(breaker.state(), State::Open);
    });
}

#[cfg(feature = "test-util")]
#[tokio::test(start_paused = true)]
async fn paused_time_moves_the_breaker_and_towers_timeout_together() {
    let policy = Policy::new().with_consecutive(2).with_slow_after(Duration::from_millis(50));
    let open = Duration::from_secs(5);
    let policy = policy.with_open_time(open).with_jitter(0.0).with_probes(1);
    let breaker = Breaker::new(policy).unwrap();
    let hang = service_fn(|hang: bool| async move {
        if hang {
            pending::<()>().await;
        }
        Ok::<bool, BoxError>(hang)
    });
    let service = ServiceBuilder::new()
        .timeout(Duration::from_millis(100))
        .layer(BreakerLayer::new(&breaker))
        .service(hang);
    for _ in 0..2 {
        assert!(service.clone().oneshot(true).await.is_err());
    }
    assert_eq!(breaker.state(), State::Open);
    let refused = service.clone().oneshot(false).await.unwrap_err();
    assert_eq!(refused.code(), CIRCUIT_OPEN);
    tokio::time::advance(open).await;
    assert!(service.clone().oneshot(false).await.is_ok());
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn nothing_is_allocated_for_a_call_let_through_or_refused() {
    let inner = service_fn(|id: u64| ready(Ok::<u64, OrderError>(id)));
    for (mode, admits) in [(Mode::Normal, true), (Mode::ForcedOpen, false)] {
        let breaker = breaker();
        breaker.set_mode(mode);
        let mut service = BreakerLayer::new(&breaker).layer(inner);
        assert_no_allocations("a call through the breaker", 1000, || {
            assert!(service.poll_ready(&mut noop()).is_ready());
            match pin!(service.call(7)).poll(&mut noop()) {
                Poll::Ready(answer) => assert_eq!(answer.is_ok(), admits),
                Poll::Pending => panic!("nothing waits here"),
            }
        });
    }
}
