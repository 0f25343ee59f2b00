//@ says: is not 1 to 63 lower-case letters, digits, dots and hyphens
seawall_errors::codes! { pub domain "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl" = 210; }
fn main() {}
