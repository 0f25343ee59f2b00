//@ says: |     #[code(GONE)]
//@ says: |            ^^^^
//@ says: expected `Code`, found `u32`
//@ says: cannot find value `NO_SUCH_CODE`
use seawall_errors::Coded;
const GONE: u32 = 7;
#[derive(Coded)]
enum OrderError {
    #[code(GONE)]
    Gone,
    #[code(NO_SUCH_CODE)]
    Busy,
}
fn main() {}
