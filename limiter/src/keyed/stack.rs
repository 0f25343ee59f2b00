//! Several limits per key, or one that is no bucket.

use std::collections::VecDeque;
use std::sync::Arc;

use super::control::{Control, Stance};
use super::kind::{Correction, Kind, decide};
use super::plan::Checked;
use super::ring::KEPT;
use super::tag::Tag;
use crate::algorithm::Algorithm;
use crate::all::{All, One, Part};
use crate::quota::{InvalidQuota, Quota};
use crate::slow::Verdict;
use crate::sync::Mutex;
use crate::word::Refused;

/// The state of a key.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    /// As of which its parts were made.
    all: Arc<All>,
    parts: Vec<Part>,
    tag: Tag,
    out: Option<u64>,
}

/// The settings of all plans at one time.
#[derive(Debug)]
struct Edition {
    since: u64,
    plans: Vec<Arc<All>>,
}

#[derive(Debug)]
struct Editions {
    /// The newest last.
    kept: VecDeque<Edition>,
    newest: u32,
    quotas: Vec<Quota>,
}

impl Editions {
    fn get(&self, tag: Tag) -> Option<(&Arc<All>, u64)> {
        let back = self.newest.wrapping_sub(tag.edition()) as usize;
        let at = self.kept.len().checked_sub(back)?.checked_sub(1)?;
        let edition = self.kept.get(at)?;
        Some((edition.plans.get(tag.plan())?, edition.since))
    }
}

/// Under no lock but that of a shard or of the gates; takes none itself.
#[derive(Debug)]
pub(crate) struct Stacks {
    control: Control,
    editions: Mutex<Editions>,
}

impl Stacks {
    pub(crate) fn new(plans: Vec<(All, Quota)>) -> Self {
        let quotas = plans.iter().map(|(_, quota)| *quota).collect();
        let plans = plans.into_iter().map(|(all, _)| Arc::new(all)).collect();
        let kept = VecDeque::from([Edition { since: 0, plans }]);
        Stacks {
            control: Control::default(),
            editions: Mutex::new(Editions { kept, newest: 0, quotas }),
        }
    }

    fn bring(&self, state: &mut Stack, plan: usize, now: u64) {
        if state.tag == Tag::new(self.control.load().edition(), plan) {
            return;
        }
        let editions = self.editions.lock();
        let tag = Tag::new(editions.newest, plan);
        let Some((newest, _)) = editions.get(tag) else { return };
        let mut own = state.tag;
        while own.edition() != tag.edition() {
            own = Tag::new(own.edition().wrapping_add(1), own.plan());
            let Some((to, since)) = editions.get(own) else {
                // Nobody knows what came between, so it owes what it may owe.
                state.parts = newest.fresh();
                owe(&mut state.parts, now, 0);
                own = tag;
                break;
            };
            convert(to, &mut state.parts, since);
        }
        if own != tag {
            convert(newest, &mut state.parts, now);
        }
        (state.all, state.tag) = (Arc::clone(newest), tag);
    }
}

/// All verbs but those that concern the burst look at the parts alone.
const ANY: All = All(Vec::new());

/// What is left stays; but who owes nothing is as good as new, since he may have
/// been forgotten.
fn convert(to: &All, parts: &mut Vec<Part>, at: u64) {
    let at = ANY.steady(parts, at);
    let mut new = to.fresh();
    if ANY.full_at(parts, at) > at {
        let left = ANY.left(parts, at);
        let old = core::mem::take(parts);
        let mut old = old.into_iter();
        for part in &mut new {
            let same = old.next().filter(|old| same_kind(&old.limit, &part.limit));
            if let Some(old) = same {
                let mut state = vec![old];
                ANY.carry(&mut All(vec![part.clone()]), &mut state, at);
                if let Some(carried) = state.pop() {
                    *part = carried;
                }
            } else {
                // No state to carry over, but as much as the key had left.
                owe(core::slice::from_mut(part), at, left);
            }
        }
    }
    *parts = new;
}

fn same_kind(one: &One, other: &One) -> bool {
    core::mem::discriminant(one) == core::mem::discriminant(other)
}

/// Takes of fresh parts all but `left`.
fn owe(parts: &mut [Part], at: u64, left: u64) {
    for part in parts {
        let mut one = vec![part.clone()];
        let burst = All(one.clone()).burst();
        ANY.take(&mut one, at, burst.saturating_sub(left));
        if let Some(owing) = one.pop() {
            *part = owing;
        }
    }
}

impl Kind for Stacks {
    type Algorithm = All;
    type State = Stack;
    type Hot = Tag;

    fn control(&self) -> &Control {
        &self.control
    }

    fn hot(&self, stance: Stance, plan: usize) -> Option<Tag> {
        Some(Tag::new(stance.edition(), plan))
    }

    fn admit(&self, tag: &Tag, state: &mut Stack, now: u64, n: u64) -> bool {
        if state.tag != *tag || state.out.is_some() {
            return false;
        }
        match decide(&*state.all, &mut state.parts, n, now) {
            Verdict::Fits(at) => {
                ANY.take(&mut state.parts, at, n);
                true
            }
            _ => false,
        }
    }

    fn refuse(&self, _: &Tag, _: &Stack, _: u64, _: u64) -> Option<Refused> {
        None
    }

    /// What is taken is stamped with a time that is not behind, so there is nothing
    /// to stamp before.
    fn fresh(&self, plan: usize, _since: u64) -> Stack {
        let editions = self.editions.lock();
        let tag = Tag::new(editions.newest, plan);
        let all = editions.get(tag).map_or_else(|| Arc::new(ANY), |(all, _)| Arc::clone(all));
        let parts = all.fresh();
        Stack { all, parts, tag, out: None }
    }

    fn is_idle(&self, state: &mut Stack, now: u64) -> bool {
        self.renew(state, now);
        ANY.steady(&mut state.parts, now);
        ANY.full_at(&state.parts, now) <= now
    }

    fn with<R>(
        &self,
        state: &mut Stack,
        plan: usize,
        now: u64,
        f: impl FnOnce(&All, &mut Vec<Part>) -> R,
    ) -> R {
        self.bring(state, plan, now);
        f(&state.all, &mut state.parts)
    }

    fn renew(&self, state: &mut Stack, now: u64) {
        let plan = state.tag.plan();
        self.bring(state, plan, now);
    }

    fn out(state: &Stack) -> Option<u64> {
        state.out
    }

    fn put_out(state: &mut Stack, gate: u64) {
        state.out = Some(gate);
        state.parts = Vec::new();
    }

    fn put_back(&self, state: &mut Stack, all: &All, parts: Vec<Part>, tag: Tag) {
        let known = self.editions.lock().get(tag).map(|(all, _)| Arc::clone(all));
        let all = known.unwrap_or_else(|| Arc::new(all.clone()));
        *state = Stack { all, parts, tag, out: None };
    }

    fn settings(&self, plan: usize) -> (All, Quota, Tag) {
        let editions = self.editions.lock();
        let tag = Tag::new(editions.newest, plan);
        let all = editions.get(tag).map_or(ANY, |(all, _)| All::clone(all));
        let quota = editions.quotas.get(plan).copied().unwrap_or(Quota::per_second(1));
        (all, quota, tag)
    }

    fn quota(&self, plan: usize) -> Quota {
        self.editions.lock().quotas.get(plan).copied().unwrap_or(Quota::per_second(1))
    }

    /// A window keeps what it has counted: when its permits come back depends on
    /// when they were taken, which it does not remember one by one.
    fn correct(_: &All, parts: &mut Vec<Part>, now: u64, correction: Correction) {
        for part in parts {
            match (&mut part.limit, correction) {
                (One::Bucket(gcra, level), _) => {
                    super::bucket::Buckets::correct(gcra, level, now, correction);
                }
                (_, Correction::More(n)) => {
                    let mut one = vec![part.clone()];
                    let at = ANY.steady(&mut one, now);
                    let n = n.min(All(one.clone()).burst());
                    ANY.take(&mut one, at, n);
                    if let Some(owing) = one.pop() {
                        *part = owing;
                    }
                }
                (_, Correction::Back { .. }) => {}
            }
        }
    }

    fn publish(&self, plans: Checked, now: u64) -> Result<(), InvalidQuota> {
        let plans = plans.into_stacks();
        let mut editions = self.editions.lock();
        self.control.begin();
        for (old, (_, new)) in editions.quotas.iter_mut().zip(&plans) {
            *old = new.with_name(old.name());
        }
        let plans = plans.into_iter().map(|(all, _)| Arc::new(all)).collect();
        editions.kept.push_back(Edition { since: now, plans });
        while editions.kept.len() > KEPT as usize {
            editions.kept.pop_front();
        }
        editions.newest = editions.newest.wrapping_add(1);
        self.control.finish();
        Ok(())
    }
}
