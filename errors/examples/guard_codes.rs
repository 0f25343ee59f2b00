//! Guard codes in CI: a test that fails when somebody changes what clients rely on.
//!
//! `cargo run -p seawall-errors --features catalogue --example guard_codes`
//!
//! In your own crate these three lines are all, beside a committed `codes.lock` that
//! `UPDATE_CODES=1 cargo test` has made:
//!
//! ```ignore
//! #[test]
//! fn no_code_has_changed() {
//!     seawall_errors::lock::assert([&crate::code::CODES], "codes.lock");
//! }
//! ```

use seawall_errors::lock;

mod code {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);

        /// Stock is being recounted; the order was not placed.
        STOCK_BUSY = 2 => Unavailable.not_executed();
    }
}

/// What was released a year ago.
const RELEASED: &str = "\
210001 orders.acme.com/ORDER_NOT_FOUND http=404 grpc=5 retry=never executed=no keys=order_id,tenant
210002 orders.acme.com/STOCK_BUSY http=500 grpc=14 retry=backoff executed=no keys=
210003 orders.acme.com/ORDER_GONE http=410 grpc=5 retry=never executed=no keys=
";

fn main() {
    // The codes of our own crates are as their lock says.
    lock::assert([&seawall_errors::FAMILY], concat!(env!("CARGO_MANIFEST_DIR"), "/codes.lock"));

    let Err(changes) = lock::compare([&code::CODES], RELEASED) else {
        unreachable!("three things have changed");
    };
    println!("{changes}\n");
    assert_eq!(changes.iter().len(), 3);

    println!("The lock as it would have to be:\n{}", lock::text([&code::CODES]));
    assert_eq!(lock::compare([&code::CODES], &lock::text([&code::CODES])), Ok(()));
}
