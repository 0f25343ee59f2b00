//@ says: `zh_TW` is no language tag, such as `de`, `zh-Hant` or `es-419`
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id", "tenant"]);
    /// Nothing to add.
    STOCK_BUSY = 2 => Unavailable;
    ORDER_GONE = 3 retired;
}
seawall_errors::messages! { pub static TEXTS = "zh_TW" for CODES {
    STOCK_BUSY => "x";
} }
fn main() {}
