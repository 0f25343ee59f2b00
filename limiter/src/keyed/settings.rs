//! Plans in a settings file.

use core::fmt;

use ::serde::de::value::MapAccessDeserializer;
use ::serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess,
    SeqAccess, Visitor,
};
use ::serde::ser::{Serialize, Serializer};

use super::plan::{Checked, Plan};
use crate::combined::Rule;
use crate::quota::Quota;
use crate::settings::RULES;

/// As what it was made of: a quota, a rule, or a list of rules. Always as a list in
/// formats that do not say what comes.
impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.rules() {
            [Rule::TokenBucket(quota)] if serializer.is_human_readable() => {
                quota.serialize(serializer)
            }
            [rule] if serializer.is_human_readable() => rule.serialize(serializer),
            rules => serializer.collect_seq(rules),
        }
    }
}

/// From a quota, a rule, or a list of rules. Faults are the format's error, all of
/// them at once.
///
/// ```
/// use seawall_limiter::{Keyed, Keys, Plan};
///
/// let tiers: Vec<Plan> = serde_json::from_str(
///     r#"[
///         { "limit": 10, "period": "1s" },
///         { "sliding_window": { "limit": 1000, "period": "1h" } },
///         [
///             { "token_bucket": { "limit": 50, "period": "1s" } },
///             { "fixed_window": { "limit": 100000, "period": "1d" } }
///         ]
///     ]"#,
/// )?;
/// let keyed = Keyed::<u64>::with_plans(tiers, |user| (*user % 3) as usize, Keys::new(1000))?;
/// assert_eq!([0, 1, 2].map(|user| keyed.remaining(&user)), [10, 1000, 50]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<'de> Deserialize<'de> for Plan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let plan = if deserializer.is_human_readable() {
            deserializer.deserialize_any(Limits)
        } else {
            deserializer.deserialize_seq(Limits)
        }?;
        Checked::new(core::slice::from_ref(&plan)).map_err(D::Error::custom)?;
        Ok(plan)
    }
}

struct Limits;

impl<'de> Visitor<'de> for Limits {
    type Value = Plan;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quota, a rule or a list of rules")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Plan, A::Error> {
        let mut rules: Vec<Rule> = Vec::new();
        while let Some(rule) = list.next_element()? {
            rules.push(rule);
        }
        Ok(Plan::from(rules.as_slice()))
    }

    /// The first key tells which: no setting of a quota is called like a rule.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plan, A::Error> {
        let first: Option<String> = map.next_key()?;
        let is_rule = first.as_deref().is_some_and(|key| RULES.contains(&key));
        let whole = MapAccessDeserializer::new(Begun { first, rest: &mut map });
        if !is_rule {
            return Quota::deserialize(whole).map(Plan::from);
        }
        let rule = Rule::deserialize(whole)?;
        match map.next_key::<IgnoredAny>()? {
            Some(_) => Err(A::Error::custom("several rules must be a list")),
            None => Ok(Plan::from(rule)),
        }
    }
}

/// A map of which the first key has been read.
struct Begun<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Begun<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}
