//! With what chance a throttle refuses, and what chance a call has. Integers
//! only: shares are millionths.

use crate::rules::WHOLE;

/// What was counted in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Those who came, refused ones among them.
    pub(crate) requests: u64,
    /// Those whom the backend took.
    pub(crate) accepted: u64,
    /// Those who came back from the backend.
    pub(crate) ended: u64,
    /// Those who are under way, and not for so long that it says anything.
    pub(crate) young: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Odds {
    /// So many requests per accepted one are let through, in thousandths.
    pub(crate) factor: u64,
    /// So many requests are let through whatever comes of them.
    pub(crate) spared: u64,
    /// The most that is refused.
    pub(crate) most: u32,
    /// What is thought of a backend that is not known, and for how many calls
    /// that opinion stands.
    pub(crate) prior: u32,
    pub(crate) weight: u64,
}

fn share(part: u128, whole: u128) -> u32 {
    let share = (part * u128::from(WHOLE)).checked_div(whole).unwrap_or(0);
    u32::try_from(share).unwrap_or(WHOLE).min(WHOLE)
}

impl Odds {
    /// The share of calls to refuse: that by which requests exceed what the
    /// backend takes, `factor` times over.
    pub(crate) fn refusal(&self, seen: Seen) -> u32 {
        let taken = u128::from(seen.accepted) * u128::from(self.factor) / 1000;
        // Who is under way may yet be taken: else a healthy backend would be
        // thought to refuse everybody until its first answer.
        let known = u128::from(seen.requests.saturating_sub(seen.young));
        let excess = known.saturating_sub(taken);
        let excess = excess.saturating_sub(self.spared.into());
        share(excess, u128::from(seen.requests) + 1).min(self.most)
    }

    /// The chance of a call: what was seen, and the opinion, each by its weight.
    pub(crate) fn success(&self, seen: Seen, prior: Option<u32>) -> u32 {
        let prior = u128::from(prior.unwrap_or(self.prior)) * u128::from(self.weight);
        let accepted = u128::from(seen.accepted.min(seen.ended)) * u128::from(WHOLE);
        let whole = u128::from(seen.ended) + u128::from(self.weight);
        let chance = (accepted + prior).checked_div(whole).unwrap_or(0);
        u32::try_from(chance).unwrap_or(WHOLE).min(WHOLE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ODDS: Odds = Odds { factor: 2000, spared: 0, most: WHOLE, prior: WHOLE, weight: 10 };

    fn seen(requests: u64, accepted: u64) -> Seen {
        Seen { requests, accepted, ended: requests, young: 0 }
    }

    #[test]
    fn it_refuses_what_exceeds_twice_what_is_taken() {
        assert_eq!(ODDS.refusal(seen(0, 0)), 0);
        assert_eq!(ODDS.refusal(seen(100, 50)), 0);
        assert_eq!(ODDS.refusal(seen(99, 0)), 990_000);
        // A tenth is taken: eight of ten are refused.
        assert_eq!(ODDS.refusal(seen(9_999, 1_000)), 799_900);
        assert_eq!(ODDS.refusal(Seen { young: 99, ..seen(99, 0) }), 0);
        assert_eq!(Odds { factor: 1100, ..ODDS }.refusal(seen(9_999, 1_000)), 889_900);
        assert_eq!(Odds { spared: 99, ..ODDS }.refusal(seen(99, 0)), 0);
        assert_eq!(Odds { most: 900_000, ..ODDS }.refusal(seen(9_999, 0)), 900_000);
    }

    #[test]
    fn an_unknown_backend_is_what_it_is_thought_to_be_until_calls_tell() {
        assert_eq!(ODDS.success(seen(0, 0), None), WHOLE);
        assert_eq!(ODDS.success(seen(0, 0), Some(300_000)), 300_000);
        assert_eq!(ODDS.success(seen(10, 0), Some(300_000)), 150_000);
        assert_eq!(ODDS.success(seen(90, 90), Some(0)), 900_000);
        assert_eq!(Odds { weight: 0, ..ODDS }.success(seen(0, 0), None), 0);
    }

    proptest! {
        #[test]
        fn more_accepted_never_means_more_refused(
            requests in any::<u64>(), accepted in any::<u64>(), factor in 1000_u64..10_000,
        ) {
            let odds = Odds { factor, ..ODDS };
            let fewer = odds.refusal(seen(requests, accepted / 2));
            prop_assert!(odds.refusal(seen(requests, accepted)) <= fewer && fewer <= WHOLE);
            prop_assert!(odds.success(seen(requests, accepted), None) <= WHOLE);
        }
    }
}
