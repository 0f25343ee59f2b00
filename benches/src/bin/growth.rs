//! Prints how the cost of a limiter grows: with threads, and with callers in line.

use std::time::{Duration, Instant};

use seawall_benches::measure::in_turn;
use seawall_limiter::{Quota, TokenBucket};

fn main() -> std::io::Result<()> {
    let runtime = seawall_benches::runtime()?;
    let _inside = runtime.enter();
    threads();
    line();
    Ok(())
}

/// All threads take from one limiter.
fn threads() {
    let cases = seawall_benches::limiter::cases();
    let cases: Vec<_> = cases
        .iter()
        .filter(|case| case.is_shared && case.group != "limiter/deny")
        .filter(|case| case.group == "limiter/allow" || !case.is_peer)
        .collect();
    println!(
        "| ns per call, all threads together | 1 thread | 2 | 4 | 8 |\n|---|---:|---:|---:|---:|"
    );
    let runs: Vec<_> = cases.iter().map(|case| (case.make)()).collect();
    let columns: Vec<_> = [1, 2, 4, 8].iter().map(|threads| in_turn(&runs, *threads, 31)).collect();
    for (i, case) in cases.iter().enumerate() {
        let cells: Vec<String> = columns
            .iter()
            .filter_map(|column| column.get(i))
            .map(|figures| format!("{:.1} ({:.1})", figures.median(), figures.best()))
            .collect();
        println!("| {} | {} |", case.name, cells.join(" | "));
    }
}

/// Callers who join a line in which so many stand already, and leave it again.
#[expect(clippy::disallowed_methods, reason = "a bench has to read a clock")]
fn line() {
    const TIMES: u32 = 1_000;
    println!("\n| callers in line | ns to join | ns to leave from its middle |\n|---|---:|---:|");
    for waiting in [0_u32, 1, 10, 100, 1_000, 10_000] {
        let quota = Quota::per_second(1_000)
            .with_burst(1)
            .with_max_waiting(20_000)
            .with_max_wait(Duration::from_secs(3600));
        let Ok(bucket) = TokenBucket::new(quota) else { return };
        let _ = bucket.try_acquire();
        let long = Duration::from_secs(3600);
        let join = || bucket.join(1, long).ok();
        let _before: Vec<_> = (0..waiting).filter_map(|_| join()).collect();
        let start = Instant::now();
        let joined: Vec<_> = (0..TIMES).filter_map(|_| join()).collect();
        let joins = start.elapsed();
        let start = Instant::now();
        // Others stand before and behind each but the last.
        drop(joined);
        let leaves = start.elapsed();
        let each = |took: Duration| took.as_secs_f64() * 1e9 / f64::from(TIMES);
        println!("| {waiting} | {:.0} | {:.0} |", each(joins), each(leaves));
    }
}
