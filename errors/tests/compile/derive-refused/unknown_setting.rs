//@ says: unknown setting retry in #[code(...)]: allowed are the PATH of a constant, inherit, inherit = field, retry_after = field
//@ says: |     #[code(CLOSED, retry = after)]
//@ says: |                    ^^^^^
//@ says: unknown setting transparent in #[code(...)]
use seawall_errors::{Coded, family::CLOSED};
#[derive(Coded)]
enum OrderError {
    #[code(CLOSED, retry = after)]
    Gone { after: core::time::Duration },
    #[code(transparent)]
    Refused(seawall_errors::Rejected),
}
fn main() {}
