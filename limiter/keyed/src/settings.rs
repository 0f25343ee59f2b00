//! Policies in a settings file.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::policy::{Overflow, Policy};

const FIELDS: &[&str] = &["capacity", "shards", "overflow"];

/// The capacity, the overflow, and the shards where they are set. A seed stays where it is.
impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let count = FIELDS.len() - usize::from(self.own_shards().is_none());
        let mut fields = serializer.serialize_struct("Policy", count)?;
        fields.serialize_field("capacity", &self.capacity())?;
        match self.own_shards() {
            Some(shards) => fields.serialize_field("shards", &shards)?,
            None => fields.skip_field("shards")?,
        }
        let overflow = match self.overflow() {
            Overflow::Refuse => "refuse",
            Overflow::Share => "share",
        };
        fields.serialize_field("overflow", overflow)?;
        fields.end()
    }
}

/// From `capacity`, and what else is to be set. Faults are the format's error, all of them at once.
///
/// ```
/// use seawall_keyed::{Overflow, Policy};
///
/// let policy: Policy = serde_json::from_str(r#"{ "capacity": 100000, "overflow": "share" }"#)?;
/// assert_eq!(policy, Policy::new(100_000).with_overflow(Overflow::Share));
///
/// let error = serde_json::from_str::<Policy>(r#"{ "capacity": 0 }"#).unwrap_err();
/// assert!(error.to_string().starts_with("capacity is 0, must be from 1 to 1073741824"));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let policy = deserializer.deserialize_struct("Policy", FIELDS, Settings)?;
        policy.check().map_err(D::Error::custom)?;
        Ok(policy)
    }
}

struct Settings;

impl<'de> Visitor<'de> for Settings {
    type Value = Policy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy for keys: a map with capacity")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Policy, A::Error> {
        let (mut capacity, mut shards, mut overflow) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "capacity" => once(&mut capacity, "capacity", map.next_value()?)?,
                "shards" => once(&mut shards, "shards", map.next_value()?)?,
                "overflow" => {
                    let name: String = map.next_value()?;
                    let value = match name.as_str() {
                        "refuse" => Overflow::Refuse,
                        "share" => Overflow::Share,
                        other => {
                            let allowed = "`refuse` or `share`";
                            return Err(A::Error::invalid_value(Unexpected::Str(other), &allowed));
                        }
                    };
                    once(&mut overflow, "overflow", value)?;
                }
                other => return Err(A::Error::unknown_field(other, FIELDS)),
            }
        }
        let capacity = capacity.ok_or_else(|| A::Error::missing_field("capacity"))?;
        let mut policy = Policy::new(capacity).with_overflow(overflow.unwrap_or_default());
        if let Some(shards) = shards {
            policy = policy.with_shards(shards);
        }
        Ok(policy)
    }
}

fn once<T, E: Error>(field: &mut Option<T>, name: &'static str, value: T) -> Result<(), E> {
    match field.replace(value) {
        Some(_) => Err(E::duplicate_field(name)),
        None => Ok(()),
    }
}
