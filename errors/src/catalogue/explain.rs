use std::borrow::ToOwned;
use std::fmt;
use std::string::String;
use std::vec::Vec;

use super::near::near;
use super::words::facts;
use crate::foreign::bounds::cut;
use crate::{Code, Registry, Retired};

/// Nobody asks for more than `domain/NAME (number)`.
const LONGEST: usize = 160;

/// Looks up what somebody has typed: a number, a name, `domain/NAME` or, as log lines
/// have it, `NAME (number)`; in upper or lower case.
///
/// ```
/// # seawall_errors::registry! { static CODES = [seawall_errors::FAMILY]; }
/// use seawall_errors::catalogue::{Found, explain};
/// use seawall_errors::family::RATE_LIMITED;
///
/// for asked in ["100001", "rate_limited", "seawall/RATE_LIMITED", "RATE_LIMITED (100001)"] {
///     assert_eq!(*explain(&CODES, asked).found(), Found::Code(RATE_LIMITED));
/// }
/// let slip = explain(&CODES, "RATE_LIMTED");
/// assert_eq!(*slip.found(), Found::Near(vec![RATE_LIMITED]));
/// assert!(slip.to_string().contains("did you mean"));
/// ```
///
/// Any text is harmless: what is too long to be a name is not looked for.
pub fn explain<'a>(codes: &'a Registry, asked: &str) -> Explanation<'a> {
    let asked = asked.trim().trim_start_matches('#');
    let found = if asked.len() > LONGEST { Found::Nothing } else { look_up(codes, asked) };
    Explanation { codes, asked: cut(asked, LONGEST).to_owned(), found }
}

/// What [`explain`] has found. Its `Display` is the text for a terminal.
#[derive(Debug)]
pub struct Explanation<'a> {
    codes: &'a Registry,
    asked: String,
    found: Found,
}

impl Explanation<'_> {
    /// What was found.
    pub fn found(&self) -> &Found {
        &self.found
    }
}

/// What a text can turn out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// One code.
    Code(Code),
    /// A name that several domains use.
    Ambiguous(Vec<Code>),
    /// A number or a name that is no longer in use.
    Retired {
        /// The domain that it belonged to.
        domain: &'static str,
        /// Its number.
        number: u32,
        /// Its name.
        name: &'static str,
    },
    /// Nothing, but these are like it, the likeliest first.
    Near(Vec<Code>),
    /// Nothing.
    Nothing,
}

fn look_up(codes: &Registry, asked: &str) -> Found {
    // `NAME (number)`: the number alone says it all.
    let inner = asked.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let asked = inner.filter(|inner| inner.parse::<u32>().is_ok()).unwrap_or(asked);

    if let Ok(number) = asked.parse() {
        if let Some(code) = codes.by_number(number) {
            return Found::Code(code);
        }
        if let Some(gone) = retired(codes, |_, retired| retired.number() == number) {
            return gone;
        }
        return suggest(near(codes, asked));
    }

    let (domain, name) = match asked.rsplit_once('/') {
        Some((domain, name)) => (Some(domain.to_ascii_lowercase()), name),
        None => (None, asked),
    };
    let name = name.to_ascii_uppercase().replace(['-', ' '], "_");
    let is_meant = |of: &str| domain.as_ref().is_none_or(|domain| domain == of);
    let matches: Vec<Code> =
        codes.codes().filter(|code| code.name() == name && is_meant(code.domain())).collect();
    match matches.as_slice() {
        [] => retired(codes, |of, retired| retired.name() == name && is_meant(of))
            .unwrap_or_else(|| suggest(near(codes, &name))),
        [code] => Found::Code(*code),
        _ => Found::Ambiguous(matches),
    }
}

fn retired(codes: &Registry, is_meant: impl Fn(&str, &Retired) -> bool) -> Option<Found> {
    codes.blocks().find_map(|block| {
        let domain = block.domain();
        let retired = block.retired().find(|retired| is_meant(domain, retired))?;
        Some(Found::Retired { domain, number: retired.number(), name: retired.name() })
    })
}

fn suggest(near: Vec<Code>) -> Found {
    if near.is_empty() { Found::Nothing } else { Found::Near(near) }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = self.asked.escape_debug();
        match &self.found {
            Found::Code(code) => full(f, self.codes, *code),
            Found::Ambiguous(codes) => {
                writeln!(f, "{asked} is the name of a code in each of these domains:\n")?;
                list(f, codes)
            }
            Found::Retired { domain, number, name } => {
                writeln!(f, "{number} {domain}/{name}\n")?;
                writeln!(
                    f,
                    "Retired: nothing raises this code any more, and neither its number nor its name comes back."
                )?;
                let is_it = |retired: &Retired| retired.number() == *number;
                let meaning = self.codes.retired().find(is_it).map(|retired| retired.meaning());
                match meaning.filter(|meaning| !meaning.is_empty()) {
                    Some(meaning) => writeln!(f, "\n{meaning}"),
                    None => Ok(()),
                }
            }
            Found::Near(codes) => {
                writeln!(f, "there is no code {asked}; did you mean\n")?;
                list(f, codes)
            }
            Found::Nothing => writeln!(f, "there is no code {asked}"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, codes: &[Code]) -> fmt::Result {
    for code in codes {
        writeln!(f, "  {} {}/{}: {}", code.number(), code.domain(), code.name(), code.title())?;
    }
    Ok(())
}

fn full(f: &mut fmt::Formatter<'_>, codes: &Registry, code: Code) -> fmt::Result {
    let domain = code.domain();
    writeln!(f, "{} {domain}/{}\n", code.number(), code.name())?;
    if let Some(note) = code.deprecated() {
        writeln!(f, "Deprecated{}{note}", if note.is_empty() { "" } else { ": " })?;
    }
    let successor = code.successor().and_then(|name| codes.by_name(domain, name));
    if let Some(successor) = successor {
        writeln!(f, "Use instead: {} {domain}/{}", successor.number(), successor.name())?;
    }
    if code.deprecated().is_some() || successor.is_some() {
        writeln!(f)?;
    }
    writeln!(f, "{}\n", code.meaning())?;
    for (heading, section) in [("Cause", code.cause()), ("Action", code.action())] {
        if !section.is_empty() {
            writeln!(f, "{heading}: {section}")?;
        }
    }
    if !(code.cause().is_empty() && code.action().is_empty()) {
        writeln!(f)?;
    }
    for (what, fact) in facts(code) {
        writeln!(f, "{what:<10}{fact}")?;
    }
    Ok(())
}
