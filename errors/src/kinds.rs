//! The usual answers to all questions at once, in scope inside [`codes!`](crate::codes).
//!
//! | kind | HTTP / gRPC | fault | retry | executed | overload | breaker |
//! |---|---|---|---|---|---|---|
//! | `InvalidArgument` | 400 / 3 | caller | never | no | | success |
//! | `OutOfRange` | 400 / 11 | caller | never | no | | success |
//! | `TooLarge` | 413 / 8 | caller | never | no | | success |
//! | `Unauthenticated` | 401 / 16 | caller | higher level | no | | success |
//! | `PermissionDenied` | 403 / 7 | caller | never | no | | success |
//! | `NotFound` | 404 / 5 | caller | never | no | | success |
//! | `AlreadyExists` | 409 / 6 | caller | never | no | | success |
//! | `FailedPrecondition` | 400 / 9 | caller | never | no | | success |
//! | `Aborted` | 409 / 10 | caller | higher level | no | | success |
//! | `Throttled` | 429 / 8 | caller | after delay | no | yes | neutral |
//! | `QuotaExceeded` | 429 / 8 | caller | never | no | | neutral |
//! | `Overloaded` | 503 / 14 | service | elsewhere | no | yes | failure |
//! | `Unavailable` | 503 / 14 | service | backoff | unknown | | failure |
//! | `Timeout` | 504 / 4 | service | backoff | unknown | | failure |
//! | `Dependency` | 502 / 14 | dependency | backoff | unknown | | failure |
//! | `Cancelled` | 499 / 1 | caller | never | unknown | | neutral |
//! | `Unimplemented` | 501 / 12 | service | elsewhere | no | | neutral |
//! | `Internal` | 500 / 13 | service | never | unknown | | failure |
//! | `DataLoss` | 500 / 15 | service | never | unknown | | failure |
//!
//! Inside `codes!` they win over constants of yours with the same name, so name your own
//! otherwise; for the same reason we add a kind in a breaking release only.
//!
//! A caller's fault is a *success* to a breaker, since the backend answered as
//! it should; an answer that tells of neither health nor sickness is neutral.
#![expect(non_upper_case_globals, reason = "they read as words on the right side of a declaration")]
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

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn the_table_in_the_docs_is_the_truth() {
        let rows: Vec<Vec<&str>> = include_str!("kinds.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! | `"))
            .map(|row| row.split('|').map(str::trim).collect())
            .collect();
        assert_eq!(rows.len(), ALL.len());
        for (row, (name, spec)) in rows.iter().zip(ALL) {
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
