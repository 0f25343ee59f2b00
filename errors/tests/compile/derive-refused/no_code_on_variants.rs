//@ says: variant StockBusy has no code: add #[code(PATH)] or #[code(inherit)]
//@ says: |     StockBusy,
//@ says: |     ^^^^^^^^^
//@ says: variant Gone has no code: add #[code(PATH)] or #[code(inherit)]
//@ says: |     Gone(Rejected),
use seawall_errors::{Coded, Rejected};
#[derive(Coded)]
enum OrderError {
    StockBusy,
    #[code(inherit)]
    Refused(Rejected),
    Gone(Rejected),
}
fn main() {}
