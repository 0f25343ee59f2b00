use core::time::Duration;

use seawall_errors::Coded;

/// Reads from a result how long its sender wants to be left alone.
///
/// Every closure `Fn(&Result<T, E>) -> Option<Duration>` does.
pub trait Hint<T, E> {
    /// How long, if it says so.
    fn hint(&self, result: &Result<T, E>) -> Option<Duration>;
}

/// Nobody is asked: the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoHint;

impl<T, E> Hint<T, E> for NoHint {
    #[inline]
    fn hint(&self, _: &Result<T, E>) -> Option<Duration> {
        None
    }
}

/// What [`Coded::retry_after`] of an error says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HintByCode;

impl<T, E: Coded> Hint<T, E> for HintByCode {
    fn hint(&self, result: &Result<T, E>) -> Option<Duration> {
        result.as_ref().err().and_then(Coded::retry_after)
    }
}

impl<F, T, E> Hint<T, E> for F
where
    F: Fn(&Result<T, E>) -> Option<Duration>,
{
    fn hint(&self, result: &Result<T, E>) -> Option<Duration> {
        self(result)
    }
}
