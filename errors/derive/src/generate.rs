//! From what is known of the item to its `impl`.

use proc_macro::{Group, Ident, Span, TokenStream, TokenTree};

use crate::parse::{Answered, Asked, Item, Variant};
use crate::walk::is_punct;

/// The `impl`. Every path in it is absolute, and the one name that it binds is
/// hygienic, so that nothing of the user's can get in between.
pub(crate) fn whole(item: &Item) -> TokenStream {
    let path = path(item);
    let mut methods = TokenStream::new();
    let code = |variant: &Variant| match &variant.answer {
        Answered::Code { path: code, .. } => Some(arm(variant, None, code)),
        Answered::Inherit { from, .. } => Some(ask(variant, from, "code", &path)),
    };
    methods.extend(method("code", "$crate::Code", item, &path, code, ""));

    let inherits =
        item.variants.iter().any(|variant| matches!(variant.answer, Answered::Inherit { .. }));
    let waits =
        |variant: &Variant| matches!(variant.answer, Answered::Code { retry_after: Some(_), .. });
    if inherits {
        let rejected = |variant: &Variant| inherited(variant, "rejected", &path);
        methods.extend(method(
            "rejected",
            "::core::option::Option<$crate::Rejected>",
            item,
            &path,
            rejected,
            "::core::option::Option::None",
        ));
    }
    if inherits || item.variants.iter().any(waits) {
        let retry_after = |variant: &Variant| match &variant.answer {
            Answered::Code { retry_after: Some(field), .. } => {
                let binding = bound(field);
                let delay = fill(
                    "$crate::__private::RetryAfter::__retry_after($binding)",
                    &[("crate", &path), ("binding", &binding)],
                );
                Some(arm(variant, Some((field, binding)), &delay))
            }
            _ => inherited(variant, "retry_after", &path),
        };
        methods.extend(method(
            "retry_after",
            "::core::option::Option<::core::time::Duration>",
            item,
            &path,
            retry_after,
            "::core::option::Option::None",
        ));
    }
    if inherits {
        let retry = |variant: &Variant| inherited(variant, "retry", &path);
        methods.extend(method(
            "retry",
            "$crate::RetryClass",
            item,
            &path,
            retry,
            "$crate::Code::retry($crate::Coded::code(self))",
        ));
        let executed = |variant: &Variant| inherited(variant, "executed", &path);
        methods.extend(method(
            "executed",
            "$crate::Executed",
            item,
            &path,
            executed,
            "$crate::Code::executed($crate::Coded::code(self))",
        ));
        let outcome = |variant: &Variant| inherited(variant, "outcome", &path);
        methods.extend(method(
            "outcome",
            "$crate::Outcome",
            item,
            &path,
            outcome,
            "$crate::Code::outcome($crate::Coded::code(self))",
        ));
    }
    around(item, &path, &methods)
}

/// The same without answers, for an item with faults: whoever uses it is not
/// told that there is no `Coded` besides.
pub(crate) fn hollow(item: &Item) -> TokenStream {
    let path = path(item);
    let method = "fn code(&self) -> $crate::Code { ::core::unreachable!() }";
    around(item, &path, &fill(method, &[("crate", &path)]))
}

fn path(item: &Item) -> TokenStream {
    item.krate.clone().unwrap_or_else(|| fill("::seawall_errors", &[]))
}

fn around(item: &Item, path: &TokenStream, methods: &TokenStream) -> TokenStream {
    let mut bounds = item.generics.bounds.clone();
    for variant in &item.variants {
        if let Answered::Inherit { ty, .. } = &variant.answer {
            if item.generics.decides(ty, &item.name) {
                bounds.extend(fill("$type: $crate::Coded,", &[("type", ty), ("crate", path)]));
            }
        }
    }
    // Only then: who is deprecated may be named here, but a deprecated code
    // that somebody still answers with is worth its warning.
    let allowed = if item.deprecated { "#[allow(deprecated)]" } else { "" };
    fill(
        "#[automatically_derived] $allowed
        impl<$declared> $crate::Coded for $name<$named> where $bounds { $methods }",
        &[
            ("allowed", &fill(allowed, &[])),
            ("declared", &item.generics.declared),
            ("crate", path),
            ("name", &TokenTree::from(item.name.clone()).into()),
            ("named", &item.generics.named),
            ("bounds", &bounds),
            ("methods", methods),
        ],
    )
}

/// One method: an arm for each variant that has its own answer, `rest` for the others.
fn method(
    name: &str,
    returns: &str,
    item: &Item,
    path: &TokenStream,
    answer: impl Fn(&Variant) -> Option<TokenStream>,
    rest: &str,
) -> TokenStream {
    let own: Vec<_> = item.variants.iter().filter_map(answer).collect();
    let matched = if item.variants.is_empty() { "*self" } else { "self" };
    let rest =
        if own.len() < item.variants.len() { format!("_ => {rest},") } else { String::new() };
    let arms = own.into_iter().collect();
    fill(
        &format!(
            "#[inline] fn {name}(&self) -> {returns} {{ match {matched} {{ $arms {rest} }} }}"
        ),
        &[("arms", &arms), ("crate", path)],
    )
}

fn inherited(variant: &Variant, method: &str, path: &TokenStream) -> Option<TokenStream> {
    match &variant.answer {
        Answered::Inherit { from, .. } => Some(ask(variant, from, method, path)),
        Answered::Code { .. } => None,
    }
}

/// The arm of a variant whose field answers. By path, since the field's type
/// may have a method of its own by that name.
fn ask(variant: &Variant, from: &Asked, method: &str, path: &TokenStream) -> TokenStream {
    let binding = bound(from);
    let call = format!("$crate::Coded::{method}($binding)");
    let call = fill(&call, &[("crate", path), ("binding", &binding)]);
    arm(variant, Some((from, binding)), &call)
}

/// The name for a field, to bind and to use. Where its type does not fit, the
/// compiler points at where the user asked for the field.
fn bound(field: &Asked) -> TokenStream {
    let span = Span::mixed_site().located_at(field.span);
    TokenTree::from(Ident::new("seawall_field", span)).into()
}

/// `Self::Name { field: binding, .. } => answer,`.
fn arm(
    variant: &Variant,
    field: Option<(&Asked, TokenStream)>,
    answer: &TokenStream,
) -> TokenStream {
    let name = variant.name.clone().map_or_else(TokenStream::new, |name| {
        fill("::$name", &[("name", &TokenTree::from(name).into())])
    });
    let field = field.map_or_else(TokenStream::new, |(field, binding)| {
        let member = TokenStream::from(field.member.clone());
        fill("$member: $binding,", &[("member", &member), ("binding", &binding)])
    });
    fill(
        "Self $name { $field .. } => $answer,",
        &[("name", &name), ("field", &field), ("answer", answer)],
    )
}

/// Rust as text, with tokens in place of each `$name`.
fn fill(text: &str, holes: &[(&str, &TokenStream)]) -> TokenStream {
    // The texts stand above; one that is no Rust would fail every test.
    replace(text.parse().unwrap_or_default(), holes)
}

fn replace(text: TokenStream, holes: &[(&str, &TokenStream)]) -> TokenStream {
    let mut filled = TokenStream::new();
    let mut tokens = text.into_iter();
    while let Some(token) = tokens.next() {
        if is_punct(Some(&token), '$') {
            let name = tokens.next().map(|name| name.to_string()).unwrap_or_default();
            filled.extend(
                holes.iter().filter(|(hole, _)| *hole == name).map(|(_, tokens)| (*tokens).clone()),
            );
            continue;
        }
        match token {
            TokenTree::Group(group) => {
                let inner = replace(group.stream(), holes);
                filled.extend([TokenTree::from(Group::new(group.delimiter(), inner))]);
            }
            other => filled.extend([other]),
        }
    }
    filled
}
