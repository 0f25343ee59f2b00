//@ says: error code ORDER_NOT_FOUND (crate refused 0.1.0, packages/refused/src/bin/refused-number_zero.rs:2) has number 0, which is outside 1..=999
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 0 => NotFound;
}
fn main() {}
