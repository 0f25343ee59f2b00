//@ says: has no doc comment
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    ///
    /// # Cause
    /// A typing error.
    #[deprecated(note = "not a title")]
    ORDER_NOT_FOUND = 1 => NotFound;
}
fn main() {}
