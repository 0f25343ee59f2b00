//@ says: an enum has no code of its own: put #[code(PATH)] on each variant
//@ says: variant Gone has no code
//@ says: | #[code(seawall_errors::family::CLOSED)]
//@ says: |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
use seawall_errors::Coded;
#[derive(Coded)]
#[code(seawall_errors::family::CLOSED)]
enum OrderError {
    Gone,
}
fn main() {}
