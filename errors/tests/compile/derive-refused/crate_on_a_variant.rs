//@ says: #[code(crate = path)] belongs on the type
use seawall_errors::{Coded, family::CLOSED};
#[derive(Coded)]
enum OrderError {
    #[code(CLOSED, crate = seawall_errors)]
    Gone,
}
fn main() {}
