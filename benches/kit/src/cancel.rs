//! Drops a future at every poll count, and asks each time whether everything
//! was given back.
//!
//! A future may be dropped wherever it was last pending. There are few such
//! points, so all of them are tried: the future is made anew, polled `n` times
//! and dropped, for n = 0, 1, 2 … until it ends within `n` polls.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A future that needs more polls does not end.
const MOST_POLLS: u32 = 1_000;

/// Drops a future at every poll count, driven by hand.
///
/// `make` makes the future anew. `step` runs after each poll that was pending
/// and is given how many polls there were: it moves time or peers on, so that
/// the future comes to its end. `check` runs after each drop, is given the
/// number of polls before it, and asks whether everything was given back. It
/// runs a last time after the future has ended. Returns how many polls that
/// took.
///
/// ```
/// use std::future::poll_fn;
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
/// use std::task::Poll;
///
/// use seawall_kit::cancel::drop_at_every_poll;
///
/// let free = AtomicU32::new(1);
/// struct Slot<'a>(&'a AtomicU32);
/// impl Drop for Slot<'_> {
///     fn drop(&mut self) {
///         self.0.fetch_add(1, Relaxed);
///     }
/// }
/// let peer = AtomicU32::new(0);
/// let polls = drop_at_every_poll(
///     || async {
///         free.fetch_sub(1, Relaxed);
///         let _slot = Slot(&free);
///         peer.store(0, Relaxed);
///         poll_fn(|_| if peer.load(Relaxed) < 2 { Poll::Pending } else { Poll::Ready(()) }).await;
///     },
///     |_| {
///         peer.fetch_add(1, Relaxed);
///     },
///     |polls| assert_eq!(free.load(Relaxed), 1, "lost the slot, dropped after {polls} polls"),
/// );
/// assert_eq!(polls, 3);
/// ```
///
/// # Panics
///
/// If the future does not end within 1000 polls.
#[track_caller]
pub fn drop_at_every_poll<F: Future>(
    mut make: impl FnMut() -> F,
    mut step: impl FnMut(u32),
    mut check: impl FnMut(u32),
) -> u32 {
    for polls in 0..=MOST_POLLS {
        let mut ended = false;
        {
            let mut future = pin!(make());
            let mut context = Context::from_waker(Waker::noop());
            for count in 1..=polls {
                if future.as_mut().poll(&mut context).is_ready() {
                    ended = true;
                    break;
                }
                step(count);
            }
        }
        check(polls);
        if ended {
            return polls;
        }
    }
    never_ends()
}

/// The same inside a runtime, where `step` and `check` have to wait: for a
/// clock that is paused, for tasks that have to run.
///
/// The future is polled by the task that calls this, so its timers work.
///
/// # Panics
///
/// If the future does not end within 1000 polls.
pub async fn drop_at_every_poll_async<F: Future>(
    mut make: impl AsyncFnMut() -> F,
    mut step: impl AsyncFnMut(u32),
    mut check: impl AsyncFnMut(u32),
) -> u32 {
    for polls in 0..=MOST_POLLS {
        let mut ended = false;
        {
            let mut future = pin!(make().await);
            for count in 1..=polls {
                let once = poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
                if once.await.is_ready() {
                    ended = true;
                    break;
                }
                step(count).await;
            }
        }
        check(polls).await;
        if ended {
            return polls;
        }
    }
    never_ends()
}

#[track_caller]
#[expect(clippy::panic, reason = "a test must fail here")]
fn never_ends() -> ! {
    panic!("the future does not end within {MOST_POLLS} polls: does `step` let it?");
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::pending;

    use super::*;

    /// Takes one thing at the first poll and forgets it if it is dropped
    /// between the third poll and the fourth; ends at the fifth.
    struct Forgetful<'a> {
        taken: &'a Cell<u32>,
        polls: u32,
    }

    impl Future for Forgetful<'_> {
        type Output = ();

        fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            self.polls += 1;
            if self.polls == 1 {
                self.taken.set(self.taken.get() + 1);
            }
            if self.polls < 5 { Poll::Pending } else { Poll::Ready(()) }
        }
    }

    impl Drop for Forgetful<'_> {
        fn drop(&mut self) {
            if self.polls > 0 && self.polls != 3 {
                self.taken.set(self.taken.get() - 1);
            }
        }
    }

    #[test]
    fn a_loss_at_one_poll_count_only_is_found_there() {
        let (taken, steps) = (Cell::new(0), Cell::new(0));
        let mut lost_at = Vec::new();
        let polls = drop_at_every_poll(
            || Forgetful { taken: &taken, polls: 0 },
            |_| steps.set(steps.get() + 1),
            |polls| {
                if taken.replace(0) > 0 {
                    lost_at.push(polls);
                }
            },
        );
        assert_eq!((polls, lost_at), (5, vec![3]));
        assert_eq!(steps.get(), 1 + 2 + 3 + 4 + 4, "one step after each pending poll");
    }

    #[test]
    fn waiting_between_the_polls_changes_nothing() {
        let taken = Cell::new(0);
        let mut lost_at = Vec::new();
        let run = drop_at_every_poll_async(
            async || Forgetful { taken: &taken, polls: 0 },
            async |_| (),
            async |polls| {
                if taken.replace(0) > 0 {
                    lost_at.push(polls);
                }
            },
        );
        let polled = pin!(run).poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(5));
        assert_eq!(lost_at, [3]);
    }

    #[test]
    #[should_panic(expected = "the future does not end within 1000 polls")]
    fn a_future_without_end_is_no_proof() {
        drop_at_every_poll(pending::<()>, |_| (), |_| ());
    }
}
