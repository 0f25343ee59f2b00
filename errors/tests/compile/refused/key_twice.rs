//@ says: metadata key `order_id` stands twice
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id", "order_id"]);
}
fn main() {}
