use std::fmt;
use std::vec::Vec;

use super::Domain;
use super::words::{advice, file};
use crate::{Code, Retired, Section};

pub(super) struct Document(pub(super) Vec<Domain>);

/// One code on each line, so that the differences of two documents can be read.
impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut codes: Vec<Code> = self.0.iter().flat_map(|domain| domain.codes.clone()).collect();
        let mut retired: Vec<(&str, Retired)> = self
            .0
            .iter()
            .flat_map(|domain| domain.retired.iter().map(|retired| (domain.name, *retired)))
            .collect();
        codes.sort_by_key(|code| code.number());
        retired.sort_by_key(|(_, retired)| retired.number());

        f.write_str("{\"format\":\"seawall-errors/1\",\n\"codes\":[")?;
        for (i, code) in codes.into_iter().enumerate() {
            f.write_str(if i == 0 { "\n" } else { ",\n" })?;
            entry(f, code)?;
        }
        f.write_str("],\n\"retired\":[")?;
        for (i, (domain, retired)) in retired.into_iter().enumerate() {
            f.write_str(if i == 0 { "\n" } else { ",\n" })?;
            write!(
                f,
                "{{\"number\":{},\"name\":{},\"domain\":{},\"meaning\":{}}}",
                retired.number(),
                Text(retired.name()),
                Text(domain),
                Texts(retired.meaning())
            )?;
        }
        f.write_str("]}\n")
    }
}

fn entry(f: &mut fmt::Formatter<'_>, code: Code) -> fmt::Result {
    let grpc = code.grpc();
    let site = code.declared_at();
    write!(f, "{{\"number\":{}", code.number())?;
    write!(f, ",\"name\":{},\"domain\":{}", Text(code.name()), Text(code.domain()))?;
    write!(f, ",\"title\":{},\"meaning\":{}", Text(code.title()), Texts(code.meaning()))?;
    write!(f, ",\"cause\":{},\"action\":{}", Texts(code.cause()), Texts(code.action()))?;
    write!(f, ",\"http\":{}", code.http())?;
    write!(f, ",\"grpc\":{{\"number\":{},\"name\":{}}}", grpc.number(), Text(grpc.as_str()))?;
    write!(f, ",\"fault\":{}", Text(code.fault().as_str()))?;
    write!(f, ",\"retry\":{}", Text(code.retry().as_str()))?;
    write!(f, ",\"advice\":{}", Text(&advice(code)))?;
    write!(f, ",\"executed\":{}", Text(code.executed().as_str()))?;
    write!(f, ",\"overload\":{}", code.is_overload())?;
    write!(f, ",\"breaker\":{}", Text(code.outcome().as_str()))?;
    f.write_str(",\"keys\":[")?;
    for (i, key) in code.keys().iter().enumerate() {
        write!(f, "{}{}", if i == 0 { "" } else { "," }, Text(key))?;
    }
    write!(f, "],\"since\":{}", Maybe(code.since()))?;
    write!(f, ",\"deprecated\":{}", Maybe(code.deprecated()))?;
    write!(f, ",\"successor\":{}", Maybe(code.successor()))?;
    write!(f, ",\"package\":{},\"version\":{}", Text(site.package), Text(site.version))?;
    write!(f, ",\"file\":{},\"line\":{}}}", Text(&file(site.file)), site.line)
}

/// A string.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        escape(f, self.0)?;
        f.write_str("\"")
    }
}

/// A string or null.
struct Maybe<'a>(Option<&'a str>);

impl fmt::Display for Maybe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => Text(text).fmt(f),
            None => f.write_str("null"),
        }
    }
}

/// A string of several lines, or null where there is none.
struct Texts(Section);

impl fmt::Display for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("null");
        }
        for (i, line) in self.0.clone().enumerate() {
            f.write_str(if i == 0 { "\"" } else { "\\n" })?;
            escape(f, line)?;
        }
        f.write_str("\"")
    }
}

/// RFC 8259, and the two line ends of JavaScript, for whoever pastes it into a
/// script; `<` so that it can stand in a page.
fn escape(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\u{0}'..='\u{1f}' | '\u{7f}' | '<' | '\u{2028}' | '\u{2029}' => {
                write!(f, "\\u{:04x}", u32::from(c))?;
            }
            c => write!(f, "{c}")?,
        }
    }
    Ok(())
}
