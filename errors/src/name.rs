use std::boxed::Box;
use std::collections::HashSet;
#[expect(
    clippy::disallowed_types,
    reason = "the default set has no dependency; poisoning is undone where it is locked"
)]
use std::sync::Mutex;
use std::sync::{LazyLock, PoisonError};

use crate::foreign::bounds::cut;

/// How many names a process may intern.
const NAMES: usize = 4096;
/// How long each may be, in bytes.
const LENGTH: usize = 128;

/// Makes a `&'static str` of a name that is known only at run time, such as
/// that of a backend read from a file, for [`Rejected::who`](crate::Rejected::who)
/// and for metric labels.
///
/// The same name gives the same string each time, and it is never freed. To
/// keep that from being a leak, a process interns at most 4096 names of at most
/// 128 bytes: what is longer is cut, and what comes later is called `other`.
///
/// Takes a lock: do it when a handle is made, not on each call.
///
/// ```
/// use seawall_errors::intern;
///
/// let host = String::from("orders-7.internal");
/// assert!(std::ptr::eq(intern(&host), intern(&host.clone())));
/// ```
pub fn intern(name: &str) -> &'static str {
    #[expect(clippy::disallowed_types, reason = "see above")]
    static TABLE: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);

    let name = cut(name, LENGTH);
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    match table.get(name) {
        Some(known) => known,
        None if table.len() >= NAMES => "other",
        None => {
            let name: &'static str = Box::leak(Box::from(name));
            table.insert(name);
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    #[test]
    fn a_name_is_cut_between_characters() {
        let name = format!("{}é", "x".repeat(LENGTH - 1));
        assert_eq!(cut(&name, LENGTH), "x".repeat(LENGTH - 1));
        assert_eq!(cut("", LENGTH), "");
    }

    #[test]
    fn a_flood_of_names_does_not_grow_memory() {
        let early = intern("early");
        for i in 0..2 * NAMES {
            intern(&format!("flood-{i}"));
        }
        assert_eq!(intern("one too many"), "other");
        assert!(std::ptr::eq(intern("early"), early), "what was interned stays");
    }
}
