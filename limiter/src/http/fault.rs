use core::fmt;

use crate::faults::Faults;

/// Settings of this module that cannot be kept. It names every fault: the field, its value and
/// what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPolicy(pub(super) Faults);

impl InvalidPolicy {
    /// The fields that are wrong, one for each fault.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.fields()
    }
}

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for InvalidPolicy {}
