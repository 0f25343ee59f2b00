//! Key, cost, exemption, settlement and fields go together, in a stack whose error is `Infallible`.
#![deny(warnings)]
use std::convert::Infallible;

use http::{Request, Response};
use seawall_errors::http::AsProblem;
use seawall_limiter::http::{Fields, HintPolicy};
use seawall_limiter::{
    Keyed, Keys, LimiterLayer, LimiterWaitLayer, Quota, SlidingWindow, TokenBucket,
};
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};

fn user(request: &Request<()>) -> Option<u64> {
    request.extensions().get().copied()
}

fn is_health(request: &Request<()>) -> bool {
    request.uri().path() == "/health"
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inner =
        service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(String::new())));
    let users = || Keyed::<u64>::new(Quota::per_second(10), Keys::new(100));
    let settled = users()?
        .by(user)
        .or_share(0_u64)
        .cost(|_: &Request<()>| 3)
        .unless(is_health)
        .settle(|response: &Response<String>| u32::from(response.status() == 401))
        .with_fields(Fields::new());
    serve(LimiterLayer::new(settled).with_answer(AsProblem).layer(inner));

    let borrowed = Keyed::<str>::new(Quota::per_second(10), Keys::new(100))?
        .by_ref(|request: &Request<()>| Some(request.uri().path()))
        .with_fields(Fields::new());
    serve(LimiterWaitLayer::new(borrowed).with_answer(AsProblem).layer(inner));

    let exempt =
        TokenBucket::new(Quota::per_second(10))?.unless(is_health).cost(|_: &Request<()>| 2);
    serve(LimiterWaitLayer::new(exempt).with_answer(AsProblem).layer(inner));

    // A window takes all but a settlement.
    let window = SlidingWindow::new(Quota::per_second(10))?.cost(|_: &Request<()>| 2);
    serve(LimiterLayer::new(window.with_fields(Fields::new())).with_answer(AsProblem).layer(inner));

    // A client: errors of the transport are boxed, and refusals with them.
    let client = inner.map_err(BoxError::from);
    let obeys = users()?.by(user).obey(HintPolicy::new());
    serve(LimiterWaitLayer::new(obeys).layer(client));
    Ok(())
}

/// What a server asks of a stack.
fn serve<S>(_: S)
where
    S: Service<Request<()>, Response = Response<String>> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
}
