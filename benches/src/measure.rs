//! Times cases in turn, so that a neighbour's load falls on all of them alike.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use crate::case::Run;

/// How long one round of one case should take.
const ROUND: Duration = Duration::from_millis(2);

/// What was measured of one case.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Nanoseconds per operation, one per round.
    pub rounds: Vec<f64>,
}

impl Figures {
    /// The median round.
    pub fn median(&self) -> f64 {
        median(self.rounds.clone())
    }

    /// The best round.
    pub fn best(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The median of the ratios to `peer`, round by round.
    pub fn ratio(&self, peer: &Figures) -> f64 {
        median(self.rounds.iter().zip(&peer.rounds).map(|(own, peer)| own / peer).collect())
    }
}

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs all of them `rounds` times, in turn, on so many threads each.
pub fn in_turn(runs: &[Run], threads: usize, rounds: usize) -> Vec<Figures> {
    let counts: Vec<u64> = runs.iter().map(|run| calibrate(run, threads)).collect();
    let mut figures = vec![Figures::default(); runs.len()];
    for _ in 0..rounds {
        for ((run, count), figures) in runs.iter().zip(&counts).zip(&mut figures) {
            figures.rounds.push(nanos_per_operation(run, *count, threads));
        }
    }
    figures
}

/// How many operations per thread make a round.
fn calibrate(run: &Run, threads: usize) -> u64 {
    let mut count = 1_000_u64;
    loop {
        let nanos = nanos_per_operation(run, count, threads);
        let took = nanos * 1e-9 * precise(count) * precise(threads as u64);
        if took * 2.0 >= ROUND.as_secs_f64() || count > 1 << 32 {
            let wanted = ROUND.as_secs_f64() / took * precise(count);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "positive"
            )]
            return wanted as u64 + 1;
        }
        count *= 2;
    }
}

/// How long so many operations take on this thread.
#[expect(clippy::disallowed_methods, reason = "a bench has to read a clock")]
pub fn time(run: &Run, count: u64) -> Duration {
    let start = Instant::now();
    run(count);
    start.elapsed()
}

/// Wall time over the operations of all threads: from the first start to the
/// last end, as the threads themselves saw them.
#[expect(clippy::disallowed_methods, reason = "a bench has to read a clock")]
fn nanos_per_operation(run: &Run, count: u64, threads: usize) -> f64 {
    let took = if threads == 1 {
        time(run, count)
    } else {
        let barrier = Barrier::new(threads);
        let spans: Vec<(Instant, Instant)> = std::thread::scope(|scope| {
            let measured = || {
                barrier.wait();
                let start = Instant::now();
                run(count);
                (start, Instant::now())
            };
            let spawned: Vec<_> = (0..threads).map(|_| scope.spawn(measured)).collect();
            spawned.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        let start = spans.iter().map(|span| span.0).min();
        let end = spans.iter().map(|span| span.1).max();
        start.zip(end).map_or(Duration::ZERO, |(start, end)| end - start)
    };
    took.as_secs_f64() * 1e9 / (precise(count) * precise(threads as u64))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn precise(count: u64) -> f64 {
    count as f64
}
