use crate::Rejected;

/// Turns a refusal into what the caller of a service gets to see.
///
/// Every layer that can refuse has one parameter, `XLayer<A = AsError>`:
///
/// - [`AsError`], the default, makes it an error of the stack. It needs
///   `Error: From<Rejected>`, so one `#[from]` in an enum serves all crates,
///   and a boxed error works as it is.
/// - A closure `Fn(Rejected) -> Response` makes it a response instead, and
///   needs no conversion, so that it fits a stack whose error is `Infallible`.
///
/// ```
/// use seawall_errors::{Answer, AsError, Rejected, family::LOAD_SHED};
///
/// let refusal = Rejected::new(LOAD_SHED, "door");
///
/// let error: Result<(), Rejected> = AsError.answer(refusal);
/// assert_eq!(error.unwrap_err().code(), LOAD_SHED);
///
/// let status = |refused: Rejected| refused.code().http();
/// let answer: Result<u16, std::convert::Infallible> = status.answer(refusal);
/// assert_eq!(answer, Ok(503));
/// ```
#[diagnostic::on_unimplemented(
    message = "a refusal cannot become a `{Error}`",
    label = "what this layer refuses calls with does not fit a stack of `Result<{Response}, {Error}>`",
    note = "if the error is yours, give it one: a variant with `#[from] seawall_errors::Rejected`, or `impl From<Rejected> for {Error}`",
    note = "if it is not, put a `map_err` at the bottom of the stack that makes it a boxed error or an enum of yours",
    note = "or answer with a response instead of an error: `.answer_with(|refused| ...)` on the layer",
    note = "a closure given there has to return a `{Response}` itself, no `Result` and no future"
)]
pub trait Answer<Response, Error> {
    /// What the caller gets instead of the inner service's answer.
    fn answer(&self, rejected: Rejected) -> Result<Response, Error>;
}

/// A refusal becomes an error: the default of every layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AsError;

#[diagnostic::do_not_recommend]
impl<Response, Error: From<Rejected>> Answer<Response, Error> for AsError {
    fn answer(&self, rejected: Rejected) -> Result<Response, Error> {
        Err(rejected.into())
    }
}

#[diagnostic::do_not_recommend]
impl<F, Response, Error> Answer<Response, Error> for F
where
    F: Fn(Rejected) -> Response,
{
    fn answer(&self, rejected: Rejected) -> Result<Response, Error> {
        Ok(self(rejected))
    }
}
