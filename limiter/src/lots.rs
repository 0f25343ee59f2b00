use crate::faults::Faults;
use crate::gcra::Gcra;
use crate::prelude::*;
use crate::sync::{AtomicU64, Mutex, Ordering, Padded};

/// A token bucket whose permits are handed out in lots, for callers that need
/// more than one shared word can give.
///
/// Each thread or handle has a [`Lot`] of its own: a word that nobody else
/// writes, spent without the clock. When it is empty the next lot comes from
/// the bucket.
///
/// The bound stays that of the [`TokenBucket`](crate::TokenBucket), `burst +
/// rate × w` in any window `w`: what lots may hold, `holders × lot`, is taken
/// out of the burst, so it must be less than the burst.
///
/// ```
/// use seawall_limiter::{Lots, Quota};
///
/// let lots = Lots::new(Quota::per_second(1_000_000).with_burst(10_000), 8, 100)?;
/// let mut lot = lots.holder().expect("the first of eight");
/// assert!(lot.try_acquire().is_ok());
///
/// // Eight times a hundred would be more than the burst.
/// assert!(Lots::new(Quota::per_second(1000).with_burst(800), 8, 100).is_err());
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
///
/// # Trade-offs
///
/// Permits in somebody's lot are not there for others, so one may be refused
/// while another still has some. The most that one call may take is what is
/// left of the burst. A block, a mode and a new quota reach each lot at its
/// next call.
#[derive(Clone, Debug)]
pub struct Lots(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    gate: Gate<Gcra>,
    /// Other after each change that a lot must not outlive. Hardly ever
    /// written, so it stays in the cache of all holders.
    version: Padded<AtomicU64>,
    rest: Mutex<Rest>,
}

#[derive(Debug)]
struct Rest {
    holders: u32,
    lot: u32,
    held: u32,
}

fn check(quota: &Quota, holders: u32, lot: u32) -> Result<Gcra, InvalidQuota> {
    let mut faults = Faults::default();
    quota.faults(&mut faults, false);
    let lots = u64::from(holders) * u64::from(lot);
    let left = u64::from(quota.burst()).saturating_sub(lots);
    if lots == 0 || left == 0 {
        let allowed =
            if lots == 0 { "must both be at least 1" } else { "must be less than the burst" };
        faults.add("holders × lot", format_args!("{holders} × {lot}"), allowed);
    }
    faults.into_result()?;
    Ok(Gcra::new(quota, cut(left)))
}

impl Lots {
    /// Makes a full bucket for so many holders of so large a lot.
    pub fn new(quota: Quota, holders: u32, lot: u32) -> Result<Self, InvalidQuota> {
        let gcra = check(&quota, holders, lot)?;
        Ok(Lots(Arc::new(Shared {
            gate: Gate::new(gcra, &quota, 0),
            version: Padded(AtomicU64::new(0)),
            rest: Mutex::new(Rest { holders, lot, held: 0 }),
        })))
    }

    /// The time on the scale that all verbs without `_at` use.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.0.gate.now())
    }

    /// A lot of one's own, empty at first; `None` if all are given out. Dropped,
    /// it gives back what is left in it.
    pub fn holder(&self) -> Option<Lot> {
        let mut rest = self.0.rest.lock();
        if rest.held >= rest.holders {
            return None;
        }
        rest.held += 1;
        Some(Lot { shared: Arc::clone(&self.0), version: 0, held: 0 })
    }

    /// Changes the quota; holders and lot stay.
    pub fn update(&self, quota: Quota) -> Result<(), InvalidQuota> {
        self.update_at(quota, self.now())
    }

    /// [`update`](Self::update) at a given time.
    pub fn update_at(&self, quota: Quota, now: Duration) -> Result<(), InvalidQuota> {
        let gcra = {
            let rest = self.0.rest.lock();
            check(&quota, rest.holders, rest.lot)?
        };
        self.0.gate.update(gcra, &quota, nanos(now));
        self.changed();
        Ok(())
    }

    /// Lets nothing pass before `until`; see [`Limit::block_until_at`].
    pub fn block_until(&self, until: Duration) {
        self.block_until_at(until, self.now());
    }

    /// [`block_until`](Self::block_until) at a given time.
    pub fn block_until_at(&self, until: Duration, now: Duration) {
        self.0.gate.block_until(nanos(until), nanos(now));
        self.changed();
    }

    /// Ends the block.
    pub fn unblock(&self) {
        self.0.gate.unblock();
        self.changed();
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        self.0.gate.mode()
    }

    /// Switches the mode.
    pub fn set_mode(&self, mode: Mode) {
        self.0.gate.set_mode(mode);
        self.changed();
    }

    /// How the bucket stands; what the lots hold is not in it.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_at(self.now())
    }

    /// [`snapshot`](Self::snapshot) at a given time.
    pub fn snapshot_at(&self, now: Duration) -> Snapshot {
        self.0.gate.snapshot(nanos(now))
    }

    fn changed(&self) {
        // Relaxed: a holder that sees the change asks the gate, under its lock. Had
        // he had the lock before the change, he would have looked before it, too.
        self.0.version.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// One holder's permits; see [`Lots`]. Its verbs take `&mut self`: a word that
/// is nobody else's needs no lock and no atomic.
#[derive(Debug)]
pub struct Lot {
    shared: Arc<Shared>,
    version: u64,
    held: u64,
}

impl Lot {
    /// Takes one permit if there is one.
    #[inline]
    pub fn try_acquire(&mut self) -> Result<(), Rejected> {
        if self.spend(1) { Ok(()) } else { self.fill(1, self.shared.gate.now()) }
    }

    /// [`try_acquire`](Self::try_acquire) at a given time.
    #[inline]
    pub fn try_acquire_at(&mut self, now: Duration) -> Result<(), Rejected> {
        if self.spend(1) { Ok(()) } else { self.fill(1, nanos(now)) }
    }

    /// Takes `n` permits if there are as many.
    #[inline]
    pub fn try_acquire_many(&mut self, n: u32) -> Result<(), Rejected> {
        let n = u64::from(n);
        if self.spend(n) { Ok(()) } else { self.fill(n, self.shared.gate.now()) }
    }

    /// [`try_acquire_many`](Self::try_acquire_many) at a given time.
    #[inline]
    pub fn try_acquire_many_at(&mut self, n: u32, now: Duration) -> Result<(), Rejected> {
        let n = u64::from(n);
        if self.spend(n) { Ok(()) } else { self.fill(n, nanos(now)) }
    }

    /// How many permits it holds.
    pub fn held(&self) -> u32 {
        cut(self.held)
    }

    #[inline]
    fn spend(&mut self, n: u64) -> bool {
        // Relaxed: it only says whether to ask the gate, which knows more. A
        // change that is not seen yet is seen at a later call.
        let version = self.shared.version.0.load(Ordering::Relaxed);
        if self.version != version || self.held < n {
            return false;
        }
        self.held -= n;
        true
    }

    #[cold]
    #[inline(never)]
    fn fill(&mut self, n: u64, now: u64) -> Result<(), Rejected> {
        let Shared { gate, version, rest } = &*self.shared;
        // Relaxed: see `changed`.
        let version = version.0.load(Ordering::Relaxed);
        if self.version != version {
            // What was taken under other terms goes back.
            gate.credit(self.held, now);
            (self.version, self.held) = (version, 0);
        }
        let lot = u64::from(rest.lock().lot);
        let missing = n.saturating_sub(self.held);
        let taken = gate.take_between(missing, missing.saturating_add(lot), now)?;
        self.held = self.held.saturating_add(taken).saturating_sub(n);
        Ok(())
    }
}

impl Drop for Lot {
    fn drop(&mut self) {
        if self.held > 0 {
            // The origin of time: a credit looks at the clock only to leave
            // the stamp of a full bucket alone, for which an old one will do.
            self.shared.gate.credit(self.held, 0);
        }
        let mut rest = self.shared.rest.lock();
        rest.held = rest.held.saturating_sub(1);
    }
}
