//@ says: error code orders.acme.com/ORDER_GONE is retired and cannot come back: retired ORDER_GONE 210003 (crate orders 0.1.0
//@ says: and ORDER_GONE 211001
seawall_errors::codes! {
    domain "orders.acme.com" = 211;
    /// The order is gone.
    ORDER_GONE = 1 => NotFound;
}
seawall_errors::registry! { pub static ALL = [orders::CODES, CODES]; }
fn main() {}
