//! Everything at its edge.
#![deny(warnings)]
/// A kind of the user's own, set up outside of the entry.
#[allow(non_upper_case_globals)]
const Ours: seawall_errors::Spec = seawall_errors::kinds::Internal.overload(true);

mod code {
    seawall_errors::codes! {
        pub(super) domain "a" = 999;
        #[doc = include_str!("refused.txt")]
        FROM_A_FILE = 999 => Internal.http(599);
        /** A block comment
            of two lines. */
        BLOCK_COMMENT = 1 => Internal.http(400);
        #[deprecated]
        /// Raised no more.
        #[allow(dead_code)]
        OLD_CODE = 2 => super::Ours;
        /// Use the next.
        #[deprecated = "use `NEXT`"]
        WITH_A_NOTE = 3 => Internal.successor("NEXT_CODE");
        /// Use the next.
        #[deprecated(since = "1.0.0")]
        SINCE_ONE = 4 => Internal;
        /// The next.
        NEXT_CODE = 5 => Internal;
    }
}
seawall_errors::registry! { static ALL = [code::CODES] }

pub(crate) fn main() {
    assert_eq!(code::FROM_A_FILE.title(), "From a file.");
    assert_eq!(code::BLOCK_COMMENT.title(), "A block comment");
    let note = |number| ALL.by_number(number).and_then(|code| code.deprecated());
    assert_eq!((note(999_001), note(999_002)), (None, Some("")));
    assert_eq!((note(999_003), note(999_004)), (Some("use `NEXT`"), Some("")));
    // The line of the block, not that of the constant above it.
    let line = |number| ALL.by_number(number).map(|code| code.declared_at().line);
    assert_eq!((line(999_002), line(999_003)), (Some(8), Some(21)));
    assert!(ALL.by_number(999_002).is_some_and(|old| old.is_overload()));
}
