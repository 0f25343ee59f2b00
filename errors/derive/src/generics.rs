//! The generic parameters, once as they are declared and once as they are named.

use proc_macro::{Delimiter, Ident, Punct, Spacing, TokenStream, TokenTree};

use crate::walk::{
    Tokens, is_comma, is_punct, is_word, mentions, take_group, take_punct, take_type,
};

#[derive(Default)]
pub(crate) struct Generics {
    /// `'a, T: Error, const N: usize`.
    pub(crate) declared: TokenStream,
    /// `'a, T, N`.
    pub(crate) named: TokenStream,
    /// What the user wrote behind `where`, with a comma at its end.
    pub(crate) bounds: TokenStream,
    /// `T` and `N`.
    types: Vec<String>,
}

/// Takes `<…>` where it stands there.
pub(crate) fn parameters(tokens: &mut Tokens) -> Generics {
    let mut generics = Generics::default();
    if !take_punct(tokens, '<') {
        return generics;
    }
    let ends = |token: &TokenTree| is_punct(Some(token), '>');
    while tokens.peek().is_some_and(|token| !ends(token)) {
        generics.parameter(tokens);
        let default = |token: &TokenTree| is_comma(token) || ends(token);
        take_type(tokens, default);
        take_punct(tokens, ',');
    }
    tokens.next();
    generics
}

impl Generics {
    /// Takes one parameter up to its default, which an `impl` may not have.
    fn parameter(&mut self, tokens: &mut Tokens) {
        while take_punct(tokens, '#') {
            take_group(tokens, Delimiter::Bracket);
        }
        let parameter = take_type(tokens, |token| {
            is_comma(token) || is_punct(Some(token), '>') || is_punct(Some(token), '=')
        });
        let named: Vec<TokenTree> = match parameter.as_slice() {
            [tick, name, ..] if is_punct(Some(tick), '\'') => vec![tick.clone(), name.clone()],
            [word, name, ..] if is_word(Some(word), "const") => vec![name.clone()],
            [name, ..] => vec![name.clone()],
            [] => return,
        };
        if let [name] = named.as_slice() {
            self.types.push(name.to_string());
        }
        self.named.extend(named.into_iter().chain([comma()]));
        self.declared.extend(parameter.into_iter().chain([comma()]));
    }

    /// Takes a `where` clause where it stands there.
    pub(crate) fn take_where(&mut self, tokens: &mut Tokens) {
        if !is_word(tokens.peek(), "where") {
            return;
        }
        tokens.next();
        let ends = |token: &TokenTree| match token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => is_punct(Some(token), ';'),
        };
        let bounds = take_type(tokens, ends);
        let ended = bounds.last().is_none_or(is_comma);
        self.bounds.extend(bounds);
        if !ended {
            self.bounds.extend([comma()]);
        }
    }

    /// Whether it depends on the parameters that this type is an error with a code.
    ///
    /// A type that holds the item again is left out: asking for it would ask
    /// for the impl that is being written, without end.
    pub(crate) fn decides(&self, ty: &TokenStream, item: &Ident) -> bool {
        mentions(ty, &self.types) && !mentions(ty, &[item.to_string(), "Self".to_owned()])
    }
}

fn comma() -> TokenTree {
    Punct::new(',', Spacing::Alone).into()
}
