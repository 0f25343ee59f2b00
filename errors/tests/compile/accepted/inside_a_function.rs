#![deny(warnings)]
pub(crate) fn main() {
    seawall_errors::codes! {
        domain "orders.acme.com" = 210;
        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound;
    }
    seawall_errors::registry! { static ALL = [CODES]; }
    assert_eq!(ALL.by_number(210_001), Some(ORDER_NOT_FOUND));
}
