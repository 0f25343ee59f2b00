//! Texts in other languages, where everything is forbidden.
#![deny(missing_docs, missing_debug_implementations, unreachable_pub, warnings)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

/// The codes of the orders.
pub mod code {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;
        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
    }
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 211 as OLD_CODES;
        /// Use another.
        #[deprecated(note = "use another")]
        OLD_WAY = 1 => NotFound;
    }
}

/// A user's own names for what the macros use inside.
pub mod shadowed {
    #[derive(Debug)]
    #[allow(missing_docs)]
    pub enum Option {
        Some,
        None,
    }
    #[derive(Debug)]
    #[allow(missing_docs)]
    pub struct Messages(pub Option, pub Option);
    #[allow(missing_docs)]
    pub const TEXTS: Messages = Messages(Option::Some, Option::None);

    seawall_errors::messages! {
        /// In German.
        pub static DE = "de" for crate::code::CODES {
            ORDER_NOT_FOUND => "Keine Bestellung", "Keine Bestellung {order_id}";
        }
    }
    seawall_errors::messages! { pub static NOTHING_YET = "gsw" for super::code::CODES {} }
    seawall_errors::messages! {
        static OLD = "de" for super::code::OLD_CODES { OLD_WAY => "Alt"; }
    }
    /// All of them.
    pub static LANGUAGES: seawall_errors::Languages =
        seawall_errors::Languages::new(&[&DE, &NOTHING_YET, &OLD]).with_default("en-GB");
}

fn main() {
    seawall_errors::messages! {
        static HERE = "zh-Hant" for code::CODES { ORDER_NOT_FOUND => "{{"; }
    }
    assert_eq!(HERE.tag(), "zh-Hant");
    assert_eq!(shadowed::LANGUAGES.tables().len(), 3);
    println!("{:?}", shadowed::TEXTS);
}
