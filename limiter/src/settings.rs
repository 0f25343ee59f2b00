//! Quotas and rules in a settings file.

use core::fmt;

use ::serde::de::{
    Deserialize, Deserializer, EnumAccess, Error, MapAccess, VariantAccess, Visitor,
};
use ::serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::combined::Rule;
use crate::quota::Quota;
use crate::span::Span;

const FIELDS: &[&str] = &["limit", "period", "burst", "max_wait", "max_waiting", "name"];
pub(crate) const RULES: &[&str] =
    &["token_bucket", "fixed_window", "sliding_window", "sliding_counter"];

/// All settings but a burst that is not set.
impl Serialize for Quota {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Formats that write the number of fields first need the right one.
        let count = FIELDS.len() - usize::from(self.own_burst().is_none());
        let mut fields = serializer.serialize_struct("Quota", count)?;
        fields.serialize_field("limit", &self.limit())?;
        fields.serialize_field("period", &Span(self.period()))?;
        match self.own_burst() {
            Some(burst) => fields.serialize_field("burst", &burst)?,
            None => fields.skip_field("burst")?,
        }
        fields.serialize_field("max_wait", &Span(self.max_wait()))?;
        fields.serialize_field("max_waiting", &self.max_waiting())?;
        fields.serialize_field("name", self.name())?;
        fields.end()
    }
}

/// From `limit` and `period`, and what else is to be set. Faults are the format's error, all of them at once.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::Quota;
///
/// let quota: Quota =
///     serde_json::from_str(r#"{ "limit": 100, "period": "1m", "burst": 20, "name": "search" }"#)?;
/// assert_eq!(quota, Quota::per_minute(100).with_burst(20).with_name("search"));
///
/// let error = serde_json::from_str::<Quota>(r#"{ "limit": 0, "period": "0s" }"#).unwrap_err();
/// assert!(error.to_string().starts_with("limit is 0, must be at least 1; period is 0ns, "));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Quota {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let quota = deserializer.deserialize_struct("Quota", FIELDS, Settings)?;
        quota.check().map_err(D::Error::custom)?;
        Ok(quota)
    }
}

struct Settings;

impl<'de> Visitor<'de> for Settings {
    type Value = Quota;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quota: a map with limit and period")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Quota, A::Error> {
        let (mut limit, mut period, mut burst) = (None, None, None);
        let (mut max_wait, mut max_waiting, mut name) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "limit" => once(&mut limit, "limit", map.next_value()?)?,
                "period" => once(&mut period, "period", map.next_value::<Span>()?)?,
                "burst" => once(&mut burst, "burst", map.next_value()?)?,
                "max_wait" => once(&mut max_wait, "max_wait", map.next_value::<Span>()?)?,
                "max_waiting" => once(&mut max_waiting, "max_waiting", map.next_value()?)?,
                "name" => once(&mut name, "name", map.next_value::<String>()?)?,
                other => return Err(A::Error::unknown_field(other, FIELDS)),
            }
        }
        let limit = limit.ok_or_else(|| A::Error::missing_field("limit"))?;
        let Span(period) = period.ok_or_else(|| A::Error::missing_field("period"))?;
        let mut quota = Quota::per(limit, period);
        if let Some(burst) = burst {
            quota = quota.with_burst(burst);
        }
        if let Some(Span(max_wait)) = max_wait {
            quota = quota.with_max_wait(max_wait);
        }
        if let Some(max_waiting) = max_waiting {
            quota = quota.with_max_waiting(max_waiting);
        }
        if let Some(name) = name {
            quota = quota.with_name(seawall_errors::intern(&name));
        }
        Ok(quota)
    }
}

fn once<T, E: Error>(field: &mut Option<T>, name: &'static str, value: T) -> Result<(), E> {
    match field.replace(value) {
        Some(_) => Err(E::duplicate_field(name)),
        None => Ok(()),
    }
}

/// As a map of one: `{ "token_bucket": { … } }`.
impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (index, name) = match self {
            Rule::TokenBucket(_) => (0, "token_bucket"),
            Rule::FixedWindow(_) => (1, "fixed_window"),
            Rule::SlidingWindow(_) => (2, "sliding_window"),
            Rule::SlidingCounter(_) => (3, "sliding_counter"),
        };
        serializer.serialize_newtype_variant("Rule", index, name, self.quota())
    }
}

/// From a map of one.
///
/// ```
/// use seawall_limiter::{Combined, Rule};
///
/// let rules: Vec<Rule> = serde_json::from_str(
///     r#"[
///         { "token_bucket": { "limit": 10, "period": "1s", "name": "second" } },
///         { "sliding_window": { "limit": 1000, "period": "1h", "name": "hour" } }
///     ]"#,
/// )?;
/// assert_eq!(Combined::new(&rules)?.remaining(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum("Rule", RULES, Kinds)
    }
}

struct Kinds;

impl<'de> Visitor<'de> for Kinds {
    type Value = Rule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rule: its kind and its quota")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Rule, A::Error> {
        let (Kind(kind), quota) = access.variant()?;
        let rule = kind(quota.newtype_variant()?);
        rule.check().map_err(A::Error::custom)?;
        Ok(rule)
    }
}

struct Kind(fn(Quota) -> Rule);

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Kind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a kind of rule")
            }

            fn visit_u64<E: Error>(self, index: u64) -> Result<Kind, E> {
                let name = usize::try_from(index).ok().and_then(|index| RULES.get(index));
                let name =
                    name.ok_or_else(|| E::custom(format_args!("there is no rule {index}")))?;
                self.visit_str(name)
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Kind, E> {
                match name {
                    "token_bucket" => Ok(Kind(Rule::TokenBucket)),
                    "fixed_window" => Ok(Kind(Rule::FixedWindow)),
                    "sliding_window" => Ok(Kind(Rule::SlidingWindow)),
                    "sliding_counter" => Ok(Kind(Rule::SlidingCounter)),
                    other => Err(E::unknown_variant(other, RULES)),
                }
            }
        }
        deserializer.deserialize_identifier(Name)
    }
}
