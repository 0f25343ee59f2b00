//! What the answers of a code mean, in plain sentences.

use std::borrow::{Cow, ToOwned};
use std::fmt;
use std::format;
use std::string::String;
use std::vec::Vec;

use crate::{Code, Executed, Fault, Outcome, RetryClass, Site};

/// What a caller may do, in one sentence or two.
pub(super) fn advice(code: Code) -> String {
    let what = match code.retry() {
        RetryClass::Never if code.fault() == Fault::Caller => {
            return "Do not repeat the call as it is: it would fail again.".into();
        }
        RetryClass::Never => return "Do not repeat the call.".into(),
        RetryClass::HigherLevel => {
            return "Do not repeat this call alone, but what surrounds it: the transaction, the log-in.".into();
        }
        RetryClass::Backoff => "Repeat the call later, after a growing and jittered delay",
        RetryClass::AfterDelay => "Repeat the call after the delay that the error names",
        RetryClass::Elsewhere => "Repeat the call at once, but at another endpoint",
    };
    let whether = match code.executed() {
        Executed::No => "that is safe for any call, since nothing was executed",
        Executed::Unknown => "but only if it is idempotent, since it may have been executed",
        Executed::Yes => "but only if it is idempotent, since it was executed",
    };
    format!("{what}; {whether}.")
}

pub(super) fn fault(code: Code) -> &'static str {
    match code.fault() {
        Fault::Caller => "caller: it asked for something that cannot be had",
        Fault::Service => "service: the one that raised the code",
        Fault::Dependency => "dependency: something behind the service",
    }
}

pub(super) fn executed(code: Code) -> &'static str {
    match code.executed() {
        Executed::No => "no: nothing was done",
        Executed::Unknown => "unknown: the work may have been done",
        Executed::Yes => "yes: the work was done",
    }
}

pub(super) fn breaker(code: Code) -> &'static str {
    match code.outcome() {
        Outcome::Success => "success: the backend answered as it should",
        Outcome::Failure => "failure: it counts against the backend that sent it",
        Outcome::Neutral => "neutral: it says nothing about the backend's health",
    }
}

pub(super) fn overload(code: Code) -> &'static str {
    if code.is_overload() { "yes: send less" } else { "no" }
}

/// The facts of a code, each with what it is called.
pub(super) fn facts(code: Code) -> Vec<(&'static str, Cow<'static, str>)> {
    let mut facts: Vec<(&str, Cow<'_, str>)> = std::vec![
        ("HTTP", format!("{}", code.http()).into()),
        ("gRPC", format!("{} {}", code.grpc().number(), code.grpc().as_str()).into()),
        ("Fault", fault(code).into()),
        ("Retry", advice(code).into()),
        ("Executed", executed(code).into()),
        ("Overload", overload(code).into()),
        ("Breaker", breaker(code).into()),
    ];
    if !code.keys().is_empty() {
        facts.push(("Keys", code.keys().join(", ").into()));
    }
    if let Some(since) = code.since() {
        facts.push(("Since", since.into()));
    }
    facts.push(("Declared", format!("{}", Place(code.declared_at())).into()));
    facts
}

/// `orders 1.2.0, src/codes.rs:7`.
pub(super) struct Place(pub(super) Site);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Site { package, version, line, .. } = self.0;
        let space = if version.is_empty() { "" } else { " " };
        write!(f, "{package}{space}{version}, {}:{line}", file(self.0.file))
    }
}

/// The file without what is particular to the machine on which it was compiled, so that
/// all machines make the same page, and none tells where its sources lie.
pub(super) fn file(file: &str) -> Cow<'_, str> {
    let file =
        if file.contains('\\') { file.replace('\\', "/").into() } else { Cow::Borrowed(file) };
    let absolute = file.starts_with('/') || file.get(1..2) == Some(":");
    match file.rfind("/src/") {
        Some(at) if absolute => file.get(at + 1..).unwrap_or_default().to_owned().into(),
        None if absolute => file.rsplit('/').next().unwrap_or_default().to_owned().into(),
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::file;

    #[test]
    fn a_file_is_named_alike_on_all_machines() {
        for (given, shown) in [
            ("orders/src/code.rs", "orders/src/code.rs"),
            ("orders\\src\\code.rs", "orders/src/code.rs"),
            ("/home/ann/.cargo/registry/src/index-1/orders-1.0.0/src/a/code.rs", "src/a/code.rs"),
            ("C:\\Users\\ann\\orders\\src\\code.rs", "src/code.rs"),
            ("/build/main.rs", "main.rs"),
            ("", ""),
            ("é", "é"),
        ] {
            assert_eq!(file(given), shown);
        }
    }
}
