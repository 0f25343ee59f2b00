//@ says: HTTP status 200 is outside 400..=599
//@ says: ORDER_NOT_FOUND = 1 => NotFound.http(200);
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.http(200);
}
fn main() {}
