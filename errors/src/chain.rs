use core::error::Error;

use crate::code::Title;
use crate::rejected::Why;
use crate::{Code, Coded, Rejected};

/// How many links are looked at. Real chains are short; one that is longer, or
/// that bites its own tail, must not hold up a call.
const LINKS: usize = 64;

/// Looks for an error with a code in an error and its sources; the outermost wins.
///
/// Found are [`Code`], [`Rejected`] and, with the feature `std`, `seawall_errors::Error`, and with `tonic` its `Status`, behind
/// boxes, enums with a `source`, `transparent` ones, `Arc`s, `anyhow` and inside
/// an `std::io::Error`. Error types of your own are found by a [`Finder`] that
/// knows them. At most 64 links are looked at, and nothing is allocated.
///
/// ```
/// use std::error::Error;
/// use seawall_errors::{Rejected, family::CIRCUIT_OPEN, find_coded};
///
/// let boxed: Box<dyn Error + Send + Sync> = Rejected::new(CIRCUIT_OPEN, "orders").into();
/// let found = find_coded(&*boxed).unwrap();
/// assert_eq!(found.code(), CIRCUIT_OPEN);
/// assert_eq!(found.rejected().unwrap().who(), "orders");
/// ```
pub fn find_coded<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn Coded> {
    Finder::new(&[]).find(error)
}

/// Looks for a code, as [`find_coded`] does.
pub fn find_code(error: &(dyn Error + 'static)) -> Option<Code> {
    find_coded(error).map(Coded::code)
}

/// Looks for a refusal of our own, also below an error with another code, which speaks for
/// itself: there [`Coded::rejected`] of the whole answers `None`. The outermost wins.
pub fn find_rejected(error: &(dyn Error + 'static)) -> Option<Rejected> {
    walk(error, |link| known(link)?.rejected())
}

/// Whether one link of a chain is a certain type with a code: [`probe`] is one.
pub type Probe = for<'a> fn(&'a (dyn Error + 'static)) -> Option<&'a dyn Coded>;

/// A [`Probe`] for one type of yours, also in a `Box` or an `Arc`.
pub fn probe<'a, E: Error + Coded + 'static>(
    link: &'a (dyn Error + 'static),
) -> Option<&'a dyn Coded> {
    #[cfg(feature = "std")]
    {
        if let Some(error) = link.downcast_ref::<std::sync::Arc<E>>() {
            return Some(&**error);
        }
        if let Some(error) = link.downcast_ref::<std::boxed::Box<E>>() {
            return Some(&**error);
        }
    }
    link.downcast_ref::<E>().map(|error| error as &dyn Coded)
}

/// Looks for error types of your own, too.
///
/// A `dyn Error` can only be asked "are you a `T`?", so the types have to be
/// listed, once. (An `anyhow::Error` that was made a box with `into()` answers no to everybody:
/// look through `error.as_ref()` before.)
///
/// ```
/// use std::fmt;
/// use seawall_errors::{Code, Coded, Finder, probe, family::INTERNAL};
///
/// #[derive(Debug)]
/// struct OrderError;
/// # impl fmt::Display for OrderError {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("order") }
/// # }
/// # impl std::error::Error for OrderError {}
/// impl Coded for OrderError {
///     fn code(&self) -> Code { INTERNAL }
/// }
///
/// const FINDER: Finder = Finder::new(&[probe::<OrderError>]);
///
/// let wrapped = std::io::Error::other(OrderError);
/// # #[cfg(feature = "std")]
/// assert_eq!(FINDER.find(&wrapped).unwrap().code(), INTERNAL);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Finder {
    probes: &'static [Probe],
}

impl Finder {
    /// Looks for what [`find_coded`] finds, and for these.
    pub const fn new(probes: &'static [Probe]) -> Self {
        Finder { probes }
    }

    /// The outermost error with a code.
    pub fn find<'a>(&self, error: &'a (dyn Error + 'static)) -> Option<&'a dyn Coded> {
        walk(error, |link| known(link).or_else(|| self.probes.iter().find_map(|probe| probe(link))))
    }
}

/// Types that have codes.
fn known<'a>(link: &'a (dyn Error + 'static)) -> Option<&'a dyn Coded> {
    let found = ours(link);
    #[cfg(feature = "tonic")]
    let found = found.or_else(|| probe::<tonic::Status>(link));
    found
}

/// Types of ours.
pub(crate) fn ours<'a>(link: &'a (dyn Error + 'static)) -> Option<&'a dyn Coded> {
    // Each with the part of it that is its own source; see there.
    let found = probe::<Code>(link)
        .or_else(|| probe::<Title>(link))
        .or_else(|| probe::<Rejected>(link))
        .or_else(|| probe::<Why>(link));
    #[cfg(feature = "std")]
    let found = found
        .or_else(|| probe::<crate::Error>(link))
        .or_else(|| probe::<crate::error::Inner>(link));
    found
}

pub(crate) fn walk<'a, T>(
    error: &'a (dyn Error + 'static),
    look: impl Fn(&'a (dyn Error + 'static)) -> Option<T>,
) -> Option<T> {
    let mut link = Some(error);
    for _ in 0..LINKS {
        let here = link?;
        if let Some(found) = look(here) {
            return Some(found);
        }
        link = next(here);
    }
    None
}

/// Two kinds of wrapper have the *source* of what they wrap as their own, and
/// so would skip the very error that is looked for.
#[cfg(feature = "std")]
fn next<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    use std::boxed::Box;
    use std::sync::Arc;

    let shared = || error.downcast_ref::<Arc<std::io::Error>>().map(|shared| &**shared);
    let boxed = || error.downcast_ref::<Box<std::io::Error>>().map(|boxed| &**boxed);
    if let Some(io) = error.downcast_ref::<std::io::Error>().or_else(shared).or_else(boxed) {
        return io.get_ref().map(|inner| inner as &(dyn Error + 'static));
    }
    if let Some(shared) = error.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
        return Some(&**shared);
    }
    error.source()
}

#[cfg(not(feature = "std"))]
fn next<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    error.source()
}
