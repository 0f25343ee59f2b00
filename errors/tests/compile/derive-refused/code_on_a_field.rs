//@ says: #[code] belongs on the variant, not on a field
//@ says: #[code] belongs on the struct, not on a field
use seawall_errors::{Coded, family::CLOSED};
#[derive(Coded)]
enum OrderError {
    #[code(CLOSED)]
    Gone(#[code(inherit)] seawall_errors::Rejected),
}
#[derive(Coded)]
#[code(CLOSED)]
struct Gone {
    #[code(retry_after)]
    after: core::time::Duration,
}
fn main() {}
