//! Everything at its edge.
#![deny(warnings)]
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
    }
}
/// A kind of the user's own.
#[allow(non_upper_case_globals)]
const Ours: seawall_errors::Spec = seawall_errors::kinds::Internal.overload(true);

seawall_errors::registry! { static ALL = [code::CODES] }

fn main() {
    assert_eq!(code::FROM_A_FILE.title(), "From a file.");
    assert_eq!(code::BLOCK_COMMENT.title(), "A block comment");
    let old = ALL.by_number(999_002);
    assert!(old.is_some_and(|old| old.deprecated() == Some("") && old.is_overload()));
}
