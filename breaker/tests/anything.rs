//! Whatever is done to a breaker, on whatever clock: it stays one unbroken chain
//! of states, and afterwards it locks nobody out.
#![allow(
    clippy::large_enum_variant,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

use std::time::Duration;

use proptest::prelude::*;
use seawall_breaker::{Breaker, Event, Mode, Permit, Policy};
use seawall_errors::Outcome;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[derive(Clone, Copy, Debug)]
enum End {
    Completed(Outcome),
    FailedFor(u64),
    Dropped,
    Forgotten,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Arrive,
    End(usize, End),
    Report(Outcome),
    Update(Policy),
    Mode(Mode, u64),
    OpenFor(u64),
    Reset,
    /// Looks, or goes on where it last looked.
    Look,
    Restore,
}

/// How the clock goes on before an act.
#[derive(Clone, Copy, Debug)]
enum Tick {
    Forward(u64),
    Back(u64),
    /// This act alone sees a clock that is ahead by so many seconds.
    Glitch(u64),
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop_oneof![Just(Outcome::Success), Just(Outcome::Failure), Just(Outcome::Neutral)]
}

fn policies() -> impl Strategy<Value = Policy> {
    let window = prop_oneof![
        Just(Policy::new()),
        (5_u32..200).prop_map(|calls| Policy::new().with_count_window(calls)),
        (1_000_u64..6_000, 1_u16..100).prop_map(|(n, b)| Policy::new().with_window(ms(n), b)),
    ];
    let times = (1_u64..2_000, 1_u64..20, 1_u64..5_000, 0_u64..20);
    let probes = (1_u16..4, 0_u64..2_000, prop::option::of((1_u64..10_000, 1.0..50.0)));
    let rules = (1_u32..5, prop::option::of(1_u32..5), prop::option::of(1_u64..3_000));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (window, times, probes, rules, flags).prop_map(
        |(policy, (open, most, deadline, hint), (n, spacing, ramp), (least, row, slow), flags)| {
            let mut policy = policy.with_min_calls(least).with_open_time(ms(open));
            policy = policy.with_growth(if flags.0 { 1.0 } else { 2.0 }, s(most));
            policy = policy.with_probes(n).with_probe_spacing(ms(spacing));
            policy = policy.with_probe_deadline(ms(deadline)).with_hint_max(s(hint));
            if let Some((length, from)) = ramp {
                policy = policy.with_ramp(ms(length), from);
            }
            if let Some(row) = row {
                policy = policy.with_consecutive(row);
            }
            if let Some(after) = slow {
                policy = policy.with_slow_after(ms(after)).with_slow_from(50.0);
                policy = if flags.1 { policy.with_hanging_calls() } else { policy };
            }
            if flags.2 { policy.with_degrade_from(20.0) } else { policy }
        },
    )
}

fn acts() -> impl Strategy<Value = Vec<(Tick, Act)>> {
    let end = prop_oneof![
        6 => outcomes().prop_map(End::Completed),
        1 => (0_u64..9_000).prop_map(End::FailedFor),
        1 => Just(End::Dropped),
        1 => Just(End::Forgotten),
    ];
    let modes = [Mode::Normal, Mode::Shadow, Mode::ForcedOpen, Mode::ForcedClosed];
    let act = prop_oneof![
        12 => Just(Act::Arrive),
        10 => (0_usize..6, end).prop_map(|(n, end)| Act::End(n, end)),
        1 => outcomes().prop_map(Act::Report),
        1 => policies().prop_map(Act::Update),
        1 => (0_usize..4, 0_u64..3_000).prop_map(move |(n, t)| Act::Mode(modes[n], t)),
        1 => (0_u64..4_000).prop_map(Act::OpenFor),
        1 => Just(Act::Reset),
        1 => Just(Act::Look),
        1 => Just(Act::Restore),
    ];
    let tick = prop_oneof![
        40 => (0_u64..300).prop_map(Tick::Forward),
        1 => (0_u64..400_000).prop_map(Tick::Forward),
        1 => (0_u64..40_000).prop_map(Tick::Back),
        1 => (0_u64..100_000_000).prop_map(Tick::Glitch),
    ];
    prop::collection::vec((tick, act), 1..150)
}

fn end(permit: Permit<'_>, end: End, now: Duration) {
    match end {
        End::Completed(outcome) => drop(permit.complete_at(outcome, now)),
        End::FailedFor(hint) => drop(permit.fail_for_at(ms(hint), now)),
        End::Dropped => drop(permit),
        End::Forgotten => std::mem::forget(permit),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_to_it_nobody_is_locked_out(policy in policies(), acts in acts()) {
        let breaker = Breaker::new(policy).unwrap();
        let mut events = breaker.subscribe(10_000);
        let (mut clock, mut running) = (s(100), Vec::new());
        let mut seen = breaker.snapshot_at(clock);
        for (tick, act) in acts {
            let now = match tick {
                Tick::Forward(time) => {
                    clock += ms(time);
                    clock
                }
                Tick::Back(time) => {
                    clock = clock.saturating_sub(ms(time));
                    clock
                }
                Tick::Glitch(ahead) => clock + s(ahead),
            };
            match act {
                Act::Arrive => running.extend(breaker.try_acquire_at(now).ok()),
                Act::End(n, how) if n < running.len() => end(running.swap_remove(n), how, now),
                Act::End(..) => {}
                Act::Report(outcome) => drop(breaker.report_at(outcome, now)),
                Act::Update(policy) => breaker.update_at(policy, now).unwrap(),
                Act::Mode(mode, time) => breaker.set_mode_for_at(mode, ms(time), now),
                Act::OpenFor(time) => breaker.open_for_at(ms(time), now),
                Act::Reset => breaker.reset_at(now),
                Act::Look => seen = breaker.snapshot_at(now),
                Act::Restore => breaker.restore_at(&seen, now),
            }
            let now = breaker.snapshot_at(now);
            // No policy has more.
            prop_assert!(now.probes_in_flight + now.probes_succeeded <= 3, "{now:?}");
        }
        let mut last: Option<Event> = None;
        while let Some(event) = events.try_next() {
            if let Some(last) = last {
                prop_assert_eq!((last.to, last.generation + 1), (event.from, event.generation));
            }
            last = Some(event);
        }
        // From now on the clock is a good one, and no call returns. The waits of
        // two policies: open 20 s, a hint of 20, 5 for the probes, 10 of the
        // window and 40 that the clock may have to make up for.
        let mut refused_since = clock;
        for i in 0..3_000 {
            let now = clock + ms(i * 100);
            if let Ok(permit) = breaker.try_acquire_at(now) {
                std::mem::forget(permit);
                refused_since = now;
            }
            prop_assert!(now < refused_since + s(120), "{:?}", breaker.snapshot_at(now));
        }
    }
}
