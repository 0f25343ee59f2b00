//@ says: variant Gone has no field to inherit from: give it the error as a field, or write #[code(PATH)]
//@ says: struct Unit has no field to inherit from
//@ says: |     #[code(inherit)]
//@ says: |            ^^^^^^^
use seawall_errors::Coded;
#[derive(Coded)]
enum OrderError {
    #[code(inherit)]
    Gone,
}
#[derive(Coded)]
#[code(inherit)]
struct Unit;
fn main() {}
