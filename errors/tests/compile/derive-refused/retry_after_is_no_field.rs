//@ says: retry_after takes the name of a field, or its index: #[code(…, retry_after = 0)]
//@ says: inherit takes the name of a field, or its index: #[code(…, inherit = 0)]
//@ says: retry_after stands twice in #[code(...)]
//@ says: unknown setting retry_after in #[code(...)]
use seawall_errors::{Coded, family::CLOSED};
#[derive(Coded)]
enum OrderError {
    #[code(CLOSED, retry_after = Duration::from_secs(1))]
    Gone,
    #[code(CLOSED, retry_after =)]
    Nothing,
    #[code(inherit = a.b)]
    Refused { a: u8 },
    #[code(CLOSED, retry_after = 0, retry_after = 0)]
    Twice(core::time::Duration),
    #[code(CLOSED, retry_after)]
    Bare(core::time::Duration),
}
fn main() {}
