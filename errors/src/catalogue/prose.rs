//! The little of Markdown that doc comments are written in: paragraphs, lists
//! of one level, and code.

use std::string::String;
use std::vec::Vec;

use crate::{Code, Section};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Paragraph(String),
    List(Vec<String>),
}

/// Joins the lines of a text to paragraphs and lists.
pub(super) fn parts(lines: impl Iterator<Item = &'static str>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut open = false;
    for line in lines {
        let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        match (item, parts.last_mut()) {
            _ if line.is_empty() => {}
            (Some(item), Some(Part::List(items))) => items.push(item.into()),
            (Some(item), _) => parts.push(Part::List(std::vec![item.into()])),
            (None, Some(Part::List(items))) if open => {
                if let Some(last) = items.last_mut() {
                    last.push(' ');
                    last.push_str(line);
                }
            }
            (None, Some(Part::Paragraph(text))) if open => {
                text.push(' ');
                text.push_str(line);
            }
            (None, _) => parts.push(Part::Paragraph(line.into())),
        }
        open = !line.is_empty();
    }
    parts
}

/// The meaning without the title, unless the title is only the first line of a
/// longer sentence.
pub(super) fn beyond_title(code: Code) -> Vec<Part> {
    let mut meaning: Section = code.meaning();
    let whole = meaning.clone();
    meaning.next();
    match meaning.next() {
        None => Vec::new(),
        Some("") => parts(meaning),
        Some(_) => parts(whole),
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Span<'a> {
    Text(&'a str),
    Code(&'a str),
}

/// Splits a line into text and code. Code stands between two runs of backticks of
/// one length; a run without a partner is text.
pub(super) fn spans(mut rest: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut text = rest;
    let mut text_len = 0;
    while let Some(at) = rest.find('`') {
        let after = rest.get(at..).unwrap_or_default();
        let run = after.len() - after.trim_start_matches('`').len();
        let inner = after.get(run..).unwrap_or_default();
        if let Some(end) = closing(inner, run) {
            spans.push(Span::Text(text.get(..text_len + at).unwrap_or_default()));
            spans.push(Span::Code(inner.get(..end).unwrap_or_default().trim()));
            rest = inner.get(end + run..).unwrap_or_default();
            text = rest;
            text_len = 0;
        } else {
            rest = inner;
            text_len += at + run;
        }
    }
    spans.push(Span::Text(text));
    spans.retain(|span| !matches!(span, Span::Text("")));
    spans
}

/// Where the next run of exactly so many backticks begins.
fn closing(text: &str, run: usize) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let at = rest.find('`')?;
        let ticks = rest.get(at..)?;
        let len = ticks.len() - ticks.trim_start_matches('`').len();
        if len == run {
            return Some(from + at);
        }
        from += at + len;
    }
}

#[cfg(test)]
mod tests {
    use super::Span::{Code, Text};
    use super::*;

    #[test]
    fn backticks_pair_by_length_and_the_rest_is_text() {
        for (text, expected) in [
            ("", std::vec![]),
            ("a `b` c", std::vec![Text("a "), Code("b"), Text(" c")]),
            ("`b``c`", std::vec![Code("b``c")]),
            ("``a`b``", std::vec![Code("a`b")]),
            ("a ` b", std::vec![Text("a ` b")]),
            ("`` a ` b ` c", std::vec![Text("`` a "), Code("b"), Text(" c")]),
            ("``", std::vec![Text("``")]),
            ("é`é`é", std::vec![Text("é"), Code("é"), Text("é")]),
        ] {
            assert_eq!(spans(text), expected, "{text}");
        }
    }

    #[test]
    fn lines_become_paragraphs_and_lists() {
        let lines =
            ["One", "sentence.", "", "Another:", "- first", "of two", "* second", "", "End."];
        let expected = [
            Part::Paragraph("One sentence.".into()),
            Part::Paragraph("Another:".into()),
            Part::List(std::vec!["first of two".into(), "second".into()]),
            Part::Paragraph("End.".into()),
        ];
        assert_eq!(parts(lines.into_iter()), expected);
    }
}
