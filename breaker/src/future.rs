//! The futures of the services.

use core::pin::Pin;
use core::task::{Context, Poll};
#[cfg(feature = "metrics")]
use std::sync::Arc;

use pin_project::pin_project;
use seawall_errors::{ByCode, Classify};

#[cfg(feature = "metrics")]
use crate::calls::{Calls, Uncounted};
use crate::hint::{Hint, NoHint};
use crate::permit::OwnedPermit;
use crate::service::Verdict;
use crate::ticket::{Ending, Receipt};

/// A permit that can be told how the call ended.
pub(crate) trait Ends {
    fn ends(self, ending: Ending) -> Receipt;
}

/// The future of a [`BreakerService`](crate::BreakerService) or of a
/// [`ThrottleService`](crate::ThrottleService).
///
/// Dropping it gives the call up, as dropping the permit does.
#[pin_project]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<F, T, E, C = ByCode, H = NoHint, P = OwnedPermit>(
    #[pin] Stage<F, T, E, C, H, P>,
);

#[pin_project(project = Project)]
#[derive(Debug)]
enum Stage<F, T, E, C, H, P> {
    Admitted {
        #[pin]
        inner: F,
        permit: Option<P>,
        judge: (C, H),
        #[cfg(feature = "metrics")]
        calls: Uncounted,
    },
    Refused(Option<Result<T, E>>),
}

impl<F, T, E, C, H, P> ResponseFuture<F, T, E, C, H, P> {
    pub(crate) fn admitted(
        inner: F,
        permit: P,
        judge: (C, H),
        #[cfg(feature = "metrics")] calls: Arc<Calls>,
    ) -> Self {
        ResponseFuture(Stage::Admitted {
            inner,
            permit: Some(permit),
            judge,
            #[cfg(feature = "metrics")]
            calls: Uncounted::new(calls),
        })
    }

    pub(crate) fn refused(answer: Result<T, E>) -> Self {
        ResponseFuture(Stage::Refused(Some(answer)))
    }
}

impl<F, T, E, C, H, P> Future for ResponseFuture<F, T, E, C, H, P>
where
    F: Future<Output = Result<T, E>>,
    C: Classify<T, E>,
    H: Hint<T, E>,
    P: Ends,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().0.project() {
            Project::Admitted {
                inner,
                permit: place,
                judge,
                #[cfg(feature = "metrics")]
                calls,
            } => {
                // Out of its place, so that a panic of the inner future drops it
                // at once: whoever catches the panic may drop us much later.
                let Some(permit) = place.take() else {
                    // Polled after it was done: a caller's bug, which must not panic here.
                    return Poll::Pending;
                };
                let Poll::Ready(result) = inner.poll(context) else {
                    *place = Some(permit);
                    return Poll::Pending;
                };
                let (judge, hint) = &*judge;
                let ending = Verdict { judge, hint }.of(&result);
                #[cfg(feature = "metrics")]
                calls.ended(ending.outcome, permit.ends(ending));
                #[cfg(not(feature = "metrics"))]
                permit.ends(ending);
                Poll::Ready(result)
            }
            Project::Refused(answer) => match answer.take() {
                Some(answer) => Poll::Ready(answer),
                None => Poll::Pending,
            },
        }
    }
}

impl Ends for OwnedPermit {
    #[inline]
    fn ends(self, ending: Ending) -> Receipt {
        self.end(ending, crate::shared::Core::now)
    }
}
