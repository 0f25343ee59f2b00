use core::fmt;

use seawall_keyed::InvalidPolicy;

use crate::quota::InvalidQuota;

/// Plans or keys that no limiter can keep. It names every fault of both: the
/// field, its value and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidKeyed {
    plans: Option<InvalidQuota>,
    keys: Option<InvalidPolicy>,
}

impl InvalidKeyed {
    /// Both, if both are good.
    pub(crate) fn both<T>(
        plans: Result<T, InvalidQuota>,
        keys: Result<(), InvalidPolicy>,
    ) -> Result<T, Self> {
        match (plans, keys) {
            (Ok(plans), Ok(())) => Ok(plans),
            (plans, keys) => Err(InvalidKeyed { plans: plans.err(), keys: keys.err() }),
        }
    }

    /// The fields that are wrong.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> + '_ {
        let plans = self.plans.iter().flat_map(InvalidQuota::fields);
        plans.chain(self.keys.iter().flat_map(InvalidPolicy::fields))
    }
}

impl From<InvalidPolicy> for InvalidKeyed {
    fn from(keys: InvalidPolicy) -> Self {
        InvalidKeyed { plans: None, keys: Some(keys) }
    }
}

impl fmt::Display for InvalidKeyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.plans, &self.keys) {
            (Some(plans), Some(keys)) => write!(f, "{plans}; {keys}"),
            (Some(plans), None) => plans.fmt(f),
            (None, Some(keys)) => keys.fmt(f),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for InvalidKeyed {}
