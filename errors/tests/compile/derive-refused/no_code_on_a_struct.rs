//@ says: struct StockBusy has no code: add #[code(PATH)] or #[code(inherit)]
//@ says: | struct StockBusy;
//@ says: |        ^^^^^^^^^
use seawall_errors::Coded;
#[derive(Coded)]
struct StockBusy;
fn main() {}
