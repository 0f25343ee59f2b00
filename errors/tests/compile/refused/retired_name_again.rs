//@ says: the name `ORDER_GONE` is defined multiple times
//@ says:     ORDER_GONE = 3 retired;
//@ says:     ORDER_GONE = 4 => DataLoss;
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    ORDER_GONE = 3 retired;
    /// The order is lost.
    ORDER_GONE = 4 => DataLoss;
}
fn main() {}
