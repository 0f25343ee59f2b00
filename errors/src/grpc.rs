//! Errors over gRPC: out as a `Status` with details, back in as the same code.
//!
//! Sixteen status codes cannot say which order was missing, and
//! `RESOURCE_EXHAUSTED` is a rate limit, a quota and a message that is too large
//! all at once. Here the code itself travels with the status, in the details that
//! gRPC has for it, so that the other side has the same [`Error`] again, and a
//! service in between that does not know the code passes it on.
//!
//! ```
//! # mod code { seawall_errors::codes! {
//! #     pub domain "orders.acme.com" = 210;
//! #     /// No order has this id.
//! #     ORDER_NOT_FOUND = 1 => NotFound.http(410).keys(&["order_id"]);
//! # } }
//! use seawall_errors::{Error, Identity, Origin, grpc};
//! use tonic::Status;
//!
//! seawall_errors::registry! { static CODES = [seawall_errors::FAMILY, code::CODES]; }
//!
//! /// A handler returns it with `?`: an error, a code or a refusal becomes a status.
//! fn find(id: u64) -> Result<(), Status> {
//!     Err(Error::new(code::ORDER_NOT_FOUND).with_arg("order_id", id).with_arg("shard", 3))?
//! }
//!
//! # // Over the wire, where the source stays behind.
//! # fn send(status: Status) -> Status {
//! #     let mut headers = http::HeaderMap::new();
//! #     status.add_header(&mut headers).unwrap();
//! #     Status::from_header_map(&headers).unwrap()
//! # }
//! let status = send(find(7).unwrap_err());
//! assert_eq!(status.code(), tonic::Code::NotFound);
//!
//! let error = grpc::error(&CODES, &status);
//! assert_eq!(error.identity(), Identity::Known(code::ORDER_NOT_FOUND));
//! assert_eq!((error.origin(), error.code().http()), (Origin::Remote, 410));
//! assert_eq!(error.args().collect::<Vec<_>>(), [("order_id", "7")]);
//! ```
//!
//! # On the wire
//!
//! | where | what |
//! |---|---|
//! | status code | as the code states it |
//! | status message | the [message](Error::with_message) if it is not empty, or else the title |
//! | `google.rpc.ErrorInfo` | name as `reason`, domain, and as `metadata` the arguments that the code declares, with number and HTTP status under [`error-number`](ERROR_NUMBER) and [`http-status`](HTTP_STATUS), [what is made up](MADE_UP), and of a foreign error [title](PROBLEM_TITLE) and [type](PROBLEM_TYPE) |
//! | `google.rpc.RetryInfo` | the [retry-after](Error::with_retry_after), to the nanosecond |
//! | `google.rpc.LocalizedMessage` | [on request](Encoder::with_localized) |
//! | any other detail | as it arrived, byte for byte, where an error is passed on |
//! | header `grpc-retry-pushback-ms: -1` | where the error [is not to be repeated](Error::without_retry) |
//!
//! No source, no `Debug` text and no argument under an undeclared key is sent. A source stays
//! with the `Status` in this process, where logs and [`Coded`](crate::Coded) find it.
//!
//! All of it takes at most [`LIMIT`] bytes of headers, since proxies and clients drop
//! a response with longer ones as a whole. The message is sent twice, and most
//! letters of most languages count for thirteen bytes there. What does not fit is left out in this order: unknown
//! details, the localised text, title and type of a foreign error, arguments, the tail of the message. The code with
//! its number, and the delay, are always sent.
//!
//! # What comes back
//!
//! - A code that the registry knows by domain and name, or one of our [family](crate::family). A number that says something else is wrong.
//! - Or [`Foreign`], with the HTTP status that its sender stated, and its gRPC status.
//!   Neither is ever made of the other. It is classified [with caution](Error::code).
//! - Each detail is read for itself: one that is broken costs none of the others. Of two `ErrorInfo`s the
//!   first counts, and the second is not passed on.
//! - Code and message are those of the trailer. The details repeat both, and may lie.
//! - A delay below zero is none; a delay of zero means at once; one above 10,000 years is that long.
//! - `grpc-retry-pushback-ms` is a delay, too; of two the longer counts. If it is negative, or no number,
//!   [`retry()`](crate::Coded::retry) is [`Never`](crate::RetryClass::Never).
//!
//! A status that was made of an [`Error`] in this process comes back as what was public of that, whatever the text
//! of the status says. It comes back with a code if it was made of something else that has one. If that
//! was a failure of the transport, the error is local, its code is that of the
//! failure, and the text stays in the source: nobody wrote it for your callers.
//!
//! # What it costs
//!
//! Two microseconds each way, with some forty small allocations out and fewer than ten in (the
//! test `what_it_costs_is_what_the_docs_say` counts them); half a microsecond, and no allocation, to
//! classify a status as it is. A status takes some 500 bytes of headers. Only failed calls pay.
//!
//! # When not to use it
//!
//! Inside one process: return the [`Error`]. And mind what tonic does with an error that is not a `Status`:
//! a stack whose error is a box ends in `Status::from_error`, which sends its whole `Display` text.
//! Let the stack's error be `Status`; [`AsError`](crate::AsError) makes one of any refusal.

mod arrive;
mod coded;
mod room;
mod send;
mod wire;

use std::borrow::ToOwned;
use std::error::Error as StdError;
use std::string::{String, ToString};
use std::sync::Arc;
use std::vec::Vec;

use tonic::Status;

use self::arrive::{Detail, Details, Info, Pushback};
pub use self::send::Encoder;
use crate::foreign::bounds::{ARGS, TEXT, VALUE, cut, fits, is_key, is_type};
use crate::foreign::{Arrived, stand_in};
use crate::{Code, Error, Foreign, Origin, Registry, Rejected};

/// How many bytes of headers a status takes at most, unless an [`Encoder`] says otherwise. HTTP/2 stacks
/// refuse 16 KiB and some 8, and the application's own headers are among them.
pub const LIMIT: usize = 4096;

/// The key of the number in the metadata. No declared key has a hyphen, so none can be taken for it.
pub const ERROR_NUMBER: &str = "error-number";

/// The key of the HTTP status in the metadata.
pub const HTTP_STATUS: &str = "http-status";

/// The key, in the metadata, of what only stands there because something has to: `message`, where
/// it is the title; `grpc-status`, where it was chosen here for an error that came with none.
pub const MADE_UP: &str = "made-up";

/// The key of the title of a foreign error in the metadata, beside its message.
pub const PROBLEM_TITLE: &str = "problem-title";

/// The key of the problem type of a foreign error in the metadata.
pub const PROBLEM_TYPE: &str = "problem-type";

/// All keys that are ours.
const OURS: [&str; 5] = [ERROR_NUMBER, HTTP_STATUS, MADE_UP, PROBLEM_TITLE, PROBLEM_TYPE];
const MESSAGE: &str = "message";
const GRPC_STATUS: &str = "grpc-status";

const PUSHBACK: &str = "grpc-retry-pushback-ms";
const TYPE_PREFIX: &str = "type.googleapis.com/";
const ERROR_INFO: &str = "google.rpc.ErrorInfo";
const RETRY_INFO: &str = "google.rpc.RetryInfo";
const LOCALIZED: &str = "google.rpc.LocalizedMessage";

/// How much of details that are only passed on is kept.
const KEPT_DETAILS: usize = 16;
const KEPT_BYTES: usize = 8192;

/// The error as a status. See [the module](self) for what is in it.
pub fn status(error: &Error) -> Status {
    Encoder::new().status(error)
}

/// The error in a status: the code, if the registry knows it, or a [`Foreign`].
///
/// Made for what a tonic client returns, and harmless for any other status.
/// Whatever the details hold, it does not panic, and keeps a few kilobytes at most.
///
/// tonic itself (0.14) panics in the client's task when a server sends details that are no
/// base64; before this function is reached, so nothing here can mend it.
pub fn error(registry: &Registry, status: &Status) -> Error {
    let pushback = Pushback::read(status.metadata());
    if let Some(error) = status.source().and_then(Error::outline_of) {
        // The status may say more than that: tonic makes one of the whole `Display` text.
        let details = unknown(status.details());
        return error.known_by(registry).with_details(details, pushback.is_never());
    }
    if let Some(rejected) = crate::Coded::rejected(status) {
        let details = unknown(status.details());
        return Error::from(rejected).with_details(details, pushback.is_never());
    }
    let details = Details::read(status.details());
    let info = details.info.as_ref();
    let code = coded::inside(status).or_else(|| info.and_then(|info| info.known(registry)));

    let is_remote = status.source().is_none();
    let text = if is_remote { cut(status.message(), TEXT) } else { "" };
    // A title that was sent for want of a message is not one.
    let is_title = info.is_some_and(|info| info.is_made_up(MESSAGE))
        || code.is_some_and(|code| code.title() == text);
    let arrived = Arrived {
        args: info.map_or_else(Vec::new, args),
        message: (!is_title).then(|| text.to_owned()),
        retry_after: crate::Coded::retry_after(status),
        never: pushback.is_never(),
        details: unknown(status.details()),
    };
    let what = code.ok_or_else(|| {
        let mut foreign = foreign(info, status);
        if is_title {
            text.clone_into(&mut foreign.title);
        }
        foreign
    });
    let error = Error::arrived(what, arrived);
    // For the log, and for whoever looks for a transport error in the chain.
    if is_remote { error } else { error.with_origin(Origin::Local).with_source(status.clone()) }
}

fn args(info: &Info<'_>) -> Vec<(String, String)> {
    let mut args: Vec<(String, String)> = Vec::new();
    for (key, value) in info.args().filter(|(key, _)| is_key(key)) {
        let value = cut(value, VALUE).to_owned();
        // The last of a key counts, as the format has it.
        if let Some((_, old)) = args.iter_mut().find(|(known, _)| known == key) {
            *old = value;
        } else if args.len() < ARGS {
            args.push((key.to_owned(), value));
        }
    }
    args
}

fn foreign(info: Option<&Info<'_>>, status: &Status) -> Foreign {
    let http = info.and_then(Info::http);
    let grpc = coded::grpc(status);
    // Only what we would have made up ourselves; anything else was put there later. (A delay
    // makes a difference only to a gRPC status, which there was none.)
    let made_up = info.is_some_and(|info| info.is_made_up(GRPC_STATUS))
        && grpc == Some(stand_in(http, None, false).grpc());
    let id = info.filter(|info| fits(info.domain, info.name));
    Foreign {
        domain: id.map_or("", |info| info.domain).to_string(),
        name: id.map_or("", |info| info.name).to_string(),
        number: info.and_then(Info::number),
        title: info.and_then(Info::title).map_or("", |title| cut(title, TEXT)).to_string(),
        type_url: info
            .and_then(Info::type_url)
            .filter(|uri| is_type(uri))
            .unwrap_or("")
            .to_string(),
        http,
        grpc: grpc.filter(|_| !made_up),
    }
}

/// Details of types that mean nothing here, and localised texts, to be passed on.
fn unknown(status: &[u8]) -> Vec<Vec<u8>> {
    let mut left = KEPT_BYTES;
    arrive::details(status)
        .filter(|detail| matches!(Detail::read(detail), Detail::Unknown | Detail::Localized))
        .filter(|detail| match left.checked_sub(detail.len()) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })
        .take(KEPT_DETAILS)
        .map(<[u8]>::to_vec)
        .collect()
}

/// [`status`], with the whole error as the source of the status, for the log.
impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let mut status = Encoder::new().bare(&error);
        status.set_source(Arc::new(error));
        status
    }
}

/// [`status`].
impl From<&Error> for Status {
    fn from(error: &Error) -> Self {
        status(error)
    }
}

/// The code as a status.
impl From<Code> for Status {
    fn from(code: Code) -> Self {
        Error::new(code).into()
    }
}

/// The refusal as a status, so that a layer that refuses fits a stack whose error is `Status`. It
/// stays a refusal of this process until it leaves it: [`Coded::rejected`](crate::Coded::rejected) finds it.
impl From<Rejected> for Status {
    fn from(rejected: Rejected) -> Self {
        Error::from(rejected).into()
    }
}
