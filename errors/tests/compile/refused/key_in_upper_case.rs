//@ says: metadata key `orderId` is not lower_snake case
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.keys(&["orderId"]);
}
fn main() {}
