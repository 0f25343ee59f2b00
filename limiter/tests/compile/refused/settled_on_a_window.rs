//@ says: Settled<SlidingWindow
//@ says: does not limit requests of the type `u64`
//@ says: `.settle(…)` needs what can take back: `TokenBucket`, `LeakyBucket` or `Keyed`, not a window, a queue or `Hashed`
use seawall_limiter::{LimiterLayer, Quota, SlidingWindow};
use tower::{BoxError, Service, ServiceBuilder, service_fn};

fn main() {
    let window = SlidingWindow::new(Quota::per_second(10)).unwrap();
    let stack = ServiceBuilder::new()
        .layer(LimiterLayer::new(window.settle(|failed: &bool| u32::from(*failed))))
        .service(service_fn(async |_: u64| Ok::<bool, BoxError>(true)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
