//! What a call costs as the keys grow: `cargo run --release -p seawall-keyed --example growth`,
//! with the argument `10M` for ten million keys too.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "figures for people"
)]

use std::hint::black_box;
use std::time::Instant;

use seawall_keyed::{Fingerprints, InvalidPolicy, Policy, Rule, Table, WordRule};

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

/// Nanoseconds per call.
fn time(calls: u64, mut call: impl FnMut(u64)) -> f64 {
    let start = now();
    (0..calls).for_each(&mut call);
    now().duration_since(start).as_nanos() as f64 / calls as f64
}

/// Times each call by itself, and keeps the least that this call took in any
/// round: rounds are alike, so what is left is not the work of other processes.
fn each(least: &mut Vec<u64>, calls: u64, mut call: impl FnMut(u64)) {
    least.resize(calls as usize, u64::MAX);
    for (i, least) in least.iter_mut().enumerate() {
        let start = now();
        call(i as u64);
        *least = (*least).min(now().duration_since(start).as_nanos() as u64);
    }
}

#[derive(Default)]
struct Figures {
    /// Hit, first hit, first hit that evicts, bytes a key; the least of all rounds.
    least: Option<[f64; 4]>,
    /// Of each first hit, and of each that evicts.
    first: Vec<u64>,
    evicting: Vec<u64>,
}

impl Figures {
    /// One round with a new table: `call` hits the key with that number, or
    /// makes it, at a time.
    fn round(
        &mut self,
        keys: u64,
        bytes: usize,
        held: impl Fn() -> usize,
        call: impl Fn(u64, u64),
    ) {
        const LATER: u64 = 1 << 40;
        // Half of the keys together, then each of the other half by itself.
        let first = time(keys / 2, |i| call(key(i), 1));
        each(&mut self.first, keys / 2, |i| call(key(keys / 2 + i), 1));
        let bytes = bytes as f64 / held() as f64;
        let any = |i| ((u128::from(key(i)) * u128::from(keys)) >> 64) as u64;
        let hit = time(2_000_000, |i| call(key(any(i)), 1));
        // All are idle: each new key takes the place of an old one.
        let evict = time(keys / 2, |i| call(key(2 * keys + i), LATER));
        each(&mut self.evicting, keys / 2, |i| call(key(3 * keys + i), 2 * LATER));
        let round = [hit, first, evict, bytes];
        let least = self.least.get_or_insert(round);
        least.iter_mut().zip(round).for_each(|(least, figure)| *least = least.min(figure));
    }

    fn print(mut self, name: &str, keys: u64) {
        let Some([hit, first, evict, bytes]) = self.least else { return };
        self.first.sort_unstable();
        let micros = |nanos: Option<&u64>| nanos.copied().unwrap_or(0) as f64 / 1000.0;
        let most = micros(self.first.iter().rev().nth(self.first.len() / 10_000));
        let (worst, evicting) = (micros(self.first.last()), micros(self.evicting.iter().max()));
        println!(
            "| {name} | {keys} | {hit:.1} | {first:.0} | {evict:.0} | {bytes:.1} | {most:.1} | {worst:.1} | {evicting:.1} |",
        );
    }
}

fn stored(keys: u64, rounds: u32) -> Result<(), InvalidPolicy> {
    let mut figures = Figures::default();
    for _ in 0..rounds {
        // One thread needs one shard, which holds all that it was made for.
        let policy = Policy::new(keys as usize).with_shards(1).with_seed(1);
        let table: Table<u64, u64> = Table::new(policy)?;
        let call = |key: u64, now: u64| {
            let seen = table.with(&key, now, &Until, |until| {
                *until = (*until).max(now) + 16;
                *until
            });
            black_box(seen).ok();
        };
        figures.round(keys, table.bytes(), || table.len(), call);
    }
    figures.print("stored", keys);
    Ok(())
}

fn fingerprints(keys: u64, rounds: u32) -> Result<(), InvalidPolicy> {
    let mut figures = Figures::default();
    for _ in 0..rounds {
        let prints = Fingerprints::new(Policy::new(keys as usize).with_seed(1))?;
        let call = |key: u64, now: u64| {
            let seen = prints.update(&key, now, &Until, |until| {
                let next = until.max(now) + 16;
                (Some(next), next)
            });
            black_box(seen).ok();
        };
        figures.round(keys, prints.bytes(), || prints.len(), call);
    }
    figures.print("fingerprints", keys);
    Ok(())
}

fn main() -> Result<(), InvalidPolicy> {
    println!(
        "| table | keys | hit, ns | first hit, ns | first hit that evicts, ns | bytes a key \
         | first hit: 1 in 10,000 takes, µs | slowest, µs | slowest that evicts, µs |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut sizes = vec![(1_000, 50), (10_000, 50), (1_000_000, 7)];
    if cfg!(debug_assertions) {
        eprintln!("not optimized: one small table, and figures that say little");
        sizes = vec![(1_000, 2)];
    }
    if std::env::args().any(|arg| arg == "10M") {
        sizes.push((10_000_000, 3));
    }
    for (keys, rounds) in sizes {
        stored(keys, rounds)?;
        fingerprints(keys, rounds)?;
    }
    Ok(())
}
