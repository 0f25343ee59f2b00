//@ says: this is not the path of a constant: allowed are the PATH of a constant, inherit
//@ says: |     #[code(210001)]
//@ says: |            ^^^^^^
//@ says: |            ^^^^^^^^
//@ says: |            ^^^^^^^^^^
//@ says: nothing stands before a comma in this #[code(...)]
//@ says: |     #[code(,)]
//@ says: this is not the path of a constant: allowed on an enum is crate = path
use seawall_errors::Coded;
#[derive(Coded)]
#[code("x")]
enum OrderError {
    #[code(210001)]
    Number,
    #[code("CLOSED")]
    Text,
    #[code(code_of(1))]
    Call,
    #[code(,)]
    Comma,
}
fn main() {}
