//@ says: error code order_gone (crate refused 0.1.0
//@ says: is not UPPER_SNAKE case
seawall_errors::codes! {
    domain "orders.acme.com" = 210;
    order_gone = 3 retired;
}
fn main() {}
