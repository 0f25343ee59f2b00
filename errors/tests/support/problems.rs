//! The codes of two services, and what both sides of a wire see of an error.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
#![allow(dead_code, reason = "each test needs a part")]

use http::{HeaderMap, HeaderValue, StatusCode};
use seawall_errors::http::Problems;
use seawall_errors::{Code, Error, FAMILY, Foreign, Identity};

pub(crate) mod orders {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id", "region"]);
        /// The order is gone.
        ORDER_GONE = 2 => NotFound.http(410);
        /// The order \ cannot "be" read, 无法处理.
        ORDER_UNREADABLE = 3 => InvalidArgument.http(422).grpc(Grpc::DataLoss);
        /// The order came too slowly.
        ORDER_TOO_SLOW = 4 => Aborted.http(408);
        /// Too many orders.
        TOO_MANY_ORDERS = 5 => Throttled.keys(&["limit"]);
    }
}

seawall_errors::registry! { pub(crate) static CODES = [FAMILY, orders::CODES]; }
// A service that never heard of orders.
seawall_errors::registry! { pub(crate) static OTHER = [FAMILY]; }

pub(crate) const PROBLEMS: Problems =
    Problems::new(&CODES).with_type_url("https://errors.acme.com/{domain}/{name}#{number}");
pub(crate) const STRANGER: Problems =
    Problems::new(&OTHER).with_type_url("https://stranger.example/{number}");

/// A response, taken apart.
pub(crate) type Sent = (StatusCode, HeaderMap, String);

/// What is to be the same on the other side.
pub(crate) type Public<'a> = (Result<Code, Foreign>, Vec<(String, String)>, Option<&'a str>);

pub(crate) fn send(problems: Problems, error: &Error) -> Sent {
    let (parts, body) = problems.response::<String>(error).into_parts();
    (parts.status, parts.headers, body)
}

pub(crate) fn read(problems: Problems, (status, headers, body): &Sent) -> Error {
    problems.error(*status, headers, body.as_bytes())
}

pub(crate) fn json_headers() -> HeaderMap {
    let json = HeaderValue::from_static("application/problem+json");
    [(http::header::CONTENT_TYPE, json)].into_iter().collect()
}

/// What a body says that comes as a problem with this status.
pub(crate) fn arrives(status: u16, body: impl AsRef<[u8]>) -> Error {
    PROBLEMS.error(StatusCode::from_u16(status).unwrap(), &json_headers(), body.as_ref())
}

pub(crate) fn foreign(error: &Error) -> &Foreign {
    match error.identity() {
        Identity::Foreign(foreign) => foreign,
        known => panic!("{known:?}"),
    }
}

pub(crate) fn public(error: &Error) -> Public<'_> {
    let what = match error.identity() {
        Identity::Known(code) => Ok(code),
        Identity::Foreign(foreign) => Err(foreign.clone()),
        _ => unreachable!(),
    };
    let args = error.public_args().map(|(key, value)| (key.into(), value.into())).collect();
    (what, args, error.message())
}
