//@ says: error-code prefix -7 (crate refused 0.1.0
seawall_errors::codes! {
    pub domain "orders.acme.com" = -7;
}
fn main() {}
