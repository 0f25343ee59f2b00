//@ says: #[code] takes parentheses: write #[code(PATH)], where PATH is a constant of type Code
//@ says: |     #[code = "CLOSED"]
//@ says: |            ^^^^^^^^^^
use seawall_errors::Coded;
#[derive(Coded)]
enum OrderError {
    #[code = "CLOSED"]
    Gone,
}
fn main() {}
