//! The hand on a [`Probe`](crate::Probe): scripts what it answers, tells what
//! it has seen.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::error::ProbeError;

/// What `poll_ready` answers, for every instance, until told otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Readiness {
    /// Ready.
    #[default]
    Ready,
    /// Not ready until [`Control::release_ready`].
    Pending,
    /// A [`ProbeError`].
    Error,
    /// A panic.
    Panic,
}

/// What a call comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// The response, at the first poll.
    #[default]
    Ok,
    /// A [`ProbeError`], at the first poll.
    Error,
    /// The response, after [`Control::release_calls`].
    Pending,
    /// A panic in `call` itself.
    PanicInCall,
    /// A panic at the first poll.
    PanicInPoll,
}

/// What all instances of one probe have seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Calls of `poll_ready`.
    pub poll_ready: u64,
    /// Calls.
    pub calls: u64,
    /// Calls of an instance that had not answered ready since its last call.
    pub unready_calls: u64,
    /// Times that an instance was cloned.
    pub clones: u64,
    /// Instances alive now.
    pub live_services: u64,
    /// Instances that are ready and have not been called since.
    pub readied: u64,
    /// Response futures alive now.
    pub live_futures: u64,
    /// Response futures that gave a response or an error.
    pub answered: u64,
    /// Response futures dropped before they gave an answer.
    pub dropped: u64,
    /// Polls of a response future that had already answered.
    pub polled_after_end: u64,
    /// Wakes that the two `release` methods sent.
    pub wakes: u64,
}

#[derive(Debug, Default)]
struct State {
    readiness: Readiness,
    answer: Answer,
    /// Answers for the next calls, before `answer` counts; last one first.
    next: Vec<Answer>,
    record: Record,
    errors: u64,
    instances: u64,
    /// Pending calls with a lower number have been released.
    released: u64,
    waiting_ready: Vec<(u64, Waker)>,
    waiting_calls: Vec<(u64, Waker)>,
}

#[derive(Debug)]
struct Shared {
    id: u64,
    state: Mutex<State>,
}

/// The hand on a [`Probe`](crate::Probe) and all its clones. Clones share.
#[derive(Clone, Debug)]
pub struct Control(Arc<Shared>);

impl Control {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Only needs to be unique.
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(Shared { id, state: Mutex::default() }))
    }

    /// Sets what `poll_ready` answers from now on.
    ///
    /// An instance that is ready stays so until it is called. Nobody is woken:
    /// see [`release_ready`](Self::release_ready).
    pub fn readiness(&self, readiness: Readiness) {
        self.0.state.lock().readiness = readiness;
    }

    /// Sets what calls come to from now on.
    pub fn answer(&self, answer: Answer) {
        self.0.state.lock().answer = answer;
    }

    /// Sets what the next calls come to, one each; after them
    /// [`answer`](Self::answer) counts again.
    pub fn answer_next(&self, answers: impl IntoIterator<Item = Answer>) {
        let mut next: Vec<_> = answers.into_iter().collect();
        next.reverse();
        self.0.state.lock().next = next;
    }

    /// Makes `poll_ready` answer ready, and wakes each instance that waits.
    pub fn release_ready(&self) {
        let mut state = self.0.state.lock();
        state.readiness = Readiness::Ready;
        let waiting = mem::take(&mut state.waiting_ready);
        Self::wake(state, waiting);
    }

    /// Lets all pending calls answer, and wakes each one that was polled.
    ///
    /// Later calls do what the script says.
    pub fn release_calls(&self) {
        let mut state = self.0.state.lock();
        state.released = state.record.calls;
        let waiting = mem::take(&mut state.waiting_calls);
        Self::wake(state, waiting);
    }

    /// What was seen so far.
    pub fn record(&self) -> Record {
        self.0.state.lock().record
    }

    /// How many errors were given so far; the next one has this number.
    pub(crate) fn errors(&self) -> u64 {
        self.0.state.lock().errors
    }

    /// Whether `error` came from here, and is not one of the first `before`.
    pub(crate) fn gave(&self, error: ProbeError, before: u64) -> bool {
        error.control == self.0.id && error.number >= before
    }

    /// Wakes outside the lock: a waker may poll at once.
    fn wake(mut state: parking_lot::MutexGuard<'_, State>, waiting: Vec<(u64, Waker)>) {
        state.record.wakes += waiting.len() as u64;
        drop(state);
        for (_, waker) in waiting {
            waker.wake();
        }
    }

    fn error(state: &mut State, control: u64, from_ready: bool) -> ProbeError {
        let number = state.errors;
        state.errors += 1;
        ProbeError { control, number, from_ready }
    }

    pub(crate) fn instance(&self, clone: bool) -> u64 {
        let mut state = self.0.state.lock();
        state.instances += 1;
        state.record.live_services += 1;
        state.record.clones += u64::from(clone);
        state.instances
    }

    pub(crate) fn instance_dropped(&self, instance: u64, ready: bool) {
        let mut state = self.0.state.lock();
        state.record.live_services -= 1;
        state.record.readied -= u64::from(ready);
        let waker = forget(&mut state.waiting_ready, instance);
        drop(state);
        drop(waker);
    }

    /// `None` asks the caller to panic.
    pub(crate) fn poll_ready(
        &self,
        instance: u64,
        ready: bool,
        context: &Context<'_>,
    ) -> Option<Poll<Result<(), ProbeError>>> {
        let mut state = self.0.state.lock();
        state.record.poll_ready += 1;
        if ready {
            return Some(Poll::Ready(Ok(())));
        }
        match state.readiness {
            Readiness::Ready => {
                state.record.readied += 1;
                let waker = forget(&mut state.waiting_ready, instance);
                drop(state);
                drop(waker);
                Some(Poll::Ready(Ok(())))
            }
            Readiness::Pending => {
                let old = remember(&mut state.waiting_ready, instance, context);
                drop(state);
                drop(old);
                Some(Poll::Pending)
            }
            Readiness::Error => Some(Poll::Ready(Err(Self::error(&mut state, self.0.id, true)))),
            Readiness::Panic => None,
        }
    }

    /// The number of this call and what it comes to.
    pub(crate) fn called(&self, ready: bool) -> (u64, Answer) {
        let mut state = self.0.state.lock();
        let number = state.record.calls;
        state.record.calls += 1;
        if ready {
            state.record.readied -= 1;
        } else {
            state.record.unready_calls += 1;
        }
        let answer = state.next.pop().unwrap_or(state.answer);
        if answer != Answer::PanicInCall {
            state.record.live_futures += 1;
        }
        (number, answer)
    }

    /// Pending until the call is released.
    pub(crate) fn poll_released(&self, call: u64, context: &Context<'_>) -> Poll<()> {
        let mut state = self.0.state.lock();
        if call < state.released {
            return Poll::Ready(());
        }
        let old = remember(&mut state.waiting_calls, call, context);
        drop(state);
        drop(old);
        Poll::Pending
    }

    pub(crate) fn call_error(&self) -> ProbeError {
        Self::error(&mut self.0.state.lock(), self.0.id, false)
    }

    pub(crate) fn answered(&self) {
        self.0.state.lock().record.answered += 1;
    }

    pub(crate) fn polled_after_end(&self) {
        self.0.state.lock().record.polled_after_end += 1;
    }

    pub(crate) fn future_dropped(&self, call: u64, answered: bool) {
        let mut state = self.0.state.lock();
        state.record.live_futures -= 1;
        state.record.dropped += u64::from(!answered);
        let waker = forget(&mut state.waiting_calls, call);
        drop(state);
        drop(waker);
    }
}

/// Keeps the waker of the latest poll only, as a future must.
fn remember(list: &mut Vec<(u64, Waker)>, key: u64, context: &Context<'_>) -> Option<Waker> {
    let old = forget(list, key);
    list.push((key, context.waker().clone()));
    old
}

/// Hands the waker back, so that it is dropped outside the lock.
fn forget(list: &mut Vec<(u64, Waker)>, key: u64) -> Option<Waker> {
    let at = list.iter().position(|(other, _)| *other == key)?;
    Some(list.swap_remove(at).1)
}
