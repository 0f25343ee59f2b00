mod inner;
mod wire;

use std::boxed::Box;
use std::fmt;
use std::string::{String, ToString};
use std::time::Duration;
use std::vec::Vec;

pub(crate) use self::inner::Inner;
use self::inner::What;
use crate::foreign::Foreign;
use crate::{Code, Coded, Executed, Rejected, RetryClass};

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

impl Error {
    /// An error with this code, raised here.
    pub fn new(code: Code) -> Self {
        Error(Box::new(Inner {
            what: What::Known(code),
            args: Vec::new(),
            arrived: 0,
            message: None,
            retry_after: None,
            never: false,
            source: None,
            rejected: None,
            origin: Origin::Local,
            details: Vec::new(),
        }))
    }

    /// The same, with an argument. Only arguments under keys that the code declares leave the
    /// process; the others are for the log. A second value under a key replaces the first.
    #[must_use]
    pub fn with_arg(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        match self.0.args.iter().position(|(known, _)| known == key) {
            // What is replaced here did not arrive.
            Some(at) if at < self.0.arrived => {
                self.0.args.remove(at);
                self.0.arrived -= 1;
                self.0.args.push((key.into(), value));
            }
            Some(at) => {
                if let Some((_, old)) = self.0.args.get_mut(at) {
                    *old = value;
                }
            }
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

    /// The arguments that may leave the process: those whose keys the code declares. Of a foreign
    /// error those that came with it, since they were public already.
    pub fn public_args(&self) -> impl Iterator<Item = (&str, &str)> {
        self.args()
            .enumerate()
            .filter(|(at, (key, _))| match &self.0.what {
                What::Known(code) => code.keys().contains(key),
                What::Foreign(_) => *at < self.0.arrived,
            })
            .map(|(_, arg)| arg)
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

    fn executed(&self) -> Executed {
        self.0.executed()
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
