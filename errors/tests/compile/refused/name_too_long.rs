//@ says: is not UPPER_SNAKE case of 3 to 63
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// Sixty-four letters.
    ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKL = 1 => NotFound;
}
fn main() {}
