//@ says: Settled<
//@ says: does not limit requests of the type `u64`
//@ says: `.settle(…)` needs what can take back: `TokenBucket`, `LeakyBucket` or `Keyed`, not a window, a queue or `Hashed`
use seawall_limiter::{Hashed, Keys, LimiterLayer, Quota};
use tower::{BoxError, Service, ServiceBuilder, service_fn};

fn main() {
    let users =
        Hashed::<u64>::new(Quota::per_second(10), Keys::new(100)).unwrap().by(|n: &u64| Some(*n));
    let stack = ServiceBuilder::new()
        .layer(LimiterLayer::new(users.settle(|failed: &bool| u32::from(*failed))))
        .service(service_fn(async |_: u64| Ok::<bool, BoxError>(true)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
