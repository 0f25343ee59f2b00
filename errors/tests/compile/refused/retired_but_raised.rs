//@ says: error code ORDER_GONE needs a right side: `=> NotFound` or another kind, or `retired` alone
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// The order is gone.
    ORDER_GONE = 1 retired => NotFound;
}
fn main() {}
