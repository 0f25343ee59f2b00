//! What `codes!` makes of an entry, checked while the compiler makes it.

use crate::Spec;
use crate::message::Message;
use crate::spec::same;
use crate::text::has_text;

/// Where codes stand in somebody's source.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Site {
    /// The cargo package, or the module where there is none.
    pub package: &'static str,
    /// Empty where cargo did not say.
    pub version: &'static str,
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line in the file.
    pub line: u32,
}

impl Site {
    #[doc(hidden)]
    pub const fn __new(
        package: Option<&'static str>,
        module: &'static str,
        version: Option<&'static str>,
        file: &'static str,
        line: u32,
    ) -> Self {
        let package = match package {
            Some(package) => package,
            None => module,
        };
        let version = match version {
            Some(version) => version,
            None => "",
        };
        Site { package, version, file, line }
    }
}

/// Everything that is known of a code. Made by `codes!` only.
#[doc(hidden)]
#[derive(Debug)]
pub struct Def {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    pub(crate) domain: &'static str,
    /// The doc comment and the deprecation note, as `__doc!` writes them.
    pub(crate) doc: &'static str,
    pub(crate) spec: Spec,
    pub(crate) site: Site,
    /// Of domain and name: look-up by name compares one word.
    pub(crate) hash: u64,
}

impl Def {
    #[doc(hidden)]
    #[track_caller]
    pub const fn __new(
        head: Head,
        name: &'static str,
        n: i64,
        doc: &'static str,
        spec: Spec,
    ) -> Self {
        let mut site = head.site;
        // A kind of the user's own may have been set up elsewhere, or above.
        if let Some((file, line)) = spec.place {
            if line > site.line && same(file, site.file) {
                site.line = line;
            }
        }
        let number = number(head.prefix, n, name, &site);
        check_name(name, &site);
        if !has_text(doc) {
            Message::new("error code ")
                .text(name)
                .at(&site)
                .text(" has no doc comment: say in `///` lines what it means, and what to do in `# Cause` and `# Action`")
                .fail();
        }
        if let Some(successor) = spec.successor {
            if same(successor, name) {
                Message::new("error code ")
                    .text(name)
                    .at(&site)
                    .text(" names itself as its successor")
                    .fail();
            }
        }
        Def { number, name, domain: head.domain, doc, spec, site, hash: hash(head.hash, name) }
    }
}

/// What all entries of a block have in common.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Head {
    pub(crate) domain: &'static str,
    pub(crate) prefix: i64,
    pub(crate) site: Site,
    /// Of the domain, from which the hashes of its names go on.
    pub(crate) hash: u64,
}

impl Head {
    #[doc(hidden)]
    pub const fn __new(domain: &'static str, prefix: i64, site: Site) -> Self {
        Head { domain, prefix, site, hash: hash(SEED, domain) }
    }
}

/// `prefix * 1000 + n`, or a compile error.
#[track_caller]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both lie in checked ranges"
)]
pub(crate) const fn number(prefix: i64, n: i64, name: &str, site: &Site) -> u32 {
    if prefix < 100 || prefix > 999 {
        Message::new("error-code prefix ")
            .text(if prefix < 0 { "-" } else { "" })
            .number(prefix.unsigned_abs())
            .at(site)
            .text(" is outside 100..=999")
            .fail();
    }
    if n < 1 || n > 999 {
        Message::new("error code ")
            .text(name)
            .at(site)
            .text(" has number ")
            .text(if n < 0 { "-" } else { "" })
            .number(n.unsigned_abs())
            .text(", which is outside 1..=999")
            .fail();
    }
    (prefix * 1000 + n) as u32
}

/// Names are what the gRPC error model allows: `[A-Z][A-Z0-9_]+[A-Z0-9]`, at most 63.
#[track_caller]
#[expect(clippy::indexing_slicing, reason = "const code cannot iterate; the length is checked")]
pub(crate) const fn check_name(name: &str, site: &Site) {
    let bytes = name.as_bytes();
    let mut good = bytes.len() >= 3 && bytes.len() <= 63;
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        let edge = i == 0 || i + 1 == bytes.len();
        good &= byte.is_ascii_uppercase()
            || (i > 0 && byte.is_ascii_digit())
            || (!edge && byte == b'_');
        i += 1;
    }
    if !good {
        Message::new("error code ")
            .text(name)
            .at(site)
            .text(" is not UPPER_SNAKE case of 3 to 63 letters, digits and underscores")
            .fail();
    }
}

/// The hash of a name in a domain, by which look-up finds it.
pub(crate) fn hash_of(domain: &str, name: &str) -> u64 {
    hash(hash(SEED, domain), name)
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, with a byte after each text that no text holds. It need not resist
/// an attacker: what it finds is compared in full.
#[expect(clippy::indexing_slicing, reason = "const code cannot iterate")]
pub(crate) const fn hash(mut hash: u64, text: &str) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let text = text.as_bytes();
    let mut i = 0;
    while i < text.len() {
        hash = (hash ^ text[i] as u64).wrapping_mul(PRIME);
        i += 1;
    }
    (hash ^ 0xff).wrapping_mul(PRIME)
}
