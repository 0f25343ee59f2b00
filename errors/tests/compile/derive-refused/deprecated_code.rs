//@ says: use of deprecated constant `OLD`: use CLOSED
//@ says: |     #[code(OLD)]
#![deny(deprecated)]
use seawall_errors::Coded;
#[deprecated(note = "use CLOSED")]
const OLD: seawall_errors::Code = seawall_errors::family::CLOSED;
#[derive(Coded)]
enum OrderError {
    #[code(OLD)]
    Gone,
}
fn main() {}
