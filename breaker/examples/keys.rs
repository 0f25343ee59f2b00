//! Prints what a table of breakers holds for a hundred thousand keys.
//!
//! `cargo run --release -p seawall-breaker --features keyed --example keys`

use std::time::Duration;

use seawall_breaker::{InvalidKeyed, Keyed, Policy};
use seawall_kit::alloc::peak_bytes;

const KEYS: u32 = 100_000;

fn main() -> Result<(), InvalidKeyed> {
    println!("| policy | bytes a key |\n|---|---:|");
    let slow = Policy::new().with_slow_after(Duration::from_secs(1)).with_slow_above(50.0);
    for (name, policy) in [
        ("failures in a row", Policy::new().without_errors().with_consecutive(5)),
        ("10 s in 10 buckets", Policy::new()),
        ("the same with a rule on slow calls", slow),
        ("the last 100 results", Policy::new().with_count_window(100)),
    ] {
        let now = Duration::from_secs(1);
        let mut made = None;
        let bytes = peak_bytes(|| {
            let room = seawall_keyed::Policy::new(KEYS as usize * 11 / 10);
            made = Some(Keyed::<u32>::new(policy, room).map(|keyed| {
                for key in 0..KEYS {
                    let permit = keyed.try_acquire_at(&key, now).ok();
                    let permit = permit.and_then(seawall_breaker::KeyedPermit::into_inner);
                    permit.map(|permit| permit.succeed_at(now));
                }
                keyed.len()
            }));
        });
        let held = made.transpose()?.unwrap_or(0);
        println!("| {name}, {held} keys | {} |", bytes / held.max(1) as u64);
    }
    Ok(())
}
