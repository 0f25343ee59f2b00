//! All codes of a program for people and for tools: Markdown, one HTML page, JSON; and
//! [`explain`], for whoever has only a number from a log line or a phone call.
//!
//! A page of error codes that is written by hand is wrong within weeks. Here it
//! comes out of the binary that raises the codes, so it cannot be.
//!
//! ```
//! use seawall_errors::{FAMILY, catalogue};
//!
//! seawall_errors::registry! { static CODES = [FAMILY]; }
//!
//! let page = catalogue::html(&CODES).to_string();
//! assert!(page.contains("id=\"100001\""), "so that links to `errors.html#100001` work");
//!
//! let answer = catalogue::explain(&CODES, "circuit_opn").to_string();
//! assert!(answer.contains("100011 seawall/CIRCUIT_OPEN"));
//! ```
//!
//! Each function returns something to print, so that it fits any writer:
//! `to_string()`, `write!(file, "{page}")`, or [`write()`], which also bears a reader who has had enough. The
//! example `codes` hangs all of them
//! under the subcommands of a binary.
//!
//! # What is promised
//!
//! - **Order**: domains by their lowest number, codes by number, whatever the order of
//!   the registry's list. The same codes give the same bytes, so a committed
//!   page changes only when a code does.
//! - **Anchors**: each code, retired ones included, has its number as anchor.
//! - **JSON** has the shape of [`JSON_SCHEMA`]. Members may be added to it; none is
//!   removed or changes its meaning as long as `format` says `seawall-errors/1`.
//! - Doc comments are Markdown. Of it paragraphs, lists and `code` are kept; all
//!   else is shown as it was typed, and nothing in it can leave its place in the page.
//!
//! # What it costs
//!
//! Nothing unless it is called. Then it collects the codes once and writes
//! without building the whole in memory. The HTML page is about 1.3 kB for each
//! code, and searches in the browser; beyond some thousand codes one page is the wrong form.

mod explain;
mod html;
mod json;
mod markdown;
mod near;
mod prose;
mod words;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::io::Write as _;
use std::vec::Vec;

pub use explain::{Explanation, Found, explain};

use crate::{Code, Registry, Retired};

/// The JSON Schema (2020-12) of what [`json`] writes.
pub const JSON_SCHEMA: &str = include_str!("catalogue/schema.json");

/// All codes as Markdown: an index by domain, then each code.
pub fn markdown(codes: &Registry) -> impl Display {
    markdown::Page(domains(codes))
}

/// All codes as one HTML page that needs nothing else: no other file, no network.
///
/// It is made for a phone and for a desk, by day and by night. With scripts it can be searched, also by
/// link: `errors.html#q=timeout`. Without, it is a plain page.
pub fn html(codes: &Registry) -> impl Display {
    html::Page(domains(codes))
}

/// All codes as JSON, in the shape of [`JSON_SCHEMA`].
pub fn json(codes: &Registry) -> impl Display {
    json::Document(domains(codes))
}

/// Writes a page, or an [`Explanation`], to a file or to standard output.
///
/// A reader that has seen enough (`codes markdown | head`) is no error.
///
/// ```no_run
/// # seawall_errors::registry! { static CODES = [seawall_errors::FAMILY]; }
/// use seawall_errors::catalogue;
///
/// catalogue::write(&mut std::io::stdout().lock(), catalogue::markdown(&CODES))?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(out: &mut impl io::Write, page: impl Display) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match write!(out, "{page}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is left in the buffer has nowhere to go.
            let _ = out.into_parts();
            Ok(())
        }
        result => result,
    }
}

/// What the registry holds of one domain, sorted by number.
struct Domain {
    name: &'static str,
    codes: Vec<Code>,
    retired: Vec<Retired>,
}

impl Domain {
    fn lowest(&self) -> Option<u32> {
        let code = self.codes.first().map(|code| code.number());
        let retired = self.retired.first().map(Retired::number);
        code.into_iter().chain(retired).min()
    }

    fn successor_of(&self, code: Code) -> Option<Code> {
        let name = code.successor()?;
        self.codes.iter().copied().find(|code| code.name() == name)
    }
}

fn domains(registry: &Registry) -> Vec<Domain> {
    let mut domains = BTreeMap::new();
    for block in registry.blocks() {
        let name = block.domain();
        let domain = domains.entry(name).or_insert_with(|| Domain {
            name,
            codes: Vec::new(),
            retired: Vec::new(),
        });
        domain.codes.extend(block.codes());
        domain.retired.extend(block.retired());
    }
    let mut domains: Vec<Domain> = domains.into_values().collect();
    for domain in &mut domains {
        domain.codes.sort_by_key(|code| code.number());
        domain.retired.sort_by_key(Retired::number);
    }
    domains.retain(|domain| domain.lowest().is_some());
    domains.sort_by_key(Domain::lowest);
    domains
}

/// `1 code`, `2 codes`.
struct Count(usize, &'static str);

impl Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.0, self.1)
    }
}
