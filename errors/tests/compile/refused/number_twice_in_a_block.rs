//@ says: discriminant value `1` assigned more than once
//@ says:     ORDER_NOT_FOUND = 1 => NotFound;
//@ says:     STOCK_BUSY = 1 => Unavailable;
//@ says: error code 210001 is declared twice: ORDER_NOT_FOUND 210001 (crate refused 0.1.0, packages/refused/src/bin/refused-number_twice_in_a_block.rs:5) and STOCK_BUSY 210001 (crate refused
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound;
    /// Stock is being recounted.
    STOCK_BUSY = 1 => Unavailable;
}
fn main() {}
