//! No other derive is needed, and nothing need be imported but the derive.
#![deny(warnings)]
mod code {
    seawall_errors::codes! {
        pub(super) domain "orders.acme.com" = 210;
        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound;
        #[deprecated(note = "the variant is, too")]
        /// Raised no more.
        OLD_CODE = 2 => NotFound;
    }
}

#[derive(seawall_errors::Coded)]
pub enum OrderError {
    #[code(code::ORDER_NOT_FOUND)]
    NotFound,
    #[code(inherit)]
    Shipping { parcel: u64, source: seawall_errors::Rejected },
    #[code(inherit = 1)]
    Tried(u8, seawall_errors::Rejected),
    #[deprecated]
    #[code(code::OLD_CODE)]
    Old,
}

#[deprecated]
#[derive(seawall_errors::Coded)]
#[code(code::ORDER_NOT_FOUND)]
pub struct Old;

fn main() {
    #[derive(seawall_errors::Coded)]
    #[code(inherit)]
    struct Inside(OrderError);
    let inside = Inside(OrderError::NotFound);
    let code = seawall_errors::Coded::code(&inside);
    assert_eq!(code, code::ORDER_NOT_FOUND);
}
