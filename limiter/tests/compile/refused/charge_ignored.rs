//@ says: a charge that is neither settled nor refunded needs no charge: use `try_acquire`
#![deny(warnings)]
use seawall_limiter::{Quota, TokenBucket};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bucket = TokenBucket::new(Quota::per_second(10))?;
    bucket.charge(1)?;
    Ok(())
}
