use core::panic::AssertUnwindSafe;
use core::task::Waker;
use std::panic::{catch_unwind, resume_unwind};

/// Those who are to be woken once the lock is free: a waker is foreign code.
///
/// All of them are woken, in the order in which they were added, even if one of
/// them panics; the first panic goes on afterwards.
#[derive(Debug, Default)]
pub(crate) struct Wakes {
    wakers: Vec<Waker>,
    /// Wakers that are not needed any more, for dropping one is foreign code too.
    old: [Option<Waker>; 2],
}

impl Wakes {
    pub(crate) fn add(&mut self, waker: Option<Waker>) {
        self.wakers.extend(waker);
    }

    pub(crate) fn let_go(&mut self, old: [Option<Waker>; 2]) {
        self.old = old;
    }
}

impl Drop for Wakes {
    #[inline]
    fn drop(&mut self) {
        if !self.wakers.is_empty() || self.old.iter().any(Option::is_some) {
            self.run();
        }
    }
}

impl Wakes {
    #[cold]
    fn run(&mut self) {
        let mut panic = None;
        let mut run = |foreign: &mut dyn FnMut()| {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(foreign)) {
                panic.get_or_insert(payload);
            }
        };
        for waker in core::mem::take(&mut self.wakers) {
            let mut waker = Some(waker);
            run(&mut || waker.take().map_or((), Waker::wake));
        }
        for old in &mut self.old {
            run(&mut || drop(old.take()));
        }
        // A second panic would end the process.
        if let Some(payload) = panic.filter(|_| !std::thread::panicking()) {
            resume_unwind(payload);
        }
    }
}
