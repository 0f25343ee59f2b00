//@ says: error code 210003 is retired and cannot come back: ORDER_LOST 210003
//@ says: and retired ORDER_GONE 210003 (crate orders 0.1.0
seawall_errors::codes! {
    domain "orders.acme.com" = 210;
    /// The order is lost.
    ORDER_LOST = 3 => DataLoss;
}
seawall_errors::registry! { pub static ALL = [CODES, orders::CODES]; }
fn main() {}
