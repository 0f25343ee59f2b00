//@ says: has number -7, which is outside 1..=999
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = -7 => NotFound;
}
fn main() {}
