//! What a transition was, and the inboxes of those who want to know.

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use crate::sync::Mutex;
use crate::word::State;

/// Why a breaker went from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Too large a share of the calls failed.
    Errors,
    /// Too large a share of the calls was slow.
    Slow,
    /// Too many calls in a row failed.
    Consecutive,
    /// Somebody opened it for a while.
    Asked,
    /// The open time is over.
    OpenTimeOver,
    /// A probe failed.
    ProbeFailed,
    /// No probe came back in time.
    ProbesSilent,
    /// All probes succeeded.
    ProbesSucceeded,
    /// Somebody forced a state.
    Forced,
    /// Somebody ended the forced state, or its time is over.
    Released,
    /// Somebody closed it and emptied its window.
    Reset,
    /// Its state was read from a snapshot.
    Restored,
    /// Its window got another shape; what it held was carried over.
    Reshaped,
}

impl Reason {
    /// The word in lower case, as it stands in metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Errors => "errors",
            Reason::Slow => "slow",
            Reason::Consecutive => "consecutive",
            Reason::Asked => "asked",
            Reason::OpenTimeOver => "open_time_over",
            Reason::ProbeFailed => "probe_failed",
            Reason::ProbesSilent => "probes_silent",
            Reason::ProbesSucceeded => "probes_succeeded",
            Reason::Forced => "forced",
            Reason::Released => "released",
            Reason::Reset => "reset",
            Reason::Restored => "restored",
            Reason::Reshaped => "reshaped",
        }
    }
}

/// One transition of a breaker.
///
/// Each one begins a generation: permits of an earlier one change nothing any
/// more. `to` of one event is `from` of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Numbers the transitions of a breaker: one more each time.
    pub generation: u32,
    /// The name of the breaker.
    pub name: &'static str,
    /// The state before.
    pub from: State,
    /// The state from now on.
    pub to: State,
    /// Why.
    pub reason: Reason,
    /// The results in the window by which a rule was broken; else none.
    pub calls: u64,
    /// How many of them were failures.
    pub failed: u64,
    /// How many of them were slow.
    pub slow: u64,
    /// How many calls had failed in a row, where a rule asks for it.
    pub streak: u32,
    /// For how long it stays open, if it opened.
    pub open_for: Option<Duration>,
}

/// What waits for its owner.
#[derive(Debug)]
struct Inbox {
    waiting: VecDeque<Event>,
    capacity: usize,
    missed: u64,
    waker: Option<Waker>,
    /// Whether the breaker is gone.
    ended: bool,
}

type Shared = Arc<Mutex<Inbox>>;

/// The transitions of a breaker, in their order, for one who asks for them.
///
/// A breaker never runs a listener's code: it puts the event into a bounded
/// inbox, from which the listener takes it. So a listener may use the breaker,
/// panic or take its time, and once it is dropped nothing comes any more. What
/// does not fit into a full inbox pushes the oldest event out.
#[derive(Debug)]
pub struct Events(Shared);

impl Events {
    /// The oldest event that was not taken yet.
    pub fn try_next(&mut self) -> Option<Event> {
        self.0.lock().waiting.pop_front()
    }

    /// How many events were pushed out of the inbox.
    pub fn missed(&self) -> u64 {
        self.0.lock().missed
    }

    /// The oldest event, when there is one; `None` once the breaker is gone and
    /// all its events were taken.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        // Cloned and dropped outside of the lock: both are foreign code.
        let waker = context.waker().clone();
        let mut inbox = self.0.lock();
        if let Some(event) = inbox.waiting.pop_front() {
            return Poll::Ready(Some(event));
        }
        if inbox.ended {
            return Poll::Ready(None);
        }
        let old = inbox.waker.replace(waker);
        drop(inbox);
        drop(old);
        Poll::Pending
    }

    /// Waits for the next event.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    #[expect(clippy::should_implement_trait, reason = "it waits, and iterators do not")]
    pub fn next(&mut self) -> Next<'_> {
        Next(self)
    }
}

/// A breaker that delivers at this moment may hold the inbox a little longer; a
/// waker, which is foreign code, must not be dropped there.
impl Drop for Events {
    fn drop(&mut self) {
        let waker = self.0.lock().waker.take();
        drop(waker);
    }
}

/// The future of [`Events::next`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Next<'a>(&'a mut Events);

impl Future for Next<'_> {
    type Output = Option<Event>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.poll_next(context)
    }
}

/// The breaker's side: who listens. Lives under the breaker's lock.
#[derive(Debug, Default)]
pub(crate) struct Listeners(Vec<Weak<Mutex<Inbox>>>);

impl Listeners {
    /// Whether nobody listens any more.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|inbox| inbox.strong_count() == 0)
    }

    pub(crate) fn add(&mut self, capacity: usize) -> Events {
        let inbox = Inbox {
            waiting: VecDeque::new(),
            capacity: capacity.max(1),
            missed: 0,
            waker: None,
            ended: false,
        };
        let inbox = Arc::new(Mutex::new(inbox));
        self.0.retain(|inbox| inbox.strong_count() > 0);
        self.0.push(Arc::downgrade(&inbox));
        Events(inbox)
    }

    /// Delivers to all; `wake` gets who has to be woken, after the lock.
    pub(crate) fn deliver(&mut self, event: Event, wake: &mut Vec<Waker>) {
        self.0.retain(|inbox| {
            let Some(inbox) = inbox.upgrade() else { return false };
            let mut inbox = inbox.lock();
            if inbox.waiting.len() >= inbox.capacity {
                inbox.waiting.pop_front();
                inbox.missed = inbox.missed.saturating_add(1);
            }
            inbox.waiting.push_back(event);
            wake.extend(inbox.waker.take());
            true
        });
    }

    /// The breaker is gone.
    fn end(&mut self) -> Vec<Waker> {
        let mut wake = Vec::new();
        for inbox in self.0.drain(..).filter_map(|inbox| inbox.upgrade()) {
            let mut inbox = inbox.lock();
            inbox.ended = true;
            wake.extend(inbox.waker.take());
        }
        wake
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.end().into_iter().for_each(Waker::wake);
    }
}
