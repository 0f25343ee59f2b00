use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project::pin_project;
use seawall_errors::Answer;
use tower_service::Service;

use crate::layer::admit::{Admit, Finish};
use crate::layer::meter::{Meter, Waits};
use crate::layer::wait_for::{Wait, Waiting};

/// What [`LimiterWaitService`](crate::LimiterWaitService) answers.
#[pin_project]
pub struct WaitFuture<S: Service<Req>, L: Wait<Req>, A, Req> {
    #[pin]
    state: State<L::Waiting, S::Future>,
    /// Until they are called.
    call: Option<(S, Req)>,
    /// Until the answer is there.
    pass: Option<<L as Admit<Req>>::Pass>,
    answer: A,
    meter: (Meter, &'static str),
    waits: Option<Waits>,
}

#[pin_project(project = Project)]
enum State<W, F> {
    Waits(#[pin] W),
    GetsReady,
    Called(#[pin] F),
    Done,
}

impl<S: Service<Req>, L: Wait<Req>, A, Req> WaitFuture<S, L, A, Req> {
    pub(crate) fn new(
        waiting: L::Waiting,
        inner: S,
        request: Req,
        answer: A,
        meter: (Meter, &'static str),
    ) -> Self {
        WaitFuture {
            state: State::Waits(waiting),
            call: Some((inner, request)),
            pass: Some(L::Pass::default()),
            answer,
            meter,
            waits: None,
        }
    }
}

impl<S, L, A, Req> Future for WaitFuture<S, L, A, Req>
where
    S: Service<Req>,
    L: Wait<Req>,
    L::Pass: Finish<S::Response, S::Error>,
    A: Answer<S::Response, S::Error>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let mut answer = match this.state.as_mut().project() {
                Project::Waits(waiting) => {
                    let (meter, name) = &*this.meter;
                    // Polled after it was done: a caller's bug, which must not panic here.
                    let Some(pass) = this.pass.as_mut() else { return Poll::Pending };
                    let Poll::Ready(turn) = waiting.poll_pass(cx, pass) else {
                        this.waits.get_or_insert_with(|| meter.waits(name));
                        return Poll::Pending;
                    };
                    *this.waits = None;
                    match turn {
                        Ok(()) => {
                            meter.passed(name);
                            this.state.set(State::GetsReady);
                            continue;
                        }
                        Err(rejected) => {
                            meter.refused(name, &rejected);
                            *this.call = None;
                            this.answer.answer(rejected)
                        }
                    }
                }
                Project::GetsReady => {
                    let Some((inner, _)) = this.call.as_mut() else { return Poll::Pending };
                    match ready!(inner.poll_ready(cx)) {
                        Ok(()) => {
                            if let Some((mut inner, request)) = this.call.take() {
                                this.state.set(State::Called(inner.call(request)));
                            }
                            continue;
                        }
                        Err(error) => {
                            *this.call = None;
                            Err(error)
                        }
                    }
                }
                Project::Called(inner) => ready!(inner.poll(cx)),
                Project::Done => return Poll::Pending,
            };
            this.state.set(State::Done);
            if let Some(pass) = this.pass.take() {
                pass.finish(&mut answer);
            }
            return Poll::Ready(answer);
        }
    }
}

impl<S: Service<Req>, L: Wait<Req>, A, Req> fmt::Debug for WaitFuture<S, L, A, Req> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Waits(_) => "waits",
            State::GetsReady => "gets ready",
            State::Called(_) => "called",
            State::Done => "done",
        };
        f.debug_struct("WaitFuture").field("state", &state).finish_non_exhaustive()
    }
}
