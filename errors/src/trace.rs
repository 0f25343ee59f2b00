//! The fields `error.type` and `error.code` on spans and in events.
//!
//! A trace in which every failed call reads "error" does not tell a quota from an outage, and one
//! that takes any text for the kind of error makes as many kinds as others care to send. Here a span
//! gets the name and the number of its code. Names of other people's codes become `_OTHER`.
//!
//! ```
//! use seawall_errors::{Error, family::LOAD_SHED, trace};
//! use tracing::field::Empty;
//!
//! let span = tracing::info_span!(
//!     "place order",
//!     "error.type" = Empty,
//!     "error.code" = Empty,
//!     "otel.status_code" = Empty,
//! );
//! let error = Error::new(LOAD_SHED);
//! trace::served(&span, &error); // in a server: `error.type` is "LOAD_SHED", `error.code` 100004
//! trace::event(&error); // and a line in the log, with all that stays inside the process
//! ```
//!
//! A span takes only fields that it declared when it was made; the others are lost without a word.
//!
//! # What it costs
//!
//! Nothing is allocated by this module, and where nobody listens next to nothing is done.
//!
//! # When not to use it
//!
//! For counting: a metric labelled with [`Error::label`] is cheaper than a trace.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};

use tracing::Span;

use crate::{Code, Coded, Error, Fault, family};

/// The field for the kind of error, as OpenTelemetry calls it.
pub const ERROR_TYPE: &str = "error.type";
/// The field for the number of the code.
pub const ERROR_CODE: &str = "error.code";
/// The field from which exporters to OpenTelemetry take the status of the span.
pub const STATUS_CODE: &str = "otel.status_code";

/// Records on the span of a call that a server answered with this error.
///
/// The span is marked as an error only where the service or what it depends on is at fault: that
/// somebody asks for an order that is not there is no error of the server.
pub fn served(span: &Span, error: &impl Coded) {
    record(span, error.code());
    if error.code().fault() != Fault::Caller {
        span.record(STATUS_CODE, "ERROR");
    }
}

/// Records on the span of a call that a client made and that ended in this error. It is marked as
/// an error whoever is at fault: the client did not get what it asked for.
pub fn called(span: &Span, error: &impl Coded) {
    record(span, error.code());
    span.record(STATUS_CODE, "ERROR");
}

fn record(span: &Span, code: Code) {
    span.record(ERROR_TYPE, label(code));
    span.record(ERROR_CODE, code.number());
}

/// Writes the error into the log, as an event in the current span: at level `ERROR` where the service
/// or what it depends on is at fault, at `INFO` otherwise.
///
/// Beside the two fields there is `error`, the text for the log. It has all arguments in it, and for
/// a foreign error its own domain and name, which are bounded; the number is that of the
/// code that [stands in](Error::code).
pub fn event(error: &Error) {
    let code = error.code();
    // The title stands between an error and what led to it.
    let source = error
        .source()
        .and_then(StdError::source)
        .map(|source| tracing::field::display(Chain(source)));
    if code.fault() == Fault::Caller {
        tracing::info!(
            "error.type" = error.label(),
            "error.code" = code.number(),
            error = %error,
            "error.source" = source,
        );
    } else {
        tracing::error!(
            "error.type" = error.label(),
            "error.code" = code.number(),
            error = %error,
            "error.source" = source,
        );
    }
}

/// An error and its sources on one line, whatever they hold: a line end in the text of some
/// library must not begin a line of the log.
struct Chain<'a>(&'a (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More than any real chain has.
        const LINKS: usize = 16;

        let mut link = Some(self.0);
        for at in 0..LINKS {
            let Some(error) = link else { return Ok(()) };
            if at > 0 {
                f.write_str(": ")?;
            }
            write!(OneLine(&mut *f), "{error}")?;
            link = error.source();
        }
        Ok(())
    }
}

/// Escapes what is written to it.
struct OneLine<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            if char.is_control() || matches!(char, '\u{2028}' | '\u{2029}') {
                write!(self.0, "{}", char.escape_debug())?;
            } else {
                self.0.write_char(char)?;
            }
        }
        Ok(())
    }
}

/// The name, or `_OTHER` for a code that stands in for a foreign one.
fn label(code: Code) -> &'static str {
    const STAND_INS: [Code; 7] = [
        family::FOREIGN_REFUSAL,
        family::FOREIGN_THROTTLE,
        family::FOREIGN_EXHAUSTED,
        family::FOREIGN_UNAVAILABLE,
        family::FOREIGN_TIMEOUT,
        family::FOREIGN_FAILURE,
        family::FOREIGN_CANCEL,
    ];
    if STAND_INS.contains(&code) { "_OTHER" } else { code.name() }
}
