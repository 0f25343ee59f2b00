//@ says: error-code prefix 210 is claimed by two domains: orders.acme.com (crate orders 0.1.0, packages/orders/src/lib.rs:2) and stock.acme.com (crate clashing 0.1.0, packages/clashing/src/lib.rs:17)
seawall_errors::registry! { pub static ALL = [orders::CODES, clashing::prefix::CODES]; }
fn main() {}
