//@ says: does not fit a stack of `Result<u64,
//@ says: a closure given there has to return a `u64` itself, no `Result` and no future
use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
use tower::{BoxError, Service, ServiceBuilder, service_fn};

fn main() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    let stack = ServiceBuilder::new()
        .layer(LimiterLayer::new(bucket).answer_with(|_| "no"))
        .service(service_fn(async |order: u64| Ok::<u64, BoxError>(order)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
