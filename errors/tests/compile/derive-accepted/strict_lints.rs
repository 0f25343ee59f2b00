//! The derive and its twin work where everything is forbidden.
#![deny(missing_docs, missing_debug_implementations, unreachable_pub, warnings)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(unused_qualifications, unused_results, single_use_lifetimes, trivial_casts)]
#![deny(non_ascii_idents, let_underscore_drop, unused_lifetimes, elided_lifetimes_in_paths)]
#![deny(clippy::absolute_paths, clippy::wildcard_enum_match_arm, clippy::match_same_arms)]
#![deny(clippy::missing_trait_methods, clippy::question_mark_used)]
#![deny(clippy::allow_attributes, clippy::allow_attributes_without_reason)]
#![deny(clippy::missing_inline_in_public_items, clippy::pattern_type_mismatch, clippy::shadow_reuse)]
#![forbid(unsafe_code)]

use core::convert::Infallible;
use core::fmt::Debug;
use core::time::Duration;

use seawall_errors::{Coded, Rejected, coded, family};

/// What orders fail with.
#[derive(Debug, thiserror::Error, Coded)]
#[non_exhaustive]
pub(crate) enum OrderError {
    /// No such order.
    #[error("order {id} not found")]
    #[code(family::UNKNOWN)]
    NotFound {
        /// Of the order.
        id: u64,
    },
    /// Gone.
    #[error("gone")]
    #[code(family::UNKNOWN)]
    Gone,
    /// Refused.
    #[error(transparent)]
    #[code(inherit)]
    Refused(#[from] Rejected),
    /// Cannot be.
    #[error(transparent)]
    #[code(inherit)]
    Never(#[from] Infallible),
}

/// Busy.
#[derive(Debug, thiserror::Error, Coded)]
#[error("busy")]
#[code(family::LOAD_SHED, retry_after = left)]
pub(crate) struct Busy {
    left: Option<Duration>,
}

/// Nothing.
#[derive(Debug, Clone, Copy, Coded)]
pub(crate) enum Never {}

/// Of a parameter.
#[derive(Debug, Coded)]
#[code(inherit)]
pub(crate) struct Of<'a, E: Debug, const N: usize>(&'a Inner<E, N>)
where
    Inner<E, N>: Sized;

/// Has a code for some parameters only.
#[derive(Debug, Coded)]
#[code(inherit = inner)]
pub(crate) struct Inner<E, const N: usize> {
    inner: E,
    numbers: [u8; N],
}

/// Judged by the twin.
#[derive(Debug)]
pub(crate) enum Twin {
    /// One.
    One,
    /// Two.
    Two(Busy),
    /// Three.
    Three,
}

coded! {
    impl Coded for Twin {
        Self::One => family::UNKNOWN,
        Self::Two(busy) => busy,
        Self::Three => family::UNKNOWN,
    }
}

fn main() {
    let errors = [
        OrderError::NotFound { id: 7 },
        OrderError::Gone,
        Rejected::new(family::CLOSED, "orders").into(),
    ];
    assert_eq!(errors.map(|error| error.code().number()), [100_092, 100_092, 100_024]);
    assert_eq!(Busy { left: None }.retry_after(), None);
    assert_eq!(size_of::<Never>(), 0);
    let refused = Rejected::new(family::CLOSED, "orders");
    let inner = Inner { inner: refused, numbers: [7] };
    assert_eq!((Of(&inner).code(), inner.numbers), (family::CLOSED, [7]));
    for twin in [Twin::One, Twin::Two(Busy { left: Some(Duration::MAX) }), Twin::Three] {
        assert_eq!(twin.retry_after().is_some(), matches!(twin, Twin::Two(_)));
    }
}
