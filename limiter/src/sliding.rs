//! A log of what was let through, in which neighbours are kept as one entry.
//!
//! An entry holds what came within a tenth of the window, and expires by the
//! stamp of its *last* take. So everything younger than a window is in a live
//! entry, and the sum of the live entries is never less than what the window
//! holds: no window of that length, wherever it begins, holds more than the
//! limit. What it costs: room may come back a tenth of a window late. What
//! comes at instants a tenth of a window apart is kept exactly.

use std::collections::VecDeque;

use crate::algorithm::{Algorithm, SLACK};
use crate::quota::Quota;

/// Entries per window.
const PARTS: u64 = 10;
/// The live entries, one that begins and one that ends.
const MOST: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sliding {
    limit: u64,
    period: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    /// When the newest entry began.
    first: u64,
    /// The highest reading at which anything was taken.
    latest: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    last: u64,
    count: u64,
}

impl Clone for Log {
    /// Keeps the capacity, which a vector's own `clone` does not.
    fn clone(&self) -> Self {
        let mut entries = VecDeque::with_capacity(MOST + 1);
        entries.extend(&self.entries);
        Log { entries, ..*self }
    }
}

impl Sliding {
    pub(crate) fn new(quota: &Quota) -> Self {
        Sliding { limit: u64::from(quota.limit()), period: quota.period_nanos() }
    }

    fn end(&self, entry: &Entry) -> u64 {
        entry.last.saturating_add(self.period)
    }

    fn live<'a>(&self, log: &'a Log, now: u64) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let this = *self;
        log.entries.iter().filter(move |entry| this.end(entry) > now)
    }

    fn held(&self, log: &Log, now: u64) -> u64 {
        self.live(log, now).fold(0, |sum, entry| sum.saturating_add(entry.count))
    }
}

impl Algorithm for Sliding {
    type State = Log;
    type Shared = ();

    fn fresh(&self) -> Log {
        Log { entries: VecDeque::with_capacity(MOST + 1), first: 0, latest: 0 }
    }

    fn burst(&self) -> u64 {
        self.limit
    }

    fn steady(&self, log: &mut Log, now: u64) -> u64 {
        if log.latest.saturating_sub(now) > self.period.saturating_add(SLACK) {
            log.entries.clear();
            (log.first, log.latest) = (0, 0);
        }
        now.max(log.latest)
    }

    fn fits_at(&self, log: &Log, now: u64, n: u64) -> u64 {
        let mut over = self.held(log, now).saturating_add(n).saturating_sub(self.limit);
        let mut at = now;
        for entry in self.live(log, now) {
            if over == 0 {
                break;
            }
            over = over.saturating_sub(entry.count);
            at = self.end(entry);
        }
        at
    }

    fn take(&self, log: &mut Log, now: u64, n: u64) {
        while log.entries.front().is_some_and(|entry| self.end(entry) <= now) {
            log.entries.pop_front();
        }
        // Rounded up: at most `MOST` entries, however short the window is.
        let part = self.period.div_ceil(PARTS);
        match log.entries.back_mut() {
            Some(newest) if now.saturating_sub(log.first) < part => {
                newest.last = newest.last.max(now);
                newest.count = newest.count.saturating_add(n);
            }
            _ => {
                log.first = now;
                log.entries.push_back(Entry { last: now, count: n });
            }
        }
        log.latest = log.latest.max(now);
        // Only after the window has grown: the two oldest become one, which
        // expires by the later stamp.
        if log.entries.len() > MOST {
            let oldest = log.entries.pop_front().map_or(0, |entry| entry.count);
            if let Some(front) = log.entries.front_mut() {
                front.count = front.count.saturating_add(oldest);
            }
        }
    }

    fn left(&self, log: &Log, now: u64) -> u64 {
        self.limit.saturating_sub(self.held(log, now))
    }

    fn full_at(&self, log: &Log, now: u64) -> u64 {
        self.live(log, now).last().map_or(now, |entry| self.end(entry))
    }

    /// The stamps stay, so what was let through counts in the new window too.
    fn carry(&self, _to: &mut Self, _log: &mut Log, _now: u64) {}
}
