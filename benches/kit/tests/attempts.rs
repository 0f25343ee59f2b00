//! Layers that call the inner service more than once for one request.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use seawall_kit::contract::{READIED_IS_CALLED, check_clone};
use seawall_kit::{Probe, ProbeError};
use tower::{Service, ServiceExt};

type Boxed = Pin<Box<dyn Future<Output = Result<u64, ProbeError>>>>;

/// Tries once more after an error.
#[derive(Clone)]
struct OnceMore {
    inner: Probe,
    makes_ready: bool,
}

impl Service<u64> for OnceMore {
    type Response = u64;
    type Error = ProbeError;
    type Future = Boxed;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ProbeError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: u64) -> Boxed {
        let (first, mut again) = (self.inner.call(request), self.inner.clone());
        let makes_ready = self.makes_ready;
        Box::pin(async move {
            match first.await {
                Err(_) if makes_ready => again.ready().await?.call(request).await,
                Err(_) => again.call(request).await,
                answer => answer,
            }
        })
    }
}

/// Calls two nodes and waits for both.
#[derive(Clone)]
struct Both([Probe; 2]);

impl Service<u64> for Both {
    type Response = u64;
    type Error = ProbeError;
    type Future = Boxed;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ProbeError>> {
        let [first, second] = self.0.each_mut().map(|node| node.poll_ready(context));
        match (first, second) {
            (Poll::Ready(first), Poll::Ready(second)) => Poll::Ready(first.and(second)),
            _ => Poll::Pending,
        }
    }

    fn call(&mut self, request: u64) -> Boxed {
        let [mut first, mut second] = self.0.each_mut().map(|node| node.call(request));
        Box::pin(async move {
            let mut answers = [None, None];
            poll_fn(|context| {
                for (answer, future) in answers.iter_mut().zip([&mut first, &mut second]) {
                    if answer.is_none() {
                        if let Poll::Ready(done) = pin!(future).poll(context) {
                            *answer = Some(done);
                        }
                    }
                }
                match answers {
                    [Some(first), Some(second)] => Poll::Ready(first.and(second)),
                    _ => Poll::Pending,
                }
            })
            .await
        })
    }
}

#[test]
fn a_later_attempt_without_readiness_is_found() {
    check_clone(|inner| OnceMore { inner, makes_ready: true }).assert_clean();
    let report = check_clone(|inner| OnceMore { inner, makes_ready: false });
    report.assert_only(&[READIED_IS_CALLED]);
}

#[test]
fn one_wake_for_each_of_two_inner_calls_is_not_one_too_many() {
    check_clone(|inner: Probe| Both([inner.clone(), inner])).assert_clean();
}
