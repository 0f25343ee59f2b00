//! Counts what services decide: with the feature `metrics`, and for nothing without it.

use seawall_errors::Rejected;

/// The counters of a service, shared with its clones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    #[cfg(feature = "metrics")]
    series: std::sync::Arc<std::sync::OnceLock<crate::layer::metrics::Series>>,
}

#[cfg(feature = "metrics")]
impl Meter {
    /// Found at the first use, so that a recorder that is installed after the stack was built hears it.
    fn series(&self, name: &'static str) -> &crate::layer::metrics::Series {
        self.series.get_or_init(|| crate::layer::metrics::Series::new(name))
    }

    pub(crate) fn passed(&self, name: &'static str) {
        self.series(name).passed();
    }

    pub(crate) fn refused(&self, name: &'static str, rejected: &Rejected) {
        self.series(name).refused(rejected.code());
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn waits(&self, name: &'static str) -> Waits {
        self.series(name).waits()
    }
}

#[cfg(not(feature = "metrics"))]
#[expect(clippy::unused_self, reason = "the other one counts")]
impl Meter {
    #[inline]
    pub(crate) fn passed(&self, _: &'static str) {}

    #[inline]
    pub(crate) fn refused(&self, _: &'static str, _: &Rejected) {}

    #[inline]
    #[cfg(feature = "tokio")]
    pub(crate) fn waits(&self, _: &'static str) -> Waits {
        Waits
    }
}

/// A wait that nobody measures.
#[cfg(all(feature = "tokio", not(feature = "metrics")))]
#[derive(Debug)]
pub(crate) struct Waits;
#[cfg(all(feature = "tokio", feature = "metrics"))]
pub(crate) use crate::layer::metrics::Waits;
