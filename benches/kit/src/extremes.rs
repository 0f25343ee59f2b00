//! The values at which arithmetic breaks, and whether code survives them.
//!
//! ```
//! use seawall_kit::extremes::{DURATION, U32, pairs, survives};
//!
//! // Each pair that panics would be named.
//! let tried = survives("saturates", pairs(DURATION, U32), |(period, count)| {
//!     std::hint::black_box(period.saturating_mul(count));
//! });
//! assert_eq!(tried, DURATION.len() * U32.len());
//! ```

use std::fmt::{Debug, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::probe::panic_message;

/// A list that is longer helps nobody.
const MOST_NAMED: usize = 100;

/// Extremes of `u32`.
pub const U32: &[u32] = &[0, 1, 2, u32::MAX / 2, u32::MAX - 1, u32::MAX];

/// Extremes of `u64`, and the neighbours of the largest exact `f64`.
pub const U64: &[u64] = &[
    0,
    1,
    2,
    u32::MAX as u64,
    (1 << 53) - 1,
    (1 << 53) + 1,
    u64::MAX / 2,
    u64::MAX / 2 + 1,
    u64::MAX - 1,
    u64::MAX,
];

/// Extremes of `usize`.
pub const USIZE: &[usize] = &[0, 1, 2, usize::MAX / 2, usize::MAX - 1, usize::MAX];

/// Extremes of `f64`: no number, no end, both zeros, the smallest above zero,
/// the neighbours of one, and what no integer type holds.
pub const F64: &[f64] = &[
    f64::NAN,
    f64::NEG_INFINITY,
    f64::MIN,
    -1.0,
    -f64::MIN_POSITIVE,
    -0.0,
    0.0,
    5e-324,
    f64::MIN_POSITIVE,
    f64::EPSILON,
    0.5,
    1.0 - f64::EPSILON / 2.0,
    1.0,
    1.0 + f64::EPSILON,
    2.0,
    1.8e19,
    1.9e19,
    f64::MAX,
    f64::INFINITY,
];

/// Extremes of `Duration`, and the neighbours of what `u64` nanoseconds hold.
pub const DURATION: &[Duration] = &[
    Duration::ZERO,
    Duration::from_nanos(1),
    Duration::from_nanos(2),
    Duration::from_nanos(u64::MAX / 2),
    Duration::from_nanos(u64::MAX - 1),
    Duration::from_nanos(u64::MAX),
    // One nanosecond more than u64 holds.
    Duration::new(18_446_744_073, 709_551_616),
    Duration::from_secs(u64::MAX / 2),
    Duration::from_secs(u64::MAX),
    Duration::new(u64::MAX, 999_999_998),
    Duration::MAX,
];

/// Each of `first` with each of `second`.
pub fn pairs<A: Copy, B: Copy>(first: &[A], second: &[B]) -> impl Iterator<Item = (A, B)> {
    first.iter().flat_map(move |&a| second.iter().map(move |&b| (a, b)))
}

/// Each of `first` with each of `second` with each of `third`.
pub fn triples<A: Copy, B: Copy, C: Copy>(
    first: &[A],
    second: &[B],
    third: &[C],
) -> impl Iterator<Item = (A, B, C)> {
    pairs(first, second).flat_map(move |(a, b)| third.iter().map(move |&c| (a, b, c)))
}

/// The inputs at which `run` panics, and what each panic said.
pub fn casualties<I: Clone>(
    inputs: impl IntoIterator<Item = I>,
    mut run: impl FnMut(I),
) -> Vec<(I, String)> {
    let mut casualties = Vec::new();
    for input in inputs {
        let kept = input.clone();
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| run(input))) {
            casualties.push((kept, panic_message(&*payload).to_owned()));
        }
    }
    casualties
}

/// Runs `run` on all inputs, also after one has panicked, and returns how many
/// there were.
///
/// # Panics
///
/// If one did; the message names the inputs, at most a hundred, and what each
/// panic said. If there was no input at all: nothing was shown then.
#[track_caller]
pub fn survives<I: Clone + Debug>(
    name: &str,
    inputs: impl IntoIterator<Item = I>,
    run: impl FnMut(I),
) -> usize {
    let mut tried = 0;
    let casualties = casualties(inputs.into_iter().inspect(|_| tried += 1), run);
    let mut list = String::new();
    for (input, message) in casualties.iter().take(MOST_NAMED) {
        // Writing to a string does not fail.
        let _ = write!(list, "\n  {input:?}: {message}");
    }
    if casualties.len() > MOST_NAMED {
        list.push_str("\n  …");
    }
    assert!(tried > 0, "{name}: no inputs");
    assert!(casualties.is_empty(), "{name}: {} of {tried} inputs panic:{list}", casualties.len());
    tried
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_inputs_that_panic_are_named_and_no_other() {
        let found = casualties(pairs(U32, U32), |(a, b)| {
            assert!(a.checked_add(b).is_some(), "overflow");
        });
        assert!(found.contains(&((u32::MAX, 1), "overflow".to_owned())));
        assert!(found.iter().all(|((a, b), _)| a.checked_add(*b).is_none()));
        let fine = pairs(U32, U32).filter(|(a, b)| a.checked_add(*b).is_some()).count();
        assert_eq!(found.len() + fine, U32.len() * U32.len());
    }

    #[test]
    #[should_panic(expected = "seconds: 8 of 19 inputs panic:\n  NaN: ")]
    fn durations_from_floats_do_not_survive() {
        survives("seconds", F64.iter().copied(), |seconds| {
            std::hint::black_box(Duration::from_secs_f64(seconds));
        });
    }

    #[test]
    #[should_panic(expected = "empty: no inputs")]
    fn no_inputs_prove_nothing() {
        survives("empty", std::iter::empty::<u32>(), |_| ());
    }

    #[test]
    fn triples_are_all_there_once() {
        let mut all: Vec<_> = triples(U32, U64, DURATION).collect();
        assert_eq!(all.len(), U32.len() * U64.len() * DURATION.len());
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), U32.len() * U64.len() * DURATION.len());
    }

    #[test]
    fn one_duration_is_just_beyond_nanoseconds() {
        let beyond = Duration::from_nanos(u64::MAX) + Duration::from_nanos(1);
        assert!(DURATION.contains(&beyond));
    }
}
