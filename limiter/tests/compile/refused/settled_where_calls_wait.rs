//@ says: requests of the type `u64` cannot wait for `Settled<
//@ says: they can for limiters, and for what `.cost(…)`, `.by(…)` and `.unless(…)` make of them
use seawall_limiter::{LimiterWaitLayer, Quota, TokenBucket};
use tower::{BoxError, Service, ServiceBuilder, service_fn};

fn main() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    let stack = ServiceBuilder::new()
        .layer(LimiterWaitLayer::new(bucket.settle(|failed: &bool| u32::from(*failed))))
        .service(service_fn(async |_: u64| Ok::<bool, BoxError>(true)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
