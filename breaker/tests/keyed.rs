//! A breaker per key, in bounded memory.
#![cfg(feature = "keyed")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::time::Duration;

use seawall_breaker::{Keyed, KeyedThrottle, Mode, Policy, State, ThrottlePolicy};
use seawall_keyed::Policy as Room;

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn policy() -> Policy {
    let policy = Policy::new().with_consecutive(1).with_jitter(0.0).with_probes(1);
    policy.with_open_time(s(5)).with_growth(1.0, s(5))
}

fn fail(keyed: &Keyed<u32>, key: u32, now: Duration) {
    if let Ok(permit) = keyed.try_acquire_at(&key, now) {
        let permit = permit.into_inner();
        permit.map(|permit| permit.fail_at(now));
    }
}

#[test]
fn one_key_is_cut_off_and_its_neighbour_is_not() {
    let keyed = Keyed::new(policy(), Room::new(100)).unwrap();
    fail(&keyed, 1, s(1));
    assert!(keyed.try_acquire_at(&1, s(1)).is_err());
    assert!(keyed.try_acquire_at(&2, s(1)).is_ok());
}

#[test]
fn a_flood_of_keys_neither_grows_it_nor_frees_an_open_one() {
    let keyed = Keyed::new(policy(), Room::new(64).with_shards(1)).unwrap();
    fail(&keyed, 0, s(1));
    for key in 1..10_000 {
        let now = s(1) + Duration::from_micros(key.into());
        let permit = keyed.try_acquire_at(&key, now).unwrap().into_inner();
        permit.map(|permit| permit.succeed_at(now));
        assert!(keyed.len() <= 64);
    }
    assert!(keyed.try_acquire_at(&0, s(2)).is_err(), "still open");
    // Its time goes by, and nobody has come: it may be forgotten only when it is
    // closed, so it still takes a probe to close it.
    let probe = keyed.try_acquire_at(&0, s(60)).unwrap().into_inner().unwrap();
    assert!(probe.is_probe());
    probe.succeed_at(s(60));
    assert_eq!(keyed.sweep_at(s(61)), 63, "all but the one that was used lately");
    assert_eq!((keyed.sweep_at(s(90)), keyed.len()), (1, 0));
}

#[test]
fn a_key_of_which_somebody_holds_something_is_not_forgotten() {
    let keyed = Keyed::new(policy(), Room::new(10)).unwrap();
    let held = keyed.get_at(&1, s(1)).unwrap();
    let permit = keyed.try_acquire_at(&2, s(1)).unwrap();
    assert_eq!(keyed.get_at(&3, s(1)).unwrap().state(), State::Closed);
    assert_eq!((keyed.sweep_at(s(100)), keyed.len()), (1, 2));
    drop((held, permit));
    assert_eq!((keyed.sweep_at(s(100)), keyed.len()), (2, 0));
}

#[test]
fn a_forced_key_and_one_that_would_stay_open_for_longer_are_remembered() {
    let grows = policy().with_growth(10.0, s(500));
    let keyed = Keyed::new(grows, Room::new(10)).unwrap();
    keyed.get_at(&1, s(1)).unwrap().set_mode_at(Mode::ForcedClosed, s(1));
    fail(&keyed, 2, s(1));
    fail(&keyed, 2, s(6));
    keyed.try_acquire_at(&2, s(56)).unwrap().into_inner().map(|probe| probe.succeed_at(s(56)));
    assert_eq!(keyed.sweep_at(s(80)), 0, "its window is empty, but it was not well for long");
    assert_eq!(keyed.sweep_at(s(106)), 1);
}

#[test]
fn hosts_that_are_gone_for_good_do_not_fill_the_table() {
    // Of three calls in a row one failed, or all of them, or a probe never came back.
    let policy = policy().with_consecutive(3).with_hint_max(s(60));
    let keyed = Keyed::new(policy, Room::new(16).with_shards(1)).unwrap();
    for key in 0..16 {
        for _ in 0..=(key % 2) * 2 {
            fail(&keyed, key, s(1));
        }
    }
    let open = keyed.get_at(&1, s(6)).unwrap();
    assert_eq!(open.state(), State::Open);
    drop(open.try_acquire_at(s(6)).unwrap());
    drop(open);
    let flood =
        |keys: std::ops::Range<u32>, now| keys.filter(|key| keyed.get_at(key, now).is_ok()).count();
    assert_eq!(flood(100..200, s(20)), 0, "all of them may yet be called again");
    assert_eq!(keyed.try_acquire_at(&3, s(5)).unwrap_err().retry_after(), Some(s(1)));
    // A minute after anything that any of them could have waited for.
    assert_eq!(flood(200..300, s(100)), 100);
}

#[test]
fn an_open_key_is_kept_long_beyond_an_open_time_of_any_length() {
    let keyed = Keyed::new(policy().with_hint_max(s(60)), Room::new(10)).unwrap();
    keyed.get_at(&1, s(1)).unwrap().open_for_at(s(60), s(1));
    // Nobody has come for longer than a minute, but its time is over only now.
    assert_eq!((keyed.sweep_at(s(63)), keyed.sweep_at(s(121)), keyed.sweep_at(s(123))), (0, 0, 1));
}

#[test]
fn who_has_listened_to_a_key_does_not_keep_it() {
    let keyed = Keyed::new(policy(), Room::new(10)).unwrap();
    let events = keyed.get_at(&1, s(1)).unwrap().subscribe(1);
    assert_eq!(keyed.sweep_at(s(100)), 0);
    drop(events);
    assert_eq!(keyed.sweep_at(s(100)), 1);
}

#[test]
fn no_more_than_a_share_of_the_keys_is_open_at_once() {
    let keyed = Keyed::with_most_open(policy(), Room::new(100), 30).unwrap();
    for key in 0..10 {
        let _ = keyed.get_at(&key, s(1)).unwrap();
    }
    for key in 0..10 {
        fail(&keyed, key, s(1));
    }
    let open = |now| (0..10).filter(|key| keyed.try_acquire_at(key, now).is_err()).count();
    assert_eq!((open(s(2)), keyed.open()), (3, Some(3)));
    // One recovers, and another one may open.
    keyed.try_acquire_at(&0, s(6)).unwrap().into_inner().map(|probe| probe.succeed_at(s(6)));
    assert_eq!(keyed.open(), Some(2));
    fail(&keyed, 9, s(6));
    assert_eq!((keyed.get_at(&9, s(6)).unwrap().state(), keyed.open()), (State::Open, Some(3)));
    drop(keyed.remove(&9));
    assert_eq!(keyed.open(), Some(2));
    // One may always be.
    let few = Keyed::with_most_open(policy(), Room::new(100), 1).unwrap();
    fail(&few, 1, s(1));
    fail(&few, 2, s(1));
    assert_eq!(few.open(), Some(1));
    assert!(Keyed::<u32>::with_most_open(policy(), Room::new(9), 0).is_err());
    assert!(Keyed::<u32>::new(policy(), Room::new(0)).is_err());
}

#[test]
fn threads_never_open_more_keys_than_may_be() {
    let keyed = Keyed::with_most_open(policy(), Room::new(1_000).with_shards(1), 20).unwrap();
    for key in 0..100 {
        let _ = keyed.get_at(&key, s(1)).unwrap();
    }
    std::thread::scope(|scope| {
        for id in 0..8 {
            let keyed = &keyed;
            scope.spawn(move || {
                for i in 0..2_000_u32 {
                    fail(keyed, (i * 7 + id) % 100, s(1));
                    assert!(keyed.open().unwrap() <= 20);
                }
            });
        }
    });
    let open = (0..100).filter(|key| keyed.get_at(key, s(1)).unwrap().state() == State::Open);
    assert_eq!(open.count(), 20);
}

#[test]
fn a_new_key_is_thought_to_be_like_the_others() {
    let keyed: KeyedThrottle<String> =
        KeyedThrottle::new(ThrottlePolicy::new(), Room::new(100)).unwrap();
    for _ in 0..100 {
        let _ = keyed.try_acquire("a").map(seawall_breaker::ThrottlePermit::fail);
    }
    let fresh = keyed.get("b").success_probability();
    assert!(fresh < 0.4, "{fresh}");
    for _ in 0..100 {
        keyed.try_acquire("b").unwrap().succeed();
    }
    assert!(keyed.get("b").success_probability() > 0.8);
    assert!(keyed.get("a").success_probability() < 0.4);
    assert_eq!(keyed.len(), 2);
}
