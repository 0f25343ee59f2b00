#![expect(
    clippy::indexing_slicing,
    reason = "the checks run in the compiler only, where a panic is a compile error"
)]

use crate::block::{Block, Entry};
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
#[derive(Debug)]
pub struct Text {
    code: Code,
    title: Option<&'static str>,
    message: &'static str,
}

impl Text {
    pub(super) fn title(&self) -> Option<&'static str> {
        self.title
    }

    pub(super) fn message(&self) -> &'static str {
        self.message
    }

    /// `NAME => first;` or `NAME => first, second;`.
    #[doc(hidden)]
    #[track_caller]
    pub const fn __new(
        head: Head,
        name: &'static str,
        first: &'static str,
        second: Option<&'static str>,
    ) -> Self {
        let code = head.code(name);
        let first_is_plain = head.check(code, first);
        match second {
            None if first_is_plain => Text { code, title: Some(first), message: first },
            None => Text { code, title: None, message: first },
            Some(second) => {
                if !first_is_plain {
                    head.about(name)
                        .text(" has a title with braces: the first text is the title, and the same for every occurrence; arguments belong into the second")
                        .fail();
                }
                head.check(code, second);
                Text { code, title: Some(first), message: second }
            }
        }
    }
}

/// What all texts of a table have in common.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Head {
    tag: &'static str,
    block: &'static Block,
    site: Site,
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
        Head { tag, block, site }
    }

    const fn about(&self, name: &str) -> Message {
        Message::new("the `").text(self.tag).text("` text of ").text(name).at(&self.site)
    }

    #[track_caller]
    const fn code(&self, name: &str) -> Code {
        let entries = self.block.entries;
        let mut i = 0;
        while i < entries.len() {
            if same(entries[i].name(), name) {
                if let Entry::Live(code) = entries[i] {
                    return code;
                }
                self.about(name).text(" is for a code that is retired").fail();
            }
            i += 1;
        }
        self.about(name)
            .text(" is for no code of ")
            .text(self.block.domain)
            .at(&self.block.site)
            .fail()
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

/// Declares the texts of a block of codes in one language.
///
/// ```
/// # mod code { seawall_errors::codes! {
/// #     pub domain "orders.acme.com" = 210;
/// #     /// No order has this id.
/// #     ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
/// #     /// Stock is being recounted.
/// #     STOCK_BUSY = 2 => Unavailable;
/// # } }
/// seawall_errors::messages! {
///     pub static DE = "de" for code::CODES {
///         ORDER_NOT_FOUND => "Keine solche Bestellung", "Es gibt keine Bestellung {order_id}.";
///         STOCK_BUSY => "Der Bestand wird neu gezählt.";
///     }
/// }
///
/// assert_eq!((DE.tag(), DE.lacking().count()), ("de", 0));
/// ```
///
/// Of two texts the first is the title, the same for every occurrence, and the second the message, with
/// placeholders for the keys that the code declares. One text without braces is both; one with
/// braces is the message alone, and the title stays that of the code. `{{` and `}}` are braces.
///
/// # What is refused, in `cargo check`
///
/// A tag that is none; a name that is no code of the block, or is retired; a code twice; a
/// placeholder that is no declared key; a brace without its partner; an empty text; a title with
/// braces beside a message.
///
/// Codes without a text are no error: [`Messages::lacking`] lists them, for a test.
#[macro_export]
macro_rules! messages {
    (
        $(#[$attribute:meta])*
        $vis:vis static $table:ident = $tag:literal for $block:path {
            $($name:ident => $first:literal $(, $second:literal)? $(,)?;)*
        } $(;)?
    ) => {
        $(#[$attribute])*
        #[doc = $crate::__private::concat!("Texts in `", $tag, "`.")]
        #[allow(long_running_const_eval)]
        $vis static $table: $crate::Messages = {
            const BLOCK: &$crate::Block = &$block;
            const SITE: $crate::__private::Site = $crate::__private::Site::__new(
                $crate::__private::option_env!("CARGO_PKG_NAME"),
                $crate::__private::module_path!(),
                $crate::__private::option_env!("CARGO_PKG_VERSION"),
                $crate::__private::file!(),
                $crate::__private::line!(),
            );
            const HEAD: $crate::__private::TableHead =
                $crate::__private::TableHead::__new($tag, BLOCK, SITE);
            const TEXTS: &[$crate::__private::Text] = &[$($crate::__private::Text::__new(
                HEAD,
                $crate::__private::stringify!($name),
                $first,
                $crate::__second!($($second)?),
            )),*];
            $crate::Messages::__new($tag, BLOCK, TEXTS, SITE)
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __second {
    () => {
        $crate::__private::None
    };
    ($second:literal) => {
        $crate::__private::Some($second)
    };
}
