use std::borrow::ToOwned;
use std::string::String;
use std::time::SystemTime;
use std::vec::Vec;

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderMap, StatusCode};

use super::members::Members;
use super::problem::{MADE_UP_STATUS, NEVER, error_status, is_code};
use super::{ERROR_CODE, retry_after};
use crate::foreign::bounds::{self, is_type};
use crate::foreign::{Arrived, Foreign, stand_in};
use crate::{Error, Grpc, Registry};

/// The longest body that is looked at, in bytes. The longest that is ever
/// sent from here, with every character escaped, is shorter.
pub const MAX_BODY: usize = 512 * 1024;

pub(super) fn error(
    registry: &Registry,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: SystemTime,
) -> Error {
    let members = (body.len() <= MAX_BODY && is_json(headers)).then(|| Members::read(body));
    let mut members = members.flatten().unwrap_or_default();

    let body_delay = members.retry_after_ms.map(retry_after::from_millis);
    let arrived = Arrived {
        args: core::mem::take(&mut members.metadata),
        message: members.detail.take(),
        retry_after: retry_after::agree(retry_after::retry_after_at(headers, now), body_delay),
        never: members.retry.as_deref() == Some(NEVER),
        details: Vec::new(),
    };
    let (domain, name) = named(&mut members, headers).unwrap_or_default();
    let delayed = arrived.retry_after.is_some();
    let what = registry
        .by_name(&domain, &name)
        .ok_or_else(|| foreign(domain, name, members, status, delayed));
    Error::arrived(what, arrived)
}

/// Of the body where it names a code, since the rest of the body belongs to
/// it; else of the header.
fn named(members: &mut Members, headers: &HeaderMap) -> Option<(String, String)> {
    let domain = members.domain.take().unwrap_or_default();
    match members.name.take() {
        Some(name) if is_code(&domain, &name) => Some((domain, name)),
        _ => {
            let (domain, name) = headers.get(ERROR_CODE)?.to_str().ok()?.rsplit_once('/')?;
            is_code(domain, name).then(|| (domain.to_owned(), name.to_owned()))
        }
    }
}

fn foreign(
    domain: String,
    name: String,
    members: Members,
    status: StatusCode,
    delayed: bool,
) -> Foreign {
    let grpc = members.grpc.and_then(Grpc::from_number);
    let in_body = members.status.and_then(|status| u16::try_from(status).ok());
    // By whoever passed it on: see `Problem::made_up`. Only what we would have made up
    // ourselves; any other status was put there later, and is not to be talked away by a body.
    let made_up = members.made_up.as_deref() == Some(MADE_UP_STATUS)
        && stand_in(None, grpc, delayed).http() == status.as_u16();
    let http = if made_up {
        None
    } else {
        error_status(status.as_u16()).or_else(|| error_status(in_body?))
    };
    Foreign {
        domain,
        name,
        number: members.number.and_then(bounds::number),
        title: members.title.unwrap_or_default(),
        type_url: members.type_url.filter(|uri| is_type(uri)).unwrap_or_default(),
        http,
        grpc,
    }
}

/// JSON says so itself, and is not guessed.
fn is_json(headers: &HeaderMap) -> bool {
    let line = headers.get(CONTENT_TYPE).and_then(|line| line.to_str().ok()).unwrap_or_default();
    let essence = line.split(';').next().unwrap_or_default().trim();
    let tail = essence.len().checked_sub("+json".len()).and_then(|at| essence.get(at..));
    essence.eq_ignore_ascii_case("application/json")
        || tail.is_some_and(|tail| tail.eq_ignore_ascii_case("+json"))
}
