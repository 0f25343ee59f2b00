//! Errors over HTTP: out as a problem (RFC 9457), back in as the same code.
//!
//! A client that gets `404` and a page of HTML cannot tell a missing order from
//! a wrong path, and one that gets `503` cannot tell whether the order was
//! placed. Here the code travels with the response, so that the other side
//! has the same [`Error`] again, and passes on what it does not know.
//!
//! ```
//! # mod code { seawall_errors::codes! {
//! #     pub domain "orders.acme.com" = 210;
//! #     /// No order has this id.
//! #     ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
//! # } }
//! use seawall_errors::http::Problems;
//! use seawall_errors::{Error, Identity, Origin};
//!
//! seawall_errors::registry! { static CODES = [seawall_errors::FAMILY, code::CODES]; }
//! const PROBLEMS: Problems =
//!     Problems::new(&CODES).with_type_url("https://errors.acme.com/{number}");
//!
//! let error = Error::new(code::ORDER_NOT_FOUND).with_arg("order_id", 7);
//! let (parts, body) = PROBLEMS.response::<String>(&error).into_parts();
//!
//! assert_eq!(parts.status, 404);
//! assert_eq!(parts.headers["x-error-code"], "orders.acme.com/ORDER_NOT_FOUND");
//! assert_eq!(body, concat!(
//!     r#"{"type":"https://errors.acme.com/210001","title":"No order has this id.","status":404,"#,
//!     r#""code":210001,"reason":"ORDER_NOT_FOUND","domain":"orders.acme.com","grpc_status":5,"#,
//!     r#""metadata":{"order_id":"7"}}"#,
//! ));
//!
//! let back = PROBLEMS.error(parts.status, &parts.headers, body.as_bytes());
//! assert_eq!(back.identity(), Identity::Known(code::ORDER_NOT_FOUND));
//! assert_eq!((back.arg("order_id"), back.origin()), (Some("7"), Origin::Remote));
//! ```
//!
//! # On the wire
//!
//! | member | what |
//! |---|---|
//! | `type` | the [type URL](Problems::with_type_url) of the code |
//! | `title` | the first line of the code's docs |
//! | `status` | that of the response |
//! | `detail` | the [message](Error::with_message), if one was given |
//! | `instance` | where it happened, if [given](Problem::with_instance) |
//! | `code`, `reason`, `domain` | number, name and domain; name and domain identify |
//! | `grpc_status` | the gRPC status as the code states it, 1 to 16 |
//! | `metadata` | the arguments that the code declares, as strings |
//! | `made_up` | `status`, where the status line was only chosen here, for a foreign error that came without one |
//! | `retry` | `never`, if this [one error](Error::without_retry) is not to be repeated whatever its code says |
//! | `retry_after_ms` | when to come back, rounded up |
//!
//! Beside them stand the headers `x-error-code` (`domain/NAME`) and `Retry-After` (whole
//! seconds, rounded up: 0 means at once, so only a delay of zero is sent as 0). No
//! source, no `Debug` text and no argument under an undeclared key is sent.
//! Texts are cut as they are on arrival: 4096 bytes for the detail, 1024 for a value.
//!
//! # What comes back
//!
//! - A code that the registry knows by domain and name. A number that says
//!   something else is wrong.
//! - Or [`Foreign`](crate::Foreign): the same texts, but none of the members that
//!   are unknown here (some frameworks put stack traces there), and no `instance`. Sent on, its problem
//!   is equal to the first byte for byte, but for that.
//! - Its HTTP status is that of the response, and its gRPC status the one in
//!   the body. Neither is ever made of the other: a problem that came from a
//!   gRPC service has no member `status`, so that the next hop does not take the
//!   status line, which somebody had to choose, for the word of that service. It has the member
//!   `made_up` for that: where it lacks, or names a status that nobody here would choose, the status line counts.
//! - A bare `503`, HTML, a body that is cut off, or one that was made to hurt: foreign too, with the
//!   code of the header `x-error-code` where there is one.
//! - `retry_after_ms` where it is within a second of `Retry-After`; else whoever changed the
//!   header did so later, and the header holds.
//!
//! # In axum
//!
//! With `impl From<OrderError> for Error`, this makes `Result<T, OrderError>` an answer:
//!
//! ```
//! # use axum::response::{IntoResponse, Response};
//! # use seawall_errors::{Error, FAMILY, family, http::Problems};
//! # seawall_errors::registry! { static CODES = [FAMILY]; }
//! # const PROBLEMS: Problems = Problems::new(&CODES);
//! # struct OrderError;
//! # impl From<OrderError> for Error {
//! #     fn from(_: OrderError) -> Self { family::INTERNAL.into() }
//! # }
//! impl IntoResponse for OrderError {
//!     fn into_response(self) -> Response { PROBLEMS.response(&self.into()) }
//! }
//! # assert_eq!(OrderError.into_response().status(), 500);
//! ```
//!
//! A layer that refuses calls answers the same way with [`AsProblem`].
//!
//! # What it costs
//!
//! One to two microseconds and some ten to twenty small allocations each way. Coming in, what is
//! kept is bounded by what [`Error`] holds, and a body longer than [`MAX_BODY`] is not looked at; one of that
//! length that was made to hurt takes some milliseconds. Read no more than that from the
//! connection: nothing here can bound what is read before it is handed over.
//!
//! # When not to use it
//!
//! Where all clients are yours and speak gRPC. And not for successes: [`Problems::error`] makes
//! an error of whatever it is given.

mod answer;
mod arrive;
mod members;
mod problem;
mod retry_after;

use std::fmt;
use std::string::String;
use std::time::SystemTime;

use ::http::{HeaderMap, Response, StatusCode};

pub use self::answer::AsProblem;
pub use self::arrive::MAX_BODY;
pub use self::problem::Problem;
pub use self::retry_after::{retry_after, retry_after_at};
use crate::{Error, Registry};

/// The header that names the code, `domain/NAME`: whoever gets no body, or
/// reads none (a proxy, an access log, a `HEAD` request), has the code still.
pub const ERROR_CODE: &str = "x-error-code";

/// Makes HTTP responses of errors, and errors of HTTP responses.
///
/// An inert value, most often a constant. See [the module](self).
#[derive(Clone, Copy)]
#[must_use]
pub struct Problems {
    registry: &'static Registry,
    type_url: &'static str,
}

impl Problems {
    /// The codes of this registry are known; all others are foreign.
    pub const fn new(registry: &'static Registry) -> Self {
        Problems { registry, type_url: problem::TYPE_URL }
    }

    /// The same, with a template for the member `type`: an absolute URI, best
    /// one where the code is documented. `{number}`, `{name}` and `{domain}` are replaced by
    /// those of the code.
    ///
    /// Unless set it is `tag:{domain},2026:{name}`, which identifies and leads nowhere.
    pub const fn with_type_url(mut self, template: &'static str) -> Self {
        self.type_url = template;
        self
    }

    /// The codes that are known.
    pub const fn registry(&self) -> &'static Registry {
        self.registry
    }

    /// The template for the member `type`.
    pub const fn type_url(&self) -> &'static str {
        self.type_url
    }

    /// The error as a response, with any body that a text can be made into:
    /// `axum::body::Body`, `http_body_util::Full<Bytes>`, `String` …
    ///
    /// For a [`Code`](crate::Code) or a [`Rejected`](crate::Rejected): `response(&code.into())`.
    pub fn response<B: From<String>>(&self, error: &Error) -> Response<B> {
        self.problem(error).response()
    }

    /// The error as a problem, to which an `instance` can be added.
    pub fn problem<'a>(&self, error: &'a Error) -> Problem<'a> {
        Problem::new(error, self.type_url)
    }

    /// The error in a response of another process. A date in `Retry-After` counts from
    /// the `Date` of the response, and without one from now.
    ///
    /// To be asked for responses of status 400 to 599. Of any other it makes an error too: with
    /// the code, if there is one, and the status that the body states.
    ///
    /// Reads the system's clock. Where there is none (`wasm32-unknown-unknown`) that panics: call
    /// [`error_at`](Self::error_at) there.
    pub fn error(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
        self.error_at(status, headers, body, retry_after::now())
    }

    /// [`error`](Self::error), with the time for a response that does not tell it.
    pub fn error_at(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Error {
        arrive::error(self.registry, status, headers, body, now)
    }
}

/// Without the codes of the registry, which can be thousands.
impl fmt::Debug for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problems")
            .field("codes", &self.registry.len())
            .field("type_url", &self.type_url)
            .finish()
    }
}
