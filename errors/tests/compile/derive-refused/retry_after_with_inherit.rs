//@ says: with inherit the field itself answers retry_after: remove one of them
use seawall_errors::Coded;
#[derive(Coded)]
enum OrderError {
    #[code(inherit = 0, retry_after = 1)]
    Gone(seawall_errors::Rejected, core::time::Duration),
}
fn main() {}
