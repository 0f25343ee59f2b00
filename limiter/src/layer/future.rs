//! The futures of the services.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project::pin_project;

use crate::layer::admit::Finish;

/// What [`LimiterService`](crate::LimiterService) answers.
#[pin_project]
pub struct ResponseFuture<F, P, Res, Err> {
    #[pin]
    state: State<F, P, Res, Err>,
}

#[pin_project(project = Project)]
enum State<F, P, Res, Err> {
    Passed {
        #[pin]
        inner: F,
        pass: Option<P>,
    },
    Refused(Option<Result<Res, Err>>),
}

impl<F, P, Res, Err> ResponseFuture<F, P, Res, Err> {
    pub(crate) fn passed(inner: F, pass: P) -> Self {
        ResponseFuture { state: State::Passed { inner, pass: Some(pass) } }
    }

    pub(crate) fn refused(answer: Result<Res, Err>) -> Self {
        ResponseFuture { state: State::Refused(Some(answer)) }
    }
}

impl<F, P, Res, Err> Future for ResponseFuture<F, P, Res, Err>
where
    F: Future<Output = Result<Res, Err>>,
    P: Finish<Res, Err>,
{
    type Output = Result<Res, Err>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            // Without a pass, or an answer, it is polled after it was done: a caller's bug,
            // which must not panic here.
            Project::Passed { pass: None, .. } => Poll::Pending,
            Project::Passed { inner, pass } => {
                let mut answer = ready!(inner.poll(cx));
                if let Some(pass) = pass.take() {
                    pass.finish(&mut answer);
                }
                Poll::Ready(answer)
            }
            Project::Refused(answer) => answer.take().map_or(Poll::Pending, Poll::Ready),
        }
    }
}

impl<F, P, Res, Err> fmt::Debug for ResponseFuture<F, P, Res, Err> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Passed { .. } => "passed",
            State::Refused(_) => "refused",
        };
        f.debug_struct("ResponseFuture").field("state", &state).finish_non_exhaustive()
    }
}
