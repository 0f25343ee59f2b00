//@ says: `` is no language tag
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id", "tenant"]);
    /// Nothing to add.
    STOCK_BUSY = 2 => Unavailable;
    ORDER_GONE = 3 retired;
}
seawall_errors::messages! { pub static TEXTS = "" for CODES {
    STOCK_BUSY => "x";
} }
fn main() {}
