//@ says: ByCode` cannot judge a `Result<u64, OrderError>`
//@ says: `#[derive(seawall_errors::Coded)]`, or `impl seawall_errors::Coded for OrderError`
//@ says: `.classify(|result: &Result<_, OrderError>| ...)`
use seawall_errors::{ByCode, Classify};

#[derive(Debug)]
struct OrderError;

fn main() {
    let result: Result<u64, OrderError> = Ok(7);
    let _ = ByCode.classify(&result);
}
