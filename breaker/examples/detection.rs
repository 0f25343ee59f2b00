//! Prints what each setting does to the time in which an outage is noticed,
//! and how often a healthy backend is cut off.
//!
//! `cargo run --release -p seawall-breaker --example detection`
//!
//! A backend gets calls at a steady rate, in virtual time. Healthy, one in a
//! hundred fails, at random; then all fail. The same seeds for all settings.

use std::time::Duration;

use seawall_breaker::{Breaker, InvalidPolicy, Policy, State};

/// Draws that repeat.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// True for so many in a thousand.
    fn is_one_of(&mut self, in_thousand: u64) -> bool {
        self.next() % 1000 < in_thousand
    }
}

const HOUR: u64 = 3600;
/// How many hours of health are looked at.
const SEEDS: u32 = 3;

/// How long until an outage is noticed, and how often in an hour of health it
/// opens.
fn measure(
    policy: Policy,
    rate: u64,
    bad_in_thousand: u64,
    seed: u64,
) -> Result<(Option<Duration>, u32), InvalidPolicy> {
    let breaker = Breaker::new(policy.with_seed(seed))?;
    let mut events = breaker.subscribe(1 << 16);
    let mut draws = Draws(seed);
    let step = Duration::from_secs(1) / u32::try_from(rate).unwrap_or(1);
    let mut now = Duration::from_secs(1);
    for _ in 0..HOUR * rate {
        if let Ok(permit) = breaker.try_acquire_at(now) {
            if draws.is_one_of(bad_in_thousand) {
                permit.fail_at(now)
            } else {
                permit.succeed_at(now)
            };
        }
        now += step;
    }
    let opened = std::iter::from_fn(|| events.try_next()).filter(|e| e.to == State::Open);
    let opened = u32::try_from(opened.count()).unwrap_or(u32::MAX);
    // Well again for sure, and then down.
    breaker.reset_at(now);
    for _ in 0..30 * rate {
        if let Ok(permit) = breaker.try_acquire_at(now) {
            permit.succeed_at(now);
        }
        now += step;
    }
    let down = now;
    for _ in 0..120 * rate {
        match breaker.try_acquire_at(now) {
            Ok(permit) => permit.fail_at(now),
            Err(_) => return Ok((now.checked_sub(down), opened)),
        };
        now += step;
    }
    Ok((None, opened))
}

fn main() -> Result<(), InvalidPolicy> {
    let base = Policy::new;
    let seconds = Duration::from_secs;
    let settings: [(&str, Policy); 9] = [
        ("as it comes: above 50 % of 21 or more in 10 s", base()),
        ("`with_min_calls(5)`", base().with_min_calls(5)),
        ("`with_min_calls(100)`", base().with_min_calls(100)),
        ("`with_window(60 s)`", base().with_window(seconds(60), 10)),
        ("`with_window(2 s)`", base().with_window(seconds(2), 10)),
        ("`with_errors_from(10 %)`", base().with_errors_from(10.0)),
        ("`with_count_window(100)`", base().with_count_window(100)),
        ("`with_consecutive(5)` beside it", base().with_consecutive(5)),
        ("`with_consecutive(2)` beside it", base().with_consecutive(2)),
    ];
    println!("| setting | noticed at 10/s | at 1/s | opened per hour, 1 % fail | 10 % fail |");
    println!("|---|---:|---:|---:|---:|");
    for (name, policy) in settings {
        let (mut cells, mut opened) = (Vec::new(), [0, 0]);
        for rate in [10, 1] {
            let noticed = measure(policy, rate, 10, 1)?.0;
            cells.push(
                noticed.map_or_else(
                    || "never".to_owned(),
                    |time| format!("{:.1} s", time.as_secs_f64()),
                ),
            );
        }
        for (opened, bad) in opened.iter_mut().zip([10, 100]) {
            for seed in 1..=SEEDS {
                *opened += measure(policy, 10, bad, seed.into())?.1;
            }
        }
        let per_hour = |n: u32| f64::from(n) / f64::from(SEEDS);
        let [one, ten] = opened.map(per_hour);
        println!("| {name} | {} | {one:.1} | {ten:.1} |", cells.join(" | "));
    }
    Ok(())
}
