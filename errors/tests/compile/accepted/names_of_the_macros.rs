//! Codes and blocks named as what the macros use themselves.
#![deny(warnings)]
seawall_errors::codes! {
    domain "orders.acme.com" = 210 as BLOCKS;
    /// It is so.
    HEAD = 1 => Internal;
    /// It is so.
    COUNT = 2 => Internal;
    /// It is so.
    UNKNOWN = 0x1f => Internal;
}
seawall_errors::codes! {
    domain "orders.acme.com" = 211 as SORTED;
    /// It is so.
    CODE = 1_0 => Internal;
}
seawall_errors::registry! { static ALL = [BLOCKS, SORTED]; }

pub(crate) fn main() {
    assert_eq!((HEAD.number(), UNKNOWN.number(), CODE.number()), (210_001, 210_031, 211_010));
    assert_eq!((ALL.len(), COUNT.number()), (4, 210_002));
}
