//@ says: error code ORDER_OLD (crate refused 0.1.0, packages/refused/src/bin/refused-successor_that_is_not_there.rs:5) names ORDER_NEW as its successor, which is no code of orders.acme.com
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// Use another.
    ORDER_OLD = 1 => NotFound.successor("ORDER_NEW");
}
seawall_errors::registry! { pub static ALL = [CODES]; }
fn main() {}
