//@ says: cannot find value `ORDER_GONE` in this scope
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    ORDER_GONE = 1 retired;
}
fn main() {
    let _ = ORDER_GONE;
}
