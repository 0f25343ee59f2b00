//@ says: HTTP status 399 is outside 400..=599
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.http(399);
}
fn main() {}
