//@ says: `NoCode` has no error code
//@ says: |     #[code(inherit)]
//@ says: |            ^^^^^^^
use seawall_errors::Coded;
struct NoCode;
#[derive(Coded)]
enum OrderError {
    #[code(inherit)]
    Gone(NoCode),
}
fn main() {}
