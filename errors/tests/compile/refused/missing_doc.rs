//@ says: error code ORDER_NOT_FOUND (crate refused 0.1.0, packages/refused/src/bin/refused-missing_doc.rs:2) has no doc comment: say in `///` lines what it means
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    ORDER_NOT_FOUND = 1 => NotFound;
}
fn main() {}
