//! Keyed limiters in layers: whose a request is, who has no key, and each key for itself.
#![cfg(all(feature = "tower", feature = "keyed", feature = "test-util"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "tests look at tokio's paused clock")]

use std::future::Future;
use std::task::Context;
use std::time::Duration;

use futures::future::{join_all, ready};
use seawall_errors::Rejected;
use seawall_errors::family::{KEY_MISSING, KEYS_FULL, RATE_LIMITED};
use seawall_kit::alloc::assert_no_allocations;
use seawall_kit::{Carry, Probe, ProbeError, contract};
use seawall_limiter::{Hashed, Keyed, Keys, LimiterLayer, LimiterWaitLayer, Quota, Rule};
use tokio::time::{Instant, advance};
use tower::{Layer, Service, ServiceExt, service_fn};

#[derive(Clone, Debug, Default)]
struct Request {
    user: Option<u64>,
    tenant: Option<String>,
    cost: u32,
}

fn of(user: u64) -> Request {
    Request { user: Some(user), cost: 1, ..Request::default() }
}

#[derive(Debug, PartialEq)]
enum Error {
    Backend(ProbeError),
    Refused(Rejected),
}

impl From<ProbeError> for Error {
    fn from(error: ProbeError) -> Self {
        Error::Backend(error)
    }
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Error::Refused(rejected)
    }
}

impl Carry for Error {
    fn carried(&self) -> Option<ProbeError> {
        match self {
            Error::Backend(error) => Some(*error),
            Error::Refused(_) => None,
        }
    }
}

fn ok() -> impl Service<Request, Response = u32, Error = Error, Future: Send> + Clone {
    service_fn(|request: Request| ready(Ok(request.cost)))
}

fn users(burst: u32) -> Keyed<u64> {
    let quota = Quota::per_second(10).with_burst(burst).with_name("per user");
    Keyed::new(quota, Keys::new(1000)).unwrap()
}

fn code(answer: Result<u32, Error>) -> Option<u32> {
    match answer {
        Ok(_) => None,
        Err(Error::Refused(refused)) => Some(refused.code().number()),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn the_layer_keeps_towers_contract_over_a_keyed_limiter() {
    let keyed = || users(1_000_000).by(|n: &u64| Some(*n)).cost(|_: &u64| 2);
    contract::check_clone(|inner: Probe<Error>| LimiterLayer::new(keyed()).layer(inner))
        .assert_clean();
    contract::check_clone(|inner: Probe<Error>| LimiterWaitLayer::new(keyed()).layer(inner))
        .assert_clean();
}

#[tokio::test(start_paused = true)]
async fn each_key_has_a_limit_of_its_own_in_all_clones() {
    let mut one = LimiterLayer::new(users(2).by(|r: &Request| r.user)).layer(ok());
    let mut other = one.clone();
    for user in [1, 2] {
        assert_eq!(code(one.call(of(user)).await), None);
        assert_eq!(code(other.call(of(user)).await), None);
        assert_eq!(code(one.call(of(user)).await), Some(RATE_LIMITED.number()));
    }
    advance(Duration::from_millis(100)).await;
    assert_eq!(code(other.call(of(1)).await), None);
}

#[tokio::test(start_paused = true)]
async fn a_key_in_the_request_is_not_copied() {
    let quota = Quota::per_second(1_000_000);
    let tenants = Keyed::<str>::new(quota, Keys::new(10)).unwrap();
    let hashed = Hashed::<str>::new(quota, Keys::new(10)).unwrap();
    let by = tenants.by_ref(|r: &Request| r.tenant.as_deref());
    let mut service =
        LimiterLayer::new(by).layer(service_fn(|_: Request| ready(Ok::<_, Error>(1))));
    let by = hashed.by_ref(|r: &Request| r.tenant.as_deref());
    let mut lean = LimiterLayer::new(by).layer(service_fn(|_: Request| ready(Ok::<_, Error>(1))));
    let mut cx = Context::from_waker(futures::task::noop_waker_ref());
    let mut requests: Vec<_> =
        (0..4000).map(|_| Request { tenant: Some("acme".into()), ..Request::default() }).collect();
    service.call(requests.pop().unwrap()).await.unwrap();
    lean.call(requests.pop().unwrap()).await.unwrap();
    assert_no_allocations("keyed layers", 1000, || {
        for _ in 0..1 {
            let mut call = std::pin::pin!(service.call(requests.pop().unwrap()));
            assert!(call.as_mut().poll(&mut cx).is_ready());
            let mut call = std::pin::pin!(lean.call(requests.pop().unwrap()));
            assert!(call.as_mut().poll(&mut cx).is_ready());
        }
    });
}

#[tokio::test(start_paused = true)]
async fn who_has_no_key_is_refused_shares_a_limit_or_passes_as_is_chosen() {
    let nobody = || Request { cost: 1, ..Request::default() };
    let keyed = users(1);
    let refuses = LimiterLayer::new(keyed.clone().by(|r: &Request| r.user)).layer(ok());
    for _ in 0..3 {
        let answer = refuses.clone().oneshot(nobody()).await;
        let Err(Error::Refused(no)) = answer else { panic!("{answer:?}") };
        assert_eq!((no.code(), no.who()), (KEY_MISSING, "per user"));
        assert_eq!(no.retry_after(), None);
    }
    let shares = keyed.clone().by(|r: &Request| r.user).or_share(0_u64);
    let shares = LimiterLayer::new(shares).layer(ok());
    assert_eq!(code(shares.clone().oneshot(nobody()).await), None);
    assert_eq!(code(shares.clone().oneshot(nobody()).await), Some(RATE_LIMITED.number()));
    assert_eq!(code(shares.oneshot(of(7)).await), None);
    let passes = LimiterLayer::new(keyed.clone().by(|r: &Request| r.user).or_pass()).layer(ok());
    for _ in 0..3 {
        assert_eq!(code(passes.clone().oneshot(nobody()).await), None);
    }
    assert_eq!(keyed.snapshot().keys, 2, "nobody leaves no key behind");

    let waits = LimiterWaitLayer::new(keyed.clone().by(|r: &Request| r.user)).layer(ok());
    assert_eq!(code(waits.oneshot(nobody()).await), Some(KEY_MISSING.number()));
    let waits = LimiterWaitLayer::new(keyed.by(|r: &Request| r.user).or_pass()).layer(ok());
    assert_eq!(code(waits.oneshot(nobody()).await), None);
}

#[tokio::test(start_paused = true)]
async fn what_is_free_needs_no_key_and_takes_no_place() {
    let keyed = users(3);
    let limit = keyed.clone().by(|r: &Request| r.user).cost(|r: &Request| r.cost);
    let mut service = LimiterLayer::new(limit).layer(ok());
    service.call(Request { user: None, cost: 0, tenant: None }).await.unwrap();
    service.call(Request { user: Some(5), cost: 0, tenant: None }).await.unwrap();
    assert_eq!(keyed.snapshot().keys, 0);
    service.call(Request { user: Some(5), cost: 2, tenant: None }).await.unwrap();
    assert_eq!(keyed.remaining(&5), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cost_is_settled_with_the_key_that_it_was_taken_from() {
    let keyed = users(10);
    let limit = keyed.clone().by(|r: &Request| r.user).cost(|_: &Request| 5).settle(|n: &u32| *n);
    let mut service = LimiterLayer::new(limit).layer(ok());
    service.call(Request { cost: 2, ..of(1) }).await.unwrap();
    service.call(Request { cost: 7, ..of(2) }).await.unwrap();
    assert_eq!((keyed.remaining(&1), keyed.remaining(&2)), (8, 3));
}

#[tokio::test(start_paused = true)]
async fn the_line_of_one_key_delays_no_other() {
    let limit = users(1).by(|r: &Request| r.user);
    let service = LimiterWaitLayer::new(limit).layer(ok());
    let start = Instant::now();
    let calls = [1, 1, 1, 2, 2, 3].map(|user| {
        let service = service.clone();
        async move {
            service.oneshot(of(user)).await.unwrap();
            start.elapsed().as_millis()
        }
    });
    assert_eq!(join_all(calls).await, [0, 100, 200, 0, 100, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_is_refused_as_such_where_there_is_no_room_and_the_others_go_on() {
    let keyed = Keyed::<u64>::new(Quota::per_hour(10), Keys::new(4).with_shards(1)).unwrap();
    let mut service = LimiterLayer::new(keyed.by(|r: &Request| r.user)).layer(ok());
    for user in 0..4 {
        assert_eq!(code(service.call(of(user)).await), None);
    }
    for user in 4..9 {
        assert_eq!(code(service.call(of(user)).await), Some(KEYS_FULL.number()));
    }
    assert_eq!(code(service.call(of(0)).await), None);
}

#[tokio::test(start_paused = true)]
async fn plans_are_a_function_of_the_key_and_a_stack_is_one_decision() {
    let stack = |per_second, per_hour| {
        [
            Rule::TokenBucket(Quota::per_second(per_second).with_name("second")),
            Rule::SlidingWindow(Quota::per_hour(per_hour).with_name("hour")),
        ]
    };
    let plans = [stack(1, 3), stack(10, 100)];
    let paying = |user: &u64| usize::from(*user >= 100);
    let keyed = Keyed::<u64>::with_plans(plans, paying, Keys::new(100)).unwrap();
    let mut service = LimiterLayer::new(keyed.by(|r: &Request| r.user)).layer(ok());
    let mut passed = [0, 0];
    for _ in 0..6 {
        for _ in 0..20 {
            passed[0] += u32::from(service.call(of(1)).await.is_ok());
            passed[1] += u32::from(service.call(of(100)).await.is_ok());
        }
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(passed, [3, 60]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_key_has_his_place_when_he_calls_and_gives_it_up_when_he_goes() {
    let keyed = Keyed::<u64>::new(Quota::per_second(10).with_burst(1), Keys::new(9)).unwrap();
    let mut service = LimiterWaitLayer::new(keyed.clone().by(|r: &Request| r.user)).layer(ok());
    let (first, second) = (service.call(of(1)), service.call(of(1)));
    let third = service.call(of(1));
    assert_eq!((keyed.snapshot_of(&1).waiting, keyed.remaining(&1)), (2, 0));
    drop(second);
    assert_eq!(keyed.snapshot_of(&1).waiting, 1);
    let start = Instant::now();
    // Polled first, he is served in his turn all the same.
    assert_eq!((third.await, start.elapsed()), (Ok(1), Duration::from_millis(100)));
    drop(first);
    assert!(keyed.try_acquire(&1).is_err(), "what was there when he called is spent");
    assert_eq!(keyed.snapshot_of(&1).waiting, 0);
}

#[cfg(feature = "http")]
mod http {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use ::http::{Request, Response};
    use seawall_errors::http::AsProblem;
    use seawall_limiter::Overflow;
    use seawall_limiter::http::{Fields, HintPolicy, Standing};
    use tower::BoxError;

    use super::*;

    fn authority(request: &Request<()>) -> Option<&str> {
        request.uri().authority().map(::http::uri::Authority::as_str)
    }

    fn to(host: &str) -> Request<()> {
        Request::get(format!("http://{host}/")).body(()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn each_client_is_told_how_he_stands_and_not_the_others() {
        let keyed =
            Keyed::<str>::new(Quota::per_minute(2).with_name("host"), Keys::new(9)).unwrap();
        let inner =
            service_fn(|_: Request<()>| ready(Ok::<_, BoxError>(Response::new(String::new()))));
        let limit = keyed.by_ref(authority).with_fields(Fields::new());
        let service = LimiterLayer::new(limit).with_answer(AsProblem).layer(inner);
        let mut told = Vec::new();
        for host in ["a", "a", "b", "a"] {
            let response = service.clone().oneshot(to(host)).await.unwrap();
            let standing = Standing::read(response.headers())[0].remaining();
            told.push((response.status().as_u16(), standing));
        }
        assert_eq!(told, [(200, Some(1)), (200, Some(0)), (200, Some(1)), (429, Some(0))]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_authority_that_pushes_back_silences_the_calls_to_it_and_no_others() {
        let sent = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&sent);
        let server = service_fn(move |request: Request<()>| {
            seen.fetch_add(1, Relaxed);
            let status = if authority(&request) == Some("busy") { 503 } else { 200 };
            let response = Response::builder().status(status).header("retry-after", "30");
            ready(response.body(()).map_err(BoxError::from))
        });
        let hosts = Keyed::<str>::new(Quota::per_second(100), Keys::new(100)).unwrap();
        let limit = hosts.clone().by_ref(authority).obey(HintPolicy::new());
        let client = LimiterWaitLayer::new(limit).layer(server);
        assert_eq!(client.clone().oneshot(to("busy")).await.unwrap().status(), 503);
        assert!(client.clone().oneshot(to("busy")).await.is_err(), "not sent");
        assert_eq!(client.clone().oneshot(to("calm")).await.unwrap().status(), 200);
        assert_eq!(sent.load(Relaxed), 2);
        advance(Duration::from_secs(34)).await;
        assert_eq!(client.oneshot(to("busy")).await.unwrap().status(), 503);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stranger_who_is_refused_is_not_told_that_there_is_room() {
        let quota = Quota::per_hour(2).with_name("host");
        for (keys, statuses) in [
            (Keys::new(1).with_shards(1), [200, 503, 503, 503]),
            (Keys::new(1).with_shards(1).with_overflow(Overflow::Share), [200, 200, 200, 429]),
        ] {
            let keyed = Keyed::<str>::new(quota, keys).unwrap();
            let inner =
                service_fn(|_: Request<()>| ready(Ok::<_, BoxError>(Response::new(String::new()))));
            let limit = keyed.by_ref(authority).with_fields(Fields::new());
            let service = LimiterLayer::new(limit).with_answer(AsProblem).layer(inner);
            let mut seen = Vec::new();
            for host in ["a", "b", "c", "d"] {
                let response = service.clone().oneshot(to(host)).await.unwrap();
                let standings = Standing::read(response.headers());
                let told = standings.first().and_then(Standing::remaining);
                seen.push(response.status().as_u16());
                if response.status() != 200 {
                    assert!(told.is_none_or(|left| left == 0), "{host}: {standings:?}");
                }
            }
            assert_eq!(seen, statuses);
        }
    }
}
