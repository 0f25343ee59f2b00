//! The error value: what it keeps, what it shows, and where it is found.
#![cfg(feature = "std")]

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use seawall_errors::{
    Code, Coded, Error, FAMILY, Finder, Identity, Origin, Outcome, Rejected, RetryClass, coded,
    family, find_code, find_coded, find_rejected, probe,
};
use seawall_kit::alloc::allocations;

seawall_errors::codes! {
    domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id", "region"]);
    /// Stock is being recounted.
    STOCK_BUSY = 2 => Unavailable;
}

type BoxError = Box<dyn StdError + Send + Sync>;

#[test]
fn an_error_keeps_what_it_is_given() {
    let error = Error::new(ORDER_NOT_FOUND)
        .with_arg("order_id", 7)
        .with_arg("shard", "eu-3")
        .with_arg("order_id", 8)
        .with_message("order 8 is not there")
        .with_retry_after(Duration::from_millis(5))
        .with_source(io::Error::other("row lost"));
    assert_eq!(error.code(), ORDER_NOT_FOUND);
    assert_eq!(error.identity(), Identity::Known(ORDER_NOT_FOUND));
    assert_eq!((error.domain(), error.name()), ("orders.acme.com", "ORDER_NOT_FOUND"));
    assert_eq!(error.args().collect::<Vec<_>>(), [("order_id", "8"), ("shard", "eu-3")]);
    assert_eq!((error.arg("order_id"), error.arg("nothing")), (Some("8"), None));
    assert_eq!(error.retry_after(), Some(Duration::from_millis(5)));
    assert_eq!((error.origin(), error.label()), (Origin::Local, "ORDER_NOT_FOUND"));
    let title = error.source().unwrap();
    let chain = [title.to_string(), title.source().unwrap().to_string()];
    assert_eq!(chain, ["No order has this id.", "row lost"]);
    assert_eq!(
        error.to_string(),
        "ORDER_NOT_FOUND (210001), order_id 8, shard eu-3: order 8 is not there"
    );
}

#[test]
fn only_declared_arguments_are_public() {
    let error = Error::new(ORDER_NOT_FOUND).with_arg("shard", 3).with_arg("region", "eu");
    assert_eq!(error.public_args().collect::<Vec<_>>(), [("region", "eu")]);
    assert_eq!(error.public_message(), "No order has this id.");
}

#[test]
fn a_log_line_stays_one_line_whatever_an_argument_holds() {
    let error = Error::new(ORDER_NOT_FOUND)
        .with_arg("order_id", "7\n2026-01-01 forged: all is well")
        .with_message("a\r\nb");
    assert!(!error.to_string().contains(['\n', '\r']), "{error}");
}

#[test]
fn an_error_is_one_word_and_one_allocation() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    assert_eq!(allocations(|| drop(Error::new(ORDER_NOT_FOUND))), 1);
}

#[test]
fn a_refusal_made_into_an_error_stays_a_refusal() {
    let refused = Rejected::new(family::RATE_LIMITED, "api")
        .with_retry_after(Duration::from_secs(1))
        .with_numbers(&[10, 0]);
    let error = Error::from(refused);
    assert_eq!(error.rejected(), Some(refused));
    assert_eq!(error.outcome(), Outcome::Neutral);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(error.public_args().collect::<Vec<_>>(), [("limit", "10"), ("remaining", "0")]);
    assert_eq!(find_rejected(&error), Some(refused));

    let open = Error::from(Rejected::new(family::CIRCUIT_OPEN, "api"));
    assert_eq!(open.outcome(), Outcome::Neutral);
    // The same code without a refusal of our own came from somewhere, and counts.
    assert_eq!(Error::new(family::CIRCUIT_OPEN).outcome(), Outcome::Failure);
}

/// An error type of a user's own, which only a finder that knows it finds.
#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error("no stock")]
    NoStock,
    #[error(transparent)]
    Refused(#[from] Rejected),
    #[error(transparent)]
    Coded(#[from] Error),
    #[error(transparent)]
    Code(#[from] Code),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl Coded for OrderError {
    fn code(&self) -> Code {
        match self {
            OrderError::NoStock => STOCK_BUSY,
            OrderError::Refused(refused) => refused.code(),
            OrderError::Coded(error) => error.code(),
            OrderError::Code(code) => *code,
            OrderError::Other(error) => find_code(error.as_ref()).unwrap_or(family::UNKNOWN),
        }
    }

    fn rejected(&self) -> Option<Rejected> {
        match self {
            OrderError::Refused(refused) => Some(*refused),
            _ => None,
        }
    }
}

/// All the ways in which an error is wrapped on its way up.
fn wrappings<E>(make: impl Fn() -> E) -> Vec<(&'static str, BoxError)>
where
    E: StdError + Send + Sync + 'static,
{
    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer<E: StdError + 'static>(#[source] E);

    #[derive(Debug, thiserror::Error)]
    #[error("boxed")]
    struct Boxed(#[source] BoxError);

    let shared: Arc<dyn StdError + Send + Sync> = Arc::new(make());
    vec![
        ("itself", Box::new(make())),
        ("a source", Box::new(Outer(make()))),
        ("a boxed source", Box::new(Boxed(Box::new(make())))),
        ("a boxed value", Box::new(Outer(Box::new(make())))),
        ("an Arc", Box::new(Outer(Arc::new(make())))),
        ("an Arc of a trait object", Box::new(Outer(shared))),
        ("io::Error", Box::new(io::Error::other(make()))),
        ("io::Error in io::Error", Box::new(io::Error::other(io::Error::other(make())))),
        ("io::Error in a source", Box::new(Outer(io::Error::other(Outer(make()))))),
        ("anyhow", anyhow::Error::new(make()).into()),
        ("anyhow with context", anyhow::Error::new(make()).context("while ordering").into()),
        ("anyhow in a transparent variant", {
            let error = anyhow::Error::new(make()).context("while ordering");
            Box::new(OrderError::from(error))
        }),
    ]
}

#[test]
fn a_code_a_refusal_and_an_error_are_found_however_they_are_wrapped() {
    for (name, wrapped) in wrappings(|| STOCK_BUSY) {
        assert_eq!(find_code(&*wrapped), Some(STOCK_BUSY), "a code in {name}");
    }
    let refused = Rejected::new(family::LOAD_SHED, "door").with_numbers(&[7]);
    for (name, wrapped) in wrappings(|| refused) {
        assert_eq!(find_rejected(&*wrapped), Some(refused), "a refusal in {name}");
        assert_eq!(Coded::code(&wrapped), family::LOAD_SHED, "a refusal in {name}");
    }
    for (name, wrapped) in wrappings(|| OrderError::Refused(refused)) {
        assert_eq!(find_rejected(&*wrapped), Some(refused), "a transparent refusal in {name}");
    }
    for (name, wrapped) in wrappings(|| OrderError::Code(STOCK_BUSY)) {
        assert_eq!(find_code(&*wrapped), Some(STOCK_BUSY), "a transparent code in {name}");
    }
    let error = || Error::new(STOCK_BUSY).with_retry_after(Duration::from_secs(3));
    for (name, wrapped) in wrappings(|| OrderError::Coded(error())) {
        assert_eq!(find_code(&*wrapped), Some(STOCK_BUSY), "a transparent error in {name}");
        assert_eq!(wrapped.retry_after(), Some(Duration::from_secs(3)), "{name}");
    }
    for (name, wrapped) in wrappings(|| Error::new(STOCK_BUSY).with_arg("order_id", 7)) {
        assert_eq!(find_code(&*wrapped), Some(STOCK_BUSY), "an error in {name}");
    }
}

#[test]
fn an_error_type_of_ones_own_is_found_by_a_finder_that_knows_it() {
    const FINDER: Finder = Finder::new(&[probe::<OrderError>]);
    for (name, wrapped) in wrappings(|| OrderError::NoStock) {
        assert!(find_coded(&*wrapped).is_none(), "{name}");
        // What `anyhow` makes of itself by `into()` answers no to every type.
        if !name.starts_with("anyhow") {
            assert_eq!(FINDER.find(&*wrapped).map(Coded::code), Some(STOCK_BUSY), "{name}");
        }
    }
    for error in [
        anyhow::Error::new(OrderError::NoStock),
        anyhow::Error::new(OrderError::NoStock).context("x"),
    ] {
        assert_eq!(FINDER.find(error.as_ref()).map(Coded::code), Some(STOCK_BUSY));
    }
}

#[test]
fn the_outermost_of_two_codes_wins_with_all_that_belongs_to_it() {
    let inner = Rejected::new(family::CIRCUIT_OPEN, "db").with_retry_after(Duration::from_secs(9));
    let outer: BoxError = Error::new(STOCK_BUSY).with_source(inner).into();
    assert_eq!(Coded::code(&outer), STOCK_BUSY);
    assert_eq!(outer.rejected(), None, "the refusal belongs to another code");
    assert_eq!(outer.retry_after(), None);
    assert_eq!(outer.outcome(), Outcome::Failure);
    assert_eq!(find_rejected(&*outer), Some(inner), "whoever asks for it finds it");
}

#[test]
fn an_io_error_says_the_same_in_an_arc_and_in_a_box() {
    use std::io::ErrorKind::{ConnectionRefused, ConnectionReset};
    for (kind, code) in
        [(ConnectionReset, family::CONNECTION_LOST), (ConnectionRefused, family::CONNECT_FAILED)]
    {
        for (name, wrapped) in wrappings(|| io::Error::from(kind)) {
            // What `anyhow` makes of itself by `into()` answers no to every type.
            if !name.starts_with("anyhow") {
                assert_eq!(Coded::code(&wrapped), code, "{name}");
                assert_eq!(wrapped.executed(), code.executed(), "{name}");
            }
        }
    }
}

#[test]
fn a_chain_is_walked_for_sixty_four_links_and_no_more() {
    #[derive(Debug, thiserror::Error)]
    #[error("link")]
    struct Link(#[source] BoxError);

    let chain =
        |links: usize| (1..links).fold(BoxError::from(STOCK_BUSY), |inner, _| Link(inner).into());
    assert_eq!(find_code(&*chain(64)), Some(STOCK_BUSY));
    assert_eq!(find_code(&*chain(65)), None);
}

/// A message that is neither its `Display` nor its `Debug`, to be told apart.
struct Secret;

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("debug-secret")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("display-secret")
    }
}

impl StdError for Secret {}

proptest! {
    #[test]
    fn what_is_public_holds_nothing_of_the_source_and_no_undeclared_key(
        index in 0..100_usize, key in "[a-z]{1,8}", value in ".*",
    ) {
        let code = FAMILY.codes().cycle().nth(index).unwrap();
        let key: &'static str = seawall_errors::intern(&key);
        let error = Error::new(code)
            .with_source(Secret)
            .with_arg("undeclared", "arg-secret")
            .with_arg(key, &value);
        for (public, text) in error.public_args() {
            prop_assert!(code.keys().contains(&public));
            prop_assert_eq!(text, &value);
        }
        prop_assert_eq!(error.public_message(), code.title());
    }
}

#[test]
fn a_service_in_distress_stops_the_retries_of_one_call_through_every_wrapper() {
    struct Mine(Box<Error>);
    coded! { impl Coded for Mine { Mine(error) => error } }

    let busy = || Error::new(STOCK_BUSY);
    assert_eq!(busy().retry(), RetryClass::Backoff);
    let stopped = || busy().without_retry();
    assert_eq!((stopped().code(), stopped().retry()), (STOCK_BUSY, RetryClass::Never));
    assert_eq!(Coded::retry(&Arc::new(&stopped())), RetryClass::Never);
    assert_eq!(Mine(Box::new(stopped())).retry(), RetryClass::Never);
    assert_eq!(io::Error::other(stopped()).retry(), RetryClass::Never);
    assert_eq!(BoxError::from(stopped()).retry(), RetryClass::Never);
    assert_eq!(BoxError::from(busy()).retry(), RetryClass::Backoff);
    let late = io::Error::from(io::ErrorKind::TimedOut);
    assert_eq!(late.retry(), family::ATTEMPT_TIMEOUT.retry(), "no code, but a kind");
}
