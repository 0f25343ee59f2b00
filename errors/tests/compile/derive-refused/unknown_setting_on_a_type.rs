//@ says: unknown setting rename in #[code(...)]: allowed on an enum is crate = path; codes stand on the variants
//@ says: unknown setting name in #[code(...)]: allowed are the PATH of a constant, inherit, inherit = field, retry_after = field, crate = path
//@ says: unknown setting inherit in #[code(...)]: allowed on an enum is crate = path
use seawall_errors::{Coded, family::CLOSED};
#[derive(Coded)]
#[code(rename = CLOSED)]
enum OrderError {
    #[code(CLOSED)]
    Gone,
}
#[derive(Coded)]
#[code(CLOSED, name = "gone")]
struct Gone;
#[derive(Coded)]
#[code(inherit)]
enum Refused {
    #[code(inherit)]
    Refused(seawall_errors::Rejected),
}
fn main() {}
