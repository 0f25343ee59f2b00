use core::error::Error;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::message::Message;
use crate::spec::same;
use crate::text::{Section, has_text, note};
use crate::{Coded, Executed, Fault, Grpc, Outcome, RetryClass, Spec};

/// Where codes stand in somebody's source.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Site {
    /// The cargo package, or the module where there is none.
    pub package: &'static str,
    /// Empty where cargo did not say.
    pub version: &'static str,
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line in the file.
    pub line: u32,
}

impl Site {
    #[doc(hidden)]
    pub const fn __new(
        package: Option<&'static str>,
        module: &'static str,
        version: Option<&'static str>,
        file: &'static str,
        line: u32,
    ) -> Self {
        let package = match package {
            Some(package) => package,
            None => module,
        };
        let version = match version {
            Some(version) => version,
            None => "",
        };
        Site { package, version, file, line }
    }
}

/// Everything that is known of a code. Made by `codes!` only.
#[doc(hidden)]
#[derive(Debug)]
pub struct Def {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    pub(crate) domain: &'static str,
    /// The doc comment and the deprecation note, as `__doc!` writes them.
    pub(crate) doc: &'static str,
    pub(crate) spec: Spec,
    pub(crate) site: Site,
    /// Of domain and name: look-up by name compares one word.
    pub(crate) hash: u64,
}

impl Def {
    #[doc(hidden)]
    #[track_caller]
    pub const fn __new(
        head: Head,
        name: &'static str,
        n: i64,
        doc: &'static str,
        spec: Spec,
    ) -> Self {
        let mut site = head.site;
        // A kind of the user's own may have been set up elsewhere, or above.
        if let Some((file, line)) = spec.place {
            if line > site.line && same(file, site.file) {
                site.line = line;
            }
        }
        let number = number(head.prefix, n, name, &site);
        check_name(name, &site);
        if !has_text(doc) {
            Message::new("error code ")
                .text(name)
                .at(&site)
                .text(" has no doc comment: say in `///` lines what it means, and what to do in `# Cause` and `# Action`")
                .fail();
        }
        if let Some(successor) = spec.successor {
            if same(successor, name) {
                Message::new("error code ")
                    .text(name)
                    .at(&site)
                    .text(" names itself as its successor")
                    .fail();
            }
        }
        Def { number, name, domain: head.domain, doc, spec, site, hash: hash(head.hash, name) }
    }
}

/// What all entries of a block have in common.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Head {
    pub(crate) domain: &'static str,
    pub(crate) prefix: i64,
    pub(crate) site: Site,
    /// Of the domain, from which the hashes of its names go on.
    pub(crate) hash: u64,
}

impl Head {
    #[doc(hidden)]
    pub const fn __new(domain: &'static str, prefix: i64, site: Site) -> Self {
        Head { domain, prefix, site, hash: hash(SEED, domain) }
    }
}

/// `prefix * 1000 + n`, or a compile error.
#[track_caller]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both lie in checked ranges"
)]
pub(crate) const fn number(prefix: i64, n: i64, name: &str, site: &Site) -> u32 {
    if prefix < 100 || prefix > 999 {
        Message::new("error-code prefix ")
            .text(if prefix < 0 { "-" } else { "" })
            .number(prefix.unsigned_abs())
            .at(site)
            .text(" is outside 100..=999")
            .fail();
    }
    if n < 1 || n > 999 {
        Message::new("error code ")
            .text(name)
            .at(site)
            .text(" has number ")
            .text(if n < 0 { "-" } else { "" })
            .number(n.unsigned_abs())
            .text(", which is outside 1..=999")
            .fail();
    }
    (prefix * 1000 + n) as u32
}

/// Names are what the gRPC error model allows: `[A-Z][A-Z0-9_]+[A-Z0-9]`, at most 63.
#[track_caller]
#[expect(clippy::indexing_slicing, reason = "const code cannot iterate; the length is checked")]
pub(crate) const fn check_name(name: &str, site: &Site) {
    let bytes = name.as_bytes();
    let mut good = bytes.len() >= 3 && bytes.len() <= 63;
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        let edge = i == 0 || i + 1 == bytes.len();
        good &= byte.is_ascii_uppercase()
            || (i > 0 && byte.is_ascii_digit())
            || (!edge && byte == b'_');
        i += 1;
    }
    if !good {
        Message::new("error code ")
            .text(name)
            .at(site)
            .text(" is not UPPER_SNAKE case of 3 to 63 letters, digits and underscores")
            .fail();
    }
}

/// The hash of a name in a domain, by which look-up finds it.
pub(crate) fn hash_of(domain: &str, name: &str) -> u64 {
    hash(hash(SEED, domain), name)
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, with a byte after each text that no text holds. It need not resist
/// an attacker: what it finds is compared in full.
#[expect(clippy::indexing_slicing, reason = "const code cannot iterate")]
pub(crate) const fn hash(mut hash: u64, text: &str) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let text = text.as_bytes();
    let mut i = 0;
    while i < text.len() {
        hash = (hash ^ text[i] as u64).wrapping_mul(PRIME);
        i += 1;
    }
    (hash ^ 0xff).wrapping_mul(PRIME)
}

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
