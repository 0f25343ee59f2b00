//@ says: error code 210001 is declared twice: ORDER_NOT_FOUND 210001 (crate refused 0.1.0, packages/refused/src/bin/refused-number_twice_across_blocks.rs:4) and PARCEL_NOT_FOUND 210001 (crate refused 0.1.0, packages/refused/src/bin/refused-number_twice_across_blocks.rs:11)
//@ says: pub static ALL = [orders::CODES, parcels::CODES];
mod orders {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;
        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound;
    }
}
mod parcels {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;
        /// No parcel has this id.
        PARCEL_NOT_FOUND = 1 => NotFound;
    }
}
seawall_errors::registry! {
    pub static ALL = [orders::CODES, parcels::CODES];
}
fn main() {}
