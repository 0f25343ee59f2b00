use core::fmt;

/// Collects the faults of a policy.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(
        &mut self,
        field: &'static str,
        value: impl fmt::Display,
        allowed: &'static str,
    ) {
        self.0.push(Fault { field, value: value.to_string(), allowed });
    }

    pub(super) fn into_result(self) -> Result<(), InvalidPolicy> {
        if self.0.is_empty() { Ok(()) } else { Err(InvalidPolicy { faults: self.0 }) }
    }
}

/// One fault of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    field: &'static str,
    value: String,
    allowed: &'static str,
}

/// Settings of this module that cannot be kept. It names every fault: the field, its value and
/// what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPolicy {
    faults: Vec<Fault>,
}

impl InvalidPolicy {
    /// The fields that are wrong, one for each fault.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.faults.iter().map(|fault| fault.field)
    }
}

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            let comma = if i == 0 { "" } else { "; " };
            write!(f, "{comma}{} is {}, {}", fault.field, fault.value, fault.allowed)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidPolicy {}
