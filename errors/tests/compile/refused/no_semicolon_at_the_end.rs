//@ says: each ends with a semicolon
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound
}
fn main() {}
