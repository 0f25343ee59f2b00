use super::MOST_PLANS;
use crate::all::All;
use crate::combined::{Rule, faults, make};
use crate::faults::Faults;
use crate::gcra::Gcra;
use crate::quota::{InvalidQuota, Quota};

/// The limits of one key: a quota, which is a token bucket, or several rules
/// that hold together as in [`Combined`](crate::Combined).
///
/// Made from either with `into`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a plan limits nothing by itself"]
pub struct Plan(Vec<Rule>);

impl Plan {
    /// The limits.
    pub fn rules(&self) -> &[Rule] {
        &self.0
    }

    /// The quota, if that is all.
    fn bucket(&self) -> Option<&Quota> {
        match self.0.as_slice() {
            [Rule::TokenBucket(quota)] => Some(quota),
            _ => None,
        }
    }
}

impl From<Quota> for Plan {
    fn from(quota: Quota) -> Self {
        Plan(vec![Rule::TokenBucket(quota)])
    }
}

impl From<Rule> for Plan {
    fn from(rule: Rule) -> Self {
        Plan(vec![rule])
    }
}

impl From<&[Rule]> for Plan {
    fn from(rules: &[Rule]) -> Self {
        Plan(rules.to_vec())
    }
}

impl<const N: usize> From<[Rule; N]> for Plan {
    fn from(rules: [Rule; N]) -> Self {
        Plan(rules.to_vec())
    }
}

/// Plans that were checked.
#[derive(Clone, Debug)]
pub(crate) enum Checked {
    /// Each is one bucket.
    Buckets(Vec<(Gcra, Quota)>),
    Stacks(Vec<(All, Quota)>),
}

impl Checked {
    /// Every fault of all plans at once.
    pub(crate) fn new(plans: &[Plan]) -> Result<Self, InvalidQuota> {
        let mut found = Faults::default();
        if plans.is_empty() || plans.len() > MOST_PLANS {
            found.add("plans", plans.len(), "must be from 1 to 1024");
        }
        for (at, plan) in plans.iter().enumerate() {
            let from = found.len();
            faults(&plan.0, &mut found);
            if plans.len() > 1 {
                found.name_plan(from, at);
            }
        }
        found.into_result()?;
        let buckets: Option<Vec<_>> = plans.iter().map(Plan::bucket).collect();
        Ok(match buckets {
            Some(buckets) => Checked::Buckets(
                buckets.into_iter().map(|q| (Gcra::new(q, q.burst()), *q)).collect(),
            ),
            None => Checked::Stacks(plans.iter().map(|plan| make(&plan.0)).collect()),
        })
    }

    /// The same as stacks.
    pub(crate) fn into_stacks(self) -> Vec<(All, Quota)> {
        match self {
            Checked::Stacks(stacks) => stacks,
            Checked::Buckets(buckets) => {
                buckets.iter().map(|(_, quota)| make(&[Rule::TokenBucket(*quota)])).collect()
            }
        }
    }
}
