//! Titles and messages of codes in other languages.

mod declare;
mod pick;
mod table;
mod tag;

use std::string::String;

pub use table::{Head, Messages, Text};

use crate::{Code, Error, Identity, Registry};

/// What a placeholder leaves behind where the error has no such argument.
const MISSING: &str = "…";

/// The languages in which a program can say what went wrong.
///
/// ```
/// mod code {
///     seawall_errors::codes! {
///         pub domain "orders.acme.com" = 210;
///         /// No order has this id.
///         ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
///     }
/// }
/// seawall_errors::messages! {
///     static ZH = "zh" for code::CODES {
///         ORDER_NOT_FOUND => "没有这个订单", "没有订单 {order_id}";
///     }
/// }
/// seawall_errors::messages! {
///     static DE = "de" for code::CODES {
///         ORDER_NOT_FOUND => "Diese Bestellung gibt es nicht.";
///     }
/// }
/// use seawall_errors::{Error, Languages};
///
/// static LANGUAGES: Languages = Languages::new(&[&ZH, &DE]);
///
/// let error = Error::new(code::ORDER_NOT_FOUND).with_arg("order_id", 7);
/// assert_eq!(LANGUAGES.message(&error, "zh-Hant-TW"), "没有订单 7");
/// assert_eq!(LANGUAGES.message(&error, "fr"), "No order has this id.");
///
/// let tag = LANGUAGES.pick("fr, de-AT;q=0.8, zh;q=0.5");
/// assert_eq!((tag, LANGUAGES.title(code::ORDER_NOT_FOUND, tag)), ("de", "Diese Bestellung gibt es nicht."));
/// ```
///
/// # Which text is taken
///
/// The tag is shortened from the right until a table of that name has a text for the code: `zh-Hant-TW`,
/// `zh-Hant`, `zh`. Where none has, it is what the code and the error say themselves, in the
/// language of the doc comments. Tags are compared without regard to case; nothing is guessed, so `zh-TW` is
/// not `zh-Hant` unless you write a table for it.
///
/// # A test for gaps
///
/// ```
/// # mod code { seawall_errors::codes! {
/// #     pub domain "orders.acme.com" = 210;
/// #     /// No order has this id.
/// #     ORDER_NOT_FOUND = 1 => NotFound;
/// # } }
/// # seawall_errors::messages! { static ZH = "zh" for code::CODES { ORDER_NOT_FOUND => "没有这个订单"; } }
/// # seawall_errors::registry! { static CODES = [code::CODES]; }
/// # use seawall_errors::Languages;
/// # static LANGUAGES: Languages = Languages::new(&[&ZH]);
/// assert_eq!(LANGUAGES.lacking(&CODES).collect::<Vec<_>>(), []);
/// ```
///
/// # What it costs
///
/// A message is one `String`; a title allocates nothing. Both look through the tables one
/// by one, and through the one that fits from its start: microseconds for some hundred codes, on
/// the path of an error that goes to a person. No plural forms, no formats of numbers and dates: where you
/// need them, take Fluent or ICU with the code's name as the key.
#[derive(Clone, Copy, Debug)]
pub struct Languages {
    tables: &'static [&'static Messages],
    default: &'static str,
}

impl Languages {
    /// These tables, beside the doc comments of the codes, which are taken to be in English. Where two
    /// tables have a text for one code in one language, the first is taken.
    pub const fn new(tables: &'static [&'static Messages]) -> Self {
        Languages { tables, default: "en" }
    }

    /// The same, for codes whose doc comments are in another language.
    #[must_use]
    pub const fn with_default(mut self, tag: &'static str) -> Self {
        self.default = tag;
        self
    }

    /// The tables.
    pub fn tables(&self) -> impl ExactSizeIterator<Item = &'static Messages> + use<> {
        self.tables.iter().copied()
    }

    /// The language of the doc comments.
    pub const fn default_tag(&self) -> &'static str {
        self.default
    }

    /// The title of the code in this language, or else its own.
    pub fn title(&self, code: Code, tag: &str) -> &'static str {
        self.find(code, tag, Text::title).unwrap_or_else(|| code.title())
    }

    /// What to tell whoever called, in this language.
    ///
    /// Placeholders are filled with the arguments of the error, as they are: a brace in a value is a
    /// brace. A missing argument leaves `…`. Only declared keys can stand in a text, so nothing else gets out.
    ///
    /// Without a text for the code it is the error's own
    /// [public message](Error::public_message); so it is for a foreign error, whose code is not one of ours.
    pub fn message(&self, error: &Error, tag: &str) -> String {
        let text = match error.identity() {
            Identity::Known(code) => self.find(code, tag, |text| Some(text.message())),
            Identity::Foreign(_) => None,
        };
        match text {
            Some(text) => fill(text, |key| error.arg(key)),
            None => error.public_message().into(),
        }
    }

    /// The language that suits the `Accept-Language` header best, by the weights in it; the
    /// default where none does.
    ///
    /// A malformed part is passed over. Of a longer header only the first 1024 bytes and 32 parts are read.
    pub fn pick(&self, accept_language: &str) -> &'static str {
        pick::pick(self, accept_language)
    }

    /// The codes that have no title or no message of their own in one of the languages, language by language.
    pub fn lacking(&self, codes: &Registry) -> impl Iterator<Item = (&'static str, Code)> {
        let tables = self.tables;
        let is_first = move |at: &usize| {
            let (before, rest) = tables.split_at_checked(*at).unwrap_or_default();
            rest.first()
                .is_some_and(|table| !before.iter().any(|it| tag::same(it.tag(), table.tag())))
        };
        let first = (0..tables.len()).filter(is_first).filter_map(move |at| tables.get(at));
        first.flat_map(move |table| codes.codes().map(|code| (table.tag(), code))).filter(
            |(tag, code)| {
                self.find(*code, tag, Text::title).is_none()
                    || self.find(*code, tag, |text| Some(text.message())).is_none()
            },
        )
    }

    fn find(
        &self,
        code: Code,
        tag: &str,
        what: impl Fn(&Text) -> Option<&'static str>,
    ) -> Option<&'static str> {
        for tag in tag::chain(tag) {
            let mut tables = self.tables.iter().filter(|table| tag::same(table.tag(), tag));
            let found = tables.find_map(|table| what(table.text(code)?));
            // A table beyond this is further from what was asked than the code's own words.
            if found.is_some() || tag::same(tag, self.default) {
                return found;
            }
        }
        None
    }
}

/// Puts arguments into a text that the compiler has checked.
fn fill<'a>(text: &str, arg: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let inner = from.get(1..).unwrap_or_default();
        match inner.find('}') {
            _ if from.starts_with("{{") || from.starts_with("}}") => {
                filled.push_str(inner.get(..1).unwrap_or_default());
                rest = inner.get(1..).unwrap_or_default();
            }
            Some(end) if from.starts_with('{') => {
                filled.push_str(arg(inner.get(..end).unwrap_or_default()).unwrap_or(MISSING));
                rest = inner.get(end + 1..).unwrap_or_default();
            }
            // Not in a text that the compiler has let through.
            _ => rest = inner,
        }
    }
    filled.push_str(rest);
    filled
}
