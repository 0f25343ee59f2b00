#![expect(
    clippy::indexing_slicing,
    reason = "const code cannot use iterators; every index is below a length checked beside it"
)]

use crate::message::Message;
use crate::{Executed, Fault, Grpc, Outcome, RetryClass};

/// What stands to the right of `=>` in [`codes!`](crate::codes): one of the [`kinds`], changed where
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

/// The usual answers to all questions at once, in scope inside [`codes!`](crate::codes).
///
/// | kind | HTTP / gRPC | fault | retry | executed | overload | breaker |
/// |---|---|---|---|---|---|---|
/// | `InvalidArgument` | 400 / 3 | caller | never | no | | success |
/// | `OutOfRange` | 400 / 11 | caller | never | no | | success |
/// | `TooLarge` | 413 / 8 | caller | never | no | | success |
/// | `Unauthenticated` | 401 / 16 | caller | higher level | no | | success |
/// | `PermissionDenied` | 403 / 7 | caller | never | no | | success |
/// | `NotFound` | 404 / 5 | caller | never | no | | success |
/// | `AlreadyExists` | 409 / 6 | caller | never | no | | success |
/// | `FailedPrecondition` | 400 / 9 | caller | never | no | | success |
/// | `Aborted` | 409 / 10 | caller | higher level | no | | success |
/// | `Throttled` | 429 / 8 | caller | after delay | no | yes | neutral |
/// | `QuotaExceeded` | 429 / 8 | caller | never | no | | neutral |
/// | `Overloaded` | 503 / 14 | service | elsewhere | no | yes | failure |
/// | `Unavailable` | 503 / 14 | service | backoff | unknown | | failure |
/// | `Timeout` | 504 / 4 | service | backoff | unknown | | failure |
/// | `Dependency` | 502 / 14 | dependency | backoff | unknown | | failure |
/// | `Cancelled` | 499 / 1 | caller | never | unknown | | neutral |
/// | `Unimplemented` | 501 / 12 | service | elsewhere | no | | neutral |
/// | `Internal` | 500 / 13 | service | never | unknown | | failure |
/// | `DataLoss` | 500 / 15 | service | never | unknown | | failure |
///
/// Inside `codes!` they win over constants of yours with the same name, so name your own
/// otherwise; for the same reason we add a kind in a breaking release only.
///
/// A caller's fault is a *success* to a breaker, since the backend answered as
/// it should; an answer that tells of neither health nor sickness is neutral.
pub mod kinds {
    #![expect(
        non_upper_case_globals,
        reason = "they read as words on the right side of a declaration"
    )]
    pub use crate::{Executed, Fault, Grpc, Outcome, RetryClass, Spec};
    use Executed::{No, Unknown};
    use Fault::{Caller, Service};
    use Outcome::{Failure, Neutral, Success};
    use RetryClass::{AfterDelay, Backoff, Elsewhere, HigherLevel, Never};

    const fn kind(
        http: u16,
        grpc: Grpc,
        fault: Fault,
        retry: RetryClass,
        executed: Executed,
        outcome: Outcome,
    ) -> Spec {
        Spec {
            http,
            grpc,
            fault,
            retry,
            executed,
            overload: false,
            outcome,
            keys: &[],
            since: None,
            successor: None,
            place: None,
        }
    }

    const fn overloaded(mut spec: Spec) -> Spec {
        spec.overload = true;
        spec
    }

    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident = $spec:expr;)*) => {
            $($(#[$doc])* pub const $name: Spec = $spec;)*
            /// All kinds, for the tests that hold the table against them.
            #[cfg(test)]
            pub(crate) const ALL: &[(&str, Spec)] = &[$((stringify!($name), $name)),*];
        };
    }

    kinds! {
        /// A field of the request is wrong, whatever the state of the service.
        InvalidArgument = kind(400, Grpc::InvalidArgument, Caller, Never, No, Success);
        /// A value lies beyond what there is, such as an offset past the end.
        OutOfRange = kind(400, Grpc::OutOfRange, Caller, Never, No, Success);
        /// The request is larger than the service takes.
        TooLarge = kind(413, Grpc::ResourceExhausted, Caller, Never, No, Success);
        /// Nobody knows who is asking.
        Unauthenticated = kind(401, Grpc::Unauthenticated, Caller, HigherLevel, No, Success);
        /// Whoever is asking may not.
        PermissionDenied = kind(403, Grpc::PermissionDenied, Caller, Never, No, Success);
        /// What was asked for is not there.
        NotFound = kind(404, Grpc::NotFound, Caller, Never, No, Success);
        /// What was to be made is there already.
        AlreadyExists = kind(409, Grpc::AlreadyExists, Caller, Never, No, Success);
        /// The service is in a state that does not allow it.
        FailedPrecondition = kind(400, Grpc::FailedPrecondition, Caller, Never, No, Success);
        /// A concurrent change got in the way.
        Aborted = kind(409, Grpc::Aborted, Caller, HigherLevel, No, Success);
        /// Too many requests for now.
        Throttled = overloaded(kind(429, Grpc::ResourceExhausted, Caller, AfterDelay, No, Neutral));
        /// The allowance is used up, and no short wait brings it back.
        QuotaExceeded = kind(429, Grpc::ResourceExhausted, Caller, Never, No, Neutral);
        /// The service turns work away to keep standing.
        Overloaded = overloaded(kind(503, Grpc::Unavailable, Service, Elsewhere, No, Failure));
        /// The service is not there for now.
        Unavailable = kind(503, Grpc::Unavailable, Service, Backoff, Unknown, Failure);
        /// No answer came in time.
        Timeout = kind(504, Grpc::DeadlineExceeded, Service, Backoff, Unknown, Failure);
        /// Something behind the service failed.
        Dependency = kind(502, Grpc::Unavailable, Fault::Dependency, Backoff, Unknown, Failure);
        /// The caller gave up.
        Cancelled = kind(499, Grpc::Cancelled, Caller, Never, Unknown, Neutral);
        /// This endpoint cannot do that; another version of it may.
        Unimplemented = kind(501, Grpc::Unimplemented, Service, Elsewhere, No, Neutral);
        /// A bug.
        Internal = kind(500, Grpc::Internal, Service, Never, Unknown, Failure);
        /// Data is lost or broken beyond repair.
        DataLoss = kind(500, Grpc::DataLoss, Service, Never, Unknown, Failure);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn the_table_in_the_docs_is_the_truth() {
        let rows: Vec<Vec<&str>> = include_str!("spec.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("/// | `"))
            .map(|row| row.split('|').map(str::trim).collect())
            .collect();
        assert_eq!(rows.len(), kinds::ALL.len());
        for (row, (name, spec)) in rows.iter().zip(kinds::ALL) {
            let truth = [
                std::format!("{name}`"),
                std::format!("{} / {}", spec.http, spec.grpc.number()),
                spec.fault.as_str().into(),
                spec.retry.as_str().into(),
                spec.executed.as_str().into(),
                String::from(if spec.overload { "yes" } else { "" }),
                spec.outcome.as_str().into(),
                String::new(),
            ];
            assert_eq!(row[..], truth, "{name}");
        }
    }
}
