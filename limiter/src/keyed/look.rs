//! The verbs that take nothing.

use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;

use super::Key;
use super::kind::{Kind, StateOf, answer, decide};
use super::store::Store;
use crate::algorithm::Algorithm;
use crate::gate::{Gate, cut};
use crate::mode::{Mode, Room, Snapshot};
use crate::slow::Verdict;

impl<K: Key + ?Sized, S: Kind> Store<K, S> {
    /// Runs one of them on what there is, and changes nothing: a key that is not
    /// held is as good as new.
    fn look<R>(
        &self,
        key: &K,
        now: u64,
        here: impl FnOnce(&S::Algorithm, &mut StateOf<S>) -> R,
        there: impl FnOnce(&Gate<S::Algorithm>) -> R,
    ) -> R {
        let plan = self.plan(key);
        let held = self.table.with_existing(key, |state| match S::out(state) {
            Some(index) => Err(self.gates.rows(|rows| rows.get(index).map(Arc::clone))),
            None => Ok(state.clone()),
        });
        let mut state = match held {
            Some(Err(Some(gate))) => return there(&gate),
            Some(Ok(state)) => state,
            Some(Err(None)) | None => self.kind.fresh(plan, 0),
        };
        self.kind.with(&mut state, plan, now, here)
    }

    pub(crate) fn peek(&self, key: &K, n: u64, now: u64) -> Result<(), Rejected> {
        let name = self.name(self.plan(key));
        match self.kind.control().load().mode() {
            _ if n == 0 => Ok(()),
            Mode::ForcedOff | Mode::Shadow => Ok(()),
            Mode::ForcedOn => Err(self.shut(key)),
            Mode::Normal => self.look(
                key,
                now,
                |a, own| {
                    let verdict = decide(a, own, n, now);
                    answer(a, own, &verdict, n, now, name)
                },
                |gate| gate.peek(n, now),
            ),
        }
    }

    pub(crate) fn remaining(&self, key: &K, now: u64) -> u64 {
        if self.kind.control().load().mode() == Mode::ForcedOn {
            return 0;
        }
        self.look(
            key,
            now,
            |a, own| {
                let at = a.steady(own, now);
                a.left(own, at)
            },
            |gate| gate.remaining(now),
        )
    }

    pub(crate) fn fits_in(&self, key: &K, n: u64, now: u64) -> Option<u64> {
        match self.kind.control().load().mode() {
            _ if n == 0 => Some(0),
            Mode::ForcedOff | Mode::Shadow => Some(0),
            Mode::ForcedOn => None,
            Mode::Normal => self.look(
                key,
                now,
                |a, own| match decide(a, own, n, now) {
                    Verdict::Pass | Verdict::Fits(_) => Some(0),
                    Verdict::Later(at) => Some(at.saturating_sub(now)),
                    Verdict::Above | Verdict::Shut => None,
                },
                |gate| gate.fits_in(n, now),
            ),
        }
    }

    pub(crate) fn rooms(&self, key: &K, now: u64) -> Vec<Room> {
        let mode = self.kind.control().load().mode();
        let quota = self.kind.quota(self.plan(key));
        self.look(
            key,
            now,
            |a, own| {
                let at = a.steady(own, now);
                let mut rooms = a.rooms(own, at, &quota);
                for room in rooms.iter_mut().filter(|_| mode == Mode::ForcedOn) {
                    room.remaining = 0;
                }
                rooms
            },
            |gate| gate.rooms(now),
        )
    }

    pub(crate) fn snapshot_of(&self, key: &K, now: u64) -> Snapshot {
        let mode = self.kind.control().load().mode();
        self.look(
            key,
            now,
            |a, own| {
                let at = a.steady(own, now);
                let left = if mode == Mode::ForcedOn { 0 } else { a.left(own, at) };
                Snapshot {
                    limit: cut(a.burst()),
                    remaining: cut(left),
                    full_in: Duration::from_nanos(a.full_at(own, at).saturating_sub(now)),
                    waiting: 0,
                    blocked_for: None,
                    mode,
                    shadowed: 0,
                    delayed: 0,
                }
            },
            |gate| gate.snapshot(now),
        )
    }
}
