//@ says: a refusal that nobody hears is a lost call
#![deny(unused_must_use)]
use seawall_errors::{Rejected, family::LOAD_SHED};

fn main() {
    Rejected::new(LOAD_SHED, "door");
}
