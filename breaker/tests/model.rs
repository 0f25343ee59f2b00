//! The breaker beside a naive model: a vector of results and an enum.
#![allow(
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

use std::time::Duration;

use proptest::prelude::*;
use seawall_breaker::{Breaker, Permit, Policy, Receipt, State, Window};
use seawall_errors::Outcome;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Closed,
    Open { until: u64 },
    HalfOpen { next: u64, silent: u64, in_flight: usize, succeeded: usize },
}

/// All that is remembered is a list of results.
struct Model {
    policy: Policy,
    phase: Phase,
    since: u64,
    generation: u32,
    attempts: u32,
    results: Vec<(u64, bool, bool)>,
    streak: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Ticket {
    began: u64,
    generation: u32,
    probe: bool,
}

impl Model {
    fn new(policy: Policy) -> Self {
        Model {
            policy,
            phase: Phase::Closed,
            since: 0,
            generation: 0,
            attempts: 0,
            results: Vec::new(),
            streak: 0,
        }
    }

    fn millis(duration: Duration) -> u64 {
        u64::try_from(duration.as_millis()).unwrap()
    }

    fn go(&mut self, phase: Phase, now: u64) {
        self.phase = phase;
        self.since = now;
        self.generation += 1;
        self.results.clear();
        self.streak = 0;
    }

    fn nominal(&self, attempt: u32) -> u64 {
        let base = Self::millis(self.policy.open_time());
        (base << attempt.min(30)).min(Self::millis(self.policy.open_max()))
    }

    fn open(&mut self, now: u64) {
        let well = self.phase == Phase::Closed
            && (self.attempts == 0 || now - self.since >= self.nominal(self.attempts - 1));
        self.attempts = if well { 1 } else { self.attempts + 1 };
        let until = now + self.nominal(self.attempts - 1);
        self.go(Phase::Open { until }, now);
    }

    fn window(&self, now: u64) -> Vec<(bool, bool)> {
        let keep: Box<dyn Fn(usize, u64) -> bool> = match self.policy.window() {
            Window::Time { length, buckets } => {
                let (length, buckets) = (Self::millis(length), u64::from(buckets));
                let tick = move |at: u64| at * buckets / length;
                Box::new(move |_, at| tick(at) + buckets > tick(now))
            }
            Window::Count(n) => {
                let first = self.results.len().saturating_sub(n as usize);
                Box::new(move |i, _| i >= first)
            }
            _ => unreachable!(),
        };
        let results = self.results.iter().enumerate();
        results.filter(|(i, r)| keep(*i, r.0)).map(|(_, r)| (r.1, r.2)).collect()
    }

    /// `Err`: how long to wait.
    fn arrive(&mut self, now: u64) -> Result<Ticket, u64> {
        if let Phase::Open { until } = self.phase {
            if now < until {
                return Err(until - now);
            }
            self.go(Phase::HalfOpen { next: now, silent: now, in_flight: 0, succeeded: 0 }, now);
        }
        let deadline = Self::millis(self.policy.probe_deadline());
        let spacing = Self::millis(self.policy.probe_spacing());
        let probes = usize::from(self.policy.probes());
        let generation = self.generation;
        if let Phase::HalfOpen { next, silent, in_flight, succeeded } = &mut self.phase {
            if *in_flight > 0 && now >= *silent + deadline {
                self.open(now);
                return match self.phase {
                    Phase::Open { until } => Err(until - now),
                    _ => unreachable!(),
                };
            }
            if *in_flight + *succeeded >= probes {
                return Err(*silent + deadline - now);
            }
            if now < *next {
                let lost = if *in_flight > 0 { *silent + deadline } else { u64::MAX };
                return Err((*next).min(lost) - now);
            }
            if *in_flight == 0 {
                *silent = now;
            }
            *in_flight += 1;
            *next = now + spacing;
            return Ok(Ticket { began: now, generation, probe: true });
        }
        Ok(Ticket { began: now, generation, probe: false })
    }

    fn finish(&mut self, ticket: Ticket, outcome: Outcome, now: u64) -> Receipt {
        if ticket.generation != self.generation {
            return Receipt::Late;
        }
        let slow_after = self.policy.slow_after().map(Self::millis);
        let slow = slow_after.is_some_and(|after| now - ticket.began > after);
        if let Phase::HalfOpen { silent, in_flight, succeeded, .. } = &mut self.phase {
            *in_flight -= 1;
            let slow_counts = self.policy.slow().is_some();
            match outcome {
                Outcome::Neutral => {}
                Outcome::Success if !(slow && slow_counts) => {
                    *succeeded += 1;
                    *silent = now;
                    if *succeeded == usize::from(self.policy.probes()) {
                        self.go(Phase::Closed, now);
                    }
                }
                _ => self.open(now),
            }
            return Receipt::Recorded;
        }
        if outcome == Outcome::Neutral {
            return Receipt::Recorded;
        }
        let failed = outcome == Outcome::Failure;
        self.results.push((now, failed, slow));
        let follows = failed && self.policy.consecutive().is_some();
        self.streak = if follows { self.streak + 1 } else { 0 };
        if failed || (slow && self.policy.slow().is_some()) {
            let window = self.window(now);
            let (calls, failures) = (window.len(), window.iter().filter(|r| r.0).count());
            let slows = window.iter().filter(|r| r.1).count();
            let over = |part: usize, share: Option<seawall_breaker::Share>| match share {
                None => false,
                Some(seawall_breaker::Share::Above(p)) => part as f64 * 100.0 > p * calls as f64,
                Some(seawall_breaker::Share::From(p)) => part as f64 * 100.0 >= p * calls as f64,
            };
            let enough = calls >= self.policy.min_calls() as usize;
            let in_a_row = self.policy.consecutive().is_some_and(|n| self.streak >= n);
            if in_a_row
                || (enough
                    && (over(failures, self.policy.errors()) || over(slows, self.policy.slow())))
            {
                self.open(now);
            }
        }
        Receipt::Recorded
    }

    fn state(&self) -> State {
        match self.phase {
            Phase::Closed => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Wait(u64),
    Arrive,
    /// The n-th of those under way.
    Finish(usize, Outcome),
    /// One call that takes so long.
    Call(Outcome, u64),
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        4 => Just(Outcome::Success),
        4 => Just(Outcome::Failure),
        1 => Just(Outcome::Neutral),
    ]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => (0_u64..3_000).prop_map(Act::Wait),
        1 => (3_000_u64..200_000).prop_map(Act::Wait),
        4 => Just(Act::Arrive),
        6 => (0_usize..6, outcome()).prop_map(|(n, o)| Act::Finish(n, o)),
        12 => (outcome(), 0_u64..300).prop_map(|(o, t)| Act::Call(o, t)),
    ];
    prop::collection::vec(act, 1..200)
}

fn policies() -> impl Strategy<Value = Policy> {
    let window = prop_oneof![
        (1_u16..=12, 1_u64..=20).prop_map(|(n, bucket)| (Some(n), u64::from(n) * bucket * 100, 0)),
        (1_u32..=130).prop_map(|n| (None, 0, n)),
    ];
    let share = prop_oneof![Just(0.0), Just(30.0), Just(50.0), Just(100.0)];
    let rules = (share.clone(), any::<bool>(), prop::option::of(1_u32..5), 1_u32..12);
    let slow = prop::option::of((share, 10_u64..200));
    let probes = (1_u16..4, 0_u64..3_000, 1_u64..20_000);
    (window, rules, slow, probes, prop::option::of(Just(()))).prop_map(
        |((buckets, length, calls), (share, above, row, least), slow, probes, errors)| {
            let mut policy = Policy::new().with_jitter(0.0).with_open_time(ms(700));
            policy = policy.with_growth(2.0, ms(5_000)).with_probes(probes.0);
            policy = policy.with_probe_spacing(ms(probes.1)).with_probe_deadline(ms(probes.2));
            policy = match buckets {
                Some(n) => policy.with_window(ms(length), n).with_min_calls(least),
                None => policy.with_count_window(calls).with_min_calls(least.min(calls)),
            };
            policy = match (errors, above) {
                (None, _) => policy.without_errors(),
                (_, true) => policy.with_errors_above(share),
                (_, false) => policy.with_errors_from(share),
            };
            if let Some((share, after)) = slow {
                policy = policy.with_slow_after(ms(after)).with_slow_from(share);
            }
            if let Some(row) = row {
                policy = policy.with_consecutive(row);
            }
            policy
        },
    )
}

fn agree(policy: Policy, acts: &[Act]) {
    policy.check().unwrap();
    let (breaker, mut model, mut now) = (Breaker::new(policy).unwrap(), Model::new(policy), 1);
    let mut running: Vec<(Permit<'_>, Ticket)> = Vec::new();
    for (i, act) in acts.iter().enumerate() {
        let arrive = |model: &mut Model, now: u64| match (
            breaker.try_acquire_at(ms(now)),
            model.arrive(now),
        ) {
            (Ok(permit), Ok(ticket)) => {
                assert_eq!(permit.is_probe(), ticket.probe, "{i}: {act:?}");
                Some((permit, ticket))
            }
            (Err(refused), Err(wait)) => {
                assert_eq!(refused.retry_after(), Some(ms(wait)), "{i}: {act:?}");
                None
            }
            (ours, theirs) => panic!("{i}: {act:?} at {now}: {ours:?}, the model {theirs:?}"),
        };
        let finish = |model: &mut Model, (permit, ticket): (Permit<'_>, Ticket), outcome, now| {
            let receipt = permit.complete_at(outcome, ms(now));
            assert_eq!(receipt, model.finish(ticket, outcome, now), "{i}: {act:?} at {now}");
        };
        match *act {
            Act::Wait(time) => now += time,
            Act::Arrive => running.extend(arrive(&mut model, now)),
            Act::Finish(n, outcome) if n < running.len() => {
                let call = running.remove(n);
                finish(&mut model, call, outcome, now);
            }
            Act::Finish(..) => {}
            Act::Call(outcome, time) => {
                if let Some(call) = arrive(&mut model, now) {
                    now += time;
                    finish(&mut model, call, outcome, now);
                }
            }
        }
        let seen = breaker.snapshot_at(ms(now));
        assert_eq!(breaker.state(), model.state(), "{i}: {act:?} at {now}");
        assert_eq!(
            (seen.streak, seen.generation),
            (model.streak, model.generation),
            "{i}: {act:?}"
        );
        let counts = policy.errors().is_some() || policy.slow().is_some();
        if model.phase == Phase::Closed && counts {
            let window = model.window(now);
            let ones = |which: fn(&(bool, bool)) -> bool| {
                window.iter().filter(|r| which(r)).count() as u64
            };
            let slow = if policy.slow().is_some() { ones(|r| r.1) } else { 0 };
            let theirs = (window.len() as u64, ones(|r| r.0), slow);
            assert_eq!((seen.calls, seen.failed, seen.slow), theirs, "{i}: {act:?} at {now}");
        }
    }
    for (permit, ticket) in running {
        let receipt = permit.complete_at(Outcome::Neutral, ms(now));
        assert_eq!(receipt, model.finish(ticket, Outcome::Neutral, now));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_opens_probes_and_closes_exactly_when_the_model_does(policy in policies(), acts in acts()) {
        agree(policy, &acts);
    }

    #[test]
    fn no_state_refuses_for_ever_though_the_backend_is_silent(
        policy in policies(), acts in acts(), step in 1_u64..400,
    ) {
        // After anything at all, the backend falls silent: no call returns.
        let breaker = Breaker::new(policy).unwrap();
        let (mut now, mut running) = (1, Vec::new());
        for act in &acts {
            match *act {
                Act::Wait(time) => now += time,
                Act::Arrive => running.extend(breaker.try_acquire_at(ms(now)).ok()),
                Act::Finish(n, outcome) if n < running.len() => {
                    running.remove(n).complete_at(outcome, ms(now));
                }
                Act::Finish(..) => {}
                Act::Call(outcome, _) => {
                    if let Ok(permit) = breaker.try_acquire_at(ms(now)) {
                        permit.complete_at(outcome, ms(now));
                    }
                }
            }
        }
        let bound = Model::millis(policy.open_max() + policy.probe_deadline());
        let (mut refused_since, end) = (now, now + 20 * bound.min(50_000));
        while now < end {
            if let Ok(permit) = breaker.try_acquire_at(ms(now)) {
                std::mem::forget(permit);
                refused_since = now;
            }
            prop_assert!(now - refused_since <= bound + step, "refused since {refused_since}");
            now += step;
        }
    }
}
