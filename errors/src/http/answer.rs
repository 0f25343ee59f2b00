use std::string::String;

use ::http::Response;

use super::Problems;
use super::problem::{Problem, TYPE_URL};
use crate::{Answer, Rejected};

/// Answers a refused call with a problem: status, `Retry-After`, `x-error-code` and the
/// numbers of the refusal.
///
/// For the parameter of every layer that can refuse: `.with_answer(AsProblem)`. No error is made, so it fits a stack whose
/// error is `Infallible`, such as axum's, without `HandleError`.
///
/// ```
/// use std::convert::Infallible;
/// use std::time::Duration;
/// use seawall_errors::{Answer, Rejected, family::RATE_LIMITED, http::AsProblem};
///
/// let refused = Rejected::new(RATE_LIMITED, "search").with_retry_after(Duration::from_millis(250));
/// let answer: Result<http::Response<String>, Infallible> = AsProblem.answer(refused);
///
/// let response = answer.unwrap();
/// assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (429, &"1".parse().unwrap()));
/// ```
///
/// [`Problems`] is an answer as well: give it to the layer where type URLs of your own are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AsProblem;

#[diagnostic::do_not_recommend]
impl<B: From<String>, E> Answer<Response<B>, E> for AsProblem {
    fn answer(&self, rejected: Rejected) -> Result<Response<B>, E> {
        Ok(Problem::new(&rejected.into(), TYPE_URL).response())
    }
}

#[diagnostic::do_not_recommend]
impl<B: From<String>, E> Answer<Response<B>, E> for Problems {
    fn answer(&self, rejected: Rejected) -> Result<Response<B>, E> {
        Ok(self.response(&rejected.into()))
    }
}
