//! One `#[from]` serves the layer, and a boxed error works as it is.
#![deny(warnings)]
use seawall_errors::Rejected;
use seawall_limiter::{LeakyQueue, LimiterLayer, LimiterWaitLayer, Quota, TokenBucket};
use tower::{BoxError, Layer, Service, service_fn};

#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error(transparent)]
    Refused(#[from] Rejected),
}

fn main() -> Result<(), BoxError> {
    let (bucket, queue) =
        (TokenBucket::new(Quota::per_second(10))?, LeakyQueue::new(Quota::per_second(10))?);
    let ours = service_fn(async |order: u64| Ok::<u64, OrderError>(order));
    serve(LimiterLayer::new(bucket.clone()).layer(ours));
    serve(LimiterWaitLayer::new(queue).layer(ours));
    let boxed = service_fn(async |order: u64| Ok::<u64, BoxError>(order));
    serve(LimiterLayer::new(bucket.clone()).layer(boxed));
    // A closure needs no conversion.
    let never = service_fn(async |order: u64| Ok::<u64, std::convert::Infallible>(order));
    serve(
        LimiterLayer::new(bucket)
            .answer_with(|refused| refused.code().number().into())
            .layer(never),
    );
    Ok(())
}

fn serve<S: Service<u64, Response = u64>>(_: S) {}
