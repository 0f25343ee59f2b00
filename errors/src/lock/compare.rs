use std::borrow::ToOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

use super::LockError;
use super::line::{Contract, FIELDS, Line};

/// All differences between the codes and their lock, sorted by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// One by one.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Change> {
        self.0.iter()
    }

    /// Those that `UPDATE_CODES` does not write either.
    pub(super) fn forbidden(&self) -> Option<Changes> {
        let forbidden: Vec<Change> =
            self.0.iter().filter(|change| change.is_forbidden()).cloned().collect();
        (!forbidden.is_empty()).then_some(Changes(forbidden))
    }

    pub(super) fn into_error(self, path: &Path) -> LockError {
        LockError::Changed(path.into(), self)
    }
}

/// One difference. `name` is `domain/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A code that is not in the lock yet.
    New {
        /// Its number.
        number: u32,
        /// Its name.
        name: String,
    },
    /// A value of the contract is another.
    Value {
        /// The number of the code.
        number: u32,
        /// Its name.
        name: String,
        /// `http`, `grpc`, `retry`, `executed` or `keys`.
        what: &'static str,
        /// As the lock says.
        was: String,
        /// As it is.
        is: String,
    },
    /// A code is retired now, and the lock does not say so yet.
    Retired {
        /// Its number.
        number: u32,
        /// Its name.
        name: String,
    },
    /// A code or a retired line is gone.
    Removed {
        /// Its number.
        number: u32,
        /// Its name.
        name: String,
    },
    /// A number has another name.
    Renamed {
        /// The number.
        number: u32,
        /// As the lock says.
        was: String,
        /// As it is.
        is: String,
    },
    /// A name has another number.
    Renumbered {
        /// The name.
        name: String,
        /// As the lock says.
        was: u32,
        /// As it is.
        is: u32,
    },
    /// A retired code is in use again.
    Returned {
        /// Its number.
        number: u32,
        /// Its name.
        name: String,
    },
    /// A line of the lock that cannot be read, or a number that stands in it twice.
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What it says.
        text: String,
    },
}

impl Change {
    /// Whether it makes a number or a name mean another thing.
    fn is_forbidden(&self) -> bool {
        !matches!(self, Change::New { .. } | Change::Value { .. } | Change::Retired { .. })
    }
}

pub(super) fn compare(text: &str, now: &BTreeMap<u32, Line>) -> Result<(), Changes> {
    let mut changes = Vec::new();
    let was = read(text, &mut changes);
    let numbers: BTreeMap<&str, u32> =
        now.values().map(|line| (&*line.name, line.number)).collect();
    let names: BTreeSet<&str> = was.values().map(|line| &*line.name).collect();

    let all: BTreeSet<u32> = was.keys().chain(now.keys()).copied().collect();
    for number in all {
        match (was.get(&number), now.get(&number)) {
            (Some(was), Some(is)) if was.name == is.name => same_code(was, is, &mut changes),
            (Some(was), Some(is)) => {
                changes.push(Change::Renamed {
                    number,
                    was: was.name.clone(),
                    is: is.name.clone(),
                });
            }
            (Some(Line { name, .. }), None) => changes.push(match numbers.get(&**name) {
                Some(is) => Change::Renumbered { name: name.clone(), was: number, is: *is },
                None => Change::Removed { number, name: name.clone() },
            }),
            // Where the lock knows the name, its old number tells already.
            (None, Some(is)) if names.contains(&*is.name) => {}
            (None, Some(is)) => changes.push(Change::New { number, name: is.name.clone() }),
            (None, None) => {}
        }
    }
    if changes.is_empty() { Ok(()) } else { Err(Changes(changes)) }
}

fn read(text: &str, changes: &mut Vec<Change>) -> BTreeMap<u32, Line> {
    let mut lines = BTreeMap::new();
    // Some editors put a mark at the start of a file.
    for (i, text) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match Line::read(text) {
            Some(line) if !lines.contains_key(&line.number) => {
                lines.insert(line.number, line);
            }
            _ => changes.push(Change::Line { line: i + 1, text: text.to_owned() }),
        }
    }
    lines
}

/// What has changed of a code that has kept its number and its name.
fn same_code(was: &Line, is: &Line, changes: &mut Vec<Change>) {
    let (number, name) = (is.number, is.name.clone());
    let (was, is) = match (&was.contract, &is.contract) {
        (Some(was), Some(is)) => (was, is),
        (Some(_), None) => return changes.push(Change::Retired { number, name }),
        (None, Some(_)) => return changes.push(Change::Returned { number, name }),
        (None, None) => return,
    };
    let Contract { values, keys } = was;
    for ((what, was), is) in FIELDS.iter().zip(values).zip(&is.values) {
        if was != is {
            let (was, is) = (was.clone(), is.clone());
            changes.push(Change::Value { number, name: name.clone(), what, was, is });
        }
    }
    if *keys != is.keys {
        let (was, is) = (keys.join(","), is.keys.join(","));
        changes.push(Change::Value { number, name, what: "keys", was, is });
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.0 {
            writeln!(f, "  {change}")?;
        }
        f.write_str(if self.forbidden().is_some() {
            "A number and a name mean one thing for ever. For a code that was never released, delete its line from the lock."
        } else {
            "If that is meant, `UPDATE_CODES=1 cargo test` writes it; then commit it."
        })
    }
}

impl std::error::Error for Changes {}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::New { number, name } => write!(f, "{number} {name} is new"),
            Change::Value { number, name, what: what @ "keys", was, is } => {
                write!(f, "{number} {name} changed: {what} were `{was}`, are now `{is}`")?;
                let lost: Vec<&str> =
                    was.split(',').filter(|key| !is.split(',').any(|is| is == *key)).collect();
                if !lost.is_empty() && !was.is_empty() {
                    write!(f, "; without {} its readers break", lost.join(", "))?;
                }
                Ok(())
            }
            Change::Value { number, name, what, was, is } => {
                write!(f, "{number} {name} changed: {what} was {was}, is now {is}")
            }
            Change::Retired { number, name } => write!(f, "{number} {name} is retired now"),
            Change::Removed { number, name } => {
                let (n, short) = (number % 1000, name.rsplit('/').next().unwrap_or_default());
                write!(f, "{number} {name} was removed; keep the line as `{short} = {n} retired;`")
            }
            Change::Renamed { number, was, is } => {
                write!(f, "{number} {was} changed: its name is now {is}")
            }
            Change::Renumbered { name, was, is } => {
                write!(f, "{was} {name} changed: its number is now {is}")
            }
            Change::Returned { number, name } => {
                write!(f, "{number} {name} is retired and cannot come back")
            }
            Change::Line { line, text } => {
                write!(f, "line {line} cannot be read or stands twice: {}", text.escape_debug())
            }
        }
    }
}
