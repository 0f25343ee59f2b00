//@ says: error code order_not_found (crate refused 0.1.0
//@ says: is not UPPER_SNAKE case of 3 to 63 letters, digits and underscores
#![allow(non_upper_case_globals)]
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    order_not_found = 1 => NotFound;
}
fn main() {}
