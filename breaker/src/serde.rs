//! Policies and snapshots in any self-describing serde format.
//!
//! ```
//! use seawall_breaker::Policy;
//!
//! let policy: Policy = serde_json::from_str(
//!     r#"{"errors_from": 40, "window": "30s", "buckets": 15, "open_time": "250ms"}"#,
//! )?;
//! assert_eq!(policy.open_time(), std::time::Duration::from_millis(250));
//!
//! let error = serde_json::from_str::<Policy>(r#"{"probes": 0}"#).unwrap_err();
//! assert!(error.to_string().starts_with("probes is 0, must be from 1 to 4095"));
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Members are named as the setters; what is not there is as in
//! [`Policy::new`](crate::Policy::new). A policy that is not valid is not read.

use core::fmt;
use core::time::Duration;

use ::serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use ::serde::ser::SerializeMap;
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::mode::{Mode, Snapshot};
use crate::policy::{Policy, Share, Window};
use crate::span;
use crate::word::State;

/// A duration as a string.
struct Span(Duration);

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&span::write(self.0))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, "a duration such as 250ms", |text| span::read(text).map(Span))
    }
}

/// Reads a string that has to mean something.
fn word<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    read: fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    struct Word<T>(&'static str, fn(&str) -> Option<T>);
    impl<T> Visitor<'_> for Word<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.1)(text)
                .ok_or_else(|| E::invalid_value(::serde::de::Unexpected::Str(text), &self))
        }
    }
    deserializer.deserialize_str(Word(expected, read))
}

/// A name, interned.
struct Name(&'static str);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, "a name", |text| Some(Name(seawall_errors::intern(text))))
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.name)?;
        match self.window {
            Window::Time { length, buckets } => {
                map.serialize_entry("window", &Span(length))?;
                map.serialize_entry("buckets", &buckets)?;
            }
            Window::Count(calls) => map.serialize_entry("count_window", &calls)?,
        }
        map.serialize_entry("min_calls", &self.min_calls)?;
        match self.errors {
            Some(Share::Above(percent)) => map.serialize_entry("errors_above", &percent)?,
            Some(Share::From(percent)) => map.serialize_entry("errors_from", &percent)?,
            None => map.serialize_entry("errors_above", &None::<f64>)?,
        }
        match self.slow {
            Some(Share::Above(percent)) => map.serialize_entry("slow_above", &percent)?,
            Some(Share::From(percent)) => map.serialize_entry("slow_from", &percent)?,
            None => {}
        }
        map.serialize_entry("slow_after", &self.slow_after.map(Span))?;
        map.serialize_entry("hanging_calls", &self.hanging)?;
        map.serialize_entry("consecutive", &self.consecutive)?;
        map.serialize_entry("degrade_from", &self.degrade.map(Share::percent))?;
        map.serialize_entry("open_time", &Span(self.open_time))?;
        map.serialize_entry("growth", &self.growth)?;
        map.serialize_entry("open_max", &Span(self.open_max))?;
        map.serialize_entry("jitter", &self.jitter)?;
        map.serialize_entry("hint_max", &Span(self.hint_max))?;
        map.serialize_entry("probes", &self.probes)?;
        map.serialize_entry("probe_spacing", &Span(self.probe_spacing))?;
        map.serialize_entry("probe_deadline", &self.probe_deadline.map(Span))?;
        map.serialize_entry("ramp", &Span(self.ramp))?;
        map.serialize_entry("ramp_from", &self.ramp_from)?;
        map.serialize_entry("seed", &self.seed)?;
        map.end()
    }
}

const POLICY: &[&str] = &[
    "name",
    "window",
    "buckets",
    "count_window",
    "min_calls",
    "errors_above",
    "errors_from",
    "slow_above",
    "slow_from",
    "slow_after",
    "hanging_calls",
    "consecutive",
    "degrade_from",
    "open_time",
    "growth",
    "open_max",
    "jitter",
    "hint_max",
    "probes",
    "probe_spacing",
    "probe_deadline",
    "ramp",
    "ramp_from",
    "seed",
];

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Policy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the settings of a breaker")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Policy, A::Error> {
                let mut policy = Policy::new();
                let (mut length, mut buckets) = (Duration::from_secs(10), 10);
                let mut count = None;
                while let Some(key) = map.next_key::<Key>()? {
                    match key.0.as_str() {
                        "name" => policy.name = map.next_value::<Name>()?.0,
                        "window" => length = map.next_value::<Span>()?.0,
                        "buckets" => buckets = map.next_value()?,
                        "count_window" => count = map.next_value()?,
                        "min_calls" => policy.min_calls = map.next_value()?,
                        "errors_above" => {
                            policy.errors = map.next_value::<Option<f64>>()?.map(Share::Above);
                        }
                        "errors_from" => {
                            policy.errors = map.next_value::<Option<f64>>()?.map(Share::From);
                        }
                        "slow_above" => {
                            policy.slow = map.next_value::<Option<f64>>()?.map(Share::Above);
                        }
                        "slow_from" => {
                            policy.slow = map.next_value::<Option<f64>>()?.map(Share::From);
                        }
                        "slow_after" => policy.slow_after = span_of(&mut map)?,
                        "hanging_calls" => policy.hanging = map.next_value()?,
                        "consecutive" => policy.consecutive = map.next_value()?,
                        "degrade_from" => {
                            policy.degrade = map.next_value::<Option<f64>>()?.map(Share::From);
                        }
                        "open_time" => policy.open_time = map.next_value::<Span>()?.0,
                        "growth" => policy.growth = map.next_value()?,
                        "open_max" => policy.open_max = map.next_value::<Span>()?.0,
                        "jitter" => policy.jitter = map.next_value()?,
                        "hint_max" => policy.hint_max = map.next_value::<Span>()?.0,
                        "probes" => policy.probes = map.next_value()?,
                        "probe_spacing" => policy.probe_spacing = map.next_value::<Span>()?.0,
                        "probe_deadline" => policy.probe_deadline = span_of(&mut map)?,
                        "ramp" => policy.ramp = map.next_value::<Span>()?.0,
                        "ramp_from" => policy.ramp_from = map.next_value()?,
                        "seed" => policy.seed = map.next_value()?,
                        other => return Err(A::Error::unknown_field(other, POLICY)),
                    }
                }
                policy.window = match count {
                    Some(calls) => Window::Count(calls),
                    None => Window::Time { length, buckets },
                };
                policy.check().map_err(A::Error::custom)?;
                Ok(policy)
            }
        }
        deserializer.deserialize_map(Read)
    }
}

fn span_of<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Duration>, A::Error> {
    Ok(map.next_value::<Option<Span>>()?.map(|span| span.0))
}

/// The name of a member, cut: longer ones are unknown anyway.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, "the name of a setting", |text| {
            Some(Key(text.chars().take(40).collect()))
        })
    }
}

const MODES: [(Mode, &str); 4] = [
    (Mode::Normal, "normal"),
    (Mode::Shadow, "shadow"),
    (Mode::ForcedOpen, "forced_open"),
    (Mode::ForcedClosed, "forced_closed"),
];

impl Serialize for Mode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = MODES.iter().find(|(mode, _)| mode == self).map_or("normal", |(_, name)| name);
        serializer.serialize_str(name)
    }
}

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, "normal, shadow, forced_open or forced_closed", |text| {
            MODES.iter().find(|(_, name)| *name == text).map(|(mode, _)| *mode)
        })
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, "a state", |text| {
            State::ALL.into_iter().find(|state| state.as_str() == text)
        })
    }
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(17))?;
        map.serialize_entry("state", &self.state)?;
        map.serialize_entry("mode", &self.mode)?;
        map.serialize_entry("mode_left", &self.mode_left.map(Span))?;
        map.serialize_entry("generation", &self.generation)?;
        map.serialize_entry("age", &Span(self.age))?;
        map.serialize_entry("open_left", &self.open_left.map(Span))?;
        map.serialize_entry("attempts", &self.attempts)?;
        map.serialize_entry("calls", &self.calls)?;
        map.serialize_entry("failed", &self.failed)?;
        map.serialize_entry("slow", &self.slow)?;
        map.serialize_entry("streak", &self.streak)?;
        map.serialize_entry("probes_in_flight", &self.probes_in_flight)?;
        map.serialize_entry("probes_succeeded", &self.probes_succeeded)?;
        map.serialize_entry("degraded", &self.degraded)?;
        map.serialize_entry("ramping", &self.ramping)?;
        map.serialize_entry("late", &self.late)?;
        map.serialize_entry("shadowed", &self.shadowed)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Snapshot;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the snapshot of a breaker")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Snapshot, A::Error> {
                let mut snapshot = Snapshot::EMPTY;
                while let Some(key) = map.next_key::<Key>()? {
                    match key.0.as_str() {
                        "state" => snapshot.state = map.next_value()?,
                        "mode" => snapshot.mode = map.next_value()?,
                        "mode_left" => snapshot.mode_left = span_of(&mut map)?,
                        "generation" => snapshot.generation = map.next_value()?,
                        "age" => snapshot.age = map.next_value::<Span>()?.0,
                        "open_left" => snapshot.open_left = span_of(&mut map)?,
                        "attempts" => snapshot.attempts = map.next_value()?,
                        "calls" => snapshot.calls = map.next_value()?,
                        "failed" => snapshot.failed = map.next_value()?,
                        "slow" => snapshot.slow = map.next_value()?,
                        "streak" => snapshot.streak = map.next_value()?,
                        "probes_in_flight" => snapshot.probes_in_flight = map.next_value()?,
                        "probes_succeeded" => snapshot.probes_succeeded = map.next_value()?,
                        "degraded" => snapshot.degraded = map.next_value()?,
                        "ramping" => snapshot.ramping = map.next_value()?,
                        "late" => snapshot.late = map.next_value()?,
                        "shadowed" => snapshot.shadowed = map.next_value()?,
                        // A newer version may say more.
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(snapshot)
            }
        }
        deserializer.deserialize_map(Read)
    }
}
