//@ says: error code 210001 is declared twice: ORDER_NOT_FOUND 210001 (crate orders 0.1.0, packages/orders/src/lib.rs:2) and INVOICE_NOT_FOUND 210001 (crate clashing 0.1.0, packages/clashing/src/lib.rs:3)
//@ says: pub static ALL = [seawall_errors::FAMILY, orders::CODES, clashing::numbers::CODES];
seawall_errors::registry! {
    pub static ALL = [seawall_errors::FAMILY, orders::CODES, clashing::numbers::CODES];
}
fn main() {}
