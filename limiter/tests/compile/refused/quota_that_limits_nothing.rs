//@ says: a quota limits nothing by itself
#![deny(warnings)]
use seawall_limiter::Quota;

fn main() {
    Quota::per_second(10);
}
