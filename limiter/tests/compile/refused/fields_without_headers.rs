//@ says: a limiter that looks at responses cannot look at a `bool`
//@ says: `.with_fields(…)` and `.obey(…)` need an `http::Response`: a `map_response` below the layer can make one
use seawall_limiter::http::Fields;
use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
use tower::{BoxError, Service, ServiceBuilder, service_fn};

fn main() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    let stack = ServiceBuilder::new()
        .layer(LimiterLayer::new(bucket.with_fields(Fields::new())))
        .service(service_fn(async |_: u64| Ok::<bool, BoxError>(true)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
