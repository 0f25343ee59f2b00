//@ says: the `de` text of ORDER_NOT_FOUND (crate refused 0.1.0, packages/refused/src/bin/refused-placeholder_that_is_no_key.rs:
//@ says: ) asks for `{order}`, but the code declares only `order_id`, `tenant`
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id", "tenant"]);
    /// Nothing to add.
    STOCK_BUSY = 2 => Unavailable;
    ORDER_GONE = 3 retired;
}
seawall_errors::messages! { pub static TEXTS = "de" for CODES {
    ORDER_NOT_FOUND => "Keine Bestellung {order}";
} }
fn main() {}
