//@ says: error code orders.acme.com/ORDER_NOT_FOUND is declared twice: ORDER_NOT_FOUND 210001 (crate orders 0.1.0, packages/orders/src/lib.rs:2) and ORDER_NOT_FOUND 211007 (crate clashing 0.1.0, packages/clashing/src/lib.rs:10)
seawall_errors::registry! { pub static ALL = [orders::CODES, clashing::names::CODES]; }
fn main() {}
