//@ says: a refusal cannot become a `OrderError`
//@ says: give it one: a variant with `#[from] seawall_errors::Rejected`, or `impl From<Rejected> for OrderError`
//@ says: put a `map_err` at the bottom of the stack
//@ says: or answer with a response instead of an error: `.answer_with(|refused| ...)`
use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
use tower::{Service, ServiceBuilder, service_fn};

#[derive(Debug)]
struct OrderError;

fn main() {
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    let stack = ServiceBuilder::new()
        .layer(LimiterLayer::new(bucket))
        .service(service_fn(async |order: u64| Ok::<u64, OrderError>(order)));
    serve(stack);
}

/// What a server asks of a stack.
fn serve<S: Service<u64>>(_: S) {}
