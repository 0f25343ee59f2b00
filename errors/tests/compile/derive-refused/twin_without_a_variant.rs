//@ says: non-exhaustive patterns: `&OrderError::Busy` not covered
use seawall_errors::{coded, family::CLOSED};
enum OrderError {
    Gone,
    Busy,
}
coded! {
    impl Coded for OrderError {
        OrderError::Gone => CLOSED,
    }
}
fn main() {}
