//@ says: struct Gone has a second #[code]: write one, with all that is set
use seawall_errors::{Coded, family::CLOSED};
#[derive(Coded)]
#[code(CLOSED)]
#[code(crate = seawall_errors)]
struct Gone;
fn main() {}
