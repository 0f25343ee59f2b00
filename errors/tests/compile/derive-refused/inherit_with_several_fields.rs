//@ says: variant Tried has several fields to inherit from: mark the error with #[source] or #[from], or write #[code(inherit = times)] or #[code(inherit = last)]
//@ says: variant Pair has several fields to inherit from: mark the error with #[source] or #[from], or write #[code(inherit = 0)] or #[code(inherit = 1)]
use seawall_errors::{Coded, Rejected};
#[derive(Coded)]
enum OrderError {
    #[code(inherit)]
    Tried { times: u8, last: Rejected },
    #[code(inherit)]
    Pair(u8, Rejected),
}
fn main() {}
