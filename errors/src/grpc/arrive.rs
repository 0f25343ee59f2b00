//! From a status to what it says, detail by detail, borrowed from it.

use core::str;
use std::time::Duration;

use tonic::metadata::MetadataMap;

use super::wire::{Fields, Value};
use super::{
    ERROR_INFO, ERROR_NUMBER, HTTP_STATUS, LOCALIZED, MADE_UP, OURS, PROBLEM_TITLE, PROBLEM_TYPE,
    PUSHBACK, RETRY_INFO,
};
use crate::foreign::{bounds, known};
use crate::{Code, Registry};

/// 10,000 years, which is as long as the format's durations may be.
pub(super) const LONGEST: Duration = Duration::from_secs(315_576_000_000);

/// Each detail of an encoded `google.rpc.Status`, still encoded.
///
/// The code and the message beside them are not read: those of the trailer are
/// what every proxy, and everybody who ignores details, has seen.
pub(super) fn details(status: &[u8]) -> impl Iterator<Item = &[u8]> {
    Fields::of(status).filter_map(|field| match field {
        (3, Value::Bytes(detail)) => Some(detail),
        _ => None,
    })
}

/// One detail, by its type.
#[derive(Clone, Debug)]
pub(super) enum Detail<'a> {
    Info(Info<'a>),
    /// `None` where there is no delay in it that makes sense.
    Retry(Option<Duration>),
    Localized,
    /// Of a type that means nothing here.
    Unknown,
    /// Of a type that does, or of none, but not readable.
    Broken,
}

impl<'a> Detail<'a> {
    pub(super) fn read(any: &'a [u8]) -> Self {
        let Some(type_url) = text(any, 1) else { return Detail::Broken };
        let value = last(any, 2).unwrap_or_default();
        // The part before the slash is a host that nobody asks.
        match type_url.rsplit('/').next() {
            Some(ERROR_INFO) => Info::read(value).map_or(Detail::Broken, Detail::Info),
            Some(RETRY_INFO) => Detail::Retry(last(value, 1).and_then(delay)),
            Some(LOCALIZED) => Detail::Localized,
            Some("") | None => Detail::Broken,
            Some(_) => Detail::Unknown,
        }
    }
}

/// `google.rpc.ErrorInfo`.
#[derive(Clone, Debug)]
pub(super) struct Info<'a> {
    pub(super) name: &'a str,
    pub(super) domain: &'a str,
    message: &'a [u8],
}

impl<'a> Info<'a> {
    /// `None` where name or domain is no text.
    fn read(message: &'a [u8]) -> Option<Self> {
        Some(Info { name: text(message, 1)?, domain: text(message, 2)?, message })
    }

    /// The arguments, without those under keys of our own and those that are no text.
    pub(super) fn args(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.metadata().filter(|(key, _)| !OURS.contains(key))
    }

    pub(super) fn number(&self) -> Option<u32> {
        bounds::number(self.own(ERROR_NUMBER)?.parse().ok()?)
    }

    pub(super) fn http(&self) -> Option<u16> {
        let status = self.own(HTTP_STATUS)?.parse().ok()?;
        (400..600).contains(&status).then_some(status)
    }

    pub(super) fn title(&self) -> Option<&'a str> {
        self.own(PROBLEM_TITLE)
    }

    pub(super) fn type_url(&self) -> Option<&'a str> {
        self.own(PROBLEM_TYPE)
    }

    /// Whether its sender says that it only put something there.
    pub(super) fn is_made_up(&self, what: &str) -> bool {
        self.own(MADE_UP).is_some_and(|all| all.split(' ').any(|one| one == what))
    }

    /// The code, by name and domain. The number is for people: where it says
    /// something else, it is wrong.
    pub(super) fn known(&self, registry: &Registry) -> Option<Code> {
        known(registry, self.domain, self.name)
    }

    fn own(&self, wanted: &str) -> Option<&'a str> {
        self.metadata().find_map(|(key, value)| (key == wanted).then_some(value))
    }

    fn metadata(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        Fields::of(self.message).filter_map(|field| match field {
            (3, Value::Bytes(entry)) => Some((text(entry, 1)?, text(entry, 2)?)),
            _ => None,
        })
    }
}

/// What all details of a status come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Details<'a> {
    /// The first that can be read.
    pub(super) info: Option<Info<'a>>,
    pub(super) delay: Option<Duration>,
}

impl<'a> Details<'a> {
    pub(super) fn read(status: &'a [u8]) -> Self {
        let mut found = Details::default();
        for detail in details(status) {
            match Detail::read(detail) {
                Detail::Info(info) if found.info.is_none() => found.info = Some(info),
                Detail::Retry(delay) if found.delay.is_none() => found.delay = delay,
                _ => {}
            }
        }
        found
    }
}

/// `google.protobuf.Duration`. One below zero is none. A fraction above a
/// second is carried over, since waiting too long does less harm than too short.
fn delay(message: &[u8]) -> Option<Duration> {
    let seconds = i64::try_from(number(message, 1)).ok()?.unsigned_abs();
    let nanos = i32::try_from(number(message, 2)).ok()?.unsigned_abs();
    let nanos = Duration::from_nanos(nanos.into());
    Some(Duration::from_secs(seconds).saturating_add(nanos).min(LONGEST))
}

/// As it is on the wire: a number below zero as its two's complement, which is huge.
fn number(message: &[u8], field: u64) -> u64 {
    let numbers = Fields::of(message).filter_map(|found| match found {
        (at, Value::Number(number)) if at == field => Some(number),
        _ => None,
    });
    numbers.last().unwrap_or_default()
}

/// The last field of that number, as the format wants it where there are several.
fn last(message: &[u8], field: u64) -> Option<&[u8]> {
    let all = Fields::of(message).filter_map(|found| match found {
        (at, Value::Bytes(bytes)) if at == field => Some(bytes),
        _ => None,
    });
    all.last()
}

/// A text that is not there is empty; one that is not UTF-8 is none.
fn text(message: &[u8], field: u64) -> Option<&str> {
    str::from_utf8(last(message, field).unwrap_or_default()).ok()
}

/// What a server says of this one call beside its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushback {
    Nothing,
    After(Duration),
    Never,
}

impl Pushback {
    /// gRPC's retry design (A6) reads a number that is negative or none at all as
    /// "do not repeat", and so do gRPC's own clients with several numbers.
    pub(super) fn read(metadata: &MetadataMap) -> Self {
        let mut values = metadata.get_all(PUSHBACK).iter();
        let Some(value) = values.next() else { return Pushback::Nothing };
        let millis = value.to_str().ok().and_then(|text| text.trim().parse::<i32>().ok());
        match millis.and_then(|millis| u64::try_from(millis).ok()) {
            Some(millis) if values.next().is_none() => {
                Pushback::After(Duration::from_millis(millis))
            }
            _ => Pushback::Never,
        }
    }

    pub(super) fn is_never(self) -> bool {
        self == Pushback::Never
    }

    /// The longer of this and another delay: both have asked for theirs.
    pub(super) fn or_longer(self, delay: Option<Duration>) -> Option<Duration> {
        match self {
            Pushback::After(after) => Some(delay.map_or(after, |delay| delay.max(after))),
            Pushback::Nothing | Pushback::Never => delay,
        }
    }
}
