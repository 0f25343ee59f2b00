//@ says: crate takes a path without quotes: #[code(crate = my_errors)]
//@ says: crate stands twice in #[code(...)]
//@ says: unknown setting crate in #[code(...)]
use seawall_errors::{Coded, family::CLOSED};
#[derive(Coded)]
#[code(crate = "seawall_errors")]
enum OrderError {
    #[code(CLOSED)]
    Gone,
}
#[derive(Coded)]
#[code(CLOSED, crate = seawall_errors, crate = ::seawall_errors)]
struct Twice;
#[derive(Coded)]
#[code(CLOSED, crate)]
struct Bare;
#[derive(Coded)]
#[code(CLOSED, crate =)]
struct Nothing;
fn main() {}
