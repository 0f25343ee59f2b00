use std::borrow::Cow;
use std::boxed::Box;
use std::fmt;
use std::string::{String, ToString};
use std::time::Duration;
use std::vec::Vec;

use crate::foreign::{Arrived, Foreign};
use crate::{Code, Coded, Rejected, RetryClass};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Where an error was raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// In this process.
    Local,
    /// In another, from which it arrived.
    Remote,
}

/// What an error is: a code that this program knows, or one that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity<'a> {
    /// A code of this program.
    Known(Code),
    /// Somebody else's code. It is passed on as it came.
    Foreign(&'a Foreign),
}

/// An error with a code: what a service raises, sends, and gets from others.
///
/// ```
/// # mod code { seawall_errors::codes! {
/// #     pub domain "orders.acme.com" = 210;
/// #     /// No order has this id.
/// #     ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
/// # } }
/// use seawall_errors::{Coded, Error};
///
/// let row_missing = std::io::Error::other("row 7 of shard 3");
/// let error = Error::new(code::ORDER_NOT_FOUND)
///     .with_arg("order_id", 7)
///     .with_arg("shard", 3)
///     .with_source(row_missing);
///
/// assert_eq!(error.code().http(), 404);
/// // In the log everything, but across the wire only what the code declares.
/// assert_eq!(error.to_string(), "ORDER_NOT_FOUND (210001), order_id 7, shard 3");
/// assert_eq!(error.public_args().collect::<Vec<_>>(), [("order_id", "7")]);
/// ```
///
/// # What leaves the process
///
/// The code with its title, the [message](Error::with_message) if one was given, the arguments
/// whose keys the code declares, and the retry-after. Never the source, the
/// `Debug` text, or an argument under any other key.
///
/// # What it costs
///
/// One allocation, and one more for each argument. It is one word. Where that
/// is too much, return the [`Code`] itself.
pub struct Error(Box<Inner>);

/// All of an [`Error`], and its `source`, for the same reason as the parts of
/// `Code` and `Rejected` are theirs: it is found behind a transparent wrapper.
/// Displays the title; what led to the error is *its* source.
pub(crate) struct Inner {
    what: What,
    args: Vec<(Cow<'static, str>, String)>,
    message: Option<String>,
    retry_after: Option<Duration>,
    /// Whoever raised it said not to repeat the call, whatever the code says.
    never: bool,
    source: Option<BoxError>,
    rejected: Option<Rejected>,
    origin: Origin,
    /// Encoded gRPC details of kinds that we do not know, passed on as they came.
    details: Vec<Vec<u8>>,
}

enum What {
    Known(Code),
    Foreign(Foreign),
}

impl Error {
    /// An error with this code, raised here.
    pub fn new(code: Code) -> Self {
        Error(Box::new(Inner {
            what: What::Known(code),
            args: Vec::new(),
            message: None,
            retry_after: None,
            never: false,
            source: None,
            rejected: None,
            origin: Origin::Local,
            details: Vec::new(),
        }))
    }

    /// What has come over the wire, with everything bounded.
    #[cfg_attr(not(any(feature = "http", feature = "tonic", feature = "serde")), allow(dead_code))]
    pub(crate) fn arrived(what: Result<Code, Foreign>, arrived: Arrived) -> Self {
        let mut error = Error::new(match &what {
            Ok(code) => *code,
            Err(foreign) => foreign.stand_in(arrived.retry_after),
        });
        if let Err(foreign) = what {
            error.0.what = What::Foreign(foreign);
        }
        error.0.args = arrived.args.into_iter().map(|(key, value)| (key.into(), value)).collect();
        error.0.message = arrived.message;
        error.0.retry_after = arrived.retry_after;
        error.0.never = arrived.never;
        error.0.details = arrived.details;
        error.0.origin = Origin::Remote;
        error
    }

    /// The same, with an argument. Only arguments under keys that the code declares leave the
    /// process; the others are for the log. A second value under a key replaces the first.
    #[must_use]
    pub fn with_arg(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        match self.0.args.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.0.args.push((key.into(), value)),
        }
        self
    }

    /// The same, with a message for whoever called, beside the title of the
    /// code. **It leaves the process**; details for the log belong into the source.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// The same, with the time after which it is worth coming back.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// The same, and whatever the code says: do not repeat the call. By this a service that is
    /// overloaded stops the retries of its callers.
    #[must_use]
    pub fn without_retry(mut self) -> Self {
        self.0.never = true;
        self
    }

    /// The same, with the error that led to it. It never leaves the process.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Which code it is.
    pub fn identity(&self) -> Identity<'_> {
        match &self.0.what {
            What::Known(code) => Identity::Known(*code),
            What::Foreign(foreign) => Identity::Foreign(foreign),
        }
    }

    /// The code. For a foreign error a cautious stand-in of [our own family](crate::family), so that whoever
    /// classifies it needs no special case; what it really is, [`identity`](Self::identity) tells.
    pub fn code(&self) -> Code {
        self.0.code()
    }

    /// Whether it was raised here or arrived.
    pub fn origin(&self) -> Origin {
        self.0.origin
    }

    /// The domain of its code, foreign or not.
    pub fn domain(&self) -> &str {
        match &self.0.what {
            What::Known(code) => code.domain(),
            What::Foreign(foreign) => foreign.domain(),
        }
    }

    /// The name of its code, foreign or not. Foreign names come from outside:
    /// for metrics use [`label`](Self::label).
    pub fn name(&self) -> &str {
        match &self.0.what {
            What::Known(code) => code.name(),
            What::Foreign(foreign) => foreign.name(),
        }
    }

    /// A metrics label and span attribute with few values: the name of a code
    /// of this program, `_OTHER` for any other.
    pub fn label(&self) -> &'static str {
        match &self.0.what {
            What::Known(code) => code.name(),
            What::Foreign(_) => "_OTHER",
        }
    }

    /// What the caller may read: the message, or else the title.
    pub fn public_message(&self) -> &str {
        self.message().unwrap_or_else(|| self.0.title())
    }

    /// The message that was given or arrived, if any.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// All arguments, in the order in which they were given.
    pub fn args(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.args.iter().map(|(key, value)| (&**key, &**value))
    }

    /// The arguments that may leave the process: those whose keys the code declares. A foreign
    /// error came with what was public already.
    pub fn public_args(&self) -> impl Iterator<Item = (&str, &str)> {
        self.args().filter(|(key, _)| match &self.0.what {
            What::Known(code) => code.keys().contains(key),
            What::Foreign(_) => true,
        })
    }

    /// The argument under this key.
    pub fn arg(&self, key: &str) -> Option<&str> {
        self.args().find_map(|(known, value)| (known == key).then_some(value))
    }

    #[cfg_attr(not(feature = "tonic"), allow(dead_code))]
    pub(crate) fn details(&self) -> &[Vec<u8>] {
        &self.0.details
    }

    /// Whether the call must not be repeated, whatever the code says.
    #[cfg_attr(not(any(feature = "http", feature = "tonic", feature = "serde")), allow(dead_code))]
    pub(crate) fn is_never(&self) -> bool {
        self.0.never
    }

    /// The same, as seen from the process where `origin` says.
    #[cfg_attr(not(feature = "tonic"), allow(dead_code))]
    pub(crate) fn with_origin(mut self, origin: Origin) -> Self {
        self.0.origin = origin;
        self
    }

    /// All by which it is classified, without arguments, message and source.
    #[cfg_attr(not(feature = "tonic"), allow(dead_code))]
    pub(crate) fn outline(&self) -> Self {
        let mut outline = Error::new(self.code());
        if let What::Foreign(foreign) = &self.0.what {
            outline.0.what = What::Foreign(foreign.clone());
        }
        outline.0.retry_after = self.0.retry_after;
        outline.0.never = self.0.never;
        outline.0.rejected = self.0.rejected;
        outline.0.origin = self.0.origin;
        outline
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        Error::code(self)
    }

    fn rejected(&self) -> Option<Rejected> {
        self.0.rejected
    }

    fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    fn retry(&self) -> RetryClass {
        self.0.retry()
    }
}

impl Inner {
    fn code(&self) -> Code {
        match &self.what {
            What::Known(code) => *code,
            What::Foreign(foreign) => foreign.stand_in(self.retry_after),
        }
    }

    fn title(&self) -> &str {
        match &self.what {
            What::Known(code) => code.title(),
            What::Foreign(foreign) => foreign.title(),
        }
    }
}

impl Coded for Inner {
    fn code(&self) -> Code {
        Inner::code(self)
    }

    fn rejected(&self) -> Option<Rejected> {
        self.rejected
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    fn retry(&self) -> RetryClass {
        if self.never { RetryClass::Never } else { Inner::code(self).retry() }
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Error::new(code)
    }
}

/// The refusal stays one: [`Coded::rejected`] gives it back.
impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        let mut error = Error::new(rejected.code());
        error.0.args =
            rejected.numbers().map(|(key, number)| (key.into(), number.to_string())).collect();
        error.0.retry_after = rejected.retry_after();
        error.0.rejected = Some(rejected);
        error
    }
}

/// `NAME (number), key value …: message`, on one line. For the log: undeclared arguments are in
/// it. The title follows as the source, where the whole chain is written.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.what {
            What::Known(code) => write!(f, "{code}")?,
            What::Foreign(foreign) => write!(f, "{foreign}")?,
        }
        for (key, value) in self.args() {
            write!(f, ", {} {}", key.escape_debug(), value.escape_debug())?;
        }
        match self.message() {
            Some(message) => write!(f, ": {}", message.escape_debug()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.title().escape_debug())
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        match &self.what {
            What::Known(code) => debug.field("code", code),
            What::Foreign(foreign) => debug.field("code", foreign),
        };
        debug
            .field("args", &self.args)
            .field("message", &self.message)
            .field("retry_after", &self.retry_after)
            .field("never", &self.never)
            .field("origin", &self.origin)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Inner {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
