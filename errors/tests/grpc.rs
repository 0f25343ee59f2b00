//! Errors over gRPC: the same code after a hop, nothing that is not public, no
//! more than fits, and no harm from what others send.
#![cfg(feature = "tonic")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

#[path = "support/door.rs"]
#[allow(unreachable_pub, dead_code, reason = "the same file is a crate in the compile tests")]
mod door;
#[path = "support/grpc.rs"]
mod wire;

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use door::{Door, DoorLayer};
use proptest::prelude::*;
use seawall_errors::grpc::{self, Encoder};
use seawall_errors::{
    Code, Coded, Error, Executed, FAMILY, Grpc, Identity, Origin, Outcome, Rejected, RetryClass,
    family, find_code, find_coded, find_rejected,
};
use seawall_kit::alloc::{allocations, assert_no_allocations, peak_bytes};
use tonic::metadata::MetadataValue;
use tonic::{Code as TonicCode, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use wire::{any, bytes, details, over_the_wire, size, varint};

mod orders {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;
        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id", "region"]);
        /// The order was here once.
        ORDER_GONE = 2 => NotFound.http(410);
        /// The order makes no sense.
        ORDER_SENSELESS = 3 => InvalidArgument.http(422);
        /// The order took too long to arrive.
        ORDER_LATE = 4 => Timeout.http(408);
        /// Come back later.
        ORDERS_BUSY = 5 => Throttled.keys(&["limit"]);
    }
}
use orders::{ORDER_NOT_FOUND, ORDERS_BUSY};

mod longest {
    seawall_errors::codes! {
        pub domain "longest.com" = 211;
        /// A name as long as one may be.
        ABCDEFGHIJKLMNOPQRSTUVWXYZ_ABCDEFGHIJKLMNOPQRSTUVWXYZ_ABCDEFGHI = 1 => Overloaded;
    }
}
seawall_errors::registry! { static LONGEST = [FAMILY, longest::CODES]; }

seawall_errors::registry! { static CODES = [FAMILY, orders::CODES]; }
// A service in between that knows none of the codes of the orders.
seawall_errors::registry! { static MIDDLE = [FAMILY]; }
// One that knows none of ours.
seawall_errors::registry! { static ORDERS_ONLY = [orders::CODES]; }

const QUARTER: Duration = Duration::from_millis(250);

fn full() -> Error {
    Error::new(ORDER_NOT_FOUND)
        .with_arg("order_id", "7\n\u{1f980}")
        .with_arg("shard", "secret-shard")
        .with_arg("region", "")
        .with_message("Bestellung 7 fehlt: \"größer\"\n% und\u{0} weg")
        .with_retry_after(QUARTER)
        .with_source(io::Error::other("secret source"))
}

/// What an error says to somebody else.
fn said(error: &Error) -> impl PartialEq + std::fmt::Debug + use<> {
    let args: Vec<_> =
        error.public_args().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let name = format!("{}/{}", error.domain(), error.name());
    (name, args, error.public_message().to_owned(), error.retry_after(), error.retry())
}

#[test]
fn an_error_is_the_same_after_a_hop() {
    let sent = full();
    let status = over_the_wire(&grpc::status(&sent));
    assert_eq!(status.code(), TonicCode::NotFound);
    assert_eq!(status.message(), sent.public_message());
    let error = grpc::error(&CODES, &status);
    assert_eq!(error.identity(), Identity::Known(ORDER_NOT_FOUND));
    assert_eq!((error.origin(), error.code()), (Origin::Remote, ORDER_NOT_FOUND));
    assert_eq!(said(&error), said(&sent));
    assert_eq!(error.args().collect::<Vec<_>>(), [("order_id", "7\n\u{1f980}"), ("region", "")]);
}

#[test]
fn a_title_that_was_sent_for_want_of_a_message_is_none() {
    let status = over_the_wire(&ORDER_NOT_FOUND.into());
    assert_eq!(status.message(), "No order has this id.");
    assert_eq!(grpc::error(&CODES, &status).message(), None);
    let middle = grpc::error(&MIDDLE, &status);
    let Identity::Foreign(foreign) = middle.identity() else { panic!("{middle:?}") };
    assert_eq!((middle.message(), foreign.title()), (None, "No order has this id."));
    // An older server may word it otherwise: still a title, since it says so itself.
    let flagged = wire::error_info("ORDER_GONE", "orders.acme.com", &[("made-up", "message")]);
    let mut older = Status::new(TonicCode::NotFound, "Gone.");
    older = Status::with_details(
        older.code(),
        "Gone.",
        wire::status(5, &[flagged]).details().to_vec().into(),
    );
    assert_eq!(grpc::error(&CODES, &older).message(), None);
}

#[test]
fn googles_own_messages_are_read_and_ours_are_read_by_theirs() {
    let status = grpc::status(&full());
    let theirs = status.get_error_details();
    let info = theirs.error_info().unwrap();
    assert_eq!((&*info.reason, &*info.domain), ("ORDER_NOT_FOUND", "orders.acme.com"));
    let mut metadata: Vec<_> = info.metadata.clone().into_iter().collect();
    metadata.sort();
    let expected = [
        ("error-number", "210001"),
        ("http-status", "404"),
        ("order_id", "7\n\u{1f980}"),
        ("region", ""),
    ];
    assert_eq!(metadata, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert_eq!(theirs.retry_info().unwrap().retry_delay, Some(QUARTER));

    let mut details = ErrorDetails::with_error_info(
        "API_DISABLED",
        "googleapis.com",
        [("service".to_owned(), "translate".to_owned())],
    );
    details.set_retry_info(Some(Duration::new(3, 4)));
    details.add_bad_request_violation("field", "is wrong");
    let status = Status::with_error_details(TonicCode::PermissionDenied, "disabled", details);
    let error = grpc::error(&CODES, &over_the_wire(&status));
    let Identity::Foreign(foreign) = error.identity() else { panic!("{error:?}") };
    assert_eq!((foreign.domain(), foreign.name()), ("googleapis.com", "API_DISABLED"));
    assert_eq!((foreign.grpc(), foreign.http()), (Some(Grpc::PermissionDenied), None));
    assert_eq!((foreign.number(), error.code()), (None, family::FOREIGN_REFUSAL));
    assert_eq!(error.args().collect::<Vec<_>>(), [("service", "translate")]);
    assert_eq!(error.retry_after(), Some(Duration::new(3, 4)));
    let again = over_the_wire(&grpc::status(&error)).get_error_details();
    assert_eq!(again.bad_request().unwrap().field_violations[0].field, "field");
    let metadata = &again.error_info().unwrap().metadata;
    assert_eq!(metadata.len(), 1, "nothing of ours is added to what is theirs: {metadata:?}");
}

#[test]
fn three_hops_that_do_not_know_a_code_change_no_byte_of_it() {
    let unknown = any("acme.com/acme.Trace", b"\x08\x07\xff");
    let mut raw = grpc::status(&full()).details().to_vec();
    bytes(&mut raw, 3, &unknown);
    let status =
        Status::with_details(TonicCode::NotFound, full().public_message(), raw.clone().into());
    let mut hop = over_the_wire(&status);
    for _ in 0..3 {
        let error = grpc::error(&MIDDLE, &hop);
        let Identity::Foreign(foreign) = error.identity() else { panic!("{error:?}") };
        assert_eq!((foreign.number(), foreign.http()), (Some(210_001), Some(404)));
        assert_eq!((error.origin(), error.label()), (Origin::Remote, "_OTHER"));
        hop = over_the_wire(&error.into());
        assert_eq!(hop.details(), status.details());
        assert_eq!((hop.code(), hop.message()), (status.code(), status.message()));
    }
    assert_eq!(details(hop.details()).last(), Some(&unknown));
    assert_eq!(said(&grpc::error(&CODES, &hop)), said(&full()));
}

#[test]
fn a_status_without_details_stays_one_over_three_hops() {
    for code in 1..=16 {
        let mut status = Status::new(TonicCode::from_i32(code), "naïve");
        for _ in 0..3 {
            status = over_the_wire(&grpc::error(&MIDDLE, &status).into());
            assert_eq!((i32::from(status.code()), status.message()), (code, "naïve"));
            assert_eq!((status.details(), status.metadata().len()), (&[][..], 0));
        }
    }
}

#[test]
fn an_http_status_survives_grpc_and_is_never_made_of_a_grpc_status() {
    let codes = [orders::ORDER_GONE, orders::ORDER_SENSELESS, orders::ORDER_LATE];
    for (code, http) in codes.into_iter().zip([410, 422, 408]) {
        let hop = over_the_wire(&code.into());
        let middle = grpc::error(&MIDDLE, &hop);
        let Identity::Foreign(foreign) = middle.identity() else { panic!("{middle:?}") };
        assert_eq!(foreign.http(), Some(http));
        assert_eq!(foreign.grpc(), Some(code.grpc()));
        let back = grpc::error(&CODES, &over_the_wire(&middle.into()));
        assert_eq!((back.code(), back.code().http()), (code, http));
    }
}

#[test]
fn what_is_foreign_is_classified_with_caution() {
    let table = [
        (TonicCode::Ok, family::FOREIGN_FAILURE),
        (TonicCode::Cancelled, family::FOREIGN_CANCEL),
        (TonicCode::Unknown, family::FOREIGN_FAILURE),
        (TonicCode::InvalidArgument, family::FOREIGN_REFUSAL),
        (TonicCode::DeadlineExceeded, family::FOREIGN_TIMEOUT),
        (TonicCode::ResourceExhausted, family::FOREIGN_EXHAUSTED),
        (TonicCode::Unimplemented, family::FOREIGN_FAILURE),
        (TonicCode::Unavailable, family::FOREIGN_UNAVAILABLE),
    ];
    for (code, stand_in) in table {
        let status = Status::new(code, "");
        assert_eq!(grpc::error(&CODES, &status).code(), stand_in, "{code:?}");
        assert_eq!(Coded::code(&status), stand_in, "{code:?}, bare");
        assert_eq!(find_code(&status), Some(stand_in), "{code:?}, in a chain");
    }
    // A delay tells a rate limit from a quota.
    let mut later = Status::resource_exhausted("");
    later.metadata_mut().insert("grpc-retry-pushback-ms", MetadataValue::from_static("250"));
    assert_eq!(Coded::code(&later), family::FOREIGN_THROTTLE);
    assert_eq!(grpc::error(&CODES, &later).code(), family::FOREIGN_THROTTLE);
}

#[test]
fn the_name_counts_and_not_the_number() {
    let info = |name: &str, number: &str| {
        let info = wire::error_info(name, "orders.acme.com", &[("error-number", number)]);
        grpc::error(&CODES, &wire::status(5, &[info]))
    };
    assert_eq!(info("ORDER_GONE", "210001").code(), orders::ORDER_GONE);
    assert_eq!(info("ORDER_GONE", "").code(), orders::ORDER_GONE);
    for (sent, read) in [
        ("210001", Some(210_001)),
        ("1", Some(1)),
        ("4011", Some(4011)),
        ("4294967295", Some(u32::MAX)),
        ("4294967296", None),
        ("0", None),
        ("-7", None),
        ("1e9", None),
    ] {
        let error = info("ORDER_LOST", sent);
        let Identity::Foreign(foreign) = error.identity() else { panic!("{error:?}") };
        assert_eq!(foreign.number(), read, "{sent}");
    }
}

#[test]
fn http_statuses_that_are_none_are_not_believed() {
    for (sent, read) in [
        ("400", Some(400)),
        ("599", Some(599)),
        ("200", None),
        ("399", None),
        ("600", None),
        ("x", None),
    ] {
        let info = wire::error_info("LOST", "a.b", &[("http-status", sent)]);
        let error = grpc::error(&CODES, &wire::status(5, &[info]));
        let Identity::Foreign(foreign) = error.identity() else { panic!("{error:?}") };
        assert_eq!(foreign.http(), read, "{sent}");
    }
}

#[test]
fn one_broken_detail_costs_none_of_the_others() {
    let info = wire::error_info("ORDER_GONE", "orders.acme.com", &[]);
    let retry = wire::retry_info(0, 250_000_000);
    let unknown = any("x/acme.Trace", b"\xff\xff");
    let broken = [
        vec![],
        b"\xff\xff\xff".to_vec(),
        any("type.googleapis.com/google.rpc.ErrorInfo", b"\x0a\xff"),
        any("type.googleapis.com/google.rpc.ErrorInfo", b"\x0a\x02\xc3\x28"),
        any("type.googleapis.com/google.rpc.RetryInfo", b"\x0a\x7f"),
        any("", b"no type"),
    ];
    for bad in broken {
        for at in 0..=3 {
            let mut details = vec![info.clone(), retry.clone(), unknown.clone()];
            details.insert(at, bad.clone());
            let status = wire::status(5, &details);
            let error = grpc::error(&CODES, &status);
            // An `ErrorInfo` cut off in its name is one with an empty name.
            let nameless = bad == any("type.googleapis.com/google.rpc.ErrorInfo", b"\x0a\xff");
            let expected =
                if nameless && at == 0 { family::FOREIGN_REFUSAL } else { orders::ORDER_GONE };
            assert_eq!(error.code(), expected, "{bad:x?} at {at}");
            assert_eq!(error.retry_after(), Some(QUARTER), "{bad:x?} at {at}");
            let passed_on = details_of(&error);
            assert!(passed_on.contains(&unknown), "{bad:x?} at {at}");
            assert!(!passed_on.contains(&bad), "{bad:x?} at {at}");
        }
    }
}

fn details_of(error: &Error) -> Vec<Vec<u8>> {
    details(grpc::status(error).details())
}

#[test]
fn one_argument_that_is_no_text_costs_none_of_the_others() {
    let mut info = Vec::new();
    bytes(&mut info, 1, b"ORDER_NOT_FOUND");
    bytes(&mut info, 3, b"\x0a\x01k\x12\x01\xff");
    bytes(&mut info, 3, b"\x0a\x08order_id\x12\x017");
    bytes(&mut info, 2, b"orders.acme.com");
    let info = any("/google.rpc.ErrorInfo", &info);
    let error = grpc::error(&CODES, &wire::status(5, &[info]));
    assert_eq!((error.code(), error.arg("order_id")), (ORDER_NOT_FOUND, Some("7")));
    assert_eq!(error.args().count(), 1);
}

#[test]
fn details_that_are_cut_off_count_up_to_the_cut() {
    let whole = grpc::status(&full()).details().to_vec();
    let mut known = 0;
    for end in 0..=whole.len() {
        let cut = whole[..end].to_vec();
        let status = Status::with_details(TonicCode::NotFound, "", cut.into());
        let error = grpc::error(&CODES, &status);
        known += usize::from(error.code() == ORDER_NOT_FOUND);
        assert!(error.retry_after().is_none_or(|delay| delay == QUARTER), "{end}");
    }
    let retry_info = wire::retry_info(0, 250_000_000).len() + 2;
    assert_eq!(known, retry_info + 1, "as soon as the first detail is whole");
}

#[test]
fn the_first_of_two_error_infos_counts_and_one_is_passed_on() {
    let first = wire::error_info("ORDER_GONE", "orders.acme.com", &[("a", "1")]);
    let second = wire::error_info("ORDER_LATE", "orders.acme.com", &[("b", "2")]);
    let error = grpc::error(&CODES, &wire::status(5, &[first, second]));
    assert_eq!(error.code(), orders::ORDER_GONE);
    assert_eq!(error.args().collect::<Vec<_>>(), [("a", "1")]);
    assert_eq!(details_of(&error).len(), 1);
}

#[test]
fn code_and_message_are_those_of_the_trailer_and_not_of_the_details() {
    let mut inner = Vec::new();
    varint(&mut inner, 1 << 3);
    varint(&mut inner, 3);
    bytes(&mut inner, 2, b"another");
    bytes(&mut inner, 3, &wire::error_info("LOST", "a.b", &[]));
    let status = Status::with_details(TonicCode::Unavailable, "the trailer's", inner.into());
    let error = grpc::error(&CODES, &status);
    let Identity::Foreign(foreign) = error.identity() else { panic!("{error:?}") };
    assert_eq!(foreign.grpc(), Some(Grpc::Unavailable));
    assert_eq!(error.message(), Some("the trailer's"));
}

#[test]
fn delays_are_read_with_sense() {
    const YEARS: Duration = Duration::from_secs(315_576_000_000);
    let table = [
        ((0, 0), Some(Duration::ZERO)),
        ((0, 1), Some(Duration::from_nanos(1))),
        ((3600, 0), Some(Duration::from_secs(3600))),
        ((-1, 0), None),
        ((0, -1), None),
        ((1, -1), None),
        ((i64::MIN, i32::MIN), None),
        ((0, 1_500_000_000), Some(Duration::from_millis(1500))),
        ((0, i32::MAX), Some(Duration::from_nanos(2_147_483_647))),
        ((315_576_000_000, 0), Some(YEARS)),
        ((i64::MAX, i32::MAX), Some(YEARS)),
    ];
    for ((seconds, nanos), delay) in table {
        let status = wire::status(14, &[wire::retry_info(seconds, nanos)]);
        let error = grpc::error(&CODES, &status);
        assert_eq!(error.retry_after(), delay, "{seconds} s {nanos} ns");
        assert_eq!(status.retry_after(), delay, "{seconds} s {nanos} ns, bare");
        let again = grpc::error(&CODES, &over_the_wire(&error.into()));
        assert_eq!(again.retry_after(), delay, "{seconds} s {nanos} ns, sent again");
    }
    let missing = any("type.googleapis.com/google.rpc.RetryInfo", b"");
    assert_eq!(grpc::error(&CODES, &wire::status(14, &[missing])).retry_after(), None);
    for delay in seawall_kit::extremes::DURATION.iter().copied() {
        let error = Error::new(ORDERS_BUSY).with_retry_after(delay);
        let back = grpc::error(&CODES, &over_the_wire(&error.into()));
        assert_eq!(back.retry_after(), Some(delay.min(YEARS)));
    }
}

#[test]
fn a_server_that_pushes_back_is_heard() {
    let table: &[(&[&str], Option<Duration>, RetryClass)] = &[
        (&["250"], Some(QUARTER), RetryClass::Backoff),
        (&[" 250 "], Some(QUARTER), RetryClass::Backoff),
        (&["0"], Some(Duration::ZERO), RetryClass::Backoff),
        (&["2147483647"], Some(Duration::from_millis(2_147_483_647)), RetryClass::Backoff),
        (&["-1"], None, RetryClass::Never),
        (&["2147483648"], None, RetryClass::Never),
        (&["99999999999999999999999"], None, RetryClass::Never),
        (&["soon"], None, RetryClass::Never),
        (&[""], None, RetryClass::Never),
        (&["250", "250"], None, RetryClass::Never),
        (&[], None, RetryClass::Backoff),
    ];
    for (values, delay, retry) in table {
        let mut status = Status::unavailable("");
        for value in *values {
            status.metadata_mut().append("grpc-retry-pushback-ms", value.parse().unwrap());
        }
        let error = grpc::error(&CODES, &over_the_wire(&status));
        assert_eq!((error.retry_after(), error.retry()), (*delay, *retry), "{values:?}");
        assert_eq!((status.retry_after(), status.retry()), (*delay, *retry), "{values:?}, bare");
        let again = grpc::error(&CODES, &over_the_wire(&error.into()));
        assert_eq!((again.retry_after(), again.retry()), (*delay, *retry), "{values:?}, again");
    }
    let mut both = wire::status(14, &[wire::retry_info(0, 100_000_000)]);
    both.metadata_mut().insert("grpc-retry-pushback-ms", MetadataValue::from_static("250"));
    assert_eq!(both.retry_after(), Some(QUARTER), "the longer of two");
    both.metadata_mut().insert("grpc-retry-pushback-ms", MetadataValue::from_static("50"));
    assert_eq!(both.retry_after(), Some(Duration::from_millis(100)), "the longer of two");
}

#[test]
fn an_hour_is_an_hour_after_two_hops_and_never_stays_never() {
    let hour = Duration::from_secs(3600);
    let error = Error::new(ORDERS_BUSY).with_retry_after(hour).without_retry();
    let middle = grpc::error(&MIDDLE, &over_the_wire(&error.into()));
    let last = grpc::error(&CODES, &over_the_wire(&middle.into()));
    assert_eq!((last.code(), last.retry_after()), (ORDERS_BUSY, Some(hour)));
    assert_eq!((last.retry(), last.code().retry()), (RetryClass::Never, RetryClass::AfterDelay));
}

#[test]
fn a_status_made_here_is_what_it_was_made_of() {
    for status in [Status::from(full()), Status::from(&full()), ORDER_NOT_FOUND.into()] {
        assert_eq!(Coded::code(&status), ORDER_NOT_FOUND);
        assert_eq!(find_code(&io::Error::other(status.clone())), Some(ORDER_NOT_FOUND));
        let error = grpc::error(&MIDDLE, &status);
        assert_eq!((error.origin(), error.code()), (Origin::Local, ORDER_NOT_FOUND));
        assert_eq!(Coded::code(&over_the_wire(&status)), family::FOREIGN_REFUSAL, "no registry");
    }
    // What arrived before is not made local by passing through here.
    let arrived = grpc::error(&MIDDLE, &over_the_wire(&full().into()));
    for status in [Status::from(&arrived), arrived.into()] {
        let error = grpc::error(&CODES, &status);
        assert_eq!((error.origin(), error.code()), (Origin::Remote, ORDER_NOT_FOUND));
    }
}

#[test]
fn a_refusal_stays_ours_until_it_leaves_the_process() {
    let refused = Rejected::new(family::CIRCUIT_OPEN, "orders").with_retry_after(QUARTER);
    let status = Status::from(refused);
    assert_eq!((status.rejected(), status.outcome()), (Some(refused), Outcome::Neutral));
    assert_eq!(find_rejected(&status), Some(refused));
    assert_eq!(grpc::error(&CODES, &status).rejected(), Some(refused));
    let remote = over_the_wire(&status);
    assert_eq!((remote.rejected(), remote.outcome()), (None, Outcome::Failure));
    assert_eq!((Coded::code(&remote), remote.retry_after()), (family::CIRCUIT_OPEN, Some(QUARTER)));
    assert_eq!(grpc::error(&CODES, &remote).rejected(), None);
}

#[tokio::test]
async fn a_layer_that_refuses_fits_a_stack_whose_error_is_a_status() {
    let door = Door::new("orders", 0);
    let orders = ServiceBuilder::new()
        .layer(DoorLayer::new(Door::new("outer", 1)))
        .layer(DoorLayer::new(door))
        .service(service_fn(async |id: u64| Ok::<u64, Status>(id)));
    let status = orders.oneshot(7).await.unwrap_err();
    assert_eq!(status.code(), TonicCode::Unavailable);
    assert_eq!(status.rejected().map(|refused| refused.who()), Some("orders"));
    let remote = grpc::error(&CODES, &over_the_wire(&status));
    assert_eq!((remote.code(), remote.arg("limit")), (family::BULKHEAD_FULL, Some("0")));
}

#[test]
fn failures_of_the_transport_are_local_and_their_texts_stay_here() {
    let table: [(Box<dyn StdError + Send + Sync>, Code); 4] = [
        (tonic::ConnectError("10.0.0.7 refused".into()).into(), family::CONNECT_FAILED),
        (tonic::TimeoutExpired(()).into(), family::ATTEMPT_TIMEOUT),
        (
            io::Error::new(io::ErrorKind::ConnectionReset, "10.0.0.7").into(),
            family::CONNECTION_LOST,
        ),
        ("10.0.0.7 is odd".into(), family::FOREIGN_FAILURE),
    ];
    for (failure, code) in table {
        let status = Status::from_error(failure);
        assert_eq!(Coded::code(&status), code);
        let error = grpc::error(&CODES, &status);
        assert_eq!((error.origin(), error.code(), error.message()), (Origin::Local, code, None));
        assert!(find_coded(&error).is_some() && format!("{error:?}").contains(status.message()));
        let sent = over_the_wire(&error.into());
        assert!(!sent.message().contains("10.0.0.7"), "{sent:?}");
    }
}

#[test]
fn a_chain_of_statuses_without_an_end_in_sight_is_walked_for_a_bounded_time() {
    let mut status = Status::from(Rejected::new(family::LOAD_SHED, "deep"));
    for _ in 0..10_000 {
        let mut outer = Status::unavailable("");
        outer.set_source(std::sync::Arc::new(status));
        status = outer;
    }
    assert_eq!(Coded::code(&status), family::FOREIGN_UNAVAILABLE, "beyond what is looked at");
    assert_eq!((status.rejected(), status.retry_after()), (None, None));
    assert_eq!(grpc::error(&CODES, &status).origin(), Origin::Local);
    // Dropping it is not ours: take it apart without recursion.
    std::mem::forget(status);
}

#[test]
fn classifying_a_status_allocates_nothing() {
    let known = over_the_wire(&Error::from(family::RATE_LIMITED).with_retry_after(QUARTER).into());
    let foreign = over_the_wire(&full().into());
    let local = Status::from(Rejected::new(family::CIRCUIT_OPEN, "orders"));
    assert_no_allocations("a status", 100, || {
        assert_eq!(Coded::code(&known), family::RATE_LIMITED);
        assert_eq!((known.retry(), known.retry_after()), (RetryClass::AfterDelay, Some(QUARTER)));
        assert_eq!(find_code(&foreign), Some(family::FOREIGN_REFUSAL));
        assert_eq!((local.outcome(), foreign.outcome()), (Outcome::Neutral, Outcome::Success));
    });
}

#[test]
fn what_it_costs_is_what_the_docs_say() {
    let error = Error::new(ORDER_NOT_FOUND).with_arg("order_id", 7).with_retry_after(QUARTER);
    let mut status = None;
    let out = allocations(|| status = Some(grpc::status(&error)));
    assert!((20..=45).contains(&out), "{out} out");
    let status = over_the_wire(&status.unwrap());
    assert!((300..=550).contains(&size(&status)), "{} bytes", size(&status));
    for registry in [&CODES, &MIDDLE] {
        let mut error = None;
        let back = allocations(|| error = Some(grpc::error(registry, &status)));
        assert!(back < 10 && error.is_some(), "{back} in");
    }
}

#[test]
fn a_localised_text_is_sent_on_request_and_takes_the_place_of_another() {
    let error = Error::new(ORDER_NOT_FOUND);
    let status =
        Encoder::new().with_localized("de", "Diese Bestellung gibt es nicht.").status(&error);
    let text = status.get_error_details().localized_message().unwrap().clone();
    assert_eq!((&*text.locale, &*text.message), ("de", "Diese Bestellung gibt es nicht."));
    let middle = grpc::error(&MIDDLE, &over_the_wire(&status));
    let passed_on = grpc::status(&middle).get_error_details();
    assert_eq!(passed_on.localized_message().unwrap().message, text.message);
    let status = Encoder::new().with_localized("fr", "Inconnue.").status(&middle);
    assert_eq!(details(status.details()).len(), 2);
    assert_eq!(status.get_error_details().localized_message().unwrap().locale, "fr");
}

/// What is in a status of that limit, of an error with everything large.
fn squeezed(limit: usize) -> (Status, [bool; 4]) {
    let foreign = wire::status(
        5,
        &[
            wire::error_info(
                "ORDER_NOT_FOUND",
                "orders.acme.com",
                &[("order_id", &"7".repeat(500))],
            ),
            wire::retry_info(1, 0),
            any("x/acme.Trace", &[7; 300]),
        ],
    );
    let error = grpc::error(&CODES, &foreign).with_message("m".repeat(300));
    let status =
        Encoder::new().with_limit(limit).with_localized("en", &"l".repeat(300)).status(&error);
    let details = status.get_error_details();
    let kept = [
        wire::details(status.details()).iter().any(|detail| detail.ends_with(&[7; 300])),
        details.localized_message().is_some(),
        details.error_info().unwrap().metadata.contains_key("order_id"),
        status.message().len() == 300,
    ];
    (status, kept)
}

#[test]
fn what_does_not_fit_is_left_out_in_a_fixed_order_and_never_the_code() {
    let mut stages = Vec::new();
    for limit in (0..4096).rev() {
        let (status, kept) = squeezed(limit);
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!((&*info.reason, &*info.domain), ("ORDER_NOT_FOUND", "orders.acme.com"));
        assert_eq!(info.metadata["error-number"], "210001");
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(Duration::from_secs(1)));
        assert!(size(&status) <= limit.max(500), "{} for {limit}", size(&status));
        if stages.last() != Some(&kept) {
            stages.push(kept);
        }
    }
    let order = [
        [true, true, true, true],
        [false, true, true, true],
        [false, false, true, true],
        [false, false, false, true],
        [false, false, false, false],
    ];
    assert_eq!(stages, order);
    assert_eq!(squeezed(0).0.message(), "");
}

#[test]
fn a_message_is_cut_between_letters_and_fits_however_it_is_encoded() {
    for letter in ["a", " ", "\n", "é", "€", "\u{1f980}", "%", "\u{0}"] {
        let error = Error::new(ORDER_NOT_FOUND).with_message(letter.repeat(5000));
        let status = grpc::status(&error);
        assert!(size(&status) <= grpc::LIMIT, "{} of {letter:?}", size(&status));
        assert!(
            size(&status) > grpc::LIMIT - 200 || letter == "%",
            "{} of {letter:?}",
            size(&status)
        );
        let back = grpc::error(&CODES, &over_the_wire(&status));
        assert!(error.public_message().starts_with(back.public_message()));
        assert_eq!(back.code(), ORDER_NOT_FOUND);
    }
}

#[test]
fn sixty_keys_of_somebody_else_are_capped_with_the_code_intact() {
    let metadata: Vec<_> = (0..60)
        .map(|i| (format!("a_rather_long_key_{i}"), format!("value {i} ").repeat(9)))
        .collect();
    let metadata: Vec<_> = metadata.iter().map(|(key, value)| (&**key, &**value)).collect();
    let huge = wire::status(
        8,
        &[wire::error_info("FULL_UP", "other.org", &metadata), wire::retry_info(2, 0)],
    );
    assert!(size(&huge) > 8000, "{}", size(&huge));
    let error = grpc::error(&CODES, &huge);
    assert_eq!(error.args().count(), 60);
    let sent = over_the_wire(&error.into());
    assert!(size(&sent) <= grpc::LIMIT && size(&sent) > grpc::LIMIT * 7 / 8, "{}", size(&sent));
    let back = grpc::error(&CODES, &sent);
    assert_eq!((back.domain(), back.name()), ("other.org", "FULL_UP"));
    assert_eq!(back.retry_after(), Some(Duration::from_secs(2)));
    let (kept, all): (Vec<_>, Vec<_>) = (back.args().collect(), metadata);
    assert_eq!(kept, all[..kept.len()], "whole values, from the front");
}

#[test]
fn what_arrives_is_kept_within_bounds() {
    let long = "x".repeat(100_000);
    let many: Vec<_> = (0..1000).map(|i| format!("k{i}")).collect();
    let metadata: Vec<_> = many.iter().map(|key| (&**key, &*long)).collect();
    let mut all = vec![wire::error_info(&long, &long, &metadata)];
    all.extend((0..1000).map(|_| any("x/y", &[7; 1000])));
    let status = wire::status(5, &all);
    let mut error = None;
    let peak = peak_bytes(|| error = Some(grpc::error(&CODES, &status)));
    let error = error.unwrap();
    assert!(peak < 100_000, "{peak} bytes for a status of {}", status.details().len());
    assert_eq!((error.name(), error.domain()), ("", ""), "neither is cut to another");
    assert_eq!(error.args().count(), 64);
    assert!(error.args().all(|(key, value)| key.len() <= 64 && value.len() == 1024));
    let sent = Encoder::new().with_limit(1_000_000).status(&error);
    assert_eq!(details(sent.details()).len(), 1 + 8, "at most 8 KiB of what means nothing here");
    let small: Vec<_> = (0..1000).map(|_| any("x/y", b"")).collect();
    let error = grpc::error(&CODES, &wire::status(5, &small));
    assert_eq!(details_of(&error).len(), 16);
}

#[test]
fn the_last_of_a_key_counts_and_ours_cannot_be_sent_as_arguments() {
    let pairs = [
        ("a", "1"),
        ("error-number", "-1"),
        ("made-up", "x"),
        ("problem-title", ""),
        ("problem-type", "/"),
        ("http-status", "700"),
        ("a", "2"),
    ];
    let error = grpc::error(&CODES, &wire::status(5, &[wire::error_info("X_Y", "a.b", &pairs)]));
    assert_eq!(error.args().collect::<Vec<_>>(), [("a", "2")]);
    let Identity::Foreign(foreign) = error.identity() else { panic!("{error:?}") };
    assert_eq!((foreign.number(), foreign.http()), (None, None));
}

#[test]
fn an_error_in_a_status_made_here_comes_back_as_what_was_public_and_not_as_the_text_around_it() {
    let secret = || Error::new(ORDER_NOT_FOUND).with_arg("order_id", 7).with_arg("shard", "secret");
    let around = || std::sync::Arc::new(secret());
    let mut internal = Status::internal(format!("{:?}", secret()));
    internal.set_source(around());
    let mut deep = Status::internal(format!("{:?}", secret()));
    deep.set_source(std::sync::Arc::new(io::Error::other(io::Error::other(around()))));
    for status in [Status::from_error(secret().into()), internal, deep] {
        assert!(status.message().contains("secret"));
        let error = grpc::error(&MIDDLE, &status);
        assert_eq!(error.identity(), Identity::Known(ORDER_NOT_FOUND));
        assert_eq!((error.origin(), error.message()), (Origin::Local, None));
        assert_eq!(error.args().collect::<Vec<_>>(), [("order_id", "7")]);
        assert!(!format!("{error} {error:?}").contains("secret"));
        assert_eq!(over_the_wire(&error.into()).message(), "No order has this id.");
    }
}

#[test]
fn what_was_said_of_an_error_is_still_said_after_it_was_a_status_here() {
    let refused = Rejected::new(family::CIRCUIT_OPEN, "orders").with_retry_after(QUARTER);
    let five = Duration::from_secs(5);
    let sent = || Error::from(refused).without_retry().with_message("m").with_retry_after(five);
    let raw = Status::from_error(sent().into());
    assert_eq!(raw.retry(), RetryClass::Never, "without asking for the error, too");
    for status in [Status::from(sent()), grpc::status(&sent()), raw] {
        let error = grpc::error(&CODES, &status);
        assert_eq!((error.rejected(), error.origin()), (Some(refused), Origin::Local));
        assert_eq!((error.message(), error.retry_after()), (Some("m"), Some(five)));
        assert_eq!((error.retry(), error.outcome()), (RetryClass::Never, Outcome::Neutral));
    }
    // What the status itself says is heard, too.
    for source in [Error::from(refused).into(), Box::<dyn StdError + Send + Sync>::from(refused)] {
        let mut pushed = Status::from_error(source);
        assert_ne!(grpc::error(&CODES, &pushed).retry(), RetryClass::Never);
        pushed.metadata_mut().insert("grpc-retry-pushback-ms", MetadataValue::from_static("-1"));
        assert_eq!(grpc::error(&CODES, &pushed).retry(), RetryClass::Never);
        assert_eq!(grpc::error(&CODES, &pushed).rejected(), Some(refused));
    }
}

#[test]
fn a_foreign_error_in_a_status_made_here_does_not_become_its_stand_in() {
    let info = wire::error_info("X_Y", "d.com", &[("http-status", "404"), ("a", "1")]);
    let arrived = || {
        let error = grpc::error(&CODES, &wire::status(5, std::slice::from_ref(&info)));
        error.with_arg("mine", "secret")
    };
    for status in [
        Status::from(arrived()),
        grpc::status(&arrived()),
        Status::from_error(Box::new(arrived())),
        Status::from_error(io::Error::other(arrived()).into()),
    ] {
        let error = grpc::error(&MIDDLE, &status);
        let Identity::Foreign(foreign) = error.identity() else { panic!("{error:?}") };
        assert_eq!((foreign.domain(), foreign.name(), foreign.http()), ("d.com", "X_Y", Some(404)));
        assert_eq!((error.origin(), error.code()), (Origin::Remote, family::FOREIGN_REFUSAL));
        assert_eq!(error.public_args().collect::<Vec<_>>(), [("a", "1")]);
        assert_eq!(error.args().count(), 1);
    }
}

#[test]
fn a_status_with_a_refusal_of_our_family_from_elsewhere_is_no_word_on_what_was_executed() {
    let refused = Rejected::new(family::CIRCUIT_OPEN, "orders");
    let local = Status::from(refused);
    assert_eq!(local.executed(), Executed::No);
    assert_eq!(over_the_wire(&local).executed(), Executed::Unknown);
    assert_eq!(grpc::error(&CODES, &over_the_wire(&local)).executed(), Executed::Unknown);
    let failure = Status::from_error(tonic::ConnectError("refused".into()).into());
    assert_eq!(failure.executed(), family::CONNECT_FAILED.executed());
    assert_eq!(failure.executed(), Executed::No);
}

#[test]
fn an_http_status_in_a_foreign_status_classifies_it_where_nobody_has_a_registry() {
    let info = wire::error_info("X_Y", "d.com", &[("http-status", "503")]);
    let status = wire::status(3, &[info]);
    assert_eq!(Coded::code(&status), family::FOREIGN_UNAVAILABLE);
    assert_eq!((status.outcome(), status.retry()), (Outcome::Failure, RetryClass::Backoff));
    assert_eq!(grpc::error(&CODES, &status).code(), family::FOREIGN_UNAVAILABLE);
}

#[test]
fn what_is_too_long_is_not_cut_to_a_code_or_a_key_that_is_known() {
    let (name, key) = (longest::CODES.codes().next().unwrap().name(), "k".repeat(64));
    let read = |domain: &str, name: &str, key: &str| {
        let info = wire::error_info(name, domain, &[(key, "v")]);
        // Twice: a name that is cut at the first hop is known at the second.
        let middle = grpc::error(&MIDDLE, &wire::status(3, &[info]));
        grpc::error(&LONGEST, &over_the_wire(&middle.into()))
    };
    let exact = read("longest.com", name, &key);
    assert_eq!((exact.domain(), exact.name(), exact.name().len()), ("longest.com", name, 63));
    assert_eq!((exact.code().executed(), exact.args().next()), (Executed::No, Some((&*key, "v"))));
    let longer = read("longest.com", &format!("{name}X"), &format!("{key}k"));
    assert_eq!((longer.domain(), longer.name(), longer.args().next()), ("", "", None));
    assert_eq!(longer.code(), family::FOREIGN_REFUSAL);
    assert_eq!(longer.executed(), Executed::Unknown);
    let domain = read(&"d".repeat(64), name, "");
    assert_eq!((domain.domain(), domain.name(), domain.args().next()), ("", "", None));
}

#[test]
fn a_registry_without_our_family_hears_of_it_what_a_status_alone_says() {
    for code in FAMILY.codes() {
        let status = over_the_wire(&code.into());
        let error = grpc::error(&ORDERS_ONLY, &status);
        assert_eq!((error.code(), error.identity()), (Coded::code(&status), Identity::Known(code)));
        assert_eq!((error.retry(), error.outcome()), (status.retry(), status.outcome()));
    }
}

#[test]
fn an_empty_message_is_none() {
    let status = grpc::status(&Error::new(ORDER_NOT_FOUND).with_message(""));
    assert_eq!(status.message(), "No order has this id.");
    assert_eq!(grpc::error(&CODES, &over_the_wire(&status)).message(), None);
}

proptest! {
    #[test]
    fn every_code_of_the_family_comes_back_whatever_is_sent_with_it(
        at in 0..FAMILY.codes().count(),
        message in proptest::option::of("[^\u{0}]{1,80}"),
        values in proptest::collection::vec(".{0,40}", 2),
        delay in proptest::option::of(any_delay()),
        never: bool,
    ) {
        let code = FAMILY.codes().nth(at).unwrap();
        let mut error = Error::new(code);
        for (key, value) in code.keys().iter().zip(&values) {
            error = error.with_arg(key, value);
        }
        if let Some(message) = &message {
            error = error.with_message(message);
        }
        if let Some(delay) = delay {
            error = error.with_retry_after(delay);
        }
        if never {
            error = error.without_retry();
        }
        let first = over_the_wire(&Status::from(&error));
        prop_assert_eq!(i32::from(first.code()), i32::from(code.grpc().number()));
        prop_assert_eq!(Coded::code(&first), code);
        let second = over_the_wire(&grpc::error(&ORDERS_ONLY, &first).into());
        prop_assert_eq!(second.details(), first.details());
        for status in [first, second] {
            let back = grpc::error(&CODES, &status);
            prop_assert_eq!(back.identity(), Identity::Known(code));
            prop_assert_eq!(said(&back), said(&error));
        }
    }

    #[test]
    fn nothing_that_is_not_public_reaches_the_wire(
        at in 0..CODES.len(),
        key in "[a-z_]{4,20}",
        depth in 0..3,
        owned: bool,
    ) {
        const SECRET: &str = "SeCrEt-TeXt";
        #[derive(Debug)]
        struct Secret(#[expect(dead_code)] &'static str);
        impl std::fmt::Display for Secret {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(SECRET)
            }
        }
        impl StdError for Secret {}

        let code = CODES.codes().nth(at).unwrap();
        let key: &'static str = seawall_errors::intern(&key);
        prop_assume!(!code.keys().contains(&key));
        let mut source: Box<dyn StdError + Send + Sync> = Secret(SECRET).into();
        for _ in 0..depth {
            source = io::Error::other(source).into();
        }
        let error = Error::new(code).with_arg(key, SECRET).with_source(source);
        let status = if owned { error.into() } else { Status::from(&error) };
        let mut headers = http::HeaderMap::new();
        status.add_header(&mut headers).unwrap();
        let remote = over_the_wire(&status);
        let seen = [format!("{headers:?}"), format!("{remote:?}"), remote.message().to_owned()];
        for text in seen.iter().map(String::as_bytes).chain([remote.details()]) {
            for secret in [SECRET, key] {
                let found = text.windows(secret.len()).any(|part| part == secret.as_bytes());
                prop_assert!(!found || secret != SECRET, "{}", code);
            }
        }
        let info = remote.get_error_details().error_info().unwrap().clone();
        prop_assert!(!info.metadata.contains_key(key));
    }

    #[test]
    fn no_bytes_and_no_headers_do_harm(
        raw in proptest::collection::vec(prop::num::u8::ANY, 0..300),
        code in -3..20,
        message in ".*",
        pushback in proptest::option::of("[ -~]{0,12}"),
    ) {
        harmless(&raw, code, &message, pushback.as_deref());
    }

    #[test]
    fn no_damage_to_a_good_status_does_harm(
        hits in proptest::collection::vec((prop::arbitrary::any::<prop::sample::Index>(), prop::num::u8::ANY), 1..6),
        code in 0..17,
    ) {
        let mut raw = grpc::status(&full()).details().to_vec();
        for (at, byte) in hits {
            let at = at.index(raw.len());
            raw[at] = byte;
        }
        harmless(&raw, code, "", None);
    }

    #[test]
    fn what_googles_reader_accepts_ours_reads_the_same(
        name in "[A-Z_]{0,70}", domain in ".{0,30}",
        metadata in proptest::collection::btree_map("[a-z]{1,5}", ".{0,9}", 0..5),
        seconds in -5_i64..100, nanos in -5_i32..2_000_000_000,
    ) {
        let pairs: Vec<_> = metadata.iter().map(|(key, value)| (&**key, &**value)).collect();
        let info = wire::error_info(&name, &domain, &pairs);
        let status = wire::status(5, &[info, wire::retry_info(seconds, nanos)]);
        let theirs = status.get_error_details();
        let ours = grpc::error(&MIDDLE, &status);
        let info = theirs.error_info().unwrap();
        let id = [&*info.domain, &*info.reason];
        let id = if id.iter().all(|text| text.len() <= 63) { id } else { ["", ""] };
        prop_assert_eq!([ours.domain(), ours.name()], id);
        let args: std::collections::HashMap<_, _> =
            ours.args().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        prop_assert_eq!(&args, &info.metadata);
    }
}

fn any_delay() -> impl Strategy<Value = Duration> {
    (0..=315_576_000_000_u64 - 1, 0..1_000_000_000_u32)
        .prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
}

fn harmless(raw: &[u8], code: i32, message: &str, pushback: Option<&str>) {
    let mut status = Status::with_details(TonicCode::from_i32(code), message, raw.to_vec().into());
    if let Some(pushback) = pushback {
        status.metadata_mut().insert("grpc-retry-pushback-ms", pushback.parse().unwrap());
    }
    let error = grpc::error(&CODES, &status);
    assert_eq!(error.origin(), Origin::Remote);
    assert!(!format!("{error} {error:?}").is_empty());
    assert_eq!((status.retry_after(), status.rejected()), (error.retry_after(), None));
    let sent = over_the_wire(&error.into());
    assert!(size(&sent) <= grpc::LIMIT, "{}", size(&sent));
    let again = grpc::error(&CODES, &sent);
    let third = over_the_wire(&Status::from(&again));
    assert_eq!((third.details(), third.message()), (sent.details(), sent.message()));
}

#[cfg(feature = "http")]
mod after_http {
    use seawall_errors::http::Problems;

    use super::*;

    const PROBLEMS: Problems = Problems::new(&MIDDLE);

    /// Over gRPC, and back over HTTP.
    fn there_and_back(body: &str) -> (Error, u16, String) {
        let mut headers = http::HeaderMap::new();
        headers.insert("content-type", "application/problem+json".parse().unwrap());
        let arrived = PROBLEMS.error(http::StatusCode::GONE, &headers, body.as_bytes());
        let hop = grpc::error(&MIDDLE, &over_the_wire(&arrived.into()));
        let (parts, body) = PROBLEMS.response::<String>(&hop).into_parts();
        (hop, parts.status.as_u16(), body)
    }

    #[test]
    fn a_foreign_http_error_keeps_its_status_over_a_grpc_hop() {
        for body in ["", r#"{"reason":"LOST","domain":"a.b","code":999001}"#] {
            let (hop, status, _) = there_and_back(body);
            assert_eq!((status, hop.code()), (410, family::FOREIGN_REFUSAL), "{body}");
        }
        let (hop, ..) = there_and_back(r#"{"reason":"LOST","domain":"a.b","code":999001}"#);
        assert_eq!((hop.domain(), hop.name()), ("a.b", "LOST"));
    }

    #[test]
    fn arguments_under_our_own_keys_do_not_become_ours() {
        let metadata = r#"{"error-number":"999999","http-status":"500","a":"1"}"#;
        let body = format!(r#"{{"reason":"LOST","domain":"a.b","metadata":{metadata}}}"#);
        let (hop, status, _) = there_and_back(&body);
        let Identity::Foreign(foreign) = hop.identity() else { panic!("{hop:?}") };
        assert_eq!((foreign.number(), status), (None, 410));
        assert_eq!(hop.args().collect::<Vec<_>>(), [("a", "1")]);
    }
}
