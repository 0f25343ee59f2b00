//@ says: a refusal cannot become a `OrderError`
//@ says: or answer with a response instead of an error: `.answer_with(|refused| ...)`
use seawall_limiter::{LeakyQueue, LimiterWaitLayer, Quota};
use tower::{Service, ServiceBuilder, service_fn};

#[derive(Debug)]
struct OrderError;

fn main() {
    let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
    let stack = ServiceBuilder::new()
        .layer(LimiterWaitLayer::new(queue))
        .service(service_fn(async |order: u64| Ok::<u64, OrderError>(order)));
    serve(stack);
}

fn serve<S: Service<u64>>(_: S) {}
