//! Codes, refusals, chains and judgements, as a user sees them.

use std::collections::HashSet;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use proptest::prelude::*;
use seawall_errors::{
    ByCode, Classify, Code, Coded, Executed, FAMILY, Fault, Grpc, Outcome, Rejected, RetryClass,
    family, find_code, find_rejected,
};
use seawall_kit::alloc::assert_no_allocations;
use seawall_kit::extremes;

mod orders {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// No order has this id.
        ///
        /// Ids are never reused.
        /// # Cause
        /// The id was mistyped.
        /// # Action
        /// Check the id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]).since("1.0");

        /// Same name as in another domain.
        SAME_NAME = 7 => Internal;

        /// Raised no more.
        #[deprecated(note = "use SAME_NAME")]
        OLD_WAY = 8 => Internal.successor("SAME_NAME");

        /// It was so once.
        ORDER_GONE = 3 retired;
    }
}

mod billing {
    seawall_errors::codes! {
        pub domain "billing.acme.com" = 999;
        /// Same name as in another domain.
        SAME_NAME = 999 => Throttled;
    }
}

seawall_errors::registry! {
    static CODES = [billing::CODES, FAMILY, orders::CODES];
}

#[test]
fn a_code_answers_every_question_about_itself() {
    let code = orders::ORDER_NOT_FOUND;
    assert_eq!(code.number(), 210_001);
    assert_eq!((code.domain(), code.name()), ("orders.acme.com", "ORDER_NOT_FOUND"));
    assert_eq!((code.http(), code.grpc()), (404, Grpc::NotFound));
    assert_eq!((code.fault(), code.retry()), (Fault::Caller, RetryClass::Never));
    assert_eq!((code.executed(), code.is_overload()), (Executed::No, false));
    assert_eq!(code.outcome(), Outcome::Success, "the backend answered as it should");
    assert_eq!((code.keys(), code.since()), (&["order_id"][..], Some("1.0")));
    assert_eq!(code.title(), "No order has this id.");
    assert_eq!(code.meaning().to_string(), "No order has this id.\n\nIds are never reused.");
    assert_eq!(code.cause().to_string(), "The id was mistyped.");
    assert_eq!(code.action().to_string(), "Check the id.");
    assert_eq!(code.to_string(), "ORDER_NOT_FOUND (210001)");
    assert_eq!(format!("{code:?}"), "Code(210001 orders.acme.com/ORDER_NOT_FOUND)");
    assert_eq!((code.deprecated(), code.successor()), (None, None));
    let site = code.declared_at();
    assert_eq!((site.package, site.file), ("seawall-errors", file!()));

    #[expect(deprecated, reason = "the point of the test")]
    let old = orders::OLD_WAY;
    assert_eq!((old.deprecated(), old.successor()), (Some("use SAME_NAME"), Some("SAME_NAME")));
    assert_eq!(old.title(), "Raised no more.");
}

#[test]
fn a_refusal_is_small_and_a_code_is_one_word() {
    const fn is_shareable<T: Copy + Send + Sync + 'static>() {}
    is_shareable::<Rejected>();
    is_shareable::<Code>();
    assert!(size_of::<Rejected>() <= 64);
    assert!(size_of::<Option<Rejected>>() <= 64);
    assert_eq!(size_of::<Code>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Code>>(), size_of::<usize>());
}

#[test]
fn codes_are_equal_by_what_they_say_and_not_by_where_they_stand() {
    // The same constant, compiled into two places: most often two addresses.
    let (here, there) = (family::UNKNOWN, CODES.by_number(100_092).unwrap());
    assert_eq!(here, there);
    let state = RandomState::new();
    assert_eq!(state.hash_one(here), state.hash_one(there));
    assert_ne!(orders::SAME_NAME, billing::SAME_NAME);
    let distinct: HashSet<Code> = CODES.codes().collect();
    assert_eq!(distinct.len(), CODES.len());
}

#[test]
fn two_crates_with_one_number_that_nobody_registered_are_told_apart() {
    mod other {
        seawall_errors::codes! {
            pub(super) domain "other.acme.com" = 210;
            /// Not an order.
            NOT_AN_ORDER = 1 => Internal;
        }
    }
    mod twin {
        seawall_errors::codes! {
            pub(super) domain "orders.acme.com" = 211;
            /// The same name under another prefix.
            ORDER_NOT_FOUND = 1 => Internal;
        }
    }
    assert_eq!(other::NOT_AN_ORDER.number(), orders::ORDER_NOT_FOUND.number());
    assert_ne!(other::NOT_AN_ORDER, orders::ORDER_NOT_FOUND);
    assert_ne!(twin::ORDER_NOT_FOUND, orders::ORDER_NOT_FOUND);
}

#[test]
fn every_code_is_found_by_its_number_and_by_its_name() {
    for code in CODES.codes() {
        assert_eq!(CODES.by_number(code.number()), Some(code));
        assert_eq!(CODES.by_name(code.domain(), code.name()), Some(code));
    }
    let numbers: Vec<u32> = CODES.codes().map(Code::number).collect();
    assert!(numbers.is_sorted());
    assert_eq!(CODES.len(), FAMILY.codes().count() + 4);
    assert!(!CODES.is_empty());
}

#[test]
fn what_is_not_there_is_not_found() {
    for number in [0, 1, 99_999, 100_000, 210_000, 210_002, 210_003, 999_998, 1_000_000, u32::MAX] {
        assert_eq!(CODES.by_number(number), None, "{number}");
    }
    assert_eq!(CODES.by_name("orders.acme.com", "order_not_found"), None);
    assert_eq!(CODES.by_name("orders.acme.com", "ORDER_GONE"), None, "it is retired");
    assert_eq!(CODES.by_name("orders.acme.com/ORDER", "NOT_FOUND"), None);
    assert_eq!(CODES.by_name("", ""), None);
    let retired: Vec<_> = CODES.retired().map(|it| (it.number(), it.name())).collect();
    assert_eq!(retired, [(210_003, "ORDER_GONE")]);
    assert_eq!(CODES.retired().next().unwrap().meaning().to_string(), "It was so once.");
}

#[test]
fn the_same_name_in_two_domains_is_two_codes() {
    let a = CODES.by_name("orders.acme.com", "SAME_NAME");
    let b = CODES.by_name("billing.acme.com", "SAME_NAME");
    assert_eq!((a, b), (Some(orders::SAME_NAME), Some(billing::SAME_NAME)));
}

proptest! {
    #[test]
    fn looking_up_any_text_and_any_number_is_harmless(
        number: u32, domain in ".*", name in ".*",
    ) {
        let found = CODES.by_number(number);
        prop_assert!(found.is_none_or(|code| code.number() == number));
        let found = CODES.by_name(&domain, &name);
        prop_assert!(found.is_none_or(|code| code.domain() == domain && code.name() == name));
    }
}

#[test]
fn raising_judging_and_looking_up_allocate_nothing() {
    assert_no_allocations("errors", 100, || {
        let raised: Result<(), Code> = Err(orders::ORDER_NOT_FOUND);
        let refused = Rejected::new(family::RATE_LIMITED, "api")
            .with_retry_after(Duration::from_secs(1))
            .with_numbers(&[10, 0]);
        assert_eq!(ByCode.classify(&raised), Outcome::Success);
        assert_eq!(refused.outcome(), Outcome::Neutral);
        assert_eq!(refused.number("remaining"), Some(0));
        assert_eq!(find_code(&refused), Some(family::RATE_LIMITED));
        assert_eq!(CODES.by_number(210_001), Some(orders::ORDER_NOT_FOUND));
        assert!(CODES.by_name("seawall", "UNKNOWN").is_some());
        assert_eq!(orders::ORDER_NOT_FOUND.action().count(), 1);
    });
}

#[test]
fn every_setting_of_a_code_takes_effect() {
    mod changed {
        seawall_errors::codes! {
            pub(super) domain "changed.acme.com" = 300;
            /// All settings but the kind's own.
            ALL_CHANGED = 1 => NotFound
                .http(507).grpc(Grpc::DataLoss).fault(Fault::Dependency)
                .retry(RetryClass::AfterDelay).executed(Executed::Yes).overload(true)
                .counts(Outcome::Neutral).keys(&["a", "b_2"]).since("2").successor("NEXT_ONE");
            /// The next.
            NEXT_ONE = 2 => NotFound.not_executed();
        }
    }
    let code = changed::ALL_CHANGED;
    assert_eq!((code.http(), code.grpc()), (507, Grpc::DataLoss));
    assert_eq!((code.fault(), code.retry()), (Fault::Dependency, RetryClass::AfterDelay));
    assert_eq!((code.executed(), code.is_overload()), (Executed::Yes, true));
    assert_eq!((code.outcome(), code.keys()), (Outcome::Neutral, &["a", "b_2"][..]));
    assert_eq!((code.since(), code.successor()), (Some("2"), Some("NEXT_ONE")));
}

#[test]
fn grpc_statuses_have_the_numbers_and_names_of_the_protocol() {
    let table = [
        (Grpc::Cancelled, 1, "CANCELLED"),
        (Grpc::Unknown, 2, "UNKNOWN"),
        (Grpc::InvalidArgument, 3, "INVALID_ARGUMENT"),
        (Grpc::DeadlineExceeded, 4, "DEADLINE_EXCEEDED"),
        (Grpc::NotFound, 5, "NOT_FOUND"),
        (Grpc::AlreadyExists, 6, "ALREADY_EXISTS"),
        (Grpc::PermissionDenied, 7, "PERMISSION_DENIED"),
        (Grpc::ResourceExhausted, 8, "RESOURCE_EXHAUSTED"),
        (Grpc::FailedPrecondition, 9, "FAILED_PRECONDITION"),
        (Grpc::Aborted, 10, "ABORTED"),
        (Grpc::OutOfRange, 11, "OUT_OF_RANGE"),
        (Grpc::Unimplemented, 12, "UNIMPLEMENTED"),
        (Grpc::Internal, 13, "INTERNAL"),
        (Grpc::Unavailable, 14, "UNAVAILABLE"),
        (Grpc::DataLoss, 15, "DATA_LOSS"),
        (Grpc::Unauthenticated, 16, "UNAUTHENTICATED"),
    ];
    for (grpc, number, name) in table {
        assert_eq!((grpc.number(), grpc.as_str()), (number, name));
    }
}

/// What other processes rely on. Only lines may be added.
#[test]
fn the_family_is_what_it_was() {
    let table = "\
        1 RATE_LIMITED 429 after delay no neutral
        2 QUOTA_EXCEEDED 429 never no neutral
        3 CONCURRENCY_LIMITED 503 elsewhere no failure
        4 LOAD_SHED 503 elsewhere no failure
        5 COST_ABOVE_LIMIT 413 never no success
        6 KEYS_FULL 503 elsewhere no failure
        7 KEY_MISSING 400 never no success
        11 CIRCUIT_OPEN 503 elsewhere no failure
        12 CIRCUIT_PROBING 503 elsewhere no failure
        13 CIRCUIT_FORCED_OPEN 503 elsewhere no failure
        14 CIRCUIT_THROTTLED 503 elsewhere no failure
        21 BULKHEAD_FULL 503 elsewhere no failure
        22 QUEUE_TIMEOUT 503 elsewhere no failure
        23 QUEUE_FULL 503 elsewhere no failure
        24 CLOSED 503 elsewhere no failure
        31 NO_ENDPOINT 503 backoff no failure
        32 ALL_ENDPOINTS_EJECTED 503 backoff no failure
        33 ENDPOINT_DRAINING 503 elsewhere no failure
        41 BUDGET_EXHAUSTED 503 never unknown neutral
        42 ATTEMPTS_EXHAUSTED 503 never unknown failure
        51 DEADLINE_EXCEEDED 504 never unknown failure
        52 ATTEMPT_TIMEOUT 504 backoff unknown failure
        61 CANCELLED 499 never unknown neutral
        71 CONNECT_FAILED 502 elsewhere no failure
        72 CONNECTION_LOST 502 backoff unknown failure
        81 FOREIGN_REFUSAL 400 never unknown success
        82 FOREIGN_THROTTLE 429 after delay unknown neutral
        83 FOREIGN_EXHAUSTED 429 never unknown neutral
        84 FOREIGN_UNAVAILABLE 503 backoff unknown failure
        85 FOREIGN_TIMEOUT 504 backoff unknown failure
        86 FOREIGN_FAILURE 502 never unknown failure
        87 FOREIGN_CANCEL 499 never unknown neutral
        91 INTERNAL 500 never unknown failure
        92 UNKNOWN 500 never unknown failure";
    let lines: Vec<String> = FAMILY
        .codes()
        .map(|code| {
            let (retry, executed) = (code.retry().as_str(), code.executed().as_str());
            let (number, outcome) = (code.number() % 1000, code.outcome().as_str());
            format!("{number} {} {} {retry} {executed} {outcome}", code.name(), code.http())
        })
        .collect();
    let table: Vec<&str> = table.lines().map(str::trim).collect();
    assert_eq!(lines, table);
}

#[test]
fn every_code_of_the_family_says_what_to_do_and_may_be_refused_with() {
    for code in FAMILY.codes() {
        assert_eq!((code.domain(), code.number() / 1000), ("seawall", 100));
        assert!(!code.cause().is_empty() && !code.action().is_empty(), "{code}");
        assert!(code.title().ends_with('.'), "{code}");
        assert!((400..=599).contains(&code.http()), "{code}");
    }
}

#[test]
fn what_our_crates_refuse_before_they_ask_a_backend_was_not_executed_and_is_neutral() {
    let foreign = 100_080..100_090;
    for code in FAMILY.codes().filter(|code| !foreign.contains(&code.number())) {
        let refused = Rejected::new(code, "x");
        let asked = [
            family::BUDGET_EXHAUSTED,
            family::ATTEMPTS_EXHAUSTED,
            family::DEADLINE_EXCEEDED,
            family::ATTEMPT_TIMEOUT,
            family::CANCELLED,
            family::CONNECTION_LOST,
            family::INTERNAL,
            family::UNKNOWN,
        ]
        .contains(&code);
        assert_eq!(code.executed() == Executed::No, !asked, "{code}");
        if !asked {
            assert_eq!(refused.outcome(), Outcome::Neutral, "{code}");
        }
    }
}

/// A refusal to which a service gave a code of its own.
struct Renamed(Code, Rejected);

impl Coded for Renamed {
    fn code(&self) -> Code {
        self.0
    }
    fn rejected(&self) -> Option<Rejected> {
        Some(self.1)
    }
}

#[test]
fn a_refusal_stays_neutral_under_a_code_of_the_users_own() {
    let open = Rejected::new(family::CIRCUIT_OPEN, "db");
    let timeout = Rejected::new(family::ATTEMPT_TIMEOUT, "db");
    assert_eq!(Renamed(family::UNKNOWN, open).outcome(), Outcome::Neutral);
    assert_eq!(Renamed(family::UNKNOWN, timeout).outcome(), Outcome::Failure);
    assert_eq!(Renamed(orders::ORDER_NOT_FOUND, timeout).outcome(), Outcome::Success);
}

#[test]
fn a_reference_answers_as_what_it_refers_to() {
    struct Odd;
    impl Coded for Odd {
        fn code(&self) -> Code {
            family::LOAD_SHED
        }
        fn rejected(&self) -> Option<Rejected> {
            Some(Rejected::new(family::CIRCUIT_OPEN, "x"))
        }
        fn retry_after(&self) -> Option<Duration> {
            Some(Duration::MAX)
        }
        fn retry(&self) -> RetryClass {
            RetryClass::Never
        }
        fn executed(&self) -> Executed {
            Executed::Yes
        }
        fn outcome(&self) -> Outcome {
            Outcome::Success
        }
    }
    fn answers(error: impl Coded) -> impl PartialEq + fmt::Debug {
        let (retry, executed) = (error.retry(), error.executed());
        (error.code(), error.rejected(), error.retry_after(), retry, executed, error.outcome())
    }
    let expected = format!("{:?}", answers(Odd));
    assert_eq!(format!("{:?}", answers(&Odd)), expected);
    #[cfg(feature = "std")]
    {
        assert_eq!(format!("{:?}", answers(Box::new(Odd))), expected);
        assert_eq!(format!("{:?}", answers(std::sync::Arc::new(Odd))), expected);
    }
}

#[test]
fn an_attempt_that_timed_out_here_counts_against_the_backend_that_was_silent() {
    let timeout = Rejected::new(family::ATTEMPT_TIMEOUT, "retry");
    assert_eq!(timeout.outcome(), Outcome::Failure);
}

#[test]
fn the_same_code_counts_when_it_was_sent_and_not_when_we_refused() {
    struct FromBackend(Code);
    impl Coded for FromBackend {
        fn code(&self) -> Code {
            self.0
        }
    }
    assert_eq!(FromBackend(family::CIRCUIT_OPEN).outcome(), Outcome::Failure);
    assert_eq!(Rejected::new(family::CIRCUIT_OPEN, "here").outcome(), Outcome::Neutral);
    assert_eq!(FromBackend(family::RATE_LIMITED).outcome(), Outcome::Neutral);
}

#[test]
fn a_refusal_has_no_more_numbers_than_names_for_them() {
    let none = Rejected::new(family::CIRCUIT_FORCED_OPEN, "x").with_numbers(&[1, 2]);
    assert_eq!(none.numbers().count(), 0);
    let one = Rejected::new(family::ATTEMPT_TIMEOUT, "x").with_numbers(&[1, 2]);
    assert_eq!(one.numbers().collect::<Vec<_>>(), [("limit_ms", 1)]);
    let two = Rejected::new(family::RATE_LIMITED, "x").with_numbers(&[1, 2, 3]);
    assert_eq!(two.numbers().collect::<Vec<_>>(), [("limit", 1), ("remaining", 2)]);
    let unset = two.with_numbers(&[]);
    assert_eq!((unset.numbers().count(), unset.number("limit")), (0, None));
}

#[test]
fn a_refusal_survives_any_number_and_any_time() {
    let pairs: Vec<_> = extremes::pairs(extremes::U64, extremes::DURATION).collect();
    extremes::survives("Rejected", pairs, |(number, delay)| {
        let refused = Rejected::new(family::RATE_LIMITED, "")
            .with_retry_after(delay)
            .with_numbers(&[number, number]);
        assert_eq!(refused.retry_after(), Some(delay));
        assert_eq!(refused.number("limit"), Some(number));
        assert!(!format!("{refused} {refused:?}").is_empty());
    });
}

/// An error around another, as `thiserror` makes them.
#[derive(Debug)]
struct Wrapped<E> {
    inner: E,
    /// `#[error(transparent)]`: the source of the inner error is its own.
    transparent: bool,
}

impl<E: Error + 'static> fmt::Display for Wrapped<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrapped {}", self.inner)
    }
}

impl<E: Error + 'static> Error for Wrapped<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if self.transparent { self.inner.source() } else { Some(&self.inner) }
    }
}

fn wrap<E: Error + 'static>(inner: E, transparent: bool) -> Wrapped<E> {
    Wrapped { inner, transparent }
}

#[test]
fn a_refusal_is_found_behind_a_source_and_behind_a_transparent_wrapper() {
    let refused = Rejected::new(family::LOAD_SHED, "door").with_numbers(&[7]);
    for transparent in [false, true] {
        let wrapped = wrap(wrap(refused, transparent), false);
        assert_eq!(find_rejected(&wrapped), Some(refused), "transparent: {transparent}");
        assert_eq!(find_code(&wrapped), Some(family::LOAD_SHED));
    }
}

#[test]
fn the_outermost_code_wins() {
    #[derive(Debug)]
    struct Both(Code, Rejected);
    impl fmt::Display for Both {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }
    impl Error for Both {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.1)
        }
    }
    let outer = Rejected::new(family::CIRCUIT_OPEN, "outer");
    let chain = wrap(Both(orders::SAME_NAME, outer), false);
    assert_eq!(find_code(&chain), Some(family::CIRCUIT_OPEN));
    assert_eq!(find_code(&orders::SAME_NAME), Some(orders::SAME_NAME));
}

#[test]
fn a_chain_without_an_end_is_walked_for_a_bounded_time() {
    #[derive(Debug)]
    struct Tail;
    impl fmt::Display for Tail {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("tail")
        }
    }
    impl Error for Tail {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }
    assert_eq!(find_code(&Tail), None);

    let mut deep: Box<dyn Error + Send + Sync> = family::LOAD_SHED.into();
    for _ in 0..1000 {
        #[derive(Debug)]
        struct Link(Box<dyn Error + Send + Sync>);
        impl fmt::Display for Link {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("link")
            }
        }
        impl Error for Link {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&*self.0)
            }
        }
        deep = Link(deep).into();
    }
    assert_eq!(find_code(&*deep), None, "beyond what is looked at");
}

#[test]
fn a_judge_is_a_code_or_a_closure() {
    let failed: Result<u8, Rejected> = Err(Rejected::new(family::CIRCUIT_OPEN, "x"));
    assert_eq!(ByCode.classify(&failed), Outcome::Neutral);
    assert_eq!(ByCode.classify(&Ok::<u8, Rejected>(1)), Outcome::Success);
    assert_eq!(ByCode.classify(&Ok::<u8, Infallible>(1)), Outcome::Success);
    let strict = |result: &Result<u8, Rejected>| match result {
        Ok(_) => Outcome::Success,
        Err(_) => Outcome::Failure,
    };
    assert_eq!(strict.classify(&failed), Outcome::Failure);
}

#[cfg(feature = "std")]
mod std_errors {
    use std::io;

    use super::*;

    type Boxed = Box<dyn Error + Send + Sync>;

    #[test]
    fn io_errors_have_codes_by_their_kind_and_claim_nothing_that_they_do_not_know() {
        let table = [
            (io::ErrorKind::ConnectionRefused, family::CONNECT_FAILED),
            (io::ErrorKind::AddrNotAvailable, family::CONNECT_FAILED),
            (io::ErrorKind::ConnectionReset, family::CONNECTION_LOST),
            (io::ErrorKind::BrokenPipe, family::CONNECTION_LOST),
            (io::ErrorKind::UnexpectedEof, family::CONNECTION_LOST),
            (io::ErrorKind::HostUnreachable, family::CONNECTION_LOST),
            (io::ErrorKind::ConnectionAborted, family::CONNECTION_LOST),
            (io::ErrorKind::NotConnected, family::CONNECTION_LOST),
            (io::ErrorKind::NetworkDown, family::CONNECTION_LOST),
            (io::ErrorKind::NetworkUnreachable, family::CONNECTION_LOST),
            (io::ErrorKind::TimedOut, family::ATTEMPT_TIMEOUT),
            (io::ErrorKind::PermissionDenied, family::UNKNOWN),
            (io::ErrorKind::Other, family::UNKNOWN),
        ];
        for (kind, code) in table {
            let error = io::Error::from(kind);
            assert_eq!(Coded::code(&error), code, "{kind:?}");
            assert_eq!(error.outcome(), Outcome::Failure, "{kind:?}");
            assert_eq!(code.executed() == Executed::No, code == family::CONNECT_FAILED);
            assert_eq!(Coded::code(&Boxed::from(error)), code, "{kind:?}, boxed");
        }
    }

    #[test]
    fn a_refusal_is_found_inside_an_io_error() {
        let refused = Rejected::new(family::CIRCUIT_OPEN, "pool");
        let io = io::Error::other(refused);
        assert_eq!(io.rejected(), Some(refused));
        assert_eq!(io.outcome(), Outcome::Neutral);
        let nested = io::Error::other(io::Error::new(io::ErrorKind::TimedOut, wrap(io, false)));
        assert_eq!(nested.rejected(), Some(refused));
        assert_eq!(Coded::code(&Boxed::from(wrap(nested, false))), family::CIRCUIT_OPEN);
    }

    #[test]
    fn a_boxed_error_without_a_code_is_unknown_and_counts() {
        let boxed = Boxed::from("no idea");
        assert_eq!(Coded::code(&boxed), family::UNKNOWN);
        assert_eq!((boxed.rejected(), boxed.retry_after()), (None, None));
        assert_eq!(ByCode.classify(&Err::<(), _>(boxed)), Outcome::Failure);
    }

    #[test]
    fn a_code_beats_the_kind_of_an_io_error_around_it() {
        let io = io::Error::new(io::ErrorKind::TimedOut, orders::ORDER_NOT_FOUND);
        assert_eq!(Coded::code(&io), orders::ORDER_NOT_FOUND);
    }
}
