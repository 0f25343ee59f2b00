//! The macros reach for nothing that the user may have named otherwise.
#![deny(warnings)]
#![no_implicit_prelude]
#![allow(dead_code, unused_macros)]

struct Result;
struct Option;
struct Code;
struct Block;
struct Registry;
struct Some;
struct None;
struct Spec;
struct Entry;
#[allow(non_camel_case_types)]
struct u32;
#[allow(non_camel_case_types)]
struct str;
mod core {}
mod std {}
macro_rules! concat { () => {} }
macro_rules! stringify { () => {} }
macro_rules! line { () => {} }

::seawall_errors::codes! {
    domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound;
    ORDER_GONE = 2 retired;
}
::seawall_errors::registry! { static ALL = [CODES]; }

fn main() {
    let _ = ALL.len();
}
