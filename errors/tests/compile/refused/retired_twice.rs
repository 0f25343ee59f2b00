//@ says: error code 210003 is retired twice: retired ORDER_GONE 210003 (crate orders 0.1.0
seawall_errors::codes! {
    domain "orders.acme.com" = 210;
    ORDER_GONE = 3 retired;
}
seawall_errors::registry! { pub static ALL = [orders::CODES, CODES]; }
fn main() {}
