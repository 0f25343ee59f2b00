//@ says: variant Tried has no field when: it has times and last
//@ says: variant Pair has no field 2: it has 0 and 1
//@ says: struct Unit has no field after: it has no fields
//@ says: |     #[code(CLOSED, retry_after = when)]
//@ says: |                                  ^^^^
use seawall_errors::{Coded, Rejected, family::CLOSED};
#[derive(Coded)]
enum OrderError {
    #[code(CLOSED, retry_after = when)]
    Tried { times: u8, last: Rejected },
    #[code(inherit = 2)]
    Pair(u8, Rejected),
}
#[derive(Coded)]
#[code(CLOSED, retry_after = after)]
struct Unit;
fn main() {}
