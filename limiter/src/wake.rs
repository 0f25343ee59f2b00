use core::panic::AssertUnwindSafe;
use core::task::Waker;
use std::panic::{catch_unwind, resume_unwind};

/// Those who are to be woken once the lock is free: a waker is foreign code.
///
/// All of them are woken, in the order in which they were added, even if one of
/// them panics; the first panic goes on afterwards.
#[derive(Debug, Default)]
pub(crate) struct Wakes(Vec<Waker>);

/// Wakers that are not needed any more: dropping one is foreign code, too.
pub(crate) type Old = [Option<Waker>; 2];

impl Wakes {
    pub(crate) fn add(&mut self, waker: Option<Waker>) {
        self.0.extend(waker);
    }

    #[cold]
    fn wake(&mut self) {
        let mut panic = None;
        for waker in core::mem::take(&mut self.0) {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                panic.get_or_insert(payload);
            }
        }
        // A second panic would end the process.
        if let Some(payload) = panic.filter(|_| !std::thread::panicking()) {
            resume_unwind(payload);
        }
    }
}

impl Drop for Wakes {
    #[inline]
    fn drop(&mut self) {
        if !self.0.is_empty() {
            self.wake();
        }
    }
}
