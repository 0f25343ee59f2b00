//! Walking over raw tokens. What a derive is given is a well-formed item, so
//! nothing here has to find out whether it is one.

use std::iter::Peekable;

use proc_macro::{Delimiter, Group, Ident, TokenStream, TokenTree, token_stream};

pub(crate) type Tokens = Peekable<token_stream::IntoIter>;

pub(crate) fn walk(stream: TokenStream) -> Tokens {
    stream.into_iter().peekable()
}

pub(crate) fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

pub(crate) fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident.to_string() == word)
}

/// Takes the next token where it is this sign.
pub(crate) fn take_punct(tokens: &mut Tokens, sign: char) -> bool {
    is_punct(tokens.peek(), sign) && tokens.next().is_some()
}

pub(crate) fn take_group(tokens: &mut Tokens, delimiter: Delimiter) -> Option<Group> {
    let group = group(tokens.peek(), delimiter).cloned();
    group.inspect(|_| drop(tokens.next()))
}

pub(crate) fn take_ident(tokens: &mut Tokens) -> Option<Ident> {
    let Some(TokenTree::Ident(ident)) = tokens.peek().cloned() else { return None };
    tokens.next();
    Some(ident)
}

fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

/// Takes `pub`, `pub(crate)` … where it stands there. From a `macro_rules`
/// fragment it comes in an invisible group, which may be empty.
pub(crate) fn skip_visibility(tokens: &mut Tokens) {
    if let Some(fragment) = group(tokens.peek(), Delimiter::None) {
        let first = fragment.stream().into_iter().next();
        if first.is_none() || is_word(first.as_ref(), "pub") {
            tokens.next();
        }
    } else if is_word(tokens.peek(), "pub") {
        tokens.next();
        // `pub (u8, u8)` is a field that is a tuple.
        if let Some(limits) = group(tokens.peek(), Delimiter::Parenthesis) {
            let first = limits.stream().into_iter().next();
            if ["crate", "self", "super", "in"].iter().any(|word| is_word(first.as_ref(), word)) {
                tokens.next();
            }
        }
    }
}

/// Takes everything up to a token outside `<…>` for which `stop` holds. That
/// token stays.
pub(crate) fn take_type(tokens: &mut Tokens, stop: impl Fn(&TokenTree) -> bool) -> Vec<TokenTree> {
    take_while_open(tokens, Angles { depth: 0, before: None, types: true }, stop)
}

/// The same over an expression, in which `<` is usually no bracket.
pub(crate) fn skip_expression(tokens: &mut Tokens) {
    take_while_open(tokens, Angles { depth: 0, before: Some('='), types: false }, is_comma);
}

pub(crate) fn is_comma(token: &TokenTree) -> bool {
    is_punct(Some(token), ',')
}

fn take_while_open(
    tokens: &mut Tokens,
    mut angles: Angles,
    stop: impl Fn(&TokenTree) -> bool,
) -> Vec<TokenTree> {
    let mut taken = Vec::new();
    while let Some(token) = tokens.next_if(|token| angles.is_inside() || !stop(token)) {
        angles.pass(&token);
        taken.push(token);
    }
    taken
}

/// How deep in `<…>` a walk is; for the compiler these are no groups.
struct Angles {
    depth: usize,
    /// The sign just passed.
    before: Option<char>,
    types: bool,
}

impl Angles {
    /// Whether the next token ends nothing: it stands in brackets, or is the
    /// second half of `->`.
    fn is_inside(&self) -> bool {
        self.depth > 0 || self.before == Some('-')
    }

    fn pass(&mut self, token: &TokenTree) {
        let TokenTree::Punct(punct) = token else {
            self.before = None;
            return;
        };
        match punct.as_char() {
            // In an expression a bracket follows a sign (`::<`, `-<T>::N`), a
            // comparison or a shift follows a value.
            '<' if self.types
                || self.depth > 0
                || self.before.is_some_and(|before| before != '<') =>
            {
                self.depth += 1;
            }
            '>' if self.before != Some('-') => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.before = Some(punct.as_char());
    }
}

/// What stands between the commas. A comma at the end adds nothing.
pub(crate) fn split_at_commas(stream: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut tokens = walk(stream);
    let mut parts = Vec::new();
    while tokens.peek().is_some() {
        parts.push(take_type(&mut tokens, is_comma));
        tokens.next();
    }
    parts
}

/// Whether one of these words stands anywhere in it.
pub(crate) fn mentions(stream: &TokenStream, words: &[String]) -> bool {
    stream.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => words.contains(&ident.to_string()),
        TokenTree::Group(group) => mentions(&group.stream(), words),
        _ => false,
    })
}
