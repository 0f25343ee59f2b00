use core::fmt;

/// Collects what is wrong with settings: the field, its value and what is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults(Vec<Fault>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    field: &'static str,
    value: String,
    allowed: &'static str,
}

impl Faults {
    pub(crate) fn add(
        &mut self,
        field: &'static str,
        value: impl fmt::Display,
        allowed: &'static str,
    ) {
        self.0.push(Fault { field, value: value.to_string(), allowed });
    }

    /// How many there are.
    #[cfg(feature = "keyed")]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Says of those from the given one on which plan they are of.
    #[cfg(feature = "keyed")]
    pub(crate) fn name_plan(&mut self, from: usize, plan: usize) {
        for fault in self.0.iter_mut().skip(from) {
            fault.value = format!("{} in plan {plan}", fault.value);
        }
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().map(|fault| fault.field)
    }

    /// An error if there are any.
    pub(crate) fn or<E>(self, error: fn(Faults) -> E) -> Result<(), E> {
        if self.0.is_empty() { Ok(()) } else { Err(error(self)) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "; " };
            write!(f, "{comma}{} is {}, {}", fault.field, fault.value, fault.allowed)?;
        }
        Ok(())
    }
}
