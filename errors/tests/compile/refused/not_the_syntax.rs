//@ says: `codes!` takes a head, `pub domain "orders.acme.com" = 210;`, and then entries
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    retired 3 ORDER_GONE;
}
fn main() {}
