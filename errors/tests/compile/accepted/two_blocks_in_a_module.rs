#![deny(warnings)]
seawall_errors::codes! {
    domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound;
}
seawall_errors::codes! {
    domain "orders.acme.com" = 211 as MORE_CODES;
    /// No parcel has this id.
    PARCEL_NOT_FOUND = 1 => NotFound;
}
seawall_errors::codes! {
    domain "empty.acme.com" = 212 as NO_CODES;
}
seawall_errors::registry! { static ALL = [CODES, MORE_CODES, NO_CODES]; }
seawall_errors::registry! { static NONE = []; }
pub(crate) fn main() {
    assert_eq!(ALL.len(), 2);
    assert!(NONE.is_empty());
}
