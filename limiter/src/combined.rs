use crate::algorithm::Algorithm;
use crate::all::{All, One, Part};
use crate::counter::Counter;
use crate::faults::Faults;
use crate::fixed::Fixed;
use crate::gcra::Gcra;
use crate::prelude::*;
use crate::sliding::Sliding;

/// One limit of a [`Combined`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// As [`TokenBucket`](crate::TokenBucket).
    TokenBucket(Quota),
    /// As [`FixedWindow`](crate::FixedWindow).
    FixedWindow(Quota),
    /// As [`SlidingWindow`](crate::SlidingWindow).
    SlidingWindow(Quota),
    /// As [`SlidingCounter`](crate::SlidingCounter).
    SlidingCounter(Quota),
}

impl Rule {
    /// Its quota.
    pub const fn quota(&self) -> &Quota {
        match self {
            Rule::TokenBucket(quota)
            | Rule::FixedWindow(quota)
            | Rule::SlidingWindow(quota)
            | Rule::SlidingCounter(quota) => quota,
        }
    }

    /// Whether a limiter can keep it: every fault at once.
    pub fn check(&self) -> Result<(), InvalidQuota> {
        let mut faults = Faults::default();
        self.quota().faults(&mut faults, !matches!(self, Rule::TokenBucket(_)));
        faults.into_result()
    }

    fn part(&self) -> Part {
        fn one<A: Algorithm>(algorithm: A) -> (A, A::State) {
            let state = algorithm.fresh();
            (algorithm, state)
        }
        let limit = match self {
            Rule::TokenBucket(quota) => {
                let (algorithm, state) = one(Gcra::new(quota, quota.burst()));
                One::Bucket(algorithm, state)
            }
            Rule::FixedWindow(quota) => {
                let (algorithm, state) = one(Fixed::new(quota));
                One::Fixed(algorithm, state)
            }
            Rule::SlidingWindow(quota) => {
                let (algorithm, state) = one(Sliding::new(quota));
                One::Sliding(algorithm, state)
            }
            Rule::SlidingCounter(quota) => {
                let (algorithm, state) = one(Counter::new(quota));
                One::Counter(algorithm, state)
            }
        };
        Part { quota: *self.quota(), limit }
    }
}

/// Several limits that hold together, such as ten a second and a thousand an
/// hour: all let the call pass, or none counts it.
///
/// The decision is one, under one lock: nothing is taken and given back. A
/// refusal names the limit that would let it pass last; one of a wait names the
/// first. Of the settings for waiting the smallest hold.
///
/// Clones share the limits.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::{Combined, Quota, Rule};
///
/// let at = Duration::from_secs;
/// let limits = Combined::new(&[
///     Rule::TokenBucket(Quota::per_second(10).with_name("per second")),
///     Rule::SlidingWindow(Quota::per_hour(15).with_name("per hour")),
/// ])?;
/// assert!(limits.try_acquire_many_at(10, at(0)).is_ok());
/// assert_eq!(limits.try_acquire_at(at(0)).unwrap_err().who(), "per second");
/// assert!(limits.try_acquire_many_at(5, at(1)).is_ok());
/// assert_eq!(limits.try_acquire_at(at(1)).unwrap_err().who(), "per hour");
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
#[derive(Clone, Debug)]
pub struct Combined(Arc<Gate<All>>);

impl Combined {
    /// Makes it of at least one rule. Takes a while the first time in a
    /// process, to calibrate the clock.
    pub fn new(rules: &[Rule]) -> Result<Self, InvalidQuota> {
        let (all, quota) = check(rules)?;
        Ok(Combined(Arc::new(Gate::new(all, &quota, 0))))
    }

    /// Changes the quotas at once, without a burst and without a stall. The
    /// kinds of the rules and their order stay as they are.
    pub fn update(&self, rules: &[Rule]) -> Result<(), InvalidQuota> {
        self.update_at(rules, self.now())
    }

    /// [`update`](Self::update) at a given time.
    pub fn update_at(&self, rules: &[Rule], now: Duration) -> Result<(), InvalidQuota> {
        let (all, quota) = check(rules)?;
        if !self.0.matches(&all) {
            let mut faults = Faults::default();
            let allowed = "must be of the same kinds in the same order as before";
            faults.add("rules", format_args!("{} rules", rules.len()), allowed);
            faults.into_result()?;
        }
        self.0.update(all, &quota, nanos(now));
        Ok(())
    }
}

fn check(rules: &[Rule]) -> Result<(All, Quota), InvalidQuota> {
    let mut found = Faults::default();
    faults(rules, &mut found);
    found.into_result()?;
    Ok(make(rules))
}

pub(crate) fn faults(rules: &[Rule], faults: &mut Faults) {
    if rules.is_empty() {
        faults.add("rules", "empty", "must be at least one");
    }
    for rule in rules {
        rule.quota().faults(faults, !matches!(rule, Rule::TokenBucket(_)));
    }
}

/// The limits, and a quota that holds what is theirs in common: the first one's
/// name and the smallest settings for waiting. The rules were checked.
pub(crate) fn make(rules: &[Rule]) -> (All, Quota) {
    let mut quota = rules.first().map_or(Quota::per_second(1), |rule| *rule.quota());
    for rule in rules {
        let own = rule.quota();
        quota = quota
            .with_max_wait(quota.max_wait().min(own.max_wait()))
            .with_max_waiting(quota.max_waiting().min(own.max_waiting()));
    }
    (All(rules.iter().map(Rule::part).collect()), quota)
}

verbs!(Combined, All);

impl Gate<All> {
    pub(crate) fn matches(&self, all: &All) -> bool {
        self.read(|slow| all.matches(&slow.state))
    }
}
