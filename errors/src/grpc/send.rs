//! From an error to a status that fits into a trailer.

use std::fmt::Write as _;
use std::string::{String, ToString};
use std::sync::Arc;
use std::time::Duration;
use std::vec::Vec;

use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code as TonicCode, Status};

use super::arrive::{Detail, LONGEST};
use super::room::{FIELD, Room};
use super::wire::{bytes, number, text};
use super::{
    ERROR_INFO, ERROR_NUMBER, GRPC_STATUS, HTTP_STATUS, LIMIT, LOCALIZED, MADE_UP, MESSAGE, OURS,
    PROBLEM_TITLE, PROBLEM_TYPE, PUSHBACK, RETRY_INFO, TYPE_PREFIX,
};
use crate::{Coded, Error, Identity};

/// Makes statuses of errors, where [`status`](super::status) is not enough: with a message in the
/// caller's language, or with another limit.
///
/// ```
/// use seawall_errors::grpc::Encoder;
/// use seawall_errors::{Error, family::RATE_LIMITED};
///
/// let status = Encoder::new()
///     .with_localized("de", "Zu viele Anfragen.")
///     .with_limit(2048)
///     .status(&Error::new(RATE_LIMITED));
/// assert_eq!(status.code(), tonic::Code::ResourceExhausted);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "an encoder does nothing until it is given an error"]
pub struct Encoder<'a> {
    limit: usize,
    localized: Option<(&'a str, &'a str)>,
}

impl Default for Encoder<'_> {
    fn default() -> Self {
        Encoder::new()
    }
}

impl<'a> Encoder<'a> {
    /// As [`status`](super::status) has it.
    pub const fn new() -> Self {
        Encoder { limit: LIMIT, localized: None }
    }

    /// The same, with a limit in bytes of headers, names and the 32 bytes included that HTTP/2
    /// counts for each. Unless set it is [`LIMIT`].
    ///
    /// Code, number and delay are sent whatever the limit: a few hundred bytes.
    pub const fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// The same, with a text for a person: its language as a BCP 47 tag, and the text.
    /// It takes the place of one that arrived with the error.
    pub const fn with_localized(mut self, language: &'a str, text: &'a str) -> Self {
        self.localized = Some((language, text));
        self
    }

    /// The error as a status. See [the module](super) for what is in it.
    pub fn status(&self, error: &Error) -> Status {
        let mut status = self.bare(error);
        status.set_source(Arc::new(error.outline()));
        status
    }

    /// The same without a source.
    pub(super) fn bare(&self, error: &Error) -> Status {
        let mut room = Room::new(self.limit);
        let mut metadata = MetadataMap::new();
        if error.is_never() {
            // The one header that says so.
            metadata.insert(PUSHBACK, MetadataValue::from_static("-1"));
            room.header(PUSHBACK.len() + 2);
        }

        // First what is always sent, then the rest as long as there is room.
        let info = info(error, &mut room);
        let retry = error.retry_after().map(retry_info);
        room.binary(retry.as_ref().map_or(0, |retry| retry.len() + ANY));
        let message = error.sent_message().unwrap_or_else(|| title(error));
        let message = room.message(message);
        let info = info.map(|info| fill(info, error, &mut room));
        let localized = self.localized.map(|(language, body)| localized(language, body));
        let localized = localized.filter(|localized| {
            let fits = room.take(localized.len() + ANY);
            room.close_unless(fits);
            fits
        });

        let (grpc, _) = statuses(error);
        let mut details = Vec::new();
        number(&mut details, 1, u64::from(grpc));
        text(&mut details, 2, message);
        let ours = [(ERROR_INFO, info), (RETRY_INFO, retry), (LOCALIZED, localized)];
        let mut any = false;
        for (name, value) in ours {
            if let Some(value) = value {
                bytes(&mut details, 3, &packed(name, &value));
                any = true;
            }
        }
        for detail in error.details() {
            let replaced =
                self.localized.is_some() && matches!(Detail::read(detail), Detail::Localized);
            if !replaced && room.take(detail.len() + FIELD) {
                bytes(&mut details, 3, detail);
                any = true;
            }
        }
        if !any {
            // An error of which nothing is known but a status stays one.
            details.clear();
        }
        let grpc = TonicCode::from_i32(i32::from(grpc));
        Status::with_details_and_metadata(grpc, message, details.into(), metadata)
    }
}

/// The gRPC status, and the HTTP status where it was ever stated: for a foreign error that came
/// over gRPC it was not, and is not made up here.
fn statuses(error: &Error) -> (u8, Option<u16>) {
    match error.identity() {
        Identity::Known(code) => (code.grpc().number(), Some(code.http())),
        Identity::Foreign(foreign) => {
            (foreign.grpc().unwrap_or(error.code().grpc()).number(), foreign.http())
        }
    }
}

fn title(error: &Error) -> &str {
    match error.identity() {
        Identity::Known(code) => code.title(),
        Identity::Foreign(foreign) => foreign.title(),
    }
}

/// What only stands in the status because something has to.
fn made_up(error: &Error) -> Option<String> {
    let is_title = error.sent_message().is_none() && !title(error).is_empty();
    let status = match error.identity() {
        Identity::Foreign(foreign) => foreign.grpc().is_none(),
        Identity::Known(_) => false,
    };
    let all = [status.then_some(GRPC_STATUS), is_title.then_some(MESSAGE)];
    (status || is_title).then(|| all.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// What a foreign error brought over HTTP and gRPC has no place for. The title is in the message
/// where there is no other.
fn foreign_texts(error: &Error) -> impl Iterator<Item = (&'static str, &str)> {
    let (type_url, title) = match error.identity() {
        Identity::Foreign(foreign) => (foreign.type_url(), foreign.title()),
        Identity::Known(_) => ("", ""),
    };
    let title = if error.sent_message().is_some() { title } else { "" };
    let all = [(PROBLEM_TYPE, type_url), (PROBLEM_TITLE, title)];
    all.into_iter().filter(|(_, text)| !text.is_empty())
}

/// `ErrorInfo` up to the arguments; none where the error came without a
/// code and there is nothing else to say.
fn info(error: &Error, room: &mut Room) -> Option<Vec<u8>> {
    let (_, http) = statuses(error);
    let id = match error.identity() {
        Identity::Known(code) => Some(code.number()),
        Identity::Foreign(foreign) => foreign.number(),
    };
    let nameless = error.name().is_empty() && error.domain().is_empty();
    let made_up = made_up(error);
    if nameless
        && id.is_none()
        && http.is_none()
        && made_up.is_none()
        && error.public_args().next().is_none()
        && foreign_texts(error).next().is_none()
    {
        return None;
    }
    let mut info = Vec::new();
    text(&mut info, 1, error.name());
    text(&mut info, 2, error.domain());
    let mut entry = |key, value: Option<String>| {
        if let Some(value) = value {
            pair(&mut info, key, &value);
        }
    };
    entry(ERROR_NUMBER, id.map(|id| id.to_string()));
    entry(HTTP_STATUS, http.map(|http| http.to_string()));
    entry(MADE_UP, made_up);
    room.binary(info.len() + ANY);
    Some(info)
}

/// Adds the arguments for which there is room. What does not fit is left out
/// as a whole: half an order id is a wrong one.
fn fill(mut info: Vec<u8>, error: &Error, room: &mut Room) -> Vec<u8> {
    let mut all = true;
    for (key, value) in error.public_args() {
        // It would be read as ours.
        if OURS.contains(&key) {
            continue;
        }
        let fits = room.take(key.len().saturating_add(value.len()).saturating_add(3 * FIELD));
        if fits {
            pair(&mut info, key, value);
        }
        all &= fits;
    }
    for (key, value) in foreign_texts(error) {
        let fits = room.take(key.len().saturating_add(value.len()).saturating_add(3 * FIELD));
        if fits {
            pair(&mut info, key, value);
        }
        all &= fits;
    }
    room.close_unless(all);
    info
}

fn pair(info: &mut Vec<u8>, key: &str, value: &str) {
    let mut entry = Vec::new();
    bytes(&mut entry, 1, key.as_bytes());
    bytes(&mut entry, 2, value.as_bytes());
    bytes(info, 3, &entry);
}

fn retry_info(delay: Duration) -> Vec<u8> {
    let delay = delay.min(LONGEST);
    let mut duration = Vec::new();
    number(&mut duration, 1, delay.as_secs());
    number(&mut duration, 2, u64::from(delay.subsec_nanos()));
    let mut info = Vec::new();
    bytes(&mut info, 1, &duration);
    info
}

fn localized(language: &str, body: &str) -> Vec<u8> {
    let mut message = Vec::new();
    text(&mut message, 1, language);
    text(&mut message, 2, body);
    message
}

fn packed(name: &str, value: &[u8]) -> Vec<u8> {
    let mut type_url = String::from(TYPE_PREFIX);
    let _ = write!(type_url, "{name}");
    let mut any = Vec::new();
    text(&mut any, 1, &type_url);
    bytes(&mut any, 2, value);
    any
}

/// What a detail costs beside its value: the longest of the type names, and three fields.
const ANY: usize = TYPE_PREFIX.len() + LOCALIZED.len() + 3 * FIELD;
