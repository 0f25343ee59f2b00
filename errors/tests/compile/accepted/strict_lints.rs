//! The macros work where everything is forbidden.
#![deny(missing_docs, missing_debug_implementations, unreachable_pub, warnings)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

/// The codes of the orders.
pub mod code {
    seawall_errors::codes! {
        pub(crate) domain "orders.acme.com" = 210;

        /// No order has this id.
        ///
        /// # Action
        /// Check the id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]).since("1.0");
        /// Stock is being recounted.
        STOCK_BUSY = 2 => Unavailable.not_executed().retry(RetryClass::Elsewhere);
        /// Use another.
        #[deprecated(since = "1.2.0", note = "use `STOCK_BUSY`")]
        STOCK_COUNTED = 4 => Unavailable.successor("STOCK_BUSY");
        ORDER_GONE = 3 retired;
    }
}

seawall_errors::registry! {
    /// All codes.
    pub(crate) static CODES = [seawall_errors::FAMILY, code::CODES];
}

pub(crate) fn main() {
    assert_eq!(CODES.by_number(210_001), Some(code::ORDER_NOT_FOUND));
    assert!(CODES.by_number(210_004).is_some_and(|code| code.deprecated().is_some()));
    assert_eq!(code::STOCK_BUSY.http(), 503);
}
