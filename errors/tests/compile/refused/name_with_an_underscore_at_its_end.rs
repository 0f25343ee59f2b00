//@ says: error code ORDER_ (crate
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// Something is missing.
    ORDER_ = 1 => NotFound;
}
fn main() {}
