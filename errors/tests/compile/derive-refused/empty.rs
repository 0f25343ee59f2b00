//@ says: #[code] is empty: write #[code(PATH)], where PATH is a constant of type Code, or #[code(inherit)]
//@ says: |     #[code]
//@ says: |     #[code()]
use seawall_errors::Coded;
#[derive(Coded)]
enum OrderError {
    #[code]
    Gone,
    #[code()]
    Busy,
}
fn main() {}
