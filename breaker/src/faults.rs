use core::fmt;
use core::time::Duration;

/// The latest reading of a clock and the longest duration, in nanoseconds:
/// 146 years. Sums of a few of them fit.
pub(crate) const END: u64 = 1 << 62;

/// Nanoseconds, at most [`END`].
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).map_or(END, |nanos| nanos.min(END))
}

/// Collects the faults of a policy.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(
        &mut self,
        field: &'static str,
        value: impl fmt::Display,
        allowed: &'static str,
    ) {
        self.0.push(Fault { field, value: value.to_string(), allowed });
    }

    /// A fault unless `least <= value <= most`.
    pub(crate) fn between(
        &mut self,
        field: &'static str,
        value: Duration,
        (least, most): (Duration, Duration),
        allowed: &'static str,
    ) {
        if value < least || value > most {
            self.add(field, format_args!("{value:?}"), allowed);
        }
    }

    /// A fault unless `least <= value <= most`; what is no number is neither.
    pub(crate) fn number(
        &mut self,
        field: &'static str,
        value: f64,
        (least, most): (f64, f64),
        allowed: &'static str,
    ) {
        if !(value >= least && value <= most) {
            self.add(field, value, allowed);
        }
    }

    pub(crate) fn into_result(self) -> Result<(), InvalidPolicy> {
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

/// A policy that no breaker or throttle can keep. It names every fault: the
/// field, its value and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPolicy {
    faults: Vec<Fault>,
}

impl InvalidPolicy {
    /// The fields that are wrong.
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
