//! Codes, refusals and errors in any serde format: queues, logs, files.
//!
//! A job that fails is put back into a queue with its error; an hour later another process takes it
//! out and has to know whether to try again. The error is written with the members of an [HTTP
//! problem](https://www.rfc-editor.org/rfc/rfc9457), and read against a registry:
//!
//! ```
//! # mod code { seawall_errors::codes! {
//! #     pub domain "orders.acme.com" = 210;
//! #     /// No order has this id.
//! #     ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
//! # } }
//! use seawall_errors::{Error, Identity};
//! use serde::de::DeserializeSeed;
//!
//! seawall_errors::registry! { static CODES = [seawall_errors::FAMILY, code::CODES]; }
//!
//! let error = Error::new(code::ORDER_NOT_FOUND).with_arg("order_id", 7).with_arg("shard", 3);
//! let json = serde_json::to_string(&error)?;
//! assert_eq!(json, concat!(
//!     r#"{"title":"No order has this id.","status":404,"code":210001,"reason":"ORDER_NOT_FOUND","#,
//!     r#""domain":"orders.acme.com","grpc_status":5,"metadata":{"order_id":"7"}}"#,
//! ));
//!
//! let back = CODES.error_seed().deserialize(&mut serde_json::Deserializer::from_str(&json))?;
//! assert_eq!(back.identity(), Identity::Known(code::ORDER_NOT_FOUND));
//!
//! // A code alone is `domain/NAME`; in a settings file its number will do, too.
//! assert_eq!(serde_json::to_string(&code::ORDER_NOT_FOUND)?, r#""orders.acme.com/ORDER_NOT_FOUND""#);
//! let code = CODES.code_seed().deserialize(&mut serde_json::Deserializer::from_str("210001"))?;
//! assert_eq!(code, code::ORDER_NOT_FOUND);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Only what is public is written: no source, and no argument under an undeclared key. Beside
//! the members above there are `detail` (the message), `retry_after_ms` (rounded up, 68 years at
//! most), `retry`, which is `"never"` where an error [is not to be repeated](Error::without_retry),
//! and `type`, where a foreign error came with one over HTTP.
//! Gone are the moment of the error, so that a delay counts from when it is read,
//! and details of gRPC that only a gRPC hop passes on.
//!
//! What is read is bounded as on any other wire, a code that is not in the registry is
//! [`Foreign`](crate::Foreign), and members that are not known are skipped. A member of a wrong type
//! is the format's error. [`Rejected`] is written and never read: a refusal is always local.
//!
//! Formats that are not for people get all members in the order of this table, absent ones as `None`:
//! `title`, `status`, `detail`, `code`, `reason`, `domain`, `grpc_status`, `metadata`,
//! `retry_after_ms`, `retry`, `type`. That order does not change; what is new comes last.

mod read;

use std::time::Duration;

use ::serde::ser::{SerializeMap, SerializeStruct};
use ::serde::{Serialize, Serializer};

pub use self::read::{CodeSeed, ErrorSeed};
use crate::{Code, Coded, Error, Identity, Registry, Rejected};

const MEMBERS: &[&str] = &[
    "title",
    "status",
    "detail",
    "code",
    "reason",
    "domain",
    "grpc_status",
    "metadata",
    "retry_after_ms",
    "retry",
    "type",
];
const NEVER: &str = "never";

/// The longest delay that is written or believed: 68 years, as in a problem of HTTP.
const LONGEST: Duration = Duration::from_secs(i32::MAX as u64);

impl Registry {
    /// Reads a [`Code`] of this registry: `domain/NAME`, or the number.
    pub const fn code_seed(&self) -> CodeSeed<'_> {
        CodeSeed(self)
    }

    /// Reads an [`Error`], whose code is of this registry or foreign.
    pub const fn error_seed(&self) -> ErrorSeed<'_> {
        ErrorSeed(self)
    }
}

/// As `domain/NAME`.
impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/{}", self.domain(), self.name()))
    }
}

/// As the [`Error`] that it would be elsewhere, without the name of who refused.
impl Serialize for Rejected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Error::from(*self).serialize(serializer)
    }
}

/// What is public of it; see [the module](self).
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (title, type_url, id, http, grpc) = match self.identity() {
            Identity::Known(code) => {
                (code.title(), "", Some(code.number()), Some(code.http()), Some(code.grpc()))
            }
            Identity::Foreign(foreign) => (
                foreign.title(),
                foreign.type_url(),
                foreign.number(),
                foreign.http(),
                foreign.grpc(),
            ),
        };
        let some = |text| Some(text).filter(|text: &&str| !text.is_empty()).map(Value::Text);
        let number = |number: Option<u64>| number.map(Value::Number);
        let values = [
            some(title),
            number(http.map(u64::from)),
            self.sent_message().map(Value::Text),
            number(id.map(u64::from)),
            some(self.name()),
            some(self.domain()),
            number(grpc.map(|grpc| grpc.number().into())),
            self.public_args().next().map(|_| Value::Metadata(self)),
            number(self.retry_after().map(millis)),
            self.is_never().then_some(Value::Text(NEVER)),
            some(type_url),
        ];
        // People are spared what is not there; other formats count on the places.
        let all = !serializer.is_human_readable();
        let count = values.iter().filter(|value| all || value.is_some()).count();
        let mut members = serializer.serialize_struct("Error", count)?;
        for (name, value) in MEMBERS.iter().zip(&values) {
            if all || value.is_some() {
                members.serialize_field(name, value)?;
            } else {
                members.skip_field(name)?;
            }
        }
        members.end()
    }
}

/// What a member holds.
enum Value<'a> {
    Text(&'a str),
    Number(u64),
    Metadata(&'a Error),
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Number(number) => serializer.serialize_u64(*number),
            Value::Metadata(error) => {
                let mut map = serializer.serialize_map(Some(error.public_args().count()))?;
                for (key, value) in error.public_args() {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// Rounded up: to come back too early is to be refused again.
fn millis(delay: Duration) -> u64 {
    let millis = delay.min(LONGEST).as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).unwrap_or(u64::MAX)
}
