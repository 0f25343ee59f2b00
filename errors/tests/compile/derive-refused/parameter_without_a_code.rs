//@ says: `NoCode` has no error code
use seawall_errors::Coded;
struct NoCode;
#[derive(Coded)]
enum OrderError<E> {
    #[code(inherit)]
    Gone(E),
}
fn main() {
    let _ = OrderError::Gone(NoCode).code();
    let _ = Coded::code(&OrderError::Gone(NoCode));
}
