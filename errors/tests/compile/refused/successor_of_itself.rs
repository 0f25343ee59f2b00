//@ says: names itself as its successor
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.successor("ORDER_NOT_FOUND");
}
fn main() {}
