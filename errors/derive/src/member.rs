//! Which field is meant.

use proc_macro::{Ident, Span, TokenStream, TokenTree};

use crate::fault::Faults;

pub(crate) struct Field {
    /// The name or the index, as it stands in a pattern: `Self::Busy { 0: field, .. }`
    /// fits variants of every shape.
    pub(crate) member: TokenTree,
    pub(crate) ty: TokenStream,
    /// By `#[from]` or `#[source]`.
    pub(crate) marked: bool,
}

/// The field that the user named.
pub(crate) fn named<'a>(
    token: &TokenTree,
    fields: &'a [Field],
    word: &str,
    name: &Ident,
    faults: &mut Faults,
) -> Option<&'a Field> {
    let wanted = token.to_string();
    let found = fields.iter().find(|field| field.member.to_string() == wanted);
    if found.is_none() {
        let has = match fields {
            [] => "no fields".to_owned(),
            _ => list(fields.iter(), " and ", |field| field),
        };
        faults.at(token.span(), &format!("{word} {name} has no field {wanted}: it has {has}"));
    }
    found
}

/// The error inside, by thiserror's rules: the field that is marked, else the
/// one named `source`, else the only one.
pub(crate) fn source<'a>(
    span: Span,
    fields: &'a [Field],
    word: &str,
    name: &Ident,
    faults: &mut Faults,
) -> Option<&'a Field> {
    let marked: Vec<_> = fields.iter().filter(|field| field.marked).collect();
    let called = fields.iter().find(|field| field.member.to_string() == "source");
    let written = |field| format!("#[code(inherit = {field})]");
    let words = match (marked.as_slice(), called, fields) {
        ([field], ..) => return Some(field),
        ([], Some(field), _) | ([], None, [field]) => return Some(field),
        ([], None, []) => format!(
            "{word} {name} has no field to inherit from: give it the error as a field, \
             or write #[code(PATH)]"
        ),
        ([], None, _) => format!(
            "{word} {name} has several fields to inherit from: mark the error with #[source] \
             or #[from], or write {}",
            list(fields.iter(), " or ", written)
        ),
        (several, ..) => format!(
            "{word} {name} has several fields marked as the error: keep one mark, or write {}",
            list(several.iter().copied(), " or ", written)
        ),
    };
    faults.at(span, &words);
    None
}

fn list<'a>(
    fields: impl Iterator<Item = &'a Field>,
    between: &str,
    written: impl Fn(String) -> String,
) -> String {
    let names: Vec<_> = fields.map(|field| written(field.member.to_string())).collect();
    names.join(between)
}
