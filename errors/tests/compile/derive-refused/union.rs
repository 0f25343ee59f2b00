//@ says: a union does not know which of its fields holds, and so has no code: derive Coded for an enum or a struct
//@ says: | ^^^^^
use seawall_errors::Coded;
#[derive(Coded)]
union Bits {
    whole: u64,
    half: u32,
}
fn main() {}
