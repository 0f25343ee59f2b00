//! Serving those who wait, and what each of them is told.
//!
//! Whoever holds the lock serves all whose time has come, in order. So nobody
//! behind depends on the head being polled: each has his own time, and the
//! first whose timer fires serves those before him too.

use core::task::Waker;

use crate::algorithm::Algorithm;
use crate::line::Fate;
use crate::mode::Mode;
use crate::slow::Slow;
use crate::wake::Wakes;

/// What is decided on somebody who waits.
#[derive(Debug)]
pub(crate) enum Step {
    Grant,
    Shut,
    Above(u64),
    TooLate(u64),
    NotBefore(u64),
}

impl<A: Algorithm> Slow<A> {
    /// Takes for all whose time has come.
    pub(crate) fn serve(&mut self, now: u64, wakes: &mut Wakes) {
        match self.mode {
            Mode::Normal => {}
            Mode::Shadow => return self.pretend(now),
            Mode::ForcedOn | Mode::ForcedOff => return,
        }
        while let Some(key) = self.line.head() {
            let at = self.algorithm.steady(&mut self.state, now);
            let Some(place) = self.line.get(key) else { return };
            let (n, deadline, expected, told) =
                (place.cost, place.deadline, place.expected, place.told);
            let Some(due) = self.due(n, at) else {
                self.plan = None;
                wakes.add(self.line.seal(key, Fate::Above));
                continue;
            };
            if due <= at {
                self.algorithm.take(&mut self.state, due, n);
                if due != expected {
                    self.plan = None;
                }
                wakes.add(self.line.seal(key, Fate::Granted(due)));
            } else if due > deadline {
                self.plan = None;
                wakes.add(self.line.seal(key, Fate::TooLate));
            } else {
                let Some(place) = self.line.get_mut(key) else { return };
                place.expected = due;
                // Somebody before him has gone, or something was given back.
                if due < told {
                    wakes.add(place.waker.take());
                }
                return;
            }
        }
    }

    /// When `n` are there for the head; `None` if they never are.
    fn due(&mut self, n: u64, at: u64) -> Option<u64> {
        if n > self.algorithm.burst() {
            return None;
        }
        // A timer that was late costs no rate, up to the slack.
        let from = self.blocked(at).unwrap_or(at.saturating_sub(self.slack));
        Some(self.algorithm.fits_at(&self.state, from, n))
    }

    /// What becomes of `key`, everybody whose time has come having been served.
    pub(crate) fn step(&mut self, key: usize, now: u64) -> Step {
        let Some(place) = self.line.get(key) else { return Step::Grant };
        let (n, deadline, fate) = (place.cost, place.deadline, place.fate);
        match (fate, self.mode) {
            (Some(Fate::Granted(_)), _) => return Step::Grant,
            (_, Mode::ForcedOn) => return Step::Shut,
            (_, Mode::ForcedOff) => return Step::Grant,
            (_, Mode::Shadow) => {
                self.shadowed = self.shadowed.saturating_add(1);
                return Step::Grant;
            }
            (Some(Fate::Above), Mode::Normal) => return Step::Above(n),
            (Some(Fate::TooLate), Mode::Normal) => return Step::TooLate(n),
            (None, Mode::Normal) => {}
        }
        if n > self.algorithm.burst() {
            return Step::Above(n);
        }
        let expected = self.expected(key, now);
        if now >= deadline || expected > deadline {
            return Step::TooLate(n);
        }
        if let Some(place) = self.line.get_mut(key) {
            place.told = expected;
        }
        Step::NotBefore(expected)
    }

    /// When the turn of `key` comes. Nobody's has come at `now`.
    fn expected(&mut self, key: usize, now: u64) -> u64 {
        let at = self.algorithm.steady(&mut self.state, now);
        let known = self.line.get(key).map_or(0, |place| place.expected);
        if known > at {
            return known;
        }
        // Those before him were served later than was expected. They are few,
        // since this is the time at which all of them should have been.
        let free = self.free_at(at);
        let (expected, _) = self.rehearse(free, Some(key));
        if let Some(place) = self.line.get_mut(key) {
            place.expected = expected;
        }
        expected
    }

    /// After something has moved their turns: looks at all who wait anew, lets go
    /// those who cannot be served in time any more, and serves those whose time
    /// has come. Of the others only the head is woken, if his turn comes sooner
    /// than he was told; he moves up the next one.
    pub(crate) fn review(&mut self, now: u64, wakes: &mut Wakes) {
        self.plan = None;
        let mut state = self.state.clone();
        let mut at = self.free_at(now);
        let burst = self.algorithm.burst();
        let mut next = self.line.head();
        while let Some(key) = next {
            next = self.line.after(key);
            let Some(place) = self.line.get_mut(key) else { return };
            if place.cost > burst {
                wakes.add(self.line.seal(key, Fate::Above));
                continue;
            }
            let fits = self.algorithm.fits_at(&state, at, place.cost);
            if fits > place.deadline {
                wakes.add(self.line.seal(key, Fate::TooLate));
                continue;
            }
            at = fits;
            self.algorithm.take(&mut state, at, place.cost);
            place.expected = fits;
        }
        self.serve(now, wakes);
    }

    /// Gives a place up. What was taken for it goes back, unless it is used.
    /// Nobody is served here, since `now` may be long past.
    pub(crate) fn leave(
        &mut self,
        key: usize,
        used: bool,
        now: u64,
        wakes: &mut Wakes,
    ) -> Option<Waker> {
        let (n, fate) = self.line.get(key).map(|place| (place.cost, place.fate))?;
        let was_head = self.line.head() == Some(key);
        let waker = self.line.leave(key);
        match fate {
            Some(Fate::Granted(at)) if !used => {
                self.algorithm.give_back(&mut self.state, at, now, n);
                self.call_head(wakes);
            }
            Some(_) => {}
            None if was_head => self.call_head(wakes),
            None => self.plan = None,
        }
        waker
    }

    /// Has the head ask again, since his turn may come sooner: who calls this
    /// may not know the time.
    pub(crate) fn call_head(&mut self, wakes: &mut Wakes) {
        self.plan = None;
        if let Some(place) = self.line.head().and_then(|key| self.line.get_mut(key)) {
            wakes.add(place.waker.take());
        }
    }

    /// Has all who wait ask again.
    pub(crate) fn call_all(&mut self, wakes: &mut Wakes) {
        let mut next = self.line.head();
        while let Some(key) = next {
            next = self.line.after(key);
            let place = self.line.get_mut(key);
            wakes.add(place.and_then(|place| place.waker.take()));
        }
    }
}
