#![expect(
    clippy::indexing_slicing,
    reason = "the checks run in the compiler only, where a panic is a compile error"
)]

use crate::block::{Block, Entry};
use crate::def::hash;
use crate::message::Message;
use crate::spec::same;
use crate::{Code, Site};

use super::tag::is_tag;

/// The texts of one block of codes in one language. Made by [`messages!`](crate::messages).
#[derive(Debug)]
pub struct Messages {
    tag: &'static str,
    block: &'static Block,
    texts: &'static [Text],
}

impl Messages {
    #[doc(hidden)]
    #[track_caller]
    pub const fn __new(
        tag: &'static str,
        block: &'static Block,
        texts: &'static [Text],
        site: Site,
    ) -> Self {
        let mut seen = [false; 1000];
        let mut i = 0;
        while i < texts.len() {
            // One block has one prefix, so the last three digits tell its codes apart.
            let n = (texts[i].code.number() % 1000) as usize;
            if seen[n] {
                Message::new("error code ")
                    .text(texts[i].code.name())
                    .text(" has two texts in `")
                    .text(tag)
                    .text("`")
                    .at(&site)
                    .fail();
            }
            seen[n] = true;
            i += 1;
        }
        Messages { tag, block, texts }
    }

    /// The language.
    pub const fn tag(&self) -> &'static str {
        self.tag
    }

    /// The codes that it is for.
    pub const fn block(&self) -> &'static Block {
        self.block
    }

    /// The codes of the block that have no text here, or one without a title.
    pub fn lacking(&self) -> impl Iterator<Item = Code> {
        self.block.codes().filter(|code| self.text(*code).and_then(Text::title).is_none())
    }

    pub(super) fn text(&self, code: Code) -> Option<&'static Text> {
        self.texts.iter().find(|text| text.code == code)
    }
}

/// The texts of one code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Text {
    code: Code,
    title: Option<&'static str>,
    message: &'static str,
}

/// A text as it is written: `NAME => first;` or `NAME => first, second;`.
type Written = (&'static str, &'static str, Option<&'static str>);

impl Text {
    pub(super) fn title(&self) -> Option<&'static str> {
        self.title
    }

    pub(super) fn message(&self) -> &'static str {
        self.message
    }

    /// All texts of a table at once: most are written in the order of the codes, so each
    /// name is looked for where the last was found. From the start each time, a thousand
    /// take the compiler the better part of a minute.
    #[doc(hidden)]
    #[track_caller]
    pub const fn __all<const N: usize>(head: Head, written: &[Written; N]) -> [Text; N] {
        let nothing = Text { code: crate::family::UNKNOWN, title: None, message: "" };
        let mut texts = [nothing; N];
        let mut at = 0;
        let mut i = 0;
        while i < N {
            let (name, first, second) = written[i];
            at = head.find(name, at);
            let Entry::Live(code) = head.block.entries[at] else {
                head.about(name).text(" is for a code that is retired").fail()
            };
            texts[i] = head.text(code, first, second);
            at += 1;
            i += 1;
        }
        texts
    }
}

/// What all texts of a table have in common.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Head {
    tag: &'static str,
    block: &'static Block,
    site: Site,
    /// Of the domain.
    hash: u64,
}

impl Head {
    #[doc(hidden)]
    #[track_caller]
    pub const fn __new(tag: &'static str, block: &'static Block, site: Site) -> Self {
        if !is_tag(tag) {
            Message::new("`")
                .text(tag)
                .text("` is no language tag, such as `de`, `zh-Hant` or `es-419`")
                .at(&site)
                .fail();
        }
        Head { tag, block, site, hash: crate::def::Head::__new(block.domain, 0, site).hash }
    }

    const fn about(&self, name: &str) -> Message {
        Message::new("the `").text(self.tag).text("` text of ").text(name).at(&self.site)
    }

    /// The place of the entry with this name, looked for from `from` on and then from the start.
    #[track_caller]
    const fn find(&self, name: &str, from: usize) -> usize {
        let entries = self.block.entries;
        let hash = hash(self.hash, name);
        let mut i = 0;
        while i < entries.len() {
            let at = (from + i) % entries.len();
            // One word first: texts may stand in any order, and each is held against each code.
            let alike = match &entries[at] {
                Entry::Live(code) => code.def().hash == hash,
                Entry::Retired(_) => true,
            };
            if alike && same(entries[at].name(), name) {
                return at;
            }
            i += 1;
        }
        self.about(name)
            .text(" is for no code of ")
            .text(self.block.domain)
            .at(&self.block.site)
            .fail()
    }

    #[track_caller]
    const fn text(&self, code: Code, first: &'static str, second: Option<&'static str>) -> Text {
        let plain = self.check(code, first);
        match second {
            None if plain => Text { code, title: Some(first), message: first },
            None => Text { code, title: None, message: first },
            Some(_) if !plain => self
                .about(code.name())
                .text(" has a title with braces: the first text is the title, and the same for every occurrence; arguments belong into the second")
                .fail(),
            Some(second) => {
                self.check(code, second);
                Text { code, title: Some(first), message: second }
            }
        }
    }

    /// Whether the text has no braces; refuses those that are not in order.
    #[track_caller]
    const fn check(&self, code: Code, text: &'static str) -> bool {
        let bytes = text.as_bytes();
        let mut plain = true;
        let mut i = 0;
        while i < bytes.len() {
            let doubled = i + 1 < bytes.len() && bytes[i] == bytes[i + 1];
            match bytes[i] {
                b'{' | b'}' if doubled => {
                    plain = false;
                    i += 1;
                }
                b'{' => {
                    plain = false;
                    i = self.placeholder(code, text, i + 1);
                }
                b'}' => self
                    .about(code.name())
                    .text(" has a `}` without a `{`: write `}}` for a brace")
                    .fail(),
                _ => {}
            }
            i += 1;
        }
        if bytes.is_empty() {
            self.about(code.name()).text(" is empty").fail();
        }
        plain
    }

    /// Where the placeholder that opens before `from` is closed.
    #[track_caller]
    const fn placeholder(&self, code: Code, text: &'static str, from: usize) -> usize {
        let bytes = text.as_bytes();
        let mut end = from;
        while end < bytes.len() && bytes[end] != b'}' && bytes[end] != b'{' {
            end += 1;
        }
        if end == bytes.len() || bytes[end] == b'{' {
            self.about(code.name())
                .text(" has a `{` that is not closed: write `{{` for a brace")
                .fail();
        }
        let (start, _) = bytes.split_at(end);
        let (_, key) = start.split_at(from);
        // Between two ASCII bytes, so never inside a character.
        let Ok(key) = core::str::from_utf8(key) else { return end };
        let keys = code.keys();
        let mut i = 0;
        while i < keys.len() {
            if same(keys[i], key) {
                return end;
            }
            i += 1;
        }
        let mut message = self
            .about(code.name())
            .text(" asks for `{")
            .text(key)
            .text("}`, but the code declares ");
        message = message.text(if keys.is_empty() { "no keys" } else { "only " });
        let mut i = 0;
        while i < keys.len() {
            message = message.text(if i == 0 { "`" } else { ", `" }).text(keys[i]).text("`");
            i += 1;
        }
        message.fail()
    }
}
