//! Reads the parts of a doc comment without allocating.

use core::fmt;

/// A part of a code's doc text, line by line.
///
/// `Display` writes the lines with line ends between them.
#[derive(Clone, Debug)]
pub struct Section {
    /// What is left, up to the deprecation note (between two NULs), and after it.
    rest: [&'static str; 2],
    done: bool,
    /// Whether blank lines may be given out: not before the first text.
    started: bool,
}

impl Section {
    pub(crate) fn before_headings(doc: &'static str) -> Self {
        let (before, after) = doc.split_once('\0').unwrap_or((doc, ""));
        let (_note, after) = after.split_once('\0').unwrap_or(("", ""));
        Section { rest: [before, after], done: false, started: false }
    }

    pub(crate) fn under(doc: &'static str, heading: &str) -> Self {
        let mut section = Section::before_headings(doc);
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
        let rest = self.rest.iter_mut().find(|rest| !rest.is_empty())?;
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        *rest = after;
        Some(line.trim())
    }
}

/// The note of `#[deprecated]`, if there is such an attribute.
pub(crate) fn note(doc: &'static str) -> Option<&'static str> {
    doc.split('\0').nth(1)
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
#[expect(
    clippy::indexing_slicing,
    reason = "const code cannot iterate; the index is below the length"
)]
pub(crate) const fn has_text(doc: &str) -> bool {
    let doc = doc.as_bytes();
    let mut in_note = false;
    let mut i = 0;
    while i < doc.len() {
        match doc[i] {
            0 => in_note = !in_note,
            b'#' if !in_note => return false,
            byte if !in_note && !byte.is_ascii_whitespace() => return true,
            _ => {}
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

    const DOC: &str = "\n No order has this id.\n\n Ids are never reused.\n\n # Cause\n The id was mistyped.\n\0use another\0 # Action\n\n Check it.\n And check again.\n\n";

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
        assert!(!has_text(""));
        assert!(!has_text("\n  \n"));
        assert!(!has_text(" # Cause\n x\n"));
        assert!(!has_text("\0a note is no text\0"));
        assert!(has_text("\n x\n"));
        assert!(has_text("\0note\0 x\n"));
    }

    #[test]
    fn a_deprecation_note_is_found_wherever_the_attribute_stands() {
        assert_eq!(note(DOC), Some("use another"));
        assert_eq!(note(" text\n\0\0"), Some(""));
        assert_eq!(note(" text\n"), None);
        assert_eq!(Section::before_headings("\0n\0 text\n").to_string(), "text");
    }
}
