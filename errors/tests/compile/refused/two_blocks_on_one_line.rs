//@ says: error code 210001 is declared twice: AAA 210001
macro_rules! two {
    ($a:ident $b:ident) => {
        mod $a { seawall_errors::codes! { pub domain "a" = 210; /** It is so. */ AAA = 1 => Internal; } }
        mod $b { seawall_errors::codes! { pub domain "a" = 210; /** It is so. */ AAA = 1 => Internal; } }
    };
}
two!(first second);
seawall_errors::registry! { pub static ALL = [first::CODES, second::CODES]; }
fn main() {}
