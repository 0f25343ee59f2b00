//@ says: a second code in one #[code(...)]: keep one of them
//@ says: |     #[code(CLOSED, UNKNOWN)]
//@ says: |                    ^^^^^^^
//@ says: |                     ^^^^^^^^^^^^^^^^^^^^^^
use seawall_errors::Coded;
use seawall_errors::family::{CLOSED, UNKNOWN};
#[derive(Coded)]
enum OrderError {
    #[code(CLOSED, UNKNOWN)]
    Gone,
    #[code(inherit, seawall_errors::FAMILY)]
    Refused(seawall_errors::Rejected),
}
fn main() {}
