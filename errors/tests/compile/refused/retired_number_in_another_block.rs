//@ says: error code 210003 is retired and cannot come back: retired ORDER_GONE 210003 (crate orders 0.1.0, packages/orders/src/lib.rs:2) and ORDER_LOST 210003 (crate refused 0.1.0, packages/refused/src/bin/refused-retired_number_in_another_block.rs:6)
seawall_errors::codes! {
    domain "orders.acme.com" = 210;
    /// The order is lost.
    // The line is that of the entry here, since it has a setting of its own.
    ORDER_LOST = 3 => DataLoss.http(507);
}
seawall_errors::registry! { pub static ALL = [orders::CODES, CODES]; }
fn main() {}
