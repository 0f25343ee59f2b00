//! Clocks that misbehave: readings as an endless sequence, to be handed to
//! whatever takes `now` as an argument.
//!
//! ```
//! use seawall_kit::clock::walks;
//!
//! for walk in walks(7) {
//!     let name = walk.name();
//!     let mut highest = 0;
//!     for now in walk.nanos().take(1_000) {
//!         highest = highest.max(now);
//!         assert!(highest >= now, "{name}");
//!     }
//! }
//! ```

use std::iter;
use std::time::Duration;

/// How far a clock goes on in one reading, unless it does something special.
const TICK: Duration = Duration::from_millis(1);
/// A glitch or a leap goes this far: longer than any sane wait.
const LEAP: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
/// The last reading that `u64` nanoseconds hold.
const LAST_NANO: Duration = Duration::from_nanos(u64::MAX);
/// Readings between two special ones.
const EVERY: u64 = 10;

/// The kinds of walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Steady,
    Stuck,
    Stutter,
    Backward,
    Reset,
    Leaps,
    Glitch,
    EndOfNanos,
    EndOfDuration,
    Random,
}

const KINDS: [(Kind, &str); 10] = [
    (Kind::Steady, "steady: the control, a good clock"),
    (Kind::Stuck, "stuck: the same reading for ever"),
    (Kind::Stutter, "stutter: stands for ten readings, then goes on"),
    (Kind::Backward, "backward: each tenth reading is five steps back"),
    (Kind::Reset, "reset: starts at zero again after ten readings"),
    (Kind::Leaps, "leaps: each tenth step is a hundred years"),
    (Kind::Glitch, "glitch: each tenth reading is a hundred years ahead, then back"),
    (Kind::EndOfNanos, "end of nanoseconds: over the end of u64 and back"),
    (Kind::EndOfDuration, "end of duration: up to the last reading there is, and back"),
    (Kind::Random, "random: steps and leaps both ways"),
];

/// Readings of one clock; it does not end.
#[derive(Clone, Debug)]
pub struct Walk {
    kind: Kind,
    name: &'static str,
    /// Readings given so far.
    count: u64,
    now: Duration,
    random: SplitMix,
}

/// All walks. The seed matters to the random one only.
pub fn walks(seed: u64) -> impl Iterator<Item = Walk> {
    KINDS.into_iter().map(move |(kind, name)| Walk::new(kind, name, seed))
}

/// The random walk of one seed, for runs over many seeds.
pub fn random_walk(seed: u64) -> Walk {
    Walk::new(Kind::Random, "random", seed)
}

impl Walk {
    fn new(kind: Kind, name: &'static str, seed: u64) -> Self {
        // The odd walks begin where it matters.
        let now = match kind {
            Kind::EndOfNanos => LAST_NANO.saturating_sub(TICK * 5),
            Kind::EndOfDuration => Duration::MAX.saturating_sub(TICK * 5),
            _ => TICK,
        };
        Self { kind, name, count: 0, now, random: SplitMix::new(seed) }
    }

    /// What this clock does, for messages.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The same readings as nanoseconds; what does not fit is the last one.
    pub fn nanos(self) -> impl Iterator<Item = u64> {
        self.map(|now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
    }

    fn forward(&mut self, by: Duration) {
        self.now = self.now.saturating_add(by);
    }

    fn back(&mut self, by: Duration) {
        self.now = self.now.saturating_sub(by);
    }

    fn random_step(&mut self) {
        let draw = self.random.next_u64();
        // Mostly small, with all magnitudes up to 584 years.
        let by = Duration::from_nanos(self.random.next_u64() >> (draw % 64));
        match draw >> 60 {
            0..=10 => self.forward(by),
            11..=13 => self.back(by),
            14 => self.now = Duration::ZERO,
            _ => {}
        }
    }
}

impl Iterator for Walk {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.count += 1;
        let special = self.count % EVERY == 0;
        let reading = self.now;
        match self.kind {
            Kind::Stuck => {}
            Kind::Stutter if !special => {}
            Kind::Backward if special => self.back(TICK * 5),
            Kind::Reset if special => self.now = Duration::ZERO,
            Kind::Leaps if special => self.forward(LEAP),
            // Ahead for one reading only.
            Kind::Glitch if special => {
                self.forward(TICK);
                return Some(reading.saturating_add(LEAP));
            }
            Kind::EndOfNanos | Kind::EndOfDuration if special => self.back(TICK * 10),
            Kind::Random => self.random_step(),
            _ => self.forward(TICK),
        }
        Some(reading)
    }
}

/// A small generator of random numbers, the same on every run (Steele, Lea,
/// Flood: `SplitMix64`).
#[derive(Clone, Debug)]
pub struct SplitMix(u64);

impl SplitMix {
    /// Two seeds give unlike sequences, also when they are neighbours.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, or zero if `end` is zero. Not exactly even, which
    /// no test of ours needs.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next_u64().checked_rem(end).unwrap_or(0)
    }

    /// The sequence as an iterator.
    pub fn numbers(mut self) -> impl Iterator<Item = u64> {
        iter::repeat_with(move || self.next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(kind: Kind) -> Vec<Duration> {
        Walk::new(kind, "", 1).take(1_000).collect()
    }

    fn goes_back(readings: &[Duration]) -> bool {
        readings.windows(2).any(|pair| pair[1] < pair[0])
    }

    fn leaps(readings: &[Duration]) -> bool {
        readings.windows(2).any(|pair| pair[1].saturating_sub(pair[0]) >= LEAP)
    }

    #[test]
    fn each_walk_does_what_its_name_says() {
        //            kind, stands, goes back, leaps
        let table = [
            (Kind::Steady, false, false, false),
            (Kind::Stuck, true, false, false),
            (Kind::Stutter, true, false, false),
            (Kind::Backward, false, true, false),
            (Kind::Reset, false, true, false),
            (Kind::Leaps, false, false, true),
            (Kind::Glitch, false, true, true),
            (Kind::EndOfNanos, false, true, false),
            (Kind::EndOfDuration, true, true, false),
            (Kind::Random, true, true, true),
        ];
        for (kind, stands, back, leap) in table {
            let readings = readings(kind);
            let still = readings.windows(2).any(|pair| pair[0] == pair[1]);
            assert_eq!(still, stands, "{kind:?} stands");
            assert_eq!(goes_back(&readings), back, "{kind:?} goes back");
            assert_eq!(leaps(&readings), leap, "{kind:?} leaps");
        }
        assert!(table.len() == KINDS.len());
    }

    #[test]
    fn the_ends_are_reached_and_crossed() {
        let nanos = readings(Kind::EndOfNanos);
        assert!(nanos.iter().any(|now| *now > LAST_NANO));
        assert!(nanos.iter().any(|now| *now < LAST_NANO));
        assert!(readings(Kind::EndOfDuration).contains(&Duration::MAX));
        assert!(Walk::new(Kind::EndOfDuration, "", 1).nanos().take(10).all(|now| now == u64::MAX));
    }

    #[test]
    fn one_seed_gives_one_walk_and_another_another() {
        let walk = |seed| random_walk(seed).nanos().take(100).collect::<Vec<_>>();
        assert_eq!(walk(1), walk(1));
        assert_ne!(walk(1), walk(2));
    }

    #[test]
    fn the_generator_is_the_published_one() {
        let numbers: Vec<_> = SplitMix::new(1_234_567).numbers().take(3).collect();
        let published =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(numbers, published);
        assert!((0..100).all(|seed| SplitMix::new(seed).below(3) < 3));
        assert_eq!(SplitMix::new(1).below(0), 0);
    }
}
