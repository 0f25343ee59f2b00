//@ says: error-code domain `orders.acme.com.`
seawall_errors::codes! { pub domain "orders.acme.com." = 210; }
fn main() {}
