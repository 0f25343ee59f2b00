//@ says: `u64` is no time to wait
//@ says: this field must be a `Duration` or an `Option<Duration>`
//@ says: |     #[code(CLOSED, retry_after = millis)]
//@ says: |                                  ^^^^^^
use seawall_errors::{Coded, family::CLOSED};
#[derive(Coded)]
enum OrderError {
    #[code(CLOSED, retry_after = millis)]
    Gone { millis: u64 },
}
fn main() {}
