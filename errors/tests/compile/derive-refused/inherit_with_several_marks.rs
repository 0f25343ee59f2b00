//@ says: variant Tried has several fields marked as the error: keep one mark, or write #[code(inherit = first)] or #[code(inherit = last)]
use seawall_errors::{Coded, Rejected};
#[derive(Debug, thiserror::Error, Coded)]
enum OrderError {
    #[error("tried twice")]
    #[code(inherit)]
    Tried { #[source] first: Rejected, #[source] last: Rejected, times: u8 },
}
fn main() {}
