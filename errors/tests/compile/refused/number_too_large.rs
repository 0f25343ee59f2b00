//@ says: has number 1000, which is outside 1..=999
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    ORDER_GONE = 1000 retired;
}
fn main() {}
