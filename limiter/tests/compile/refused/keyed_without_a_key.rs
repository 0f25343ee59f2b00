//@ says: does not limit requests of the type `u64`
//@ says: a keyed limiter must be told whose request it is: `keyed.by(|request: &u64| …)`
use seawall_limiter::{Keyed, Keys, LimiterLayer, Quota};
use tower::{BoxError, Service, ServiceBuilder, service_fn};

fn main() {
    let users = Keyed::<u64>::new(Quota::per_second(10), Keys::new(100)).unwrap();
    let stack = ServiceBuilder::new()
        .layer(LimiterLayer::new(users))
        .service(service_fn(async |order: u64| Ok::<u64, BoxError>(order)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
