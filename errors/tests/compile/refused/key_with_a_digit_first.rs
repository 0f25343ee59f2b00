//@ says: metadata key `2nd` is not lower_snake case
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.keys(&["2nd"]);
}
fn main() {}
