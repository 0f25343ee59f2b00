//@ says: Finish<bool
use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
use tower::{BoxError, Service, ServiceBuilder, service_fn};

fn main() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    let stack = ServiceBuilder::new()
        .layer(LimiterLayer::new(bucket.settle(|used: &u32| *used)))
        .service(service_fn(async |_: u64| Ok::<bool, BoxError>(true)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
