//! What a call costs as the keys grow: `cargo run --release -p seawall-keyed --example growth`,
//! with the argument `10M` for ten million keys too.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "figures for people"
)]

use std::hint::black_box;
use std::time::Instant;

use seawall_keyed::{Fingerprints, Policy, Rule, Table, WordRule};

/// The words are the times until which the keys are in use.
struct Until;

impl Rule<u64, u64> for Until {
    fn fresh(&self, _: &u64, since: u64) -> u64 {
        since
    }
    fn is_idle(&self, _: &u64, until: &u64, now: u64) -> bool {
        *until <= now
    }
}

impl WordRule for Until {
    const BITS: u32 = 60;
    fn fresh(&self, since: u64) -> u64 {
        since
    }
    fn is_idle(&self, until: u64, now: u64) -> bool {
        until <= now
    }
}

/// A key that no cache foresees.
fn key(i: u64) -> u64 {
    let x = (i ^ (i >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
    (x ^ (x >> 27)).wrapping_mul(0x81da_def4_bc2d_d44d)
}

#[expect(clippy::disallowed_methods, reason = "measures")]
fn now() -> Instant {
    Instant::now()
}

/// Nanoseconds per call, and those of the slowest if each is timed.
fn time(calls: u64, mut call: impl FnMut(u64)) -> f64 {
    let start = now();
    (0..calls).for_each(&mut call);
    now().duration_since(start).as_nanos() as f64 / calls as f64
}

fn slowest(calls: u64, mut call: impl FnMut(u64)) -> (f64, f64) {
    let mut all: Vec<u64> = (0..calls)
        .map(|i| {
            let start = now();
            call(i);
            u64::try_from(now().duration_since(start).as_nanos()).unwrap_or(u64::MAX)
        })
        .collect();
    all.sort_unstable();
    let at = |from_end: usize| all.iter().rev().nth(from_end).copied().unwrap_or(0) as f64 / 1000.0;
    (at(all.len() / 10_000), at(0))
}

/// One table of so many keys: `call` hits the key with that number, or makes it,
/// at a time.
fn figures(keys: u64, bytes: usize, held: &dyn Fn() -> usize, call: &dyn Fn(u64, u64)) -> [f64; 7] {
    const LATER: u64 = 1 << 40;
    // Half of the keys untimed, then each of the other half by itself.
    let first = time(keys / 2, |i| call(key(i), 1));
    let (most, worst) = slowest(keys / 2, |i| call(key(keys / 2 + i), 1));
    let live = held();
    let any = |i| ((u128::from(key(i)) * u128::from(keys)) >> 64) as u64;
    let hit = time(2_000_000, |i| call(key(any(i)), 1));
    // All are idle: each new key takes the place of an old one.
    let evict = time(keys / 2, |i| call(key(2 * keys + i), LATER));
    let (_, evicting) = slowest(keys / 2, |i| call(key(3 * keys + i), 2 * LATER));
    [hit, first, evict, bytes as f64 / live as f64, most, worst, evicting]
}

/// The least of each figure, over a few tables: what other processes add to it
/// is not ours.
fn row(name: &str, keys: u64, rounds: u32, figures: impl Fn() -> Option<[f64; 7]>) {
    let least = (0..rounds).filter_map(|_| figures()).reduce(|mut least, round| {
        least.iter_mut().zip(round).for_each(|(least, figure)| *least = least.min(figure));
        least
    });
    let Some([hit, first, evict, bytes, most, worst, evicting]) = least else { return };
    println!(
        "| {name} | {keys} | {hit:.1} | {first:.0} | {evict:.0} | {bytes:.1} | {most:.1} | {worst:.1} | {evicting:.1} |",
    );
}

fn stored(capacity: usize, keys: u64) -> Option<[f64; 7]> {
    // A few more, so that all find room in their shards.
    let table: Table<u64, u64> = Table::new(Policy::new(capacity + capacity / 50 + 20)).ok()?;
    let call = |key: u64, now: u64| {
        let seen = table.with(&key, now, &Until, |until| {
            *until = (*until).max(now) + 16;
            *until
        });
        black_box(seen).ok();
    };
    Some(figures(keys, table.bytes(), &|| table.len(), &call))
}

fn fingerprints(capacity: usize, keys: u64) -> Option<[f64; 7]> {
    let prints = Fingerprints::new(Policy::new(capacity)).ok()?;
    let call = |key: u64, now: u64| {
        let seen = prints.update(&key, now, &Until, |until| {
            let next = until.max(now) + 16;
            (Some(next), next)
        });
        black_box(seen).ok();
    };
    Some(figures(keys, prints.bytes(), &|| prints.len(), &call))
}

fn main() {
    println!(
        "| table | keys | hit, ns | first hit, ns | first hit that evicts, ns | bytes a key \
         | first hit: 1 in 10,000 takes, µs | slowest, µs | slowest that evicts, µs |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut sizes = vec![(1_000, 50), (10_000, 50), (1_000_000, 7)];
    if std::env::args().any(|arg| arg == "10M") {
        sizes.push((10_000_000, 3));
    }
    for (keys, rounds) in sizes {
        let Ok(capacity) = usize::try_from(keys) else { continue };
        row("stored", keys, rounds, || stored(capacity, keys));
        row("fingerprints", keys, rounds, || fingerprints(capacity, keys));
    }
}
