//@ says: does not limit requests of the type `u64`
//@ says: if their closures take a `&u64`
use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
use tower::{BoxError, Service, ServiceBuilder, service_fn};

fn main() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    let stack = ServiceBuilder::new()
        .layer(LimiterLayer::new(bucket.cost(|name: &String| u32::from(name.is_empty()))))
        .service(service_fn(async |order: u64| Ok::<u64, BoxError>(order)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
