//! Step 1: declare ten codes in one block.
//!
//! `cargo run -p seawall-errors --example declare`

/// The codes of the orders, in a module of their own so that `code::X` reads well.
mod code {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// No order has this id.
        ///
        /// # Cause
        /// The id was mistyped, or belongs to another tenant.
        /// # Action
        /// Check the id. Ids are never reused.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);

        /// The order exists already.
        ORDER_EXISTS = 2 => AlreadyExists.keys(&["order_id"]);

        /// The order has no items.
        ORDER_EMPTY = 3 => InvalidArgument;

        /// An item's quantity is out of range.
        QUANTITY_OUT_OF_RANGE = 4 => OutOfRange.keys(&["item", "quantity"]);

        /// The order is paid and cannot change any more.
        ORDER_PAID = 5 => FailedPrecondition;

        /// Somebody else changed the order meanwhile.
        ///
        /// # Action
        /// Read it again, and repeat the change on what you read.
        ORDER_CHANGED = 6 => Aborted;

        /// Only the tenant's own people may see its orders.
        WRONG_TENANT = 7 => PermissionDenied;

        /// Stock is being recounted; the order was not placed.
        STOCK_BUSY = 8 => Unavailable.not_executed().since("1.4");

        /// The payment service did not answer; nobody knows whether it paid.
        PAYMENT_UNCERTAIN = 9 => Dependency;

        /// The stored order cannot be read.
        ORDER_BROKEN = 10 => DataLoss;

        // Was ORDER_TOO_OLD until 1.3. Neither number nor name can come back.
        ORDER_TOO_OLD = 11 retired;
    }
}

fn main() {
    for code in code::CODES.codes() {
        println!("{}  {:<22} {}  {}", code.number(), code.name(), code.http(), code.title());
    }
    assert_eq!(code::CODES.codes().count(), 10);
    assert_eq!(code::STOCK_BUSY.number(), 210_008);
    assert_eq!(code::ORDER_CHANGED.action().to_string().lines().count(), 1);
}
