#![expect(
    clippy::indexing_slicing,
    reason = "runs in the compiler only, where a panic is a compile error"
)]

use crate::Code;
use crate::def::{Def, Head, Site, check_name, number};
use crate::message::Message;
use crate::spec::same;

/// A number and a name that were in use once and may never come back.
#[derive(Clone, Copy, Debug)]
pub struct Retired {
    number: u32,
    name: &'static str,
    doc: &'static str,
}

impl Retired {
    #[doc(hidden)]
    #[track_caller]
    pub const fn __new(head: Head, name: &'static str, n: i64, doc: &'static str) -> Self {
        check_name(name, &head.site);
        Retired { number: number(head.prefix, n, name, &head.site), name, doc }
    }

    /// The number that the code had.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The name that the code had.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What its doc comment says, line by line.
    pub fn meaning(&self) -> crate::Section {
        crate::Section::before_headings(self.doc)
    }
}

/// One line of a block.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    Live(Code),
    Retired(Retired),
}

impl Entry {
    pub(crate) const fn number(&self) -> u32 {
        match self {
            Entry::Live(code) => code.number(),
            Entry::Retired(retired) => retired.number,
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Entry::Live(code) => code.name(),
            Entry::Retired(retired) => retired.name,
        }
    }

    pub(crate) const fn is_retired(&self) -> bool {
        matches!(self, Entry::Retired(_))
    }
}

/// The codes that one [`codes!`](crate::codes) declares. Listed in a
/// [`registry!`](crate::registry).
#[derive(Debug)]
pub struct Block {
    pub(crate) domain: &'static str,
    pub(crate) prefix: u16,
    pub(crate) entries: &'static [Entry],
    pub(crate) site: Site,
    /// The path of its constant: two blocks may stand on one line of a macro.
    path: &'static str,
}

impl Block {
    #[doc(hidden)]
    #[track_caller]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`number` lets only 100..=999 through"
    )]
    pub const fn __new(head: Head, path: &'static str, entries: &'static [Entry]) -> Self {
        number(head.prefix, 1, "", &head.site);
        if !is_domain(head.domain) {
            Message::new("error-code domain `")
                .text(head.domain)
                .text("`")
                .at(&head.site)
                .text(" is not 1 to 63 lower-case letters, digits, dots and hyphens, such as `orders.acme.com`")
                .fail();
        }
        let block = Block {
            domain: head.domain,
            prefix: head.prefix as u16,
            entries,
            site: head.site,
            path,
        };
        block.check();
        block
    }

    /// Names the two entries that share a number. The compiler has pointed at
    /// both lines already, this adds the words; names are its own E0428.
    #[track_caller]
    const fn check(&self) {
        let mut seen = [false; 1000];
        let mut i = 0;
        while i < self.entries.len() {
            let entry = &self.entries[i];
            let n = (entry.number() % 1000) as usize;
            if seen[n] {
                let mut j = 0;
                while self.entries[j].number() != entry.number() {
                    j += 1;
                }
                twice(self, &self.entries[j], self, entry);
            }
            seen[n] = true;
            i += 1;
        }
    }

    /// The domain of all its codes.
    pub const fn domain(&self) -> &'static str {
        self.domain
    }

    /// The first three digits of all its numbers.
    pub const fn prefix(&self) -> u16 {
        self.prefix
    }

    /// Where it was declared.
    pub const fn declared_at(&self) -> Site {
        self.site
    }

    /// Its codes, in the order of declaration.
    pub fn codes(&self) -> impl Iterator<Item = Code> + Clone + use<> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Live(code) => Some(*code),
            Entry::Retired(_) => None,
        })
    }

    /// Its retired numbers and names, in the order of declaration.
    pub fn retired(&self) -> impl Iterator<Item = Retired> + Clone + use<> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Live(_) => None,
            Entry::Retired(retired) => Some(*retired),
        })
    }

    pub(crate) const fn site_of(&self, entry: &Entry) -> Site {
        match entry {
            Entry::Live(code) => code.def().site,
            Entry::Retired(_) => self.site,
        }
    }

    pub(crate) const fn is_at(&self, other: &Block) -> bool {
        let (a, b) = (&self.site, &other.site);
        self.prefix == other.prefix
            && same(self.path, other.path)
            && a.line == b.line
            && same(a.file, b.file)
            && same(a.package, b.package)
            && same(a.version, b.version)
    }
}

const fn is_domain(domain: &str) -> bool {
    let bytes = domain.as_bytes();
    let mut good = !bytes.is_empty() && bytes.len() <= 63;
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        let inner = i > 0 && i + 1 < bytes.len();
        good &= byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || (inner && (byte == b'.' || byte == b'-'));
        i += 1;
    }
    good
}

/// Refuses two entries that claim one number or one name.
#[track_caller]
pub(crate) const fn twice(a: &Block, first: &Entry, b: &Block, second: &Entry) -> ! {
    let (a_site, b_site) = (a.site_of(first), b.site_of(second));
    let message = Message::new("error code ");
    let message = if first.number() == second.number() {
        message.number(first.number() as u64)
    } else {
        message.text(a.domain).text("/").text(first.name())
    };
    let (word, first_word, second_word) = match (first.is_retired(), second.is_retired()) {
        (false, false) => (" is declared twice: ", "", ""),
        (true, false) => (" is retired and cannot come back: ", "retired ", ""),
        (false, true) => (" is retired and cannot come back: ", "", "retired "),
        (true, true) => (" is retired twice: ", "retired ", "retired "),
    };
    message
        .text(word)
        .text(first_word)
        .text(first.name())
        .text(" ")
        .number(first.number() as u64)
        .at(&a_site)
        .text(" and ")
        .text(second_word)
        .text(second.name())
        .text(" ")
        .number(second.number() as u64)
        .at(&b_site)
        .fail()
}

const _: () = assert!(size_of::<Code>() == size_of::<&Def>());
