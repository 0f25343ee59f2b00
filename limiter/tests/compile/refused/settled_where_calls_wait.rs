//@ says: cannot wait for `Settled<
//@ says: they can for limiters, and for what `.cost(…)`, `.by(…)` and `.unless(…)` make of them; what is settled waits for plain buckets only
use seawall_limiter::{Keyed, Keys, LimiterWaitLayer, Quota};
use tower::{BoxError, Service, ServiceBuilder, service_fn};

fn main() {
    let users = Keyed::<u64>::new(Quota::per_second(10), Keys::new(100)).unwrap();
    let failures = users.by(|user: &u64| Some(*user)).settle(|failed: &bool| u32::from(*failed));
    let stack = ServiceBuilder::new()
        .layer(LimiterWaitLayer::new(failures))
        .service(service_fn(async |_: u64| Ok::<bool, BoxError>(true)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
