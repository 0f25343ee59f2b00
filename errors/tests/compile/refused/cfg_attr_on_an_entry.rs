//@ says: an error code cannot depend on `cfg_attr`
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    #[cfg_attr(unix, doc = "On Unix.")]
    ORDER_NOT_FOUND = 1 => NotFound;
}
fn main() {}
