use std::borrow::ToOwned;
use std::fmt;
use std::format;
use std::string::String;
use std::vec::Vec;

use crate::{Code, Retired};

/// One line of the file:
/// `210001 orders.acme.com/ORDER_NOT_FOUND http=404 grpc=5 retry=never executed=no keys=order_id`, or
/// `210003 orders.acme.com/ORDER_GONE retired`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u32,
    /// `domain/NAME`.
    pub(super) name: String,
    /// None where it is retired.
    pub(super) contract: Option<Contract>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contract {
    /// In the order of `FIELDS`.
    pub(super) values: [String; FIELDS.len()],
    pub(super) keys: Vec<String>,
}

pub(super) const FIELDS: [&str; 4] = ["http", "grpc", "retry", "executed"];

impl Line {
    pub(super) fn of(code: Code) -> Self {
        Line {
            number: code.number(),
            name: format!("{}/{}", code.domain(), code.name()),
            contract: Some(Contract {
                values: [
                    format!("{}", code.http()),
                    format!("{}", code.grpc().number()),
                    code.retry().as_str().replace(' ', "-"),
                    code.executed().as_str().to_owned(),
                ],
                keys: code.keys().iter().map(|key| (*key).to_owned()).collect(),
            }),
        }
    }

    pub(super) fn retired(domain: &str, retired: Retired) -> Self {
        Line {
            number: retired.number(),
            name: format!("{domain}/{}", retired.name()),
            contract: None,
        }
    }

    /// None where it is no such line.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let number = words.next()?.parse().ok()?;
        let name = words.next()?;
        name.split_once('/')?;
        let mut words = words.peekable();
        if words.next_if_eq(&"retired").is_some() {
            let line = Line { number, name: name.to_owned(), contract: None };
            return words.next().is_none().then_some(line);
        }
        let mut values = FIELDS.map(|_| String::new());
        for (value, field) in values.iter_mut().zip(FIELDS) {
            words.next()?.strip_prefix(field)?.strip_prefix('=')?.clone_into(value);
        }
        let keys = words.next()?.strip_prefix("keys=")?;
        let keys = keys.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        let contract = Some(Contract { values, keys });
        words.next().is_none().then_some(Line { number, name: name.to_owned(), contract })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.name)?;
        let Some(contract) = &self.contract else {
            return f.write_str(" retired");
        };
        for (field, value) in FIELDS.iter().zip(&contract.values) {
            write!(f, " {field}={value}")?;
        }
        write!(f, " keys={}", contract.keys.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::Line;
    use std::string::ToString;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        for text in [
            "210001 orders.acme.com/A_B http=404 grpc=5 retry=after-delay executed=no keys=a,b",
            "210001 orders.acme.com/A_B http=404 grpc=5 retry=never executed=no keys=",
            "210003 orders.acme.com/A_B retired",
        ] {
            assert_eq!(Line::read(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_line_is_not_guessed() {
        for text in [
            "210001",
            "210001 A_B retired",
            "x a/A_B retired",
            "210001 a/A_B retired now",
            "210001 a/A_B http=404 grpc=5 retry=never executed=no",
            "210001 a/A_B http=404 grpc=5 retry=never executed=no keys=a more",
            "210001 a/A_B grpc=5 http=404 retry=never executed=no keys=a",
            "<<<<<<< ours",
        ] {
            assert_eq!(Line::read(text), None, "{text}");
        }
    }
}
