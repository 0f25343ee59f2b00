//@ says: discriminant value `3` assigned more than once
//@ says: error code 210003 is retired and cannot come back: retired ORDER_GONE 210003
//@ says: and ORDER_LOST 210003
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    ORDER_GONE = 3 retired;
    /// The order is lost.
    ORDER_LOST = 3 => DataLoss;
}
fn main() {}
