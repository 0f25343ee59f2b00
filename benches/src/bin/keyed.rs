//! Prints what a limit per key costs as keys and threads grow: hit and first hit,
//! the slowest single first hit, and memory.
//!
//! `keyed` ends in seconds; `keyed 10M` adds ten million keys.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use seawall_benches::keyed::{Governor, IDLE, IN_USE, Limit, Printed, Stored, key};
use seawall_benches::measure::median;
use seawall_kit::alloc::kept_bytes;

fn main() {
    let mut sizes = vec![(1, 51), (1_000, 51), (1_000_000, 7)];
    if cfg!(debug_assertions) {
        eprintln!("not optimized: small tables, and figures that say little");
        sizes = vec![(1, 2), (1_000, 2)];
    } else if std::env::args().any(|argument| argument == "10M") {
        sizes.push((10_000_000, 3));
    }
    let most = if cfg!(debug_assertions) { 1_000 } else { 1_000_000 };
    growth(&sizes);
    memory(most);
    slowest(most);
    threads(most);
}

/// What the three tables cost in one round.
type Round = [Vec<f64>; 3];

/// Runs each of the three in turn, so many times, and answers the medians.
fn in_turn(rounds: u32, mut round: impl FnMut() -> Round) -> Round {
    let rounds: Vec<Round> = (0..rounds).map(|_| round()).collect();
    [0, 1, 2].map(|table: usize| {
        let of = |round: &Round| round.get(table).cloned().unwrap_or_default();
        let figures = rounds.iter().map(of).collect::<Vec<_>>();
        let width = figures.first().map_or(0, Vec::len);
        (0..width)
            .map(|i| median(figures.iter().filter_map(|row| row.get(i).copied()).collect()))
            .collect()
    })
}

fn print(first: &str, medians: &Round) {
    for (name, figures) in ["Table", "Fingerprints", "governor"].iter().zip(medians) {
        let cells: Vec<String> = figures
            .iter()
            .map(|figure| if figure.is_nan() { String::new() } else { format!("{figure:.1}") })
            .collect();
        println!("| {first} | {name} | {} |", cells.join(" | "));
    }
}

fn growth(sizes: &[(u64, u32)]) {
    println!("| keys | table | ns per first hit | ns per hit |\n|---:|---|---:|---:|");
    for &(keys, rounds) in sizes {
        let medians = in_turn(rounds, || {
            [hits::<Stored>(keys), hits::<Printed>(keys), hits::<Governor>(keys)]
        });
        print(&keys.to_string(), &medians);
    }
}

/// First hits of all keys, then hits of any.
fn hits<L: Limit>(keys: u64) -> Vec<f64> {
    const HITS: u64 = if cfg!(debug_assertions) { 10_000 } else { 1_000_000 };
    let limit = L::make(keys, IN_USE);
    let first = each(keys, |i| limit.call(key(i)));
    let hit = each(HITS, |i| limit.call(key(((key(i) >> 32) * keys) >> 32)));
    // One call by itself measures the clock.
    vec![if keys > 1 { first } else { f64::NAN }, hit]
}

#[expect(clippy::disallowed_methods, reason = "a bench has to read a clock")]
fn now() -> Instant {
    Instant::now()
}

/// Nanoseconds per call.
fn each(calls: u64, call: impl Fn(u64) -> bool) -> f64 {
    let start = now();
    for i in 0..calls {
        black_box(call(i));
    }
    per_call(now() - start, calls)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn per_call(took: Duration, calls: u64) -> f64 {
    took.as_secs_f64() * 1e9 / calls as f64
}

fn threads(keys: u64) {
    println!(
        "\n| threads | table | ns per first hit, all together | ns per hit |\n|---:|---|---:|---:|"
    );
    for threads in [1, 2, 4, 8] {
        let medians = in_turn(3, || {
            [
                shared::<Stored>(keys, threads),
                shared::<Printed>(keys, threads),
                shared::<Governor>(keys, threads),
            ]
        });
        print(&threads.to_string(), &medians);
    }
}

/// Each thread makes its part of the keys, then hits those of all.
fn shared<L: Limit>(keys: u64, threads: u64) -> Vec<f64> {
    let limit = L::make(keys, IN_USE);
    let part = keys / threads;
    let run = |call: &(dyn Fn(u64, u64) -> bool + Sync)| {
        let barrier = Barrier::new(usize::try_from(threads).unwrap_or(1));
        let work = |thread| {
            barrier.wait();
            let start = now();
            for i in 0..part {
                black_box(call(thread, i));
            }
            (start, now())
        };
        let spans: Vec<(Instant, Instant)> = std::thread::scope(|scope| {
            let work = &work;
            let spawned: Vec<_> =
                (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
            spawned.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        let start = spans.iter().map(|span| span.0).min();
        let end = spans.iter().map(|span| span.1).max();
        let took = start.zip(end).map_or(Duration::ZERO, |(start, end)| end - start);
        per_call(took, part * threads)
    };
    let first = run(&|thread, i| limit.call(key(thread * part + i)));
    let hit = run(&|thread, i| limit.call(key(((key(thread * part + i) >> 32) * keys) >> 32)));
    vec![first, hit]
}

/// Where something is rehashed, one caller pays for all. What a scheduler takes
/// is no part of it: of our tables, which do the same in each round, each call's
/// least of all rounds counts; of all three, the twentieth slowest of a round.
fn slowest(keys: u64) {
    const ROUNDS: u32 = 5;
    println!(
        "\n| µs, {keys} keys | table | slowest first hit | its 20th slowest | slowest that finds all places taken | its 20th slowest |\n|---|---|---:|---:|---:|---:|"
    );
    let mut all = [(); 3].map(|()| Pauses::default());
    for _ in 0..ROUNDS {
        let [stored, printed, governor] = &mut all;
        stored.round::<Stored>(keys);
        printed.round::<Printed>(keys);
        governor.round::<Governor>(keys);
    }
    let mut rows = all.map(|pauses| pauses.figures());
    // It grows at other calls in each round.
    if let Some(governor) = rows.last_mut() {
        governor.iter_mut().step_by(2).for_each(|figure| *figure = f64::NAN);
    }
    print("least of 5 rounds", &rows);
}

/// The least nanoseconds of each call, and the twentieth slowest of each round:
/// first hits into an empty table, and into one full of idle keys.
#[derive(Default)]
struct Pauses([(Vec<u64>, Vec<u64>); 2]);

impl Pauses {
    fn round<L: Limit>(&mut self, keys: u64) {
        let limit = L::make(keys, IDLE);
        for (phase, (least, twentieth)) in (0..).zip(&mut self.0) {
            let times = (0..keys).map(|i| {
                let start = now();
                black_box(limit.call(key(2 * phase * keys + i)));
                u64::try_from((now() - start).as_nanos()).unwrap_or(u64::MAX)
            });
            let mut times: Vec<u64> = times.collect();
            least.resize(times.len(), u64::MAX);
            least.iter_mut().zip(&times).for_each(|(least, time)| *least = (*least).min(*time));
            times.sort_unstable();
            twentieth.extend(times.iter().rev().nth(19));
            // What the peers ask for, then others until every place is taken.
            limit.tidy();
            (keys..2 * keys).for_each(|i| {
                black_box(limit.call(key(i)));
            });
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "nanoseconds are far below 2^53")]
    fn figures(&self) -> Vec<f64> {
        let micros = |nanos: Option<&u64>| nanos.copied().unwrap_or(0) as f64 / 1e3;
        let of = |(least, twentieth): &(Vec<u64>, Vec<u64>)| {
            [micros(least.iter().max()), micros(twentieth.iter().min())]
        };
        self.0.iter().flat_map(of).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn memory(keys: u64) {
    println!("\n| {keys} keys | table | bytes a key, live |\n|---|---|---:|");
    let of = |bytes: u64| vec![bytes as f64 / keys as f64];
    print(
        "held",
        &[of(kept::<Stored>(keys)), of(kept::<Printed>(keys)), of(kept::<Governor>(keys))],
    );
}

fn kept<L: Limit>(keys: u64) -> u64 {
    let make = || {
        let limit = L::make(keys, IN_USE);
        (0..keys).for_each(|i| {
            black_box(limit.call(key(i)));
        });
        limit
    };
    kept_bytes(make).1
}
