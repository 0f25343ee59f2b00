use std::fmt;

use super::prose::{Part, Span, beyond_title, parts, spans};
use super::words::facts;
use super::{Count, Domain};
use crate::{Code, Section};

pub(super) struct Page(pub(super) std::vec::Vec<Domain>);

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Error codes")?;
        for domain in &self.0 {
            writeln!(f, "\n## {}\n", domain.name)?;
            writeln!(f, "{}.\n", Count(domain.codes.len(), "code"))?;
            if !domain.codes.is_empty() {
                writeln!(f, "| number | name | HTTP | meaning |\n|---|---|---|---|")?;
            }
            for code in &domain.codes {
                let (number, name, http) = (code.number(), code.name(), code.http());
                let title = Inline(code.title());
                writeln!(f, "| [{number}](#{number}) | `{name}` | {http} | {title} |")?;
            }
            for code in &domain.codes {
                entry(f, domain, *code)?;
            }
            if !domain.retired.is_empty() {
                writeln!(f, "\n### Retired\n\nThese numbers and names never come back.\n")?;
            }
            for retired in &domain.retired {
                let number = retired.number();
                write!(f, "- <a id=\"{number}\"></a>{number} `{}`", retired.name())?;
                for (i, line) in retired.meaning().filter(|line| !line.is_empty()).enumerate() {
                    write!(f, "{}{}", if i == 0 { ": " } else { " " }, Inline(line))?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

fn entry(f: &mut fmt::Formatter<'_>, domain: &Domain, code: Code) -> fmt::Result {
    let number = code.number();
    writeln!(f, "\n### <a id=\"{number}\"></a>{number} `{}`\n", code.name())?;
    writeln!(f, "**{}**", Inline(code.title()))?;
    deprecated(f, domain, code)?;
    text(f, &beyond_title(code))?;
    section(f, "Cause", code.cause())?;
    section(f, "Action", code.action())?;
    writeln!(f, "\n| | |\n|---|---|")?;
    writeln!(f, "| Domain | {} |", domain.name)?;
    for (what, fact) in facts(code) {
        writeln!(f, "| {what} | {} |", Inline(&fact))?;
    }
    Ok(())
}

fn deprecated(f: &mut fmt::Formatter<'_>, domain: &Domain, code: Code) -> fmt::Result {
    if let Some(note) = code.deprecated() {
        let colon = if note.is_empty() { "." } else { ": " };
        writeln!(f, "\n**Deprecated**{colon}{}", Inline(note))?;
    }
    if let Some(successor) = domain.successor_of(code) {
        let (number, name) = (successor.number(), successor.name());
        writeln!(f, "\nUse instead: [{number} `{name}`](#{number}).")?;
    }
    Ok(())
}

fn section(f: &mut fmt::Formatter<'_>, heading: &str, section: Section) -> fmt::Result {
    if section.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n#### {heading}")?;
    text(f, &parts(section))
}

fn text(f: &mut fmt::Formatter<'_>, parts: &[Part]) -> fmt::Result {
    for part in parts {
        writeln!(f)?;
        match part {
            Part::Paragraph(text) => writeln!(f, "{}", Inline(text))?,
            Part::List(items) => {
                for item in items {
                    writeln!(f, "- {}", Inline(item))?;
                }
            }
        }
    }
    Ok(())
}

/// A line in which only code is marked up; everything else stands for itself,
/// also in the cell of a table.
struct Inline<'a>(&'a str);

impl fmt::Display for Inline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, span) in spans(self.0).into_iter().enumerate() {
            match span {
                Span::Text(text) => escape(f, text, i == 0)?,
                Span::Code(code) => {
                    // One backtick more than any run inside, and spaces where
                    // it would touch them.
                    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
                    let space = if longest > 0 || code.is_empty() { " " } else { "" };
                    let ticks = std::iter::repeat_n('`', longest + 1);
                    ticks.clone().try_for_each(|tick| fmt::Write::write_char(f, tick))?;
                    write!(f, "{space}{}{space}", Cell(code))?;
                    ticks.clone().try_for_each(|tick| fmt::Write::write_char(f, tick))?;
                }
            }
        }
        Ok(())
    }
}

fn escape(f: &mut fmt::Formatter<'_>, text: &str, at_start: bool) -> fmt::Result {
    let mut before = ' ';
    let mut rest = text.chars();
    for (at, c) in text.char_indices() {
        rest.next();
        let next = rest.clone().next().unwrap_or(' ');
        let first = at_start && at == 0;
        let after_digits = at_start && text.get(..at).is_some_and(is_number);
        match c {
            '<' => f.write_str("&lt;")?,
            '>' => f.write_str("&gt;")?,
            '&' => f.write_str("&amp;")?,
            // Inside a word it emphasizes nothing.
            '_' if before.is_alphanumeric() && next.is_alphanumeric() => f.write_str("_")?,
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => write!(f, "\\{c}")?,
            // What opens a heading or a list at the start of a line.
            '#' | '-' | '+' | '=' if first => write!(f, "\\{c}")?,
            '.' | ')' if after_digits && next == ' ' => write!(f, "\\{c}")?,
            c if c.is_control() => f.write_str(" ")?,
            c => write!(f, "{c}")?,
        }
        before = c;
    }
    Ok(())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Code in a table: a pipe would end the cell even there.
struct Cell<'a>(&'a str);

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A line end would end the span, and with it everything around it.
        self.0.chars().try_for_each(|c| match c {
            '|' => f.write_str("\\|"),
            c if c.is_control() => f.write_str(" "),
            c => write!(f, "{c}"),
        })
    }
}
