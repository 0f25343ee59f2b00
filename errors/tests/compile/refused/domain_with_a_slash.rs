//@ says: error-code domain `orders.acme.com/v1`
//@ says: is not 1 to 63 lower-case letters, digits, dots and hyphens
seawall_errors::codes! {
    pub domain "orders.acme.com/v1" = 210;
}
fn main() {}
