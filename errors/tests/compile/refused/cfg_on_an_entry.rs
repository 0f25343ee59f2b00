//@ says: an error code cannot depend on `cfg`
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    #[cfg(windows)]
    ORDER_NOT_FOUND = 1 => NotFound;
}
fn main() {}
