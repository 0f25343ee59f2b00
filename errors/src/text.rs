//! Reads the parts of a doc comment without allocating.

use core::fmt;

/// A part of a code's doc text, line by line.
///
/// `Display` writes the lines with line ends between them.
#[derive(Clone, Debug)]
pub struct Section {
    pieces: core::slice::Iter<'static, &'static str>,
    lines: Option<core::str::Lines<'static>>,
    done: bool,
    /// Whether blank lines may be given out: not before the first text.
    started: bool,
}

impl Section {
    fn all(doc: &'static [&'static str]) -> Self {
        Section { pieces: doc.iter(), lines: None, done: false, started: false }
    }

    pub(crate) fn before_headings(doc: &'static [&'static str]) -> Self {
        Section::all(doc)
    }

    pub(crate) fn under(doc: &'static [&'static str], heading: &str) -> Self {
        let mut section = Section::all(doc);
        while let Some(line) = section.raw() {
            if heading_of(line).is_some_and(|text| text.eq_ignore_ascii_case(heading)) {
                return section;
            }
        }
        section.done = true;
        section
    }

    /// Whether there is no text in it.
    pub fn is_empty(&self) -> bool {
        self.clone().next().is_none()
    }

    fn raw(&mut self) -> Option<&'static str> {
        loop {
            if let Some(line) = self.lines.as_mut().and_then(Iterator::next) {
                return Some(line.trim());
            }
            self.lines = Some(self.pieces.next()?.lines());
            // An empty piece is a blank `///` line, and `lines` of it gives none.
            if self.lines.clone().is_some_and(|mut lines| lines.next().is_none()) {
                return Some("");
            }
        }
    }
}

fn heading_of(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    (text.len() < line.len() && text.starts_with(' ')).then(|| text.trim())
}

impl Iterator for Section {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        if self.done {
            return None;
        }
        loop {
            let line = self.raw().filter(|line| heading_of(line).is_none());
            match line {
                None => self.done = true,
                Some("") if !self.started => continue,
                // Blank lines at the end are not part of the text.
                Some("") if !self.clone().any(|line| !line.is_empty()) => self.done = true,
                Some(_) => self.started = true,
            }
            return line.filter(|_| !self.done);
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, line) in self.clone().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            f.write_str(line)?;
        }
        Ok(())
    }
}

/// Whether a doc comment says anything before its first heading.
#[expect(clippy::indexing_slicing, reason = "const code cannot iterate; indices are below lengths")]
pub(crate) const fn has_text(doc: &[&str]) -> bool {
    let mut i = 0;
    while i < doc.len() {
        let piece = doc[i].as_bytes();
        let mut j = 0;
        while j < piece.len() {
            if piece[j] == b'#' {
                return false;
            }
            if !piece[j].is_ascii_whitespace() {
                return true;
            }
            j += 1;
        }
        i += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    const DOC: &[&str] = &[
        "",
        " No order has this id.",
        "",
        " Ids are never reused.",
        "",
        " # Cause",
        " The id was mistyped.",
        " # Action",
        "",
        " Check it.\n And check again.",
        "",
    ];

    #[test]
    fn a_doc_comment_falls_into_its_parts() {
        let meaning = Section::before_headings(DOC);
        assert_eq!(meaning.to_string(), "No order has this id.\n\nIds are never reused.");
        assert_eq!(Section::under(DOC, "cause").to_string(), "The id was mistyped.");
        assert_eq!(Section::under(DOC, "Action").to_string(), "Check it.\nAnd check again.");
        assert!(Section::under(DOC, "Since").is_empty());
        assert!(!Section::under(DOC, "Cause").is_empty());
    }

    #[test]
    fn a_finished_section_stays_finished() {
        let mut cause = Section::under(DOC, "Cause");
        assert_eq!(cause.next(), Some("The id was mistyped."));
        assert_eq!(cause.next(), None);
        assert_eq!(cause.next(), None, "not the lines under the next heading");
    }

    #[test]
    fn a_hash_without_a_space_is_text() {
        assert_eq!(heading_of("#1 of them"), None);
        assert_eq!(heading_of("## Cause"), Some("Cause"));
    }

    #[test]
    fn blank_docs_and_docs_that_open_with_a_heading_say_nothing() {
        assert!(!has_text(&[]));
        assert!(!has_text(&["", "  ", "\n"]));
        assert!(!has_text(&[" # Cause", " x"]));
        assert!(has_text(&["", " x"]));
    }
}
