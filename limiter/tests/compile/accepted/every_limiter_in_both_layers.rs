//! Each limiter fits both layers as it is, by value and behind an `Arc`.
#![deny(warnings)]
use std::sync::Arc;

use seawall_errors::AsError;
use seawall_limiter::{
    Combined, FixedWindow, LeakyBucket, LeakyQueue, Limit, LimiterLayer, LimiterWaitLayer, Quota,
    Rule, SlidingCounter, SlidingWindow, TokenBucket,
};
use tower::{BoxError, Layer, Service, service_fn};

fn both<L>(limit: L)
where
    L: Clone + seawall_limiter::Wait<u64, Pass = ()>,
{
    let inner = service_fn(async |order: u64| Ok::<u64, BoxError>(order));
    serve(LimiterLayer::new(limit.clone()).layer(inner));
    serve(LimiterWaitLayer::new(limit).layer(inner));
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let quota = Quota::per_second(10);
    both(TokenBucket::new(quota)?);
    both(LeakyBucket::new(quota)?);
    both(LeakyQueue::new(quota)?);
    both(FixedWindow::new(quota)?);
    both(SlidingWindow::new(quota)?);
    both(SlidingCounter::new(quota)?);
    both(Combined::new(&[Rule::TokenBucket(quota)])?);
    both::<Arc<dyn Limit>>(Arc::new(TokenBucket::new(quota)?));
    // The parameter that is never written out.
    let _: LimiterLayer<TokenBucket, AsError> = LimiterLayer::new(TokenBucket::new(quota)?);
    Ok(())
}

fn serve<S: Service<u64>>(_: S) {}
