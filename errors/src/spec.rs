#![expect(
    clippy::indexing_slicing,
    reason = "const code cannot use iterators; every index is below a length checked beside it"
)]

use crate::message::Message;
use crate::{Executed, Fault, Grpc, Outcome, RetryClass};

/// What stands to the right of `=>` in [`codes!`](crate::codes): one of the [`kinds`](crate::kinds), changed where
/// the code differs from it.
///
/// ```
/// use seawall_errors::{Executed, Spec, kinds::NotFound};
///
/// const GONE: Spec = NotFound.http(410).executed(Executed::No).keys(&["order_id"]);
/// ```
///
/// A value that cannot be right is a compile error at its own line.
#[derive(Clone, Copy, Debug)]
#[must_use = "settings do nothing until `codes!` uses them"]
pub struct Spec {
    pub(crate) http: u16,
    pub(crate) grpc: Grpc,
    pub(crate) fault: Fault,
    pub(crate) retry: RetryClass,
    pub(crate) executed: Executed,
    pub(crate) overload: bool,
    pub(crate) outcome: Outcome,
    pub(crate) keys: &'static [&'static str],
    pub(crate) since: Option<&'static str>,
    pub(crate) successor: Option<&'static str>,
    /// Where the last setter was called, if one was: in an entry, a better
    /// place to point at than the head of its block.
    pub(crate) place: Option<(&'static str, u32)>,
}

impl Spec {
    #[track_caller]
    const fn here(mut self) -> Self {
        let caller = core::panic::Location::caller();
        self.place = Some((caller.file(), caller.line()));
        self
    }

    /// The HTTP status, 400 to 599.
    #[track_caller]
    pub const fn http(mut self, status: u16) -> Self {
        if status < 400 || status > 599 {
            Message::new("HTTP status ")
                .number(status as u64)
                .text(" is outside 400..=599: an error that looks like a success blinds proxies and breakers")
                .fail();
        }
        self.http = status;
        self.here()
    }

    /// The gRPC status.
    #[track_caller]
    pub const fn grpc(mut self, status: Grpc) -> Self {
        self.grpc = status;
        self.here()
    }

    /// Whose fault it is.
    #[track_caller]
    pub const fn fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self.here()
    }

    /// What a caller may do about it.
    #[track_caller]
    pub const fn retry(mut self, class: RetryClass) -> Self {
        self.retry = class;
        self.here()
    }

    /// Whether the work was done.
    #[track_caller]
    pub const fn executed(mut self, executed: Executed) -> Self {
        self.executed = executed;
        self.here()
    }

    /// Nothing was done: short for `executed(Executed::No)`.
    #[track_caller]
    pub const fn not_executed(self) -> Self {
        self.executed(Executed::No)
    }

    /// Whether it tells of overload, which adaptive limits and hedging heed.
    #[track_caller]
    pub const fn overload(mut self, overload: bool) -> Self {
        self.overload = overload;
        self.here()
    }

    /// How a breaker counts it.
    #[track_caller]
    pub const fn counts(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self.here()
    }

    /// The metadata keys that occurrences carry. They are part of the code's
    /// contract: more may be added, none removed or renamed.
    ///
    /// The first two also name the two numbers of a [`Rejected`](crate::Rejected).
    #[track_caller]
    pub const fn keys(mut self, keys: &'static [&'static str]) -> Self {
        let mut i = 0;
        while i < keys.len() {
            if !is_key(keys[i]) {
                Message::new("metadata key `")
                    .text(keys[i])
                    .text("` is not lower_snake case of 1 to 64 letters, digits and underscores")
                    .fail();
            }
            let mut j = 0;
            while j < i {
                if same(keys[i], keys[j]) {
                    Message::new("metadata key `").text(keys[i]).text("` stands twice").fail();
                }
                j += 1;
            }
            i += 1;
        }
        self.keys = keys;
        self.here()
    }

    /// The version of the service in which the code appeared.
    #[track_caller]
    pub const fn since(mut self, version: &'static str) -> Self {
        self.since = Some(version);
        self.here()
    }

    /// The name, in the same domain, of the code to use instead. Mark the
    /// entry `#[deprecated]` as well, so that its users hear of it.
    #[track_caller]
    pub const fn successor(mut self, name: &'static str) -> Self {
        self.successor = Some(name);
        self.here()
    }
}

const fn is_key(key: &str) -> bool {
    let key = key.as_bytes();
    if key.is_empty() || key.len() > 64 || !key[0].is_ascii_lowercase() {
        return false;
    }
    let mut i = 0;
    while i < key.len() {
        if !(key[i].is_ascii_lowercase() || key[i].is_ascii_digit() || key[i] == b'_') {
            return false;
        }
        i += 1;
    }
    true
}

/// `a == b`, which is not const for strings.
pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
