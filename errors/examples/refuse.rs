//! Step 4: refuse a call, and see what each side can do with the refusal.
//!
//! `cargo run -p seawall-errors --example refuse`

use std::fmt;
use std::time::Duration;

use seawall_errors::{Coded, Executed, Outcome, Rejected, family};

/// A service's own error: one variant has room for all refusals of all crates.
#[derive(Debug)]
enum OrderError {
    NoStock,
    Refused(Rejected),
}

// With `thiserror`: `#[from]` on the variant.
impl From<Rejected> for OrderError {
    fn from(refused: Rejected) -> Self {
        OrderError::Refused(refused)
    }
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OrderError::NoStock => f.write_str("no stock"),
            OrderError::Refused(refused) => refused.fmt(f),
        }
    }
}

/// Three orders a second, and this is the fourth.
fn place_order(item: &str) -> Result<u64, OrderError> {
    if item == "unicorn" {
        return Err(OrderError::NoStock);
    }
    let refused = Rejected::new(family::RATE_LIMITED, "orders")
        .with_retry_after(Duration::from_millis(250))
        .with_numbers(&[3, 0]);
    Err(refused.into())
}

fn main() {
    assert!(matches!(place_order("unicorn"), Err(OrderError::NoStock)));
    let Err(OrderError::Refused(refused)) = place_order("lamp") else {
        unreachable!("the fourth order is refused");
    };

    println!("a log line:     {refused}");
    println!("an HTTP answer: {} {}", refused.code().http(), refused.code().title());
    println!("retry after:    {:?}", refused.retry_after());
    println!("safe to repeat: {}", refused.code().executed() == Executed::No);
    println!("to a breaker:   {}", refused.outcome().as_str());

    assert_eq!(refused.code().http(), 429);
    assert_eq!(refused.number("limit"), Some(3));
    assert_eq!(refused.outcome(), Outcome::Neutral, "we refused: that tells nothing of a backend");
}
