//! The error of a [`Probe`](crate::Probe), and how it is found again in what
//! a layer hands out.

use std::error::Error;
use std::fmt;

/// What an inner service fails with when it is told to.
///
/// Each one is unlike all others, so that a layer which hands out another
/// error, or an earlier one, is found out. Only a probe can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProbeError {
    pub(crate) control: u64,
    pub(crate) number: u64,
    pub(crate) from_ready: bool,
}

impl ProbeError {
    /// Whether `poll_ready` returned it, and not a response future.
    pub fn is_from_ready(&self) -> bool {
        self.from_ready
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = if self.from_ready { "poll_ready" } else { "the call" };
        write!(f, "scripted error {} from {source}", self.number)
    }
}

impl Error for ProbeError {}

/// An error type in which a [`ProbeError`] can be found again, as itself.
///
/// The error type of a stack under test needs it. An enum of your own has it
/// in three lines:
///
/// ```
/// use seawall_kit::{Carry, ProbeError};
///
/// #[derive(Debug)]
/// enum MyError {
///     Inner(ProbeError),
///     Refused,
/// }
///
/// impl From<ProbeError> for MyError {
///     fn from(error: ProbeError) -> Self {
///         Self::Inner(error)
///     }
/// }
///
/// impl Carry for MyError {
///     fn carried(&self) -> Option<ProbeError> {
///         if let Self::Inner(error) = self { Some(*error) } else { None }
///     }
/// }
/// # assert!(MyError::Refused.carried().is_none());
/// ```
pub trait Carry: fmt::Debug + 'static {
    /// The probe's error, unless this is another error or one that wraps it.
    fn carried(&self) -> Option<ProbeError>;
}

impl Carry for ProbeError {
    fn carried(&self) -> Option<ProbeError> {
        Some(*self)
    }
}

/// Not found behind `source()`: a layer that wraps has changed the error.
impl Carry for Box<dyn Error + Send + Sync> {
    fn carried(&self) -> Option<ProbeError> {
        self.downcast_ref().copied()
    }
}
