//@ says: no method named `htp` found
//@ says: ORDER_NOT_FOUND = 1 => NotFound.htp(404);
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.htp(404);
}
fn main() {}
