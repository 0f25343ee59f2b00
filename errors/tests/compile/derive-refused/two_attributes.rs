//@ says: variant Gone has a second #[code]: write one, with all that is set
//@ says: |     #[code(inherit)]
use seawall_errors::{Coded, family::CLOSED};
#[derive(Coded)]
enum OrderError {
    #[code(CLOSED)]
    #[code(inherit)]
    Gone(seawall_errors::Rejected),
}
fn main() {}
