//@ says: the name `ORDER_NOT_FOUND` is defined multiple times
//@ says:     ORDER_NOT_FOUND = 1 => NotFound;
//@ says:     ORDER_NOT_FOUND = 2 => Unavailable;
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound;
    /// No order has this id.
    ORDER_NOT_FOUND = 2 => Unavailable;
}
fn main() {}
