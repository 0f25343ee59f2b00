//! `#[derive(Coded)]` for `seawall-errors`.
//!
//! This crate is the machine behind that crate's feature `derive`; add that
//! one, and not this. What can be written and what it means stands there, with
//! examples that run, in the docs of `seawall_errors::Coded`.
//!
//! It has no dependencies, and so takes a fraction of a second to compile: it
//! walks the compiler's tokens itself instead of asking `syn`.

mod fault;
mod generate;
mod generics;
mod member;
mod parse;
mod setting;
mod walk;

use proc_macro::TokenStream;

/// Implements the trait `Coded` for an enum or a struct.
#[proc_macro_derive(Coded, attributes(code))]
pub fn coded(input: TokenStream) -> TokenStream {
    let mut faults = fault::Faults::default();
    let item = parse::item(input, &mut faults);
    let generated = if faults.is_empty() { generate::whole } else { generate::hollow };
    let mut output = item.as_ref().map(generated).unwrap_or_default();
    output.extend(faults.into_tokens());
    output
}
