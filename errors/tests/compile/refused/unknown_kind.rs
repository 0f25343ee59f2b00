//@ says: cannot find value `NotFond` in this scope
//@ says: ORDER_NOT_FOUND = 1 => NotFond;
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFond;
}
fn main() {}
