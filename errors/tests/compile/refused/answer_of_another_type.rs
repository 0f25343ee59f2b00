//@ says: does not fit a stack of `Result<u64,
//@ says: a closure given there has to return a `u64` itself, no `Result` and no future
use tower::{BoxError, Service, ServiceBuilder, service_fn};

fn main() {
    let stack = ServiceBuilder::new()
        .layer(door::DoorLayer::new(door::Door::new("orders", 10)).answer_with(|_| "no"))
        .service(service_fn(async |order: u64| Ok::<u64, BoxError>(order)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
