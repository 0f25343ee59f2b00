//! Having one's turn: who may take, and what the others are told.
//!
//! Who waits takes for himself, so what he leaves behind when he goes needs no
//! giving back, and nothing is taken that is not used. But nobody depends on
//! another being there: who does not come when it is his turn is passed over
//! until he asks again.

use core::task::Waker;

use crate::algorithm::Algorithm;
use crate::line::{Fate, Place};
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

/// Those at the head of the line who would be passed over, while somebody looks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Absent {
    pub(crate) len: u32,
    pub(crate) cost: u64,
}

impl<A: Algorithm> Slow<A> {
    /// Calls the head if his time has come; passes over those who were called
    /// and did not come, and those who cannot be served in time any more. It
    /// stops at the one who is `asking`.
    pub(crate) fn call(&mut self, asking: Option<usize>, now: u64, wakes: &mut Wakes) {
        match self.mode {
            Mode::Normal => {}
            Mode::Shadow => return self.pretend(now),
            Mode::ForcedOn | Mode::ForcedOff => return,
        }
        while let Some(key) = self.line.head().filter(|key| asking != Some(*key)) {
            let at = self.algorithm.steady(&mut self.state, now);
            let Some(n) = self.line.get(key).map(|place| place.cost) else { return };
            let due = self.due(n, at);
            let Some(place) = self.line.get_mut(key) else { return };
            let fate = match due {
                None => Fate::Above,
                Some(due) if due > at && due > place.latest => Fate::TooLate,
                Some(due) => {
                    // From now on, if he is due sooner than anybody knew.
                    let expected = if due > at { due } else { place.expected.min(at) };
                    if place.expected != expected {
                        place.expected = expected;
                        self.plan = None;
                    }
                    if due > at || at < place.overdue_at() {
                        // Unless he comes by himself.
                        if due.max(at) < place.told {
                            place.told = due.max(at);
                            wakes.add(place.waker.take());
                        }
                        return;
                    }
                    Fate::Missed
                }
            };
            self.plan = None;
            wakes.add(self.line.seal(key, fate));
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

    /// Puts one who missed his turn back where he stood.
    pub(crate) fn come_back(&mut self, key: usize) {
        if self.line.come_back(key) {
            self.plan = None;
        }
    }

    /// What becomes of `key`, those before him who are not there having been
    /// passed over.
    pub(crate) fn step(&mut self, key: usize, now: u64) -> Step {
        let Some(place) = self.line.get(key) else { return Step::Grant };
        let (n, latest, expected) = (place.cost, place.latest, place.expected);
        match (self.mode, place.fate) {
            (Mode::ForcedOn, _) => return Step::Shut,
            (Mode::ForcedOff, _) => return Step::Grant,
            (Mode::Shadow, _) => {
                self.delayed = self.delayed.saturating_add(1);
                return Step::Grant;
            }
            (Mode::Normal, Some(Fate::TooLate)) => return Step::TooLate(n),
            (Mode::Normal, Some(Fate::Above)) => return Step::Above(n),
            (Mode::Normal, Some(Fate::Missed) | None) => {}
        }
        let at = self.algorithm.steady(&mut self.state, now);
        let next = if self.line.head() == Some(key) {
            match self.due(n, at) {
                None => return Step::Above(n),
                Some(due) if due <= at => {
                    if due != expected {
                        self.plan = None;
                    }
                    self.algorithm.take(&mut self.state, due, n);
                    return Step::Grant;
                }
                Some(due) => due,
            }
        } else if n > self.algorithm.burst() {
            return Step::Above(n);
        } else {
            self.expected(key, at)
        };
        if next > latest {
            return Step::TooLate(n);
        }
        if let Some(place) = self.line.get_mut(key) {
            (place.expected, place.told) = (next, next);
        }
        Step::NotBefore(next)
    }

    /// When the turn of `key`, who is not the head, comes: later than `at`.
    fn expected(&mut self, key: usize, at: u64) -> u64 {
        let known = self.line.get(key).map_or(0, |place| place.expected);
        if known > at {
            return known;
        }
        if let Some(before) = self.line.before_returned(key) {
            // Who missed his turn is told the earliest moment that may be his: many
            // may come back at once, and each would look at all before him.
            let head = self.line.iter().next().map_or(at, Place::overdue_at);
            return before.max(head).max(at.saturating_add(1));
        }
        // Those before him were later than was expected. All whose time has come
        // are looked at in one go, so that a crowd does not cost its square.
        let mut free = self.free_at(at);
        let mut state = self.state.clone();
        let burst = self.algorithm.burst();
        let mut found = known;
        let mut reached = false;
        // The head may not have come yet. If he does not, he is passed over.
        let mut head = None;
        let mut next = self.line.head();
        while let Some(one) = next {
            next = self.line.after(one);
            let Some(place) = self.line.get_mut(one) else { break };
            if reached && place.expected > at {
                break;
            }
            let cost = place.cost.min(burst);
            free = self.algorithm.fits_at(&state, free, cost);
            self.algorithm.take(&mut state, free, cost);
            if let Some(overdue) = head {
                place.expected = free.max(overdue).max(at.saturating_add(1));
            } else {
                head = Some(place.overdue_at());
            }
            if one == key {
                (found, reached) = (place.expected, true);
            }
        }
        found
    }

    /// After something has moved their turns: looks at all who wait anew, lets go
    /// those who cannot be served in time any more. Of the others only the head is
    /// woken, if his turn comes sooner than he was told; so is the next after him.
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
            if fits > place.latest {
                wakes.add(self.line.seal(key, Fate::TooLate));
                continue;
            }
            at = fits;
            self.algorithm.take(&mut state, at, place.cost);
            place.expected = fits;
        }
        self.call(None, now, wakes);
    }

    /// Gives a place up.
    pub(crate) fn leave(&mut self, key: usize, wakes: &mut Wakes) -> Option<Waker> {
        if self.line.head() == Some(key) {
            let own = self.line.leave(key);
            self.call_head(wakes);
            return own;
        }
        if self.line.get(key).is_some_and(|place| place.fate.is_none()) {
            self.plan = None;
        }
        self.line.leave(key)
    }

    /// Those at the head of the line who would be passed over.
    pub(crate) fn absent(&mut self, now: u64) -> Absent {
        let mut absent = Absent::default();
        if self.mode != Mode::Normal {
            return absent;
        }
        let at = self.algorithm.steady(&mut self.state, now);
        let mut next = self.line.head();
        while let Some(key) = next {
            let Some((n, overdue)) = self.line.get(key).map(|p| (p.cost, p.overdue_at())) else {
                break;
            };
            if at < overdue || self.due(n, at).is_none_or(|due| due > at) {
                break;
            }
            next = self.line.after(key);
            absent.len = absent.len.saturating_add(1);
            absent.cost = absent.cost.saturating_add(n);
        }
        absent
    }

    /// Has the head ask again, since his turn may come sooner: who calls this
    /// may not know the time.
    pub(crate) fn call_head(&mut self, wakes: &mut Wakes) {
        self.plan = None;
        if let Some(place) = self.line.head().and_then(|key| self.line.get_mut(key)) {
            wakes.add(place.waker.take());
        }
    }

    /// Has all who wait ask again, and not stand in anybody's way meanwhile.
    pub(crate) fn dismiss(&mut self, wakes: &mut Wakes) {
        self.plan = None;
        while let Some(key) = self.line.head() {
            wakes.add(self.line.seal(key, Fate::Missed));
        }
    }
}
