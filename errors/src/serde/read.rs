//! From members to a code of a registry, with everything bounded.

use std::borrow::ToOwned;
use std::fmt;
use std::string::String;
use std::time::Duration;
use std::vec::Vec;

use ::serde::Deserializer;
use ::serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};

use super::{LONGEST, MEMBERS, NEVER};
use crate::foreign::Arrived;
use crate::foreign::bounds::{self, ARGS, KEY, NAME, TEXT, VALUE, cut, is_key, is_type};
use crate::{Code, Error, Foreign, Grpc, Registry};

/// Reads a [`Code`] of a registry. Made by [`Registry::code_seed`].
#[derive(Clone, Copy, Debug)]
pub struct CodeSeed<'a>(pub(super) &'a Registry);

impl<'de> DeserializeSeed<'de> for CodeSeed<'_> {
    type Value = Code;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Code, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(self)
        } else {
            deserializer.deserialize_str(self)
        }
    }
}

impl Visitor<'_> for CodeSeed<'_> {
    type Value = Code;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error code as `domain/NAME`, or its number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Code, E> {
        let code = text.split_once('/').and_then(|(domain, name)| self.0.by_name(domain, name));
        code.ok_or_else(|| E::custom(format_args!("no error code is called {:?}", cut(text, 128))))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Code, E> {
        let code = u32::try_from(number).ok().and_then(|number| self.0.by_number(number));
        code.ok_or_else(|| E::custom(format_args!("no error code has the number {number}")))
    }
}

/// Reads an [`Error`], with a code of a registry or a foreign one. Made by [`Registry::error_seed`].
#[derive(Clone, Copy, Debug)]
pub struct ErrorSeed<'a>(pub(super) &'a Registry);

impl<'de> DeserializeSeed<'de> for ErrorSeed<'_> {
    type Value = Error;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Error, D::Error> {
        deserializer.deserialize_struct("Error", MEMBERS, self)
    }
}

impl<'de> Visitor<'de> for ErrorSeed<'_> {
    type Value = Error;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error with its code")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Error, A::Error> {
        let mut read = <[Option<Value>; MEMBERS.len()]>::default();
        while let Some(name) = map.next_key_seed(Wanted::Text(KEY))? {
            let place = MEMBERS.iter().position(|member| name.is_text(member));
            match place.and_then(|place| Some((read.get_mut(place)?, KINDS.get(place)?))) {
                Some((read, kind)) => *read = map.next_value_seed(Maybe(*kind))?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(error(self.0, read))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Error, A::Error> {
        let mut read = <[Option<Value>; MEMBERS.len()]>::default();
        for (read, kind) in read.iter_mut().zip(KINDS) {
            // What an older version wrote may be shorter.
            *read = seq.next_element_seed(Maybe(kind))?.flatten();
        }
        Ok(error(self.0, read))
    }
}

fn error(registry: &Registry, read: [Option<Value>; MEMBERS.len()]) -> Error {
    let [title, status, detail, number, name, domain, grpc, metadata, delay, retry, type_url] =
        read;
    let text = |value: Option<Value>| match value {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    };
    let integer = |value: Option<Value>| match value {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    };
    let (domain, name) = match (domain, name) {
        // One without the other might be another code.
        (Some(Value::TooLong), _) | (_, Some(Value::TooLong)) => Default::default(),
        (domain, name) => (text(domain).unwrap_or_default(), text(name).unwrap_or_default()),
    };
    let arrived = Arrived {
        args: match metadata {
            Some(Value::Metadata(args)) => args,
            _ => Vec::new(),
        },
        message: text(detail),
        retry_after: integer(delay).map(|millis| Duration::from_millis(millis).min(LONGEST)),
        never: retry.is_some_and(|retry| retry.is_text(NEVER)),
        details: Vec::new(),
    };
    let what = registry.by_name(&domain, &name).ok_or_else(|| Foreign {
        number: integer(number).and_then(bounds::number),
        title: text(title).unwrap_or_default(),
        type_url: text(type_url).filter(|uri| is_type(uri)).unwrap_or_default(),
        http: integer(status)
            .and_then(|status| u16::try_from(status).ok())
            .filter(|status| (400..600).contains(status)),
        grpc: integer(grpc).and_then(Grpc::from_number),
        domain,
        name,
    });
    Error::arrived(what, arrived)
}

/// What is asked of a member; texts with the bytes that are kept of them. One that identifies
/// is not cut, but [`Value::TooLong`].
#[derive(Clone, Copy)]
enum Wanted {
    Text(usize),
    Id(usize),
    Number,
    Metadata,
}

/// In the order of [`MEMBERS`].
const KINDS: [Wanted; MEMBERS.len()] = [
    Wanted::Text(TEXT),
    Wanted::Number,
    Wanted::Text(TEXT),
    Wanted::Number,
    Wanted::Id(NAME),
    Wanted::Id(NAME),
    Wanted::Number,
    Wanted::Metadata,
    Wanted::Number,
    Wanted::Text(KEY),
    Wanted::Id(VALUE),
];

enum Value {
    Text(String),
    Number(u64),
    Metadata(Vec<(String, String)>),
    TooLong,
}

impl Value {
    fn is_text(&self, wanted: &str) -> bool {
        matches!(self, Value::Text(text) if text == wanted)
    }
}

impl<'de> DeserializeSeed<'de> for Wanted {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self {
            Wanted::Text(_) | Wanted::Id(_) => deserializer.deserialize_str(self),
            Wanted::Number => deserializer.deserialize_u64(self),
            Wanted::Metadata => deserializer.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Wanted {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wanted::Text(_) | Wanted::Id(_) => "a text",
            Wanted::Number => "a whole number",
            Wanted::Metadata => "texts by their keys",
        })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        match self {
            Wanted::Id(most) if text.len() > most => Ok(Value::TooLong),
            Wanted::Text(most) | Wanted::Id(most) => Ok(Value::Text(cut(text, most).to_owned())),
            _ => Err(E::invalid_type(Unexpected::Str(cut(text, KEY)), &self)),
        }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        match self {
            Wanted::Number => Ok(Value::Number(number)),
            _ => Err(E::invalid_type(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Wanted::Metadata = self else {
            return Err(de::Error::invalid_type(Unexpected::Map, &self));
        };
        let mut args: Vec<(String, String)> = Vec::new();
        while let Some(key) = map.next_key_seed(Wanted::Id(KEY))? {
            let value = map.next_value_seed(Wanted::Text(VALUE))?;
            let (Value::Text(key), Value::Text(value)) = (key, value) else { continue };
            if let Some((_, old)) = args.iter_mut().find(|(known, _)| *known == key) {
                *old = value;
            } else if args.len() < ARGS && is_key(&key) {
                args.push((key, value));
            }
        }
        Ok(Value::Metadata(args))
    }
}

/// The same where it may be absent.
struct Maybe(Wanted);

impl<'de> DeserializeSeed<'de> for Maybe {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Maybe {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing, or ")?;
        self.0.expecting(f)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, some: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(some).map(Some)
    }
}
