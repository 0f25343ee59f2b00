//@ says: the error codes of orders.acme.com (crate orders 0.1.0, packages/orders/src/lib.rs:2) are listed twice
seawall_errors::registry! { pub static ALL = [orders::CODES, seawall_errors::FAMILY, orders::CODES]; }
fn main() {}
