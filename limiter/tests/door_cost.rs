//! What the verbs of a door allocate, as the readme says it.
#![cfg(all(feature = "tower", feature = "tokio", feature = "http", feature = "keyed"))]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::pin::pin;
use std::task::{Context, Poll};

use futures::future::ready;
use http::{HeaderMap, Request, Response};
use seawall_errors::Rejected;
use seawall_kit::alloc::allocations;
use seawall_limiter::http::{Fields, HintPolicy};
use seawall_limiter::{Keyed, Keys, LimiterLayer, LimiterWaitLayer, Quota, TokenBucket};
use tower::{Layer, Service, service_fn};

type Answer = Response<()>;

/// A service whose responses have a header, as all have.
fn inner() -> impl Service<Request<()>, Response = Answer, Error = Rejected> + Clone {
    service_fn(|request: Request<()>| {
        let mut response = Response::new(());
        *response.headers_mut() = request.into_parts().0.headers;
        ready(Ok(response))
    })
}

/// What one call allocates, after others.
fn of_a_call<S>(mut service: S) -> u64
where
    S: Service<Request<()>, Response = Answer, Error = Rejected>,
{
    let mut counted = 0;
    for _ in 0..3 {
        let mut headers = HeaderMap::with_capacity(16);
        headers.insert("date", "Fri, 20 Nov 2026 20:47:43 GMT".parse().unwrap());
        let mut request = Request::get("http://ann/").body(()).unwrap();
        *request.headers_mut() = headers;
        let mut cx = Context::from_waker(futures::task::noop_waker_ref());
        let mut answer = None;
        counted = allocations(|| {
            let call = pin!(service.call(request));
            answer = Some(call.poll(&mut cx));
        });
        assert!(matches!(answer, Some(Poll::Ready(Ok(_)))));
    }
    counted
}

fn quota() -> Quota {
    Quota::per_second(1_000_000).with_name("api")
}

fn users() -> Keyed<str> {
    Keyed::new(quota(), Keys::new(1000)).unwrap()
}

#[test]
fn verbs_allocate_what_the_readme_says() {
    let bucket = || TokenBucket::new(quota()).unwrap();
    assert_eq!(of_a_call(LimiterLayer::new(bucket()).layer(inner())), 0);
    assert_eq!(of_a_call(LimiterWaitLayer::new(bucket()).layer(inner())), 0);
    let obeys = bucket().obey(HintPolicy::new());
    assert_eq!(of_a_call(LimiterLayer::new(obeys).layer(inner())), 0);
    let told = bucket().with_fields(Fields::new());
    assert_eq!(of_a_call(LimiterLayer::new(told).layer(inner())), 4);

    let keyed = || users().by_ref(|request: &Request<()>| request.uri().host());
    assert_eq!(of_a_call(LimiterLayer::new(keyed()).layer(inner())), 0);
    assert_eq!(of_a_call(LimiterWaitLayer::new(keyed()).layer(inner())), 0);
    // The rest copies the key.
    let settles = keyed().settle(|_: &Answer| 1);
    assert_eq!(of_a_call(LimiterLayer::new(settles).layer(inner())), 1);
    let obeys = keyed().obey(HintPolicy::new());
    assert_eq!(of_a_call(LimiterLayer::new(obeys).layer(inner())), 1);
    let told = keyed().with_fields(Fields::new());
    assert_eq!(of_a_call(LimiterLayer::new(told).layer(inner())), 5);
}
