//! Keys that wait, are blocked and change their mode, in a small table, against a map
//! without bounds that has a plain limiter for each: that a key's state goes to a gate
//! and comes back, or is forgotten, changes no verdict, no hint and no turn.
#![cfg(feature = "keyed")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use seawall_limiter::{Combined, Keyed, Keys, Limit, Mode, Quota, Rule, Ticket, TokenBucket, Turn};

const KEYS: u64 = 4;

fn ns(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// One step: which key, how much later, how many, what.
type Step = (u64, u64, u32, u8);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let later = prop_oneof![
        Just(0),
        0_u64..50,
        0_u64..2_000_000,
        Just(100_000_000),
        0_u64..300_000_000,
        Just(9_000_000_000)
    ];
    prop::collection::vec((0..KEYS, later, 0_u32..4, 0_u8..30), 1..120)
}

fn quotas() -> [Quota; 3] {
    let wait = |quota: Quota| quota.with_max_wait(ms(700)).with_max_waiting(3);
    [
        wait(Quota::per_second(10).with_burst(2)),
        wait(Quota::per_second(3).with_burst(4)),
        wait(Quota::per_second(30).with_burst(1)),
    ]
}

fn rules() -> [[Rule; 2]; 3] {
    [0, 1, 2].map(|i| {
        let fixed = Quota::per(6 + u32::try_from(i).unwrap(), ms(700)).with_name("fixed");
        let fixed = fixed.with_max_wait(ms(700)).with_max_waiting(3);
        [Rule::TokenBucket(quotas()[i]), Rule::FixedWindow(fixed)]
    })
}

/// The plain side of a run.
trait Plain: Limit + Sized {
    fn make(settings: usize) -> Self;
    fn change(&self, settings: usize, now: Duration);
    fn enter(&self, n: u32, now: Duration) -> Result<Ticket<'static>, seawall_errors::Rejected>;
    fn keyed(keys: Keys) -> Keyed<u64>;
    fn change_keyed(keyed: &Keyed<u64>, settings: usize, now: Duration);
}

impl Plain for TokenBucket {
    fn make(settings: usize) -> Self {
        TokenBucket::new(quotas()[settings]).unwrap()
    }
    fn change(&self, settings: usize, now: Duration) {
        self.update_at(quotas()[settings], now).unwrap();
    }
    fn enter(&self, n: u32, now: Duration) -> Result<Ticket<'static>, seawall_errors::Rejected> {
        self.join_at(n, None, now).map(Ticket::into_owned)
    }
    fn keyed(keys: Keys) -> Keyed<u64> {
        Keyed::new(quotas()[0], keys).unwrap()
    }
    fn change_keyed(keyed: &Keyed<u64>, settings: usize, now: Duration) {
        keyed.update_at(quotas()[settings], now).unwrap();
    }
}

impl Plain for Combined {
    fn make(settings: usize) -> Self {
        Combined::new(&rules()[settings]).unwrap()
    }
    fn change(&self, settings: usize, now: Duration) {
        self.update_at(&rules()[settings], now).unwrap();
    }
    fn enter(&self, n: u32, now: Duration) -> Result<Ticket<'static>, seawall_errors::Rejected> {
        self.join_at(n, None, now).map(Ticket::into_owned)
    }
    fn keyed(keys: Keys) -> Keyed<u64> {
        Keyed::new(rules()[0], keys).unwrap()
    }
    fn change_keyed(keyed: &Keyed<u64>, settings: usize, now: Duration) {
        keyed.update_at(rules()[settings], now).unwrap();
    }
}

/// Who owes nothing counts as new, but for what blocks it.
fn change<L: Plain>(limit: &mut L, settings: usize, mode: Mode, at: Duration) {
    let snapshot = limit.snapshot_at(at);
    if !snapshot.full_in.is_zero() {
        return limit.change(settings, at);
    }
    *limit = L::make(settings);
    limit.set_mode(mode);
    limit.block_until_at(at + snapshot.blocked_for.unwrap_or_default(), at);
}

fn compare<L: Plain>(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let keyed = L::keyed(Keys::new(usize::try_from(KEYS).unwrap()).with_shards(1));
    let mut alone: HashMap<u64, L> = HashMap::new();
    let (mut settings, mut mode, mut now) = (0, Mode::Normal, 1_000_000_000);
    let mut tickets: Vec<(u64, Ticket<'static>, Ticket<'static>)> = Vec::new();
    for (key, later, n, what) in steps {
        now += later;
        let at = ns(now);
        if what == 0 {
            // Whether who has missed his turn still stands in the line is not told.
            let is_full = |key: &u64| alone[key].snapshot_at(at).full_in.is_zero();
            if tickets.iter().any(|(whose, ..)| is_full(whose)) {
                continue;
            }
            settings = (settings + 1) % 3;
            L::change_keyed(&keyed, settings, at);
            for limit in alone.values_mut() {
                change(limit, settings, mode, at);
            }
            continue;
        }
        if what == 1 {
            mode = [Mode::Shadow, Mode::Normal, Mode::ForcedOff, Mode::Normal][n as usize];
            keyed.set_mode(mode);
            for limit in alone.values() {
                limit.set_mode(mode);
            }
            continue;
        }
        if what == 2 {
            keyed.sweep_at(at);
            continue;
        }
        // None for nothing: a plain limiter then looks whether somebody has missed his turn.
        let n = n.max(1);
        let plain = alone.entry(key).or_insert_with(|| {
            let limit = L::make(settings);
            limit.set_mode(mode);
            limit
        });
        match what {
            3..6 => {
                let until = at + ms(u64::from(n) * 150);
                prop_assert_eq!(keyed.block_until_at(&key, until, at), Ok(()));
                plain.block_until_at(until, at);
            }
            6 => {
                keyed.unblock(&key);
                plain.unblock();
            }
            7..13 => match (keyed.join_at(&key, n, None, at), plain.enter(n, at)) {
                (Ok(ours), Ok(theirs)) => {
                    prop_assert_eq!(ours.expected_at(), theirs.expected_at());
                    if ours.expected_at() > at {
                        tickets.push((key, ours, theirs));
                    }
                }
                (ours, theirs) => prop_assert_eq!(ours.err(), theirs.err()),
            },
            13..18 if !tickets.is_empty() => {
                let at_place = usize::try_from(key).unwrap() % tickets.len();
                let (_, ours, theirs) = &mut tickets[at_place];
                let turn = ours.poll_at(None, at);
                prop_assert_eq!(turn, theirs.poll_at(None, at));
                if !matches!(turn, Turn::NotBefore(_)) {
                    drop(tickets.remove(at_place));
                }
            }
            18..20 if !tickets.is_empty() => {
                let at_place = usize::try_from(key).unwrap() % tickets.len();
                drop(tickets.remove(at_place));
            }
            20 => {
                let took = keyed.try_acquire_up_to_at(&key, n, at);
                prop_assert_eq!(took, plain.try_acquire_up_to_at(n, at));
            }
            // In shadow mode a look does not take for those who would have had their turn
            // since the last call, which the way back from a gate does.
            21..25 if mode != Mode::Shadow => {
                prop_assert_eq!(keyed.peek_at(&key, n, at), plain.peek_at(n, at));
                prop_assert_eq!(keyed.fits_in_at(&key, n, at), plain.fits_in_at(n, at));
                prop_assert_eq!(keyed.remaining_at(&key, at), plain.remaining_at(at));
                let (ours, theirs) = (keyed.snapshot_of_at(&key, at), plain.snapshot_at(at));
                prop_assert_eq!(ours.waiting, theirs.waiting);
                prop_assert_eq!(ours.blocked_for, theirs.blocked_for);
                prop_assert_eq!(ours.full_in, theirs.full_in);
            }
            21..25 => {}
            _ => {
                let answer = keyed.try_acquire_many_at(&key, n, at);
                prop_assert_eq!(answer, plain.try_acquire_many_at(n, at));
            }
        }
    }
    // Nobody is left in a gate whom nobody needs there.
    drop(tickets);
    keyed.set_mode(Mode::Normal);
    let end = ns(now) + ms(100_000);
    keyed.sweep_at(end);
    prop_assert_eq!((keyed.snapshot().keys, keyed.snapshot().in_line), (0, 0));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_bucket_that_comes_and_goes_is_as_one_that_stays(steps in steps()) {
        compare::<TokenBucket>(steps)?;
    }

    #[test]
    fn a_stack_that_comes_and_goes_is_as_one_that_stays(steps in steps()) {
        compare::<Combined>(steps)?;
    }
}
