//! Reads the members of a problem that mean something here, and skips all
//! others without keeping them: what a hostile body costs is its length.

use std::borrow::ToOwned;
use std::fmt;
use std::string::String;
use std::vec::Vec;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::foreign::bounds::{ARGS, TEXT, VALUE, cut, is_key};

/// A member of a wrong type is as good as none. Of two with one name the last counts, as it
/// does for nearly all readers of JSON: two that read one body differently are
/// a way round whoever checks first.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Members {
    pub(super) type_url: Option<String>,
    pub(super) title: Option<String>,
    pub(super) status: Option<u64>,
    pub(super) detail: Option<String>,
    pub(super) number: Option<u64>,
    pub(super) name: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) grpc: Option<u64>,
    pub(super) metadata: Vec<(String, String)>,
    pub(super) made_up: Option<String>,
    pub(super) retry: Option<String>,
    pub(super) retry_after_ms: Option<u64>,
}

impl Members {
    /// `None` where it is not one whole JSON object.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        // Skipped members are not checked by the parser.
        let body = core::str::from_utf8(body).ok()?;
        let mut parser = serde_json::Deserializer::from_str(body);
        let members = parser.deserialize_map(Object).ok()?;
        parser.end().ok()?;
        Some(members)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a problem")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key_seed(Name)? {
            match name {
                "type" => members.type_url = map.next_value_seed(Take::Scalar)?.text(),
                "title" => members.title = map.next_value_seed(Take::Scalar)?.text(),
                "status" => members.status = map.next_value_seed(Take::Scalar)?.number(),
                "detail" => members.detail = map.next_value_seed(Take::Scalar)?.text(),
                "code" => members.number = map.next_value_seed(Take::Scalar)?.number(),
                "reason" => members.name = map.next_value_seed(Take::Scalar)?.text(),
                "domain" => members.domain = map.next_value_seed(Take::Scalar)?.text(),
                "grpc_status" => members.grpc = map.next_value_seed(Take::Scalar)?.number(),
                "metadata" => members.metadata = map.next_value_seed(Take::Pairs)?.pairs(),
                "made_up" => members.made_up = map.next_value_seed(Take::Scalar)?.text(),
                "retry" => members.retry = map.next_value_seed(Take::Scalar)?.text(),
                "retry_after_ms" => {
                    members.retry_after_ms = map.next_value_seed(Take::Scalar)?.number();
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(members)
    }
}

/// The members that are kept, in the words of the wire.
const NAMES: [&str; 12] = [
    "type",
    "title",
    "status",
    "detail",
    "code",
    "reason",
    "domain",
    "grpc_status",
    "metadata",
    "made_up",
    "retry",
    "retry_after_ms",
];

/// Takes the name of a member, without keeping it: one of [`NAMES`], or empty.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<&'static str, E> {
        Ok(NAMES.into_iter().find(|known| *known == name).unwrap_or_default())
    }
}

enum Value {
    /// Cut to the longest that any member may be.
    Text(String),
    Number(u64),
    Pairs(Vec<(String, String)>),
    Other,
}

impl Value {
    fn text(self) -> Option<String> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn number(self) -> Option<u64> {
        match self {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    fn pairs(self) -> Vec<(String, String)> {
        match self {
            Value::Pairs(pairs) => pairs,
            _ => Vec::new(),
        }
    }
}

/// Takes any value, but keeps only what is asked for.
#[derive(Clone, Copy)]
enum Take {
    Scalar,
    Pairs,
}

impl<'de> DeserializeSeed<'de> for Take {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Take {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(cut(text, TEXT).to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key_seed(Take::Scalar)? {
            match (self, key) {
                (Take::Pairs, Value::Text(key)) => {
                    let value = map.next_value_seed(Take::Scalar)?;
                    keep(&mut pairs, key, value.text());
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Pairs(pairs))
    }
}

/// A key that is too long is left out, since a cut one might be another.
fn keep(pairs: &mut Vec<(String, String)>, key: String, value: Option<String>) {
    pairs.retain(|(known, _)| *known != key);
    let Some(mut value) = value else { return };
    if pairs.len() < ARGS && is_key(&key) {
        value.truncate(cut(&value, VALUE).len());
        pairs.push((key, value));
    }
}
