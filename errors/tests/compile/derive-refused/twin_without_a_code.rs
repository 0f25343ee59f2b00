//@ says: `NoCode` has no error code
//@ says: |         OrderError::Gone(gone) => gone,
use seawall_errors::coded;
struct NoCode;
enum OrderError {
    Gone(NoCode),
}
coded! {
    impl Coded for OrderError {
        OrderError::Gone(gone) => gone,
    }
}
fn main() {}
