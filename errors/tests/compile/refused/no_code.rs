//@ says: `OrderError` has no error code
//@ says: `#[derive(seawall_errors::Coded)]`
use seawall_errors::Coded;

struct OrderError;

fn judge(error: impl Coded) -> seawall_errors::Outcome {
    error.outcome()
}

fn main() {
    judge(OrderError);
}
