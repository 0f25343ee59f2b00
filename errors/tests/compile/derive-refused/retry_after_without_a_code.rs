//@ says: variant Gone has no code: add #[code(PATH)] or #[code(inherit)]
use seawall_errors::Coded;
#[derive(Coded)]
enum OrderError {
    #[code(retry_after = 0)]
    Gone(core::time::Duration),
}
fn main() {}
