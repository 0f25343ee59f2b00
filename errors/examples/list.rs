//! Step 2: list the codes of all crates, so that the compiler holds them
//! against each other.
//!
//! `cargo run -p seawall-errors --example list`
//!
//! Give the billing codes the prefix 210 as well, and `cargo check` answers:
//!
//! ```text
//! error-code prefix 210 is claimed by two domains: orders.acme.com (crate …, …:21)
//! and billing.acme.com (crate …, …:31)
//! ```
//!
//! Give them the domain of the orders, too, and it goes on:
//!
//! ```text
//! error code 210001 is declared twice: ORDER_NOT_FOUND 210001 (crate …, …) and INVOICE_PAID 210001 (crate …, …)
//! ```

// Two modules here; two crates in a real service.
mod orders {
    pub(crate) mod code {
        seawall_errors::codes! {
            pub domain "orders.acme.com" = 210;

            /// No order has this id.
            ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
        }
    }
}
mod billing {
    pub(crate) mod code {
        seawall_errors::codes! {
            pub domain "billing.acme.com" = 220;

            /// The invoice is paid already.
            INVOICE_PAID = 1 => FailedPrecondition;
        }
    }
}

// In the binary, once. `FAMILY` are the codes with which our own crates refuse.
seawall_errors::registry! {
    static CODES = [seawall_errors::FAMILY, orders::code::CODES, billing::code::CODES];
}

fn main() {
    for block in CODES.blocks() {
        let site = block.declared_at();
        println!(
            "{:<18} {} codes, {}:{}",
            block.domain(),
            block.codes().count(),
            site.file,
            site.line
        );
    }
    assert_eq!(CODES.blocks().len(), 3);
    assert_eq!(CODES.len(), seawall_errors::FAMILY.codes().count() + 2);
}
