use crate::Coded;

/// What a finished call says about the health of whoever answered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It is well: it answered, even if the answer was that the caller is wrong.
    Success,
    /// It is not well.
    Failure,
    /// The call says nothing about it: it was cancelled, or never reached it.
    Neutral,
}

impl Outcome {
    /// The word in lower case, as it stands in metrics and catalogues.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
            Outcome::Neutral => "neutral",
        }
    }
}

/// Judges the result of a call.
///
/// Every closure `Fn(&Result<T, E>) -> Outcome` is one; [`ByCode`] is the one
/// that the layers use unless told otherwise.
///
/// ```
/// use seawall_errors::{Classify, Outcome};
///
/// // This backend answers 204 when it has lost its data.
/// let judge = |result: &Result<u16, std::io::Error>| match result {
///     Ok(204) | Err(_) => Outcome::Failure,
///     Ok(_) => Outcome::Success,
/// };
/// assert_eq!(judge.classify(&Ok(200)), Outcome::Success);
/// assert_eq!(judge.classify(&Ok(204)), Outcome::Failure);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot judge a `Result<{T}, {E}>`",
    label = "this does not say what `{E}` means for a backend's health",
    note = "if the error is yours, give it codes: `#[derive(seawall_errors::Coded)]`, or `impl seawall_errors::Coded for {E}`",
    note = "if it is not, judge it with a closure: `.classify(|result: &Result<_, {E}>| ...)`"
)]
pub trait Classify<T, E> {
    /// Judges one result.
    fn classify(&self, result: &Result<T, E>) -> Outcome;
}

/// The default judge: `Ok` is a success, an error counts as [its code](Coded::outcome) says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ByCode;

#[diagnostic::do_not_recommend]
impl<T, E: Coded> Classify<T, E> for ByCode {
    fn classify(&self, result: &Result<T, E>) -> Outcome {
        match result {
            Ok(_) => Outcome::Success,
            Err(error) => error.outcome(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<F, T, E> Classify<T, E> for F
where
    F: Fn(&Result<T, E>) -> Outcome,
{
    fn classify(&self, result: &Result<T, E>) -> Outcome {
        self(result)
    }
}
