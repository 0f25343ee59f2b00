//! How many breakers of a table may be open at once.

use crate::sync::{AtomicU64, Ordering};
use crate::word::State;

#[derive(Debug)]
pub(crate) struct Group {
    /// In percent of the keys; one may always be open.
    most: u64,
    keys: AtomicU64,
    open: AtomicU64,
}

fn counts(state: State) -> bool {
    matches!(state, State::Open | State::HalfOpen)
}

impl Group {
    pub(crate) fn new(percent: u8) -> Self {
        Group { most: percent.into(), keys: AtomicU64::new(0), open: AtomicU64::new(0) }
    }

    // Relaxed: the numbers stand for themselves.

    pub(crate) fn join(&self) {
        self.keys.fetch_add(1, Ordering::Relaxed);
    }

    /// A key is gone.
    pub(crate) fn leave(&self, state: State) {
        self.keys.fetch_sub(1, Ordering::Relaxed);
        if counts(state) {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// One more, if it may be.
    pub(crate) fn try_open(&self) -> bool {
        let most = (self.keys.load(Ordering::Relaxed).saturating_mul(self.most) / 100).max(1);
        let mut open = self.open.load(Ordering::Relaxed);
        while open < most {
            match self.open.compare_exchange_weak(
                open,
                open + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(newer) => open = newer,
            }
        }
        false
    }

    /// One has gone from a state to another; `reserved`: by leave of `try_open`.
    pub(crate) fn moved(&self, from: State, to: State, reserved: bool) {
        match (counts(from) || reserved, counts(to)) {
            (false, true) => {
                self.open.fetch_add(1, Ordering::Relaxed);
            }
            (true, false) => {
                self.open.fetch_sub(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    pub(crate) fn open(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }
}
