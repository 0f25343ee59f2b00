use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// What is wrong with the user's item: all of it, so that nobody has to
/// compile once per mistake.
#[derive(Default)]
pub(crate) struct Faults(TokenStream);

impl Faults {
    /// Adds a fault at one token.
    pub(crate) fn at(&mut self, span: Span, words: &str) {
        self.between(span, span, words);
    }

    /// Adds a fault at everything from the first token to the last.
    pub(crate) fn over(&mut self, tokens: &[TokenTree], words: &str) {
        let ends = tokens.first().zip(tokens.last());
        let (first, last) = ends.map_or_else(
            || (Span::call_site(), Span::call_site()),
            |(first, last)| (first.span(), last.span()),
        );
        self.between(first, last, words);
    }

    /// `::core::compile_error! { "words" }`: the compiler underlines from its
    /// first token to its last.
    fn between(&mut self, first: Span, last: Span, words: &str) {
        let punct = |sign, spacing| {
            let mut punct = Punct::new(sign, spacing);
            punct.set_span(first);
            TokenTree::from(punct)
        };
        let mut text = Literal::string(words);
        text.set_span(last);
        let mut braces = Group::new(Delimiter::Brace, TokenTree::from(text).into());
        braces.set_span(last);
        self.0.extend([
            punct(':', Spacing::Joint),
            punct(':', Spacing::Alone),
            Ident::new("core", first).into(),
            punct(':', Spacing::Joint),
            punct(':', Spacing::Alone),
            Ident::new("compile_error", first).into(),
            punct('!', Spacing::Alone),
            braces.into(),
        ]);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0
    }
}
