use core::time::Duration;

/// Implements [`Coded`](crate::Coded) without a proc-macro: each arm says who
/// answers, a [`Code`](crate::Code) or an error that has one.
///
/// ```
/// use seawall_errors::{Coded, Outcome, Rejected, coded, family};
/// # seawall_errors::codes! {
/// #     domain "orders.acme.com" = 210;
/// #     /// No order has this id.
/// #     ORDER_NOT_FOUND = 1 => NotFound;
/// # }
///
/// enum OrderError {
///     NotFound { id: u64 },
///     Refused(Rejected),
/// }
///
/// coded! {
///     impl Coded for OrderError {
///         OrderError::NotFound { .. } => ORDER_NOT_FOUND,
///         OrderError::Refused(refused) => refused,
///     }
/// }
///
/// assert_eq!(OrderError::NotFound { id: 7 }.code(), ORDER_NOT_FOUND);
/// let refused = OrderError::Refused(Rejected::new(family::CIRCUIT_OPEN, "orders"));
/// assert_eq!(refused.rejected().map(|refused| refused.who()), Some("orders"));
/// assert_eq!(refused.outcome(), Outcome::Neutral);
/// ```
///
/// The arms are those of a `match` on `&self`: a pattern binds references, may
/// have an `if`, and may be left out by `#[cfg(...)]`. A variant without an arm
/// is the compiler's own error E0004. Where an error answers, it answers
/// everything: code, refusal, time to wait, retry class, whether it was executed, and outcome. Generic parameters and
/// a `where` clause stand where they stand in every `impl`:
///
/// ```
/// # use seawall_errors::{Coded, Rejected, coded, family::ATTEMPT_TIMEOUT};
/// enum Either<'a, E: ?Sized> {
///     Late,
///     Inner(&'a E),
/// }
///
/// coded! {
///     impl<'a, E: ?Sized> Coded for Either<'a, E> where E: Coded {
///         Either::Late => ATTEMPT_TIMEOUT,
///         Either::Inner(inner) => inner,
///     }
/// }
/// assert_eq!(Either::<Rejected>::Late.code(), ATTEMPT_TIMEOUT);
/// ```
///
/// With the feature `derive` the same can be said on the variants. A variant
/// that knows how long to wait needs the derive, or an `impl` by hand.
#[macro_export]
macro_rules! coded {
    (impl Coded for $type:ty { $($arms:tt)* }) => {
        $crate::__coded! { [] [$type] [] $($arms)* }
    };
    (impl Coded for $type:ty where $($rest:tt)*) => {
        $crate::__coded_where! { [] [$type] [] $($rest)* }
    };
    (impl < $($rest:tt)*) => {
        $crate::__coded_generics! { [] $($rest)* }
    };
}

/// Moves tokens into the first brackets up to the `>` before `Coded`, which the
/// compiler may have read as the second half of `>>`.
#[doc(hidden)]
#[macro_export]
macro_rules! __coded_generics {
    ([$($generics:tt)*] > Coded for $type:ty { $($arms:tt)* }) => {
        $crate::__coded! { [$($generics)*] [$type] [] $($arms)* }
    };
    ([$($generics:tt)*] > Coded for $type:ty where $($rest:tt)*) => {
        $crate::__coded_where! { [$($generics)*] [$type] [] $($rest)* }
    };
    ([$($generics:tt)*] >> Coded for $($rest:tt)*) => {
        $crate::__coded_generics! { [$($generics)* >] > Coded for $($rest)* }
    };
    ([$($generics:tt)*] $next:tt $($rest:tt)*) => {
        $crate::__coded_generics! { [$($generics)* $next] $($rest)* }
    };
}

/// Moves tokens into the last brackets up to the braces at the end.
#[doc(hidden)]
#[macro_export]
macro_rules! __coded_where {
    ([$($generics:tt)*] [$type:ty] [$($bounds:tt)*] { $($arms:tt)* }) => {
        $crate::__coded! { [$($generics)*] [$type] [$($bounds)*] $($arms)* }
    };
    ([$($generics:tt)*] [$type:ty] [$($bounds:tt)*] $next:tt $($rest:tt)*) => {
        $crate::__coded_where! { [$($generics)*] [$type] [$($bounds)* $next] $($rest)* }
    };
}

/// The `impl`. The arms are read in one go: an enum of hundreds of variants
/// must not meet the recursion limit.
#[doc(hidden)]
#[macro_export]
macro_rules! __coded {
    ([$($generics:tt)*] [$type:ty] [$($bounds:tt)*]) => {
        impl<$($generics)*> $crate::Coded for $type where $($bounds)* {
            fn code(&self) -> $crate::Code {
                match *self {}
            }
        }
    };
    (
        [$($generics:tt)*] [$type:ty] [$($bounds:tt)*]
        $($(#[$attribute:meta])* $pattern:pat $(if $guard:expr)? => $answer:expr),+ $(,)?
    ) => {
        impl<$($generics)*> $crate::Coded for $type where $($bounds)* {
            fn code(&self) -> $crate::Code {
                match self {
                    $($(#[$attribute])* $pattern $(if $guard)? => $crate::Coded::code(&$answer),)+
                }
            }

            // One match is exhaustive; the others are not asked to be, or a
            // missing variant would be reported once per method.
            fn rejected(&self) -> $crate::__private::Option<$crate::Rejected> {
                match self {
                    $($(#[$attribute])* $pattern $(if $guard)? => $crate::Coded::rejected(&$answer),)+
                    _ => $crate::__private::None,
                }
            }

            fn retry_after(&self) -> $crate::__private::Option<$crate::__private::Duration> {
                match self {
                    $($(#[$attribute])* $pattern $(if $guard)? => $crate::Coded::retry_after(&$answer),)+
                    _ => $crate::__private::None,
                }
            }

            fn retry(&self) -> $crate::RetryClass {
                match self {
                    $($(#[$attribute])* $pattern $(if $guard)? => $crate::Coded::retry(&$answer),)+
                    _ => $crate::RetryClass::Never,
                }
            }

            fn executed(&self) -> $crate::Executed {
                match self {
                    $($(#[$attribute])* $pattern $(if $guard)? => $crate::Coded::executed(&$answer),)+
                    _ => $crate::Executed::Unknown,
                }
            }

            fn outcome(&self) -> $crate::Outcome {
                match self {
                    $($(#[$attribute])* $pattern $(if $guard)? => $crate::Coded::outcome(&$answer),)+
                    _ => $crate::Outcome::Neutral,
                }
            }
        }
    };
}

/// What the field of `#[code(…, retry_after = field)]` may be.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no time to wait",
    label = "this field must be a `Duration` or an `Option<Duration>`"
)]
pub trait RetryAfter {
    #[doc(hidden)]
    fn __retry_after(&self) -> Option<Duration>;
}

impl RetryAfter for Duration {
    fn __retry_after(&self) -> Option<Duration> {
        Some(*self)
    }
}

impl RetryAfter for Option<Duration> {
    fn __retry_after(&self) -> Option<Duration> {
        *self
    }
}
