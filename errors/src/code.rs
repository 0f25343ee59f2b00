use core::error::Error;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::def::{Def, Site};
use crate::text::{Section, note};
use crate::{Coded, Executed, Fault, Grpc, Outcome, RetryClass};

/// A global error code: a stable number and a stable name inside a domain, with
/// everything that a program or a person needs to know about it.
///
/// One word, `Copy`, and itself an [`Error`](core::error::Error), so
/// `Err(ORDER_NOT_FOUND)` allocates nothing and the questions below are a load
/// or two each; only those for its texts read through the doc comment. Codes are declared with [`codes!`](crate::codes).
///
/// Two codes are equal when their numbers and names are, wherever they were
/// compiled; never compare addresses. For the same reason a code is no pattern: ask
/// `code == ORDER_NOT_FOUND`, or match on `code.number()`.
#[derive(Clone, Copy)]
pub struct Code {
    #[doc(hidden)]
    pub __title: Title,
}

/// All of a [`Code`], and its `source`: whoever wraps a code so that only its
/// source is seen (`transparent`, some conversions to a box) hides the `Code`
/// from those who walk the chain, but not this. Displays the title.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Title {
    pub def: &'static Def,
}

impl Code {
    pub(crate) const fn def(self) -> &'static Def {
        self.__title.def
    }

    /// The stable number: the prefix of the domain times 1000, plus the
    /// number in the block. Always six digits.
    pub const fn number(self) -> u32 {
        self.__title.def.number
    }

    /// The stable name, unique in its domain.
    pub const fn name(self) -> &'static str {
        self.__title.def.name
    }

    /// The domain, such as `orders.acme.com`.
    pub const fn domain(self) -> &'static str {
        self.__title.def.domain
    }

    /// The HTTP status, 400 to 599.
    pub const fn http(self) -> u16 {
        self.__title.def.spec.http
    }

    /// The gRPC status. Stated apart from the HTTP status, never derived.
    pub const fn grpc(self) -> Grpc {
        self.__title.def.spec.grpc
    }

    /// Whose fault it is.
    pub const fn fault(self) -> Fault {
        self.__title.def.spec.fault
    }

    /// What a caller may do about it.
    pub const fn retry(self) -> RetryClass {
        self.__title.def.spec.retry
    }

    /// Whether the work was done.
    pub const fn executed(self) -> Executed {
        self.__title.def.spec.executed
    }

    /// Whether it tells of overload.
    pub const fn is_overload(self) -> bool {
        self.__title.def.spec.overload
    }

    /// How a breaker counts it when it arrives from a backend.
    pub const fn outcome(self) -> Outcome {
        self.__title.def.spec.outcome
    }

    /// The metadata keys that occurrences may carry.
    pub const fn keys(self) -> &'static [&'static str] {
        self.__title.def.spec.keys
    }

    /// The version in which it appeared, if it was stated.
    pub const fn since(self) -> Option<&'static str> {
        self.__title.def.spec.since
    }

    /// The note of `#[deprecated]` (empty if it has none), if it is deprecated.
    pub fn deprecated(self) -> Option<&'static str> {
        note(self.__title.def.doc)
    }

    /// The name, in the same domain, of the code to use instead.
    pub const fn successor(self) -> Option<&'static str> {
        self.__title.def.spec.successor
    }

    /// The first line of the doc text. It may be shown to anybody.
    pub fn title(self) -> &'static str {
        self.meaning().next().unwrap_or_default()
    }

    /// The doc text up to its first heading, line by line, title included.
    pub fn meaning(self) -> Section {
        Section::before_headings(self.__title.def.doc)
    }

    /// The doc text under `# Cause`, line by line; empty without one.
    pub fn cause(self) -> Section {
        Section::under(self.__title.def.doc, "Cause")
    }

    /// The doc text under `# Action`, line by line; empty without one.
    pub fn action(self) -> Section {
        Section::under(self.__title.def.doc, "Action")
    }

    /// Where it was declared. The line is that of the entry where it has a
    /// setting of its own, that of its block otherwise. (An entry that is nothing but a
    /// kind of yours, set up further down in the same file, gets the line of that.)
    pub const fn declared_at(self) -> Site {
        self.__title.def.site
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.__title.def.number == other.__title.def.number
            && self.__title.def.hash == other.__title.def.hash
    }
}

impl Eq for Code {}

impl Hash for Code {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.__title.def.number.hash(state);
    }
}

/// `NAME (number)`: short enough for a log line, and both parts can be looked up.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.number())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({} {}/{})", self.number(), self.domain(), self.name())
    }
}

impl Error for Code {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.__title)
    }
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Code { __title: *self }.title())
    }
}

impl fmt::Debug for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Code { __title: *self }, f)
    }
}

impl Error for Title {}

impl Coded for Title {
    fn code(&self) -> Code {
        Code { __title: *self }
    }
}
