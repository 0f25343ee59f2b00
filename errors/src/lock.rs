//! A lock on what others rely on in your codes, so that nobody changes it by accident.
//!
//! A number that moves, a status that becomes another, a key that disappears: each
//! compiles, and each breaks clients that you do not know. So the contract stands in a
//! file beside the code, `codes.lock`, one line per code, and a test of the crate compares:
//!
//! ```no_run
//! # mod code { seawall_errors::codes! {
//! #     pub domain "orders.acme.com" = 210;
//! #     /// No order has this id.
//! #     ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
//! # } }
//! // In a #[test] of the crate that declares the codes:
//! seawall_errors::lock::assert([&code::CODES], "codes.lock");
//! ```
//!
//! It names every change at once:
//!
//! ```
//! # mod code { seawall_errors::codes! {
//! #     pub domain "orders.acme.com" = 210;
//! #     /// No order has this id.
//! #     ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
//! # } }
//! use seawall_errors::lock;
//!
//! let was = "\
//! 210001 orders.acme.com/ORDER_NOT_FOUND http=410 grpc=5 retry=never executed=no keys=order_id
//! 210003 orders.acme.com/ORDER_GONE http=410 grpc=5 retry=never executed=no keys=";
//!
//! let changes = lock::compare([&code::CODES], was).unwrap_err();
//! assert_eq!(
//!     changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
//!     [
//!         "210001 orders.acme.com/ORDER_NOT_FOUND changed: http was 410, is now 404",
//!         "210003 orders.acme.com/ORDER_GONE was removed; keep the line as `ORDER_GONE = 3 retired;`",
//!     ]
//! );
//! ```
//!
//! # What is locked
//!
//! Number, domain and name, HTTP and gRPC status, retry class, executed, keys. Texts are
//! not: they may be made better at any time. Nor are fault, overload and the breaker's count, which
//! are this side's own judgement.
//!
//! # Making and changing the file
//!
//! `UPDATE_CODES=1 cargo test` writes it. That is a deliberate act which a
//! reviewer sees as a changed line; a CI server (`CI` is set) must not do it,
//! so there it is an error.
//!
//! What makes a number or a name mean another thing is not written even then: a code
//! that is gone without a `retired` line, a number with another name, a name with another
//! number, a retired code that came back. For a code that was never released, delete its line
//! from the file first.
//!
//! In the tests of a binary, `lock::assert(REGISTRY.blocks(), …)` locks all codes at once.

mod compare;
mod line;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::string::String;

pub use compare::{Change, Changes};
use line::Line;

use crate::Block;

/// The file for these codes: sorted by number, whatever the order of declaration.
pub fn text<'a>(blocks: impl IntoIterator<Item = &'a Block>) -> String {
    use std::fmt::Write as _;

    let mut text = String::from(
        "# The contract of these error codes. Written by `UPDATE_CODES=1 cargo test`.\n",
    );
    for line in lines(blocks).values() {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Compares the codes with the text of a lock file, in any order of lines and with any line ends.
pub fn compare<'a>(blocks: impl IntoIterator<Item = &'a Block>, text: &str) -> Result<(), Changes> {
    compare::compare(text, &lines(blocks))
}

/// Compares the codes with a lock file; with `UPDATE_CODES=1` in the environment, writes it.
///
/// A relative path starts at the folder of the package, where cargo runs tests.
pub fn check<'a>(
    blocks: impl IntoIterator<Item = &'a Block>,
    path: impl AsRef<Path>,
) -> Result<(), LockError> {
    let set = |name| {
        std::env::var_os(name).is_some_and(|it| !it.is_empty() && it != "0" && it != "false")
    };
    let lines = lines(blocks);
    let path = path.as_ref();
    match (set("UPDATE_CODES"), set("CI")) {
        (true, true) => Err(LockError::Refused),
        (true, false) => update(&lines, path),
        (false, _) => match read(path)? {
            Some(text) => {
                compare::compare(&text, &lines).map_err(|changes| changes.into_error(path))
            }
            None => Err(LockError::Missing(path.into())),
        },
    }
}

/// Compares as [`check`] does, and panics with all that has changed.
///
/// # Panics
///
/// That is what it is for.
#[track_caller]
pub fn assert<'a>(blocks: impl IntoIterator<Item = &'a Block>, path: impl AsRef<Path>) {
    let result = check(blocks, path);
    assert!(
        result.is_ok(),
        "{}",
        result.err().as_ref().map_or(&"" as &dyn fmt::Display, |error| error)
    );
}

/// Writes the file, unless a number or a name would change its meaning.
fn update(lines: &BTreeMap<u32, Line>, path: &Path) -> Result<(), LockError> {
    let old = read(path)?.unwrap_or_default();
    if let Err(changes) = compare::compare(&old, lines) {
        if let Some(forbidden) = changes.forbidden() {
            return Err(forbidden.into_error(path));
        }
        let mut text = text([]);
        for line in lines.values() {
            use std::fmt::Write as _;
            let _ = writeln!(text, "{line}");
        }
        fs::write(path, text).map_err(|error| LockError::Io(path.into(), error))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Option<String>, LockError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LockError::Io(path.into(), error)),
    }
}

fn lines<'a>(blocks: impl IntoIterator<Item = &'a Block>) -> BTreeMap<u32, Line> {
    let mut lines = BTreeMap::new();
    for block in blocks {
        lines.extend(block.codes().map(|code| (code.number(), Line::of(code))));
        let retired = |it: crate::Retired| (it.number(), Line::retired(block.domain(), it));
        lines.extend(block.retired().map(retired));
    }
    lines
}

/// Why a lock does not hold.
#[derive(Debug)]
#[non_exhaustive]
pub enum LockError {
    /// The codes are not as the file says.
    Changed(PathBuf, Changes),
    /// There is no such file.
    Missing(PathBuf),
    /// It cannot be read or written.
    Io(PathBuf, io::Error),
    /// `UPDATE_CODES` is set on a CI server.
    Refused,
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockError::Changed(path, changes) => {
                write!(f, "the error codes are not as {} says:\n{changes}", path.display())
            }
            LockError::Missing(path) => write!(
                f,
                "there is no {}; `UPDATE_CODES=1 cargo test` makes it, then commit it",
                path.display()
            ),
            LockError::Io(path, error) => write!(f, "{}: {error}", path.display()),
            LockError::Refused => f.write_str(
                "UPDATE_CODES is set, but so is CI: update the lock of the error codes on your own machine, and commit it",
            ),
        }
    }
}

impl std::error::Error for LockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LockError::Changed(_, changes) => Some(changes),
            LockError::Io(_, error) => Some(error),
            LockError::Missing(_) | LockError::Refused => None,
        }
    }
}
