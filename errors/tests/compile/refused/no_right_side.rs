//@ says: error code ORDER_NOT_FOUND needs a right side: `=> NotFound` or another kind, or `retired` alone
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1;
}
fn main() {}
