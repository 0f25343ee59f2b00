use ::http::Response;
use seawall_errors::http::AsProblem;
use seawall_errors::{Answer, Rejected};

use super::fields::Fields;

/// Answers a refused call as another answer does, and adds what a client of a limited service looks for:
/// `RateLimit`, `RateLimit-Policy`, and a `Retry-After` that is never 0.
///
/// ```
/// use std::convert::Infallible;
/// use std::time::Duration;
/// use seawall_errors::{Answer, Rejected, family::RATE_LIMITED};
/// use seawall_limiter::http::WithFields;
///
/// let refused = Rejected::new(RATE_LIMITED, "search")
///     .with_numbers(&[50, 0])
///     .with_retry_after(Duration::from_millis(20));
/// let answer: Result<http::Response<String>, Infallible> = WithFields::new().answer(refused);
///
/// let response = answer.unwrap();
/// assert_eq!(response.status(), 429);
/// assert_eq!(response.headers()["retry-after"], "1");
/// assert_eq!(response.headers()["ratelimit"], r#""search";r=0;t=1"#);
/// assert_eq!(response.headers()["ratelimit-policy"], r#""search";q=50"#);
/// ```
///
/// The body is problem+json unless [`around`](Self::around) says otherwise. For limiters without
/// `.with_fields(…)`, which writes the fields on refusals as well: with both they stand there twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct WithFields<A = AsProblem> {
    inner: A,
    fields: Fields,
}

impl WithFields {
    /// Around [`AsProblem`].
    pub const fn new() -> Self {
        Self::around(AsProblem)
    }
}

impl<A> WithFields<A> {
    /// Around another answer: `Problems`, or a closure.
    pub const fn around(inner: A) -> Self {
        WithFields { inner, fields: Fields::new() }
    }

    /// Which fields.
    pub fn with_fields(mut self, fields: Fields) -> Self {
        self.fields = fields;
        self
    }
}

#[diagnostic::do_not_recommend]
impl<B, E, A: Answer<Response<B>, E>> Answer<Response<B>, E> for WithFields<A> {
    fn answer(&self, rejected: Rejected) -> Result<Response<B>, E> {
        let mut response = self.inner.answer(rejected)?;
        self.fields.write_refusal(&rejected, &[], response.headers_mut());
        Ok(response)
    }
}
