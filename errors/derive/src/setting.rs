//! What stands in `#[code(...)]`.

use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

use crate::fault::Faults;
use crate::walk::{is_punct, is_word, split_at_commas};

/// An attribute as it was found, not read yet.
pub(crate) struct Attribute {
    pub(crate) span: Span,
    /// What follows the word `code`.
    pub(crate) rest: Vec<TokenTree>,
}

/// On what the attribute stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Enum,
    Struct,
    Variant,
}

impl Place {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Place::Enum => "enum",
            Place::Struct => "struct",
            Place::Variant => "variant",
        }
    }

    fn allowed(self) -> &'static str {
        match self {
            Place::Enum => "allowed on an enum is crate = path; codes stand on the variants",
            Place::Struct => {
                "allowed are the PATH of a constant, inherit, inherit = field, \
                 retry_after = field, crate = path"
            }
            Place::Variant => {
                "allowed are the PATH of a constant, inherit, inherit = field, retry_after = field"
            }
        }
    }
}

/// All of one `#[code(...)]`.
#[derive(Default)]
pub(crate) struct Setting {
    pub(crate) answer: Option<Answer>,
    /// The field, by name or index.
    pub(crate) retry_after: Option<TokenTree>,
    pub(crate) krate: Option<TokenStream>,
}

/// Who says what code it is.
pub(crate) enum Answer {
    Path(TokenStream),
    /// The field that is marked, or the one that is named here.
    Inherit {
        span: Span,
        field: Option<TokenTree>,
    },
    /// Already complained about.
    Faulty,
}

/// Reads the attributes of one place, of which there may be one.
pub(crate) fn read(
    attributes: Vec<Attribute>,
    place: Place,
    name: &str,
    faults: &mut Faults,
) -> Setting {
    let mut attributes = attributes.into_iter();
    let Some(first) = attributes.next() else { return Setting::default() };
    for second in attributes {
        let word = place.word();
        let words = format!("{word} {name} has a second #[code]: write one, with all that is set");
        faults.at(second.span, &words);
    }
    let mut setting = Setting::default();
    if let Some(group) = parenthesized(&first, place, faults) {
        for part in split_at_commas(group.stream()) {
            if part.is_empty() {
                faults.at(first.span, "nothing stands before a comma in this #[code(...)]");
                setting.answer.get_or_insert(Answer::Faulty);
            } else {
                one(&part, place, &mut setting, faults);
            }
        }
    } else {
        setting.answer = Some(Answer::Faulty);
    }
    setting
}

fn parenthesized<'a>(
    attribute: &'a Attribute,
    place: Place,
    faults: &mut Faults,
) -> Option<&'a Group> {
    let hint = if place == Place::Enum {
        "#[code(crate = path)], and #[code(PATH)] on the variants"
    } else {
        "#[code(PATH)], where PATH is a constant of type Code, or #[code(inherit)]"
    };
    match attribute.rest.as_slice() {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            if !group.stream().is_empty() {
                return Some(group);
            }
            faults.at(attribute.span, &format!("#[code] is empty: write {hint}"));
        }
        [] => faults.at(attribute.span, &format!("#[code] is empty: write {hint}")),
        rest => faults.over(rest, &format!("#[code] takes parentheses: write {hint}")),
    }
    None
}

/// One part between commas.
fn one(part: &[TokenTree], place: Place, setting: &mut Setting, faults: &mut Faults) {
    match part {
        [TokenTree::Ident(key), equals, value @ ..] if is_punct(Some(equals), '=') => {
            let name = key.to_string();
            match (name.as_str(), place) {
                ("retry_after", Place::Struct | Place::Variant) => {
                    if setting.retry_after.is_some() {
                        faults.at(key.span(), "retry_after stands twice in #[code(...)]");
                    }
                    setting.retry_after = field(key.span(), &name, value, faults);
                }
                ("inherit", Place::Struct | Place::Variant) => {
                    let named = field(key.span(), &name, value, faults);
                    let answer = named.map_or(Answer::Faulty, |field| Answer::Inherit {
                        span: key.span(),
                        field: Some(field),
                    });
                    answered(part, answer, setting, faults);
                }
                ("crate", Place::Enum | Place::Struct) => {
                    if setting.krate.is_some() {
                        faults.at(key.span(), "crate stands twice in #[code(...)]");
                    }
                    if !is_path(value) {
                        let words = "crate takes a path without quotes: #[code(crate = my_errors)]";
                        faults.over(if value.is_empty() { part } else { value }, words);
                    }
                    setting.krate = Some(value.iter().cloned().collect());
                }
                ("crate", Place::Variant) => {
                    faults.at(key.span(), "#[code(crate = path)] belongs on the type");
                }
                _ => unknown(key.span(), &name, place, setting, faults),
            }
        }
        [word @ TokenTree::Ident(_)] if is_word(Some(word), "inherit") && place != Place::Enum => {
            let answer = Answer::Inherit { span: word.span(), field: None };
            answered(part, answer, setting, faults);
        }
        // A constant is not written so; a misspelt setting is.
        [TokenTree::Ident(word)]
            if word.to_string().starts_with(|first: char| first.is_lowercase()) =>
        {
            unknown(word.span(), &word.to_string(), place, setting, faults);
        }
        path if is_path(path) => {
            if place == Place::Enum {
                faults.over(
                    part,
                    "an enum has no code of its own: put #[code(PATH)] on each variant",
                );
            } else {
                answered(part, Answer::Path(path.iter().cloned().collect()), setting, faults);
            }
        }
        _ => {
            let words = format!("this is not the path of a constant: {}", place.allowed());
            faults.over(part, &words);
            setting.answer.get_or_insert(Answer::Faulty);
        }
    }
}

fn answered(part: &[TokenTree], answer: Answer, setting: &mut Setting, faults: &mut Faults) {
    match setting.answer {
        None | Some(Answer::Faulty) => setting.answer = Some(answer),
        Some(_) => faults.over(part, "a second code in one #[code(...)]: keep one of them"),
    }
}

fn unknown(span: Span, name: &str, place: Place, setting: &mut Setting, faults: &mut Faults) {
    let words = format!("unknown setting {name} in #[code(...)]: {}", place.allowed());
    faults.at(span, &words);
    // It may have been meant as the code, so that is not called missing.
    setting.answer.get_or_insert(Answer::Faulty);
}

fn field(span: Span, key: &str, value: &[TokenTree], faults: &mut Faults) -> Option<TokenTree> {
    match value {
        [field @ (TokenTree::Ident(_) | TokenTree::Literal(_))] => return Some(field.clone()),
        // From a `macro_rules` fragment.
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
            let inner: Vec<_> = group.stream().into_iter().collect();
            return field(span, key, &inner, faults);
        }
        _ => {}
    }
    let words = format!("{key} takes the name of a field, or its index: #[code(…, {key} = 0)]");
    if value.is_empty() {
        faults.at(span, &words);
    } else {
        faults.over(value, &words);
    }
    None
}

/// Looks like a path that ends in a name; whether it is one, rustc says better.
fn is_path(part: &[TokenTree]) -> bool {
    // A `macro_rules` fragment comes in an invisible group.
    let is_name = |token: &TokenTree| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Group(group) => group.delimiter() == Delimiter::None,
        _ => false,
    };
    let opens = part.first().is_some_and(|first| {
        is_name(first) || is_punct(Some(first), ':') || is_punct(Some(first), '<')
    });
    let signs = part.iter().all(|token| match token {
        TokenTree::Punct(punct) => "':<>,&".contains(punct.as_char()),
        _ => true,
    });
    opens && signs && part.last().is_some_and(is_name)
}
