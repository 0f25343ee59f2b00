//@ says: error-code prefix 99 (crate refused 0.1.0, packages/refused/src/bin/refused-prefix_out_of_range.rs:2) is outside 100..=999
seawall_errors::codes! {
    pub domain "orders.acme.com" = 99;
}
fn main() {}
