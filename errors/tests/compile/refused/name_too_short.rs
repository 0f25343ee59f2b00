//@ says: error code AB (crate
//@ says: is not UPPER_SNAKE case of 3 to 63
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// Two letters.
    AB = 1 => NotFound;
}
fn main() {}
