//! A token bucket per key, in sixteen bytes.

use super::control::{Control, Stance};
use super::kind::{Correction, Kind};
use super::plan::Checked;
use super::ring::{KEPT, Ring, Settings};
use super::tag::Tag;
use crate::algorithm::Algorithm;
use crate::faults::Faults;
use crate::gcra::{Gcra, Level};
use crate::quota::{InvalidQuota, Quota};
use crate::sync::Mutex;
use crate::word::Refused;

/// The mark of a state that is out; the rest numbers the gate. It reads as a
/// bucket that is full for ever, so the hot path need not ask for it.
const OUT: u64 = 1 << 63;
/// The bit of the tag that says that `tat` is a debt.
const DEBT: u64 = 1;

/// A [`Level`] for which nothing is ever booked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Small {
    tat: u64,
    /// A [`Tag`] and [`DEBT`].
    tag: u64,
}

impl Small {
    fn level(self) -> Level {
        let deep = if self.tag & DEBT == 0 { 0 } else { self.tat };
        Level { tat: self.tat, booked: 0, deep, longest: 0, starts: 0 }
    }

    /// A debt is one until something is taken after it.
    fn new(level: &Level, tag: Tag) -> Self {
        let debt = level.deep != 0 && level.deep >= level.tat;
        Small { tat: level.tat, tag: tag.0 | u64::from(debt) }
    }
}

#[derive(Debug)]
pub(crate) struct Buckets {
    control: Control,
    ring: Ring,
    quotas: Mutex<Vec<Quota>>,
}

impl Buckets {
    pub(crate) fn new(plans: &[(Gcra, Quota)]) -> Self {
        let gcras: Vec<Gcra> = plans.iter().map(|(gcra, _)| *gcra).collect();
        Buckets {
            control: Control::default(),
            ring: Ring::new(&gcras),
            quotas: Mutex::new(plans.iter().map(|(_, quota)| *quota).collect()),
        }
    }

    /// The newest settings of a plan.
    fn newest(&self, plan: usize) -> (Settings, Tag) {
        loop {
            let tag = Tag::new(self.control.load().edition(), plan.min(self.ring.plans() - 1));
            // Gone only if many editions have come meanwhile.
            if let Some(settings) = self.ring.read(&self.control, tag) {
                return (settings, tag);
            }
        }
    }

    /// Brings a state to the newest settings of a plan: through each edition that
    /// it has missed, as of the time when that began, as if it had been converted
    /// then.
    fn bring(&self, state: &mut Small, plan: usize, now: u64) -> Gcra {
        let (newest, tag) = self.newest(plan);
        let mut own = Tag(state.tag & !DEBT);
        if own == tag {
            return newest.gcra;
        }
        let mut level = state.level();
        if own.plan() >= self.ring.plans() {
            own = tag;
        }
        let mut from = self.ring.read(&self.control, own);
        while own.edition() != tag.edition() {
            own = Tag::new(own.edition().wrapping_add(1), own.plan());
            let to = self.ring.read(&self.control, own);
            if let (Some(from), Some(to)) = (from, to) {
                convert(&from.gcra, &to.gcra, &mut level, to.since);
            } else {
                from = None;
                break;
            }
            from = to;
        }
        match from {
            Some(from) if own != tag => convert(&from.gcra, &newest.gcra, &mut level, now),
            Some(_) => {}
            // Nobody knows what it means, so it owes what it may owe.
            None => {
                level = newest.gcra.fresh();
                level.tat = newest.gcra.units(now).saturating_add(newest.gcra.cap);
            }
        }
        *state = Small::new(&level, tag);
        newest.gcra
    }
}

/// What is left stays, as in a change of a bucket's quota; but who owes nothing
/// is as good as new, since he may have been forgotten.
fn convert(from: &Gcra, to: &Gcra, level: &mut Level, at: u64) {
    from.steady(level, at);
    if from.owed(level.tat, at) == 0 {
        let full_at = from.nanos(level.tat).min(at);
        *level = to.fresh();
        level.tat = to.units(full_at);
        return;
    }
    let mut carried = *to;
    from.carry(&mut carried, level, at);
    rebase(level, &carried);
}

/// States are told apart by their tags, and need no base.
fn rebase(level: &mut Level, gcra: &Gcra) {
    level.tat = level.tat.saturating_sub(gcra.base);
    level.deep = level.deep.saturating_sub(gcra.base);
}

impl Kind for Buckets {
    type Algorithm = Gcra;
    type State = Small;
    type Hot = (Gcra, u64);

    fn control(&self) -> &Control {
        &self.control
    }

    /// All that [`admit`](Kind::admit) needs.
    #[inline]
    fn hot(&self, stance: Stance, plan: usize) -> Option<(Gcra, u64)> {
        let tag = Tag::new(stance.edition(), plan);
        Some((self.ring.read_hot(&self.control, tag)?, tag.0))
    }

    #[inline]
    fn admit(&self, (gcra, tag): &(Gcra, u64), state: &mut Small, now: u64, n: u64) -> bool {
        let amount = if n == 1 { gcra.cost } else { gcra.amount(n) };
        match gcra.admit(state.tat, now, amount) {
            Some(next) if state.tag == *tag => {
                state.tat = next;
                true
            }
            _ => false,
        }
    }

    #[cold]
    #[inline(never)]
    fn refuse(&self, hot: &(Gcra, u64), state: &Small, now: u64, n: u64) -> Option<Refused> {
        let (_, tag) = hot;
        let settings = self.ring.read(&self.control, Tag(*tag))?;
        if state.tag == *tag { settings.gcra.refuse(state.tat, now, n) } else { None }
    }

    fn fresh(&self, plan: usize, since: u64) -> Small {
        let (newest, tag) = self.newest(plan);
        Small { tat: newest.gcra.units(since), tag: tag.0 }
    }

    fn is_idle(&self, state: &mut Small, now: u64) -> bool {
        let plan = Tag(state.tag).plan();
        let gcra = self.bring(state, plan, now);
        let owed = gcra.owed(state.tat, now);
        // More than anything legal explains: the next call would start it anew.
        owed == 0 || owed > gcra.legal
    }

    fn with<R>(
        &self,
        state: &mut Small,
        plan: usize,
        now: u64,
        f: impl FnOnce(&Gcra, &mut Level) -> R,
    ) -> R {
        let gcra = self.bring(state, plan, now);
        let mut level = state.level();
        let answer = f(&gcra, &mut level);
        *state = Small::new(&level, Tag(state.tag & !DEBT));
        answer
    }

    fn renew(&self, state: &mut Small, now: u64) {
        let plan = Tag(state.tag).plan();
        self.bring(state, plan, now);
    }

    fn out(state: &Small) -> Option<u64> {
        (state.tat & OUT != 0).then_some(state.tat & !OUT)
    }

    fn put_out(state: &mut Small, gate: u64) {
        state.tat = OUT | gate;
    }

    fn put_back(&self, state: &mut Small, gcra: &Gcra, mut level: Level, tag: Tag) {
        rebase(&mut level, gcra);
        *state = Small::new(&level, tag);
    }

    fn settings(&self, plan: usize) -> (Gcra, Quota, Tag) {
        let (newest, tag) = self.newest(plan);
        (newest.gcra, self.quota(plan), tag)
    }

    fn quota(&self, plan: usize) -> Quota {
        self.quotas.lock().get(plan).copied().unwrap_or(Quota::per_second(1))
    }

    fn correct(gcra: &Gcra, level: &mut Level, now: u64, correction: Correction) {
        match correction {
            Correction::More(n) => gcra.debit(level, now, n),
            // Later than that it has come back by itself.
            Correction::Back { n, taken_at } if now.saturating_sub(taken_at) < gcra.refill() => {
                gcra.credit(level, now, n);
            }
            Correction::Back { .. } => {}
        }
    }

    fn publish(&self, plans: Checked, now: u64) -> Result<(), InvalidQuota> {
        let plans = match plans {
            Checked::Buckets(plans) => plans,
            Checked::Stacks(_) => {
                let mut faults = Faults::default();
                faults.add("rules", "a stack", "must be one token bucket each, as before");
                return faults.into_result();
            }
        };
        let gcras: Vec<Gcra> = plans.iter().map(|(gcra, _)| *gcra).collect();
        let edition = self.control.begin();
        self.ring.write(edition, &gcras, now);
        for (old, (_, new)) in self.quotas.lock().iter_mut().zip(&plans) {
            *old = new.with_name(old.name());
        }
        self.control.finish();
        Ok(())
    }
}

/// How many editions may come before a state that nobody has used is lost count of.
pub(crate) const PATIENCE: u32 = KEPT / 2;
