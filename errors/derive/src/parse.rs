//! From tokens to what the macro has to know of the item.

use proc_macro::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};

use crate::fault::Faults;
use crate::generics::{self, Generics};
use crate::member::{self, Field};
use crate::setting::{self, Answer, Attribute, Place, Setting};
use crate::walk::{
    Tokens, is_comma, is_punct, is_word, skip_expression, skip_visibility, take_group, take_ident,
    take_punct, take_type, walk,
};

pub(crate) struct Item {
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    /// The path under which `seawall_errors` is known.
    pub(crate) krate: Option<TokenStream>,
    /// A struct is one variant, whose name is `None`.
    pub(crate) variants: Vec<Variant>,
    /// Whether something in it is deprecated, which the generated code must
    /// name nevertheless.
    pub(crate) deprecated: bool,
}

pub(crate) struct Variant {
    pub(crate) name: Option<Ident>,
    pub(crate) answer: Answered,
}

/// Who answers for a variant.
pub(crate) enum Answered {
    Code { path: TokenStream, retry_after: Option<Asked> },
    Inherit { from: Asked, ty: TokenStream },
}

/// A field that is asked something.
pub(crate) struct Asked {
    /// Its name or index.
    pub(crate) member: TokenTree,
    /// Where the user said so.
    pub(crate) span: Span,
}

/// Reads the item. `None` where not even the head of it can be used.
pub(crate) fn item(input: TokenStream, faults: &mut Faults) -> Option<Item> {
    let mut tokens = walk(input);
    let marks = attributes(&mut tokens);
    let mut deprecated = marks.deprecated;
    skip_visibility(&mut tokens);
    let keyword = take_ident(&mut tokens)?;
    if is_word(Some(&keyword.clone().into()), "union") {
        faults.at(
            keyword.span(),
            "a union does not know which of its fields holds, and so has no code: \
             derive Coded for an enum or a struct",
        );
        return None;
    }
    let place = if keyword.to_string() == "enum" { Place::Enum } else { Place::Struct };
    let name = take_ident(&mut tokens)?;
    let mut generics = generics::parameters(&mut tokens);

    let tuple = take_group(&mut tokens, Delimiter::Parenthesis);
    generics.take_where(&mut tokens);
    let body = tuple.or_else(|| take_group(&mut tokens, Delimiter::Brace));

    let setting = setting::read(marks.codes, place, &name.to_string(), faults);
    let krate = setting.krate.clone();
    let variants = if place == Place::Enum {
        let mut variants = Vec::new();
        let mut tokens = walk(body.map(|body| body.stream()).unwrap_or_default());
        while tokens.peek().is_some() {
            variants.extend(variant(&mut tokens, &mut deprecated, faults));
        }
        variants
    } else {
        let fields = fields(body.as_ref(), place, &mut deprecated, faults);
        let answer = answered(setting, &fields, place, &name, faults);
        answer.map(|answer| Variant { name: None, answer }).into_iter().collect()
    };
    Some(Item { name, generics, krate, variants, deprecated })
}

/// Reads one variant and the comma behind it.
fn variant(tokens: &mut Tokens, deprecated: &mut bool, faults: &mut Faults) -> Option<Variant> {
    let marks = attributes(tokens);
    *deprecated |= marks.deprecated;
    skip_visibility(tokens);
    let Some(name) = take_ident(tokens) else {
        // Cannot be in a well-formed enum; going on must end all the same.
        tokens.next();
        return None;
    };
    let body =
        take_group(tokens, Delimiter::Parenthesis).or_else(|| take_group(tokens, Delimiter::Brace));
    let fields = fields(body.as_ref(), Place::Variant, deprecated, faults);
    if take_punct(tokens, '=') {
        skip_expression(tokens);
    }
    take_punct(tokens, ',');
    let setting = setting::read(marks.codes, Place::Variant, &name.to_string(), faults);
    let answer = answered(setting, &fields, Place::Variant, &name, faults)?;
    Some(Variant { name: Some(name), answer })
}

fn answered(
    setting: Setting,
    fields: &[Field],
    place: Place,
    name: &Ident,
    faults: &mut Faults,
) -> Option<Answered> {
    let (word, delay) = (place.word(), setting.retry_after);
    match setting.answer {
        None => {
            let words = format!("{word} {name} has no code: add #[code(PATH)] or #[code(inherit)]");
            faults.at(name.span(), &words);
            None
        }
        Some(Answer::Faulty) => None,
        Some(Answer::Path(path)) => {
            let retry_after = match delay {
                None => None,
                Some(delay) => {
                    let field = member::named(&delay, fields, word, name, faults)?;
                    Some(Asked { member: field.member.clone(), span: delay.span() })
                }
            };
            Some(Answered::Code { path, retry_after })
        }
        Some(Answer::Inherit { span, field }) => {
            if let Some(delay) = delay {
                faults.at(
                    delay.span(),
                    "with inherit the field itself answers retry_after: remove one of them",
                );
            }
            let field = match field {
                Some(token) => member::named(&token, fields, word, name, faults),
                None => member::source(span, fields, word, name, faults),
            }?;
            let from = Asked { member: field.member.clone(), span };
            Some(Answered::Inherit { from, ty: field.ty.clone() })
        }
    }
}

fn fields(
    body: Option<&Group>,
    place: Place,
    deprecated: &mut bool,
    faults: &mut Faults,
) -> Vec<Field> {
    let Some(body) = body else { return Vec::new() };
    let mut tokens = walk(body.stream());
    let mut fields = Vec::new();
    while tokens.peek().is_some() {
        let marks = attributes(&mut tokens);
        *deprecated |= marks.deprecated;
        for code in marks.codes {
            let words = format!("#[code] belongs on the {}, not on a field", place.word());
            faults.at(code.span, &words);
        }
        skip_visibility(&mut tokens);
        let name =
            if body.delimiter() == Delimiter::Brace { take_ident(&mut tokens) } else { None };
        if name.is_some() {
            take_punct(&mut tokens, ':');
        }
        let ty = take_type(&mut tokens, is_comma).into_iter().collect();
        take_punct(&mut tokens, ',');
        let member = match name {
            Some(name) => name.into(),
            None => Literal::usize_unsuffixed(fields.len()).into(),
        };
        fields.push(Field { member, ty, marked: marks.source });
    }
    fields
}

/// What the attributes of one place say.
#[derive(Default)]
struct Marks {
    codes: Vec<Attribute>,
    /// thiserror's `#[from]` or `#[source]`.
    source: bool,
    deprecated: bool,
}

/// Takes the attributes. There is no `cfg` among them: rustc gives a derive
/// what is left after those were judged.
fn attributes(tokens: &mut Tokens) -> Marks {
    let mut marks = Marks::default();
    while is_punct(tokens.peek(), '#') {
        tokens.next();
        let Some(group) = take_group(tokens, Delimiter::Bracket) else { break };
        let mut inner = walk(group.stream());
        // `#[$attribute]` in a `macro_rules` comes in an invisible group.
        if let Some(fragment) = take_group(&mut inner, Delimiter::None) {
            inner = walk(fragment.stream());
        }
        let Some(name) = take_ident(&mut inner) else { continue };
        match name.to_string().as_str() {
            "code" => {
                marks.codes.push(Attribute { span: name.span(), rest: inner.collect() });
            }
            "from" | "source" => marks.source = true,
            "deprecated" => marks.deprecated = true,
            _ => {}
        }
    }
    marks
}
