use core::error::Error;

use crate::{Code, Coded, Rejected, rejected};

/// How many links are looked at. Real chains are short; one that is longer, or
/// that bites its own tail, must not hold up a call.
const LINKS: usize = 64;

/// Looks for a refusal in an error and its sources; the outermost wins.
///
/// It is found behind boxes, enums with a `source`, `transparent` ones, and (feature `std`)
/// inside an [`std::io::Error`]. At most 64 links are looked at, and nothing is allocated.
///
/// ```
/// use std::error::Error;
/// use seawall_errors::{Rejected, family::CIRCUIT_OPEN, find_rejected};
///
/// let boxed: Box<dyn Error + Send + Sync> = Rejected::new(CIRCUIT_OPEN, "orders").into();
/// assert_eq!(find_rejected(&*boxed).unwrap().who(), "orders");
/// ```
pub fn find_rejected(error: &(dyn Error + 'static)) -> Option<Rejected> {
    find(error, rejected::rejected)
}

/// Looks for a code in an error and its sources, as [`find_rejected`] does for
/// a refusal; the outermost wins.
pub fn find_code(error: &(dyn Error + 'static)) -> Option<Code> {
    find(error, |link| {
        let code = link.downcast_ref::<Code>().copied();
        code.or_else(|| rejected::rejected(link).map(|refused| Coded::code(&refused)))
    })
}

pub(crate) fn find<T>(
    error: &(dyn Error + 'static),
    look: impl Fn(&(dyn Error + 'static)) -> Option<T>,
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

/// An `io::Error` made from another error has that error's *source* as its
/// source, and would so skip the very error that it was made from.
#[cfg(feature = "std")]
fn next<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    }
}

#[cfg(not(feature = "std"))]
fn next<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    error.source()
}
