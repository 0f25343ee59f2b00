//! `#[derive(Coded)]` and `coded!`: who answers what for an item of every shape.

#![cfg(all(feature = "derive", feature = "std"))]
#![allow(unused_qualifications, reason = "codes are named by paths of every kind")]

use core::time::Duration;
use std::io;
use std::sync::Arc;

use seawall_errors::family::{
    ATTEMPT_TIMEOUT, CIRCUIT_OPEN, CONNECT_FAILED, RATE_LIMITED, UNKNOWN,
};
use seawall_errors::{Code, Coded, Executed, Outcome, Rejected, RetryClass, coded};

mod code {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;
        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound;
        /// Stock is being recounted.
        STOCK_BUSY = 2 => Unavailable.not_executed();
        /// The disk is full.
        DISK_FULL = 3 => Internal;
    }
}

const QUARTER: Duration = Duration::from_millis(250);
const REFUSED: Rejected = Rejected::new(CIRCUIT_OPEN, "orders").with_retry_after(QUARTER);

/// Everything that a `Coded` says.
fn said(error: &impl Coded) -> Said {
    (
        error.code(),
        error.rejected(),
        error.retry_after(),
        error.retry(),
        error.executed(),
        error.outcome(),
    )
}

type Said = (Code, Option<Rejected>, Option<Duration>, RetryClass, Executed, Outcome);

/// What is said where a code speaks for itself.
fn own(code: Code) -> Said {
    (code, None, None, code.retry(), code.executed(), code.outcome())
}

#[derive(Debug, thiserror::Error, Coded)]
enum OrderError {
    #[error("order {id} not found")]
    #[code(code::ORDER_NOT_FOUND)]
    NotFound { id: u64 },
    #[error("stock is busy")]
    #[code(self::code::STOCK_BUSY)]
    Busy,
    #[error("the disk is full")]
    #[code(crate::code::DISK_FULL)]
    Disk(#[source] io::Error, u8),
    #[error(transparent)]
    #[code(inherit)]
    Refused(#[from] Rejected),
    #[error("while shipping {parcel}")]
    #[code(inherit)]
    Shipping { parcel: u64, source: Box<OrderError> },
    #[error("tried {0} times")]
    #[code(inherit)]
    Tried(u8, #[source] Arc<OrderError>),
    #[error("who was refused here")]
    #[code(code::STOCK_BUSY)]
    Reworded(#[source] Rejected),
}

#[test]
fn a_variant_with_a_code_speaks_for_itself_whatever_it_holds() {
    let disk = OrderError::Disk(io::ErrorKind::TimedOut.into(), 0);
    assert_eq!(said(&OrderError::NotFound { id: 7 }), own(code::ORDER_NOT_FOUND));
    assert_eq!(said(&OrderError::Busy), own(code::STOCK_BUSY));
    assert_eq!(said(&disk), own(code::DISK_FULL));
    assert_eq!(said(&OrderError::Reworded(REFUSED)), own(code::STOCK_BUSY));
    assert_ne!(own(code::STOCK_BUSY), own(code::DISK_FULL));
}

#[test]
fn a_variant_that_inherits_says_what_its_field_says_through_boxes_too() {
    let refused = (
        CIRCUIT_OPEN,
        Some(REFUSED),
        Some(QUARTER),
        RetryClass::Elsewhere,
        Executed::No,
        Outcome::Neutral,
    );
    let boxed = OrderError::Shipping { parcel: 7, source: Box::new(REFUSED.into()) };
    assert_eq!(said(&boxed), refused);
    let shared = OrderError::Tried(3, Arc::new(boxed));
    assert_eq!(said(&shared), refused);
    assert_eq!(said(&OrderError::from(REFUSED)), refused);
    let busy = OrderError::Tried(3, Arc::new(OrderError::Busy));
    assert_eq!(said(&busy), own(code::STOCK_BUSY));
}

/// Has methods of its own by the names that the trait has, as tonic's
/// `Status` does, and an outcome that does not follow from its code.
#[derive(Debug, thiserror::Error)]
#[error("status")]
struct Status;

#[expect(dead_code, clippy::unused_self)]
impl Status {
    fn code(&self) -> u8 {
        14
    }
    fn outcome(&self) -> &'static str {
        "bad"
    }
}

impl Coded for Status {
    fn code(&self) -> Code {
        UNKNOWN
    }
    fn retry_after(&self) -> Option<Duration> {
        Some(QUARTER)
    }
    fn retry(&self) -> RetryClass {
        RetryClass::Elsewhere
    }
    fn executed(&self) -> Executed {
        Executed::Yes
    }
    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

#[test]
fn the_fields_trait_is_asked_and_not_a_method_of_the_same_name() {
    #[derive(Debug, thiserror::Error, Coded)]
    enum Error {
        #[error(transparent)]
        #[code(inherit)]
        Remote(#[from] Status),
    }
    assert_eq!(
        said(&Error::Remote(Status)),
        (UNKNOWN, None, Some(QUARTER), RetryClass::Elsewhere, Executed::Yes, Outcome::Success)
    );
}

#[test]
fn a_field_says_how_long_to_wait() {
    #[derive(Coded)]
    enum Wait {
        #[code(RATE_LIMITED, retry_after = delay)]
        Named { delay: Duration },
        #[code(retry_after = 1, RATE_LIMITED)]
        Tuple(&'static str, Option<Duration>),
        #[code(RATE_LIMITED, retry_after = r#type)]
        Raw { r#type: Option<Duration>, who: u8 },
        #[code(RATE_LIMITED)]
        Never(Duration),
        #[code(inherit)]
        Refused(Rejected),
    }
    let table = [
        (Wait::Named { delay: QUARTER }, Some(QUARTER)),
        (Wait::Tuple("", Some(QUARTER)), Some(QUARTER)),
        (Wait::Tuple("", None), None),
        (Wait::Raw { r#type: Some(Duration::MAX), who: 0 }, Some(Duration::MAX)),
        (Wait::Never(QUARTER), None),
        (Wait::Refused(REFUSED), Some(QUARTER)),
    ];
    for (error, delay) in &table {
        assert_eq!(error.retry_after(), *delay);
        assert_eq!(error.rejected().is_some(), matches!(error, Wait::Refused(_)));
    }
    let Wait::Raw { who: 0, .. } = &table[3].0 else { panic!() };
    let Wait::Tuple("", _) = &table[1].0 else { panic!() };
    let Wait::Never(QUARTER) = &table[4].0 else { panic!() };
}

#[test]
fn a_struct_of_every_shape_has_a_code() {
    #[derive(Coded)]
    #[code(code::STOCK_BUSY)]
    struct Unit;
    #[derive(Coded)]
    #[code(code::STOCK_BUSY, retry_after = 0)]
    struct Tuple(Duration);
    #[derive(Coded)]
    #[code(code::STOCK_BUSY, retry_after = left)]
    pub(crate) struct Named {
        pub(crate) left: Option<Duration>,
    }
    #[derive(Coded)]
    #[code(inherit)]
    struct Inner(pub(crate) Rejected);
    #[derive(Coded)]
    #[code(inherit = why)]
    struct Chosen {
        #[expect(dead_code)]
        source: io::Error,
        why: Rejected,
    }
    #[derive(Coded)]
    #[code(code::STOCK_BUSY)]
    struct Empty {}

    assert_eq!(said(&Unit), own(code::STOCK_BUSY));
    assert_eq!(said(&Empty {}), own(code::STOCK_BUSY));
    assert_eq!(Tuple(QUARTER).retry_after(), Some(QUARTER));
    assert_eq!(Named { left: Some(QUARTER) }.retry_after(), Some(QUARTER));
    assert_eq!(Inner(REFUSED).rejected(), Some(REFUSED));
    let chosen = Chosen { source: io::ErrorKind::TimedOut.into(), why: REFUSED };
    assert_eq!(chosen.rejected(), Some(REFUSED));
}

#[test]
fn what_everybody_has_already_can_be_inherited_from() {
    #[derive(Debug, thiserror::Error, Coded)]
    enum Error {
        #[error(transparent)]
        #[code(inherit)]
        Io(#[from] io::Error),
        #[error(transparent)]
        #[code(inherit)]
        Other(#[from] Box<dyn std::error::Error + Send + Sync>),
        #[error("a plugin failed")]
        #[code(inherit)]
        Plugin(Box<dyn Plugin>),
    }
    trait Plugin: Coded + std::error::Error {}
    impl Plugin for Status {}

    let io = io::Error::from(io::ErrorKind::ConnectionRefused);
    assert_eq!(said(&Error::Io(io)), own(CONNECT_FAILED));
    let boxed: Box<dyn std::error::Error + Send + Sync> = REFUSED.into();
    assert_eq!(Error::Other(boxed).rejected(), Some(REFUSED));
    assert_eq!(Error::Plugin(Box::new(Status)).outcome(), Outcome::Success);
}

#[test]
fn parameters_of_every_kind_pass_through() {
    #[derive(Coded)]
    enum Every<'a, 'b: 'a, T: ?Sized + Fn(u8) -> u8, E = Rejected, const N: usize = { 1 + 1 }>
    where
        E: Into<Option<Rejected>>,
        [u8; N]: Sized,
        T: 'b,
    {
        #[code(inherit)]
        Inner(E),
        #[code(inherit)]
        Borrowed(&'a E),
        #[code(code::STOCK_BUSY)]
        Function(&'b T, [u8; N]),
        #[code(code::DISK_FULL)]
        Pairs { map: std::collections::BTreeMap<u8, Vec<(u8, E)>>, after: u8 },
    }

    // Only what is inherited from must have a code.
    #[derive(Coded)]
    #[code(code::STOCK_BUSY)]
    struct Holder<T>(T);

    #[derive(Coded)]
    #[code(inherit)]
    struct Associated<I: Iterator>(I::Item)
    where
        I::Item: Clone;

    type Defaulted<'a> = Every<'a, 'a, fn(u8) -> u8>;
    let double: &fn(u8) -> u8 = &((|number| number * 2) as fn(u8) -> u8);
    assert_eq!(said(&Defaulted::Inner(REFUSED)), said(&REFUSED));
    assert_eq!(said(&Defaulted::Borrowed(&REFUSED)), said(&REFUSED));
    let function = Defaulted::Function(double, [0; 2]);
    assert_eq!(said(&function), own(code::STOCK_BUSY));
    let Defaulted::Function(double, [0, 0]) = function else { panic!() };
    assert_eq!(double(2), 4);
    let pairs = Defaulted::Pairs { map: std::collections::BTreeMap::new(), after: 0 };
    assert_eq!(said(&pairs), own(code::DISK_FULL));
    let Defaulted::Pairs { map, after: 0 } = pairs else { panic!() };
    assert!(map.is_empty());

    assert_eq!(Holder(std::thread::current()).code(), code::STOCK_BUSY);
    assert!(Holder(7).0 == 7);

    assert_eq!(said(&Associated::<std::vec::IntoIter<Rejected>>(REFUSED)), said(&REFUSED));
}

/// Holds itself: a bound on the box would ask for the `impl` without end.
#[derive(Coded)]
enum Nested<E> {
    #[code(inherit)]
    Last(E),
    #[code(inherit)]
    More(Box<Nested<E>>),
    #[code(inherit)]
    Self_(Box<Self>),
}

#[test]
fn an_enum_can_hold_itself() {
    assert_eq!(said(&Nested::Last(REFUSED)), said(&REFUSED));
    let nested = Nested::More(Box::new(Nested::Self_(Box::new(Nested::Last(REFUSED)))));
    assert_eq!(said(&nested), said(&REFUSED));
}

#[test]
#[allow(clippy::type_complexity, reason = "the point of the test")]
fn commas_and_braces_inside_a_type_end_nothing() {
    struct Holds<const N: isize>;
    #[derive(Coded)]
    #[code(inherit = 3)]
    struct Tuple<
        const N: isize = -1,
        F: for<'x> Fn(&'x u8, u8) -> Option<u8> = fn(&u8, u8) -> Option<u8>,
    >(
        pub(crate) (u8, u8),
        [u8; (1 < 2) as usize],
        Box<dyn for<'x> Fn(&'x (u8, F), u8) -> Result<u8, Vec<u8>>>,
        <std::vec::IntoIter<Rejected> as Iterator>::Item,
        fn(u8, u8) -> Holds<{ if 1 < 2 { 3 } else { 4 } }>,
    )
    where
        Holds<{ 1 + 1 }>: Sized,
        F: Copy;
    #[derive(Coded)]
    #[code(inherit)]
    struct Braces<'a, T>
    where
        Holds<{ 3 - 1 }>: Sized,
        for<'x> &'x T: Clone,
    {
        source: &'a T,
        after: Holds<3>,
    }

    let tuple: Tuple = Tuple((1, 2), [3], Box::new(|_, _| Ok(4)), REFUSED, |_, _| Holds);
    assert_eq!(said(&tuple), said(&REFUSED));
    assert_eq!((tuple.0, tuple.1), ((1, 2), [3]));
    assert_eq!(tuple.2(&(5, |_, _| None), 6), Ok(4));
    let Holds::<3> = tuple.4(7, 8);
    let braces = Braces { source: &REFUSED, after: Holds };
    assert_eq!(said(&braces), said(&REFUSED));
    let Holds::<3> = braces.after;
}

#[test]
fn discriminants_attributes_and_raw_names_do_not_confuse() {
    #[allow(non_camel_case_types)]
    #[derive(Coded, Clone, Copy, Debug)]
    #[repr(u8)]
    #[non_exhaustive]
    enum r#Odd {
        /// A doc comment, with a comma, and `#[code(NOT_THIS)]`.
        #[code(code::STOCK_BUSY)]
        A = 1 << 3,
        #[code(code::DISK_FULL)]
        r#type = <[u8; 2] as Sized2<u8, u8>>::N - 1,
        #[code(code::ORDER_NOT_FOUND)]
        C = if 1 < 2 { Pair::<u8, u8>::N } else { 2 },
        #[cfg(any())]
        Gone,
        #[cfg(not(any()))]
        #[cfg_attr(not(any()), code(code::DISK_FULL))]
        D = 77,
        #[cfg_attr(any(), code(code::STOCK_BUSY))]
        #[code(code::ORDER_NOT_FOUND)]
        E,
    }
    trait Sized2<A, B> {
        const N: u8;
    }
    impl<A, B> Sized2<A, B> for [u8; 2] {
        const N: u8 = 4;
    }
    struct Pair<A, B>(A, B);
    impl<A, B> Pair<A, B> {
        const N: u8 = 5;
    }

    let table = [
        (Odd::A, 8, code::STOCK_BUSY),
        (Odd::r#type, 3, code::DISK_FULL),
        (Odd::C, 5, code::ORDER_NOT_FOUND),
        (Odd::D, 77, code::DISK_FULL),
        (Odd::E, 78, code::ORDER_NOT_FOUND),
    ];
    for (odd, number, code) in table {
        assert_eq!((odd as u8, odd.code()), (number, code), "{odd:?}");
    }
    let Pair(0, 0) = Pair(0, 0) else { panic!() };
}

#[test]
fn an_error_that_cannot_be_needs_no_code() {
    #[derive(Coded)]
    enum Never {}
    #[derive(Coded)]
    enum Rarely {
        #[code(inherit)]
        #[expect(dead_code)]
        Never(Never),
        #[code(inherit)]
        #[expect(dead_code)]
        Infallible(std::convert::Infallible),
        #[code(code::STOCK_BUSY)]
        Busy,
    }
    assert_eq!(said(&Rarely::Busy), own(code::STOCK_BUSY));
}

#[test]
fn fragments_of_a_macro_are_seen_through() {
    macro_rules! error {
        ($(#[$outer:meta])* $vis:vis $name:ident { $($(#[$inner:meta])* $variant:ident($fvis:ty) = $code:path),* }) => {
            $(#[$outer])*
            #[derive(Coded)]
            $vis enum $name {
                $($(#[$inner])* #[code($code)] $variant($fvis),)*
                #[code($crate::code::DISK_FULL)]
                Disk,
            }
        };
    }
    macro_rules! wrap {
        ($vis:vis $name:ident $setting:meta [$fvis:vis $field:ty] $delay:literal) => {
            #[derive(Coded)]
            #[$setting]
            $vis struct $name($fvis $field);
            #[derive(Coded)]
            #[code(code::STOCK_BUSY, retry_after = $delay)]
            $vis struct Timed($fvis Duration);
        };
    }
    error!(#[allow(dead_code)] pub(crate) Made { #[doc = "x"] A(u8) = code::STOCK_BUSY, B(u16) = code::ORDER_NOT_FOUND });
    wrap!(pub(crate) Wrapped code(inherit) [pub(crate) Rejected] 0);
    assert_eq!(Made::A(1).code(), code::STOCK_BUSY);
    assert_eq!(Made::B(1).code(), code::ORDER_NOT_FOUND);
    assert_eq!(Made::Disk.code(), code::DISK_FULL);
    assert_eq!(Wrapped(REFUSED).rejected(), Some(REFUSED));
    assert_eq!(Timed(QUARTER).retry_after(), Some(QUARTER));
}

#[test]
fn the_macro_twin_answers_as_the_derive_does() {
    enum Twin<'a, E: ?Sized> {
        NotFound {
            id: u64,
        },
        Late(u8),
        Refused(Rejected),
        Inner(&'a E),
        #[cfg(any())]
        Gone,
    }
    coded! {
        impl<'a, E: ?Sized + Into<Option<Option<u8>>>> Coded for Twin<'a, E> where E: Coded, {
            Twin::NotFound { id: 0 } => code::DISK_FULL,
            Twin::NotFound { id } if *id > 100 => code::STOCK_BUSY,
            Self::NotFound { .. } => code::ORDER_NOT_FOUND,
            Twin::Late(..=7) | Self::Late(8..) => ATTEMPT_TIMEOUT,
            Twin::Refused(refused) => refused,
            Twin::Inner(inner) => *inner,
            #[cfg(any())]
            Twin::Gone => code::DISK_FULL,
        }
    }
    struct Inner;
    coded! { impl Coded for Inner { Inner => Status } }
    impl From<Inner> for Option<Option<u8>> {
        fn from(_: Inner) -> Self {
            None
        }
    }
    enum Never {}
    coded! { impl Coded for Never {} }
    enum OfNever {
        Busy,
        #[expect(dead_code)]
        Never(Never),
    }
    coded! { impl Coded for OfNever { Self::Never(never) => never, Self::Busy => code::STOCK_BUSY } }

    type Of<'a> = Twin<'a, Inner>;
    assert_eq!(said(&Of::NotFound { id: 0 }), own(code::DISK_FULL));
    assert_eq!(said(&Of::NotFound { id: 101 }), own(code::STOCK_BUSY));
    assert_eq!(said(&Of::NotFound { id: 7 }), own(code::ORDER_NOT_FOUND));
    assert_eq!(said(&Of::Late(1)), own(ATTEMPT_TIMEOUT));
    assert_eq!(said(&Of::Refused(REFUSED)), said(&REFUSED));
    assert_eq!(said(&Of::Inner(&Inner)), said(&Status));
    assert_eq!(said(&OfNever::Busy), own(code::STOCK_BUSY));
    assert_eq!(Option::<Option<u8>>::from(Inner), None);
}

#[test]
fn an_enum_of_hundreds_of_variants_meets_no_limit() {
    macro_rules! many {
        ($($tens:ident)*) => {
            enum Many { $($tens),* }
            coded! { impl Coded for Many { $(Many::$tens => code::STOCK_BUSY),* } }
            const MANY: &[Many] = &[$(Many::$tens),*];
        };
    }
    macro_rules! names {
        ([$($names:ident)*]) => { many! { $($names)* } };
    }
    names! {[
        A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 C0 C1 C2 C3 C4 C5 C6 C7 C8 C9
        D0 D1 D2 D3 D4 D5 D6 D7 D8 D9 E0 E1 E2 E3 E4 E5 E6 E7 E8 E9 F0 F1 F2 F3 F4 F5 F6 F7 F8 F9
        G0 G1 G2 G3 G4 G5 G6 G7 G8 G9 H0 H1 H2 H3 H4 H5 H6 H7 H8 H9 I0 I1 I2 I3 I4 I5 I6 I7 I8 I9
        J0 J1 J2 J3 J4 J5 J6 J7 J8 J9 K0 K1 K2 K3 K4 K5 K6 K7 K8 K9 L0 L1 L2 L3 L4 L5 L6 L7 L8 L9
        M0 M1 M2 M3 M4 M5 M6 M7 M8 M9 N0 N1 N2 N3 N4 N5 N6 N7 N8 N9 O0 O1 O2 O3 O4 O5 O6 O7 O8 O9
    ]}
    assert_eq!(MANY.len(), 150);
    assert!(MANY.iter().all(|error| error.code() == code::STOCK_BUSY));
}

#[test]
fn the_readme_shows_the_example_that_the_docs_run() {
    let readme = include_str!("../derive/README.md");
    let (_, rest) = readme.split_once("```rust\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    assert!(include_str!("../src/derive.md").contains(example));
}
