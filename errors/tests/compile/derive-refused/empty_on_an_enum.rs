//@ says: #[code] is empty: write #[code(crate = path)], and #[code(PATH)] on the variants
use seawall_errors::{Coded, family::CLOSED};
#[derive(Coded)]
#[code()]
enum OrderError {
    #[code(CLOSED)]
    Gone,
}
fn main() {}
