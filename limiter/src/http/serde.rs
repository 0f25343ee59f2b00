//! Trusted proxies in a settings file.

use core::fmt;

use ::http::HeaderName;
use ::serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use ::serde::ser::{Serialize, SerializeStruct, Serializer};

use super::proxies::{ForwardedBy, Trust, TrustedProxies};

const FIELDS: &[&str] = &["networks", "hops", "header", "ipv4_prefix", "ipv6_prefix"];

impl ForwardedBy {
    fn name(&self) -> &str {
        match self {
            ForwardedBy::XForwardedFor => "x-forwarded-for",
            ForwardedBy::Forwarded => "forwarded",
            ForwardedBy::Single(name) => name.as_str(),
        }
    }

    fn of(name: &str) -> Option<Self> {
        let name: HeaderName = name.parse().ok()?;
        Some(match name.as_str() {
            "x-forwarded-for" => ForwardedBy::XForwardedFor,
            "forwarded" => ForwardedBy::Forwarded,
            _ => ForwardedBy::Single(name),
        })
    }
}

/// With `networks` or `hops`, and all else.
impl Serialize for TrustedProxies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("TrustedProxies", FIELDS.len() - 1)?;
        match &self.trust {
            Trust::Networks(networks) => {
                fields.serialize_field("networks", networks)?;
                fields.skip_field("hops")?;
            }
            Trust::Hops(hops) => {
                fields.skip_field("networks")?;
                fields.serialize_field("hops", hops)?;
            }
        }
        fields.serialize_field("header", self.header.name())?;
        fields.serialize_field("ipv4_prefix", &self.ipv4_prefix)?;
        fields.serialize_field("ipv6_prefix", &self.ipv6_prefix)?;
        fields.end()
    }
}

/// From `networks` or `hops`, a `header` by its name, and the prefixes; what is missing is as unless set,
/// and nobody is trusted where neither of the first two is there. Faults are the format's error, all of them at once.
///
/// ```
/// use seawall_limiter::http::TrustedProxies;
///
/// let proxies: TrustedProxies =
///     serde_json::from_str(r#"{ "networks": ["10.0.0.0/8"], "ipv6_prefix": 56 }"#)?;
/// assert_eq!(proxies, TrustedProxies::networks(["10.0.0.0/8"]).with_ipv6_prefix(56));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for TrustedProxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Settings)
    }
}

struct Settings;

impl<'de> Visitor<'de> for Settings {
    type Value = TrustedProxies;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("trusted proxies: a map with networks or hops")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TrustedProxies, A::Error> {
        let mut seen = [false; FIELDS.len()];
        let mut proxies = TrustedProxies::none();
        while let Some(key) = map.next_key::<String>()? {
            let known = FIELDS.iter().zip(&mut seen).find(|(field, _)| **field == key);
            let Some((field, seen)) = known else {
                return Err(A::Error::unknown_field(&key, FIELDS));
            };
            if core::mem::replace(seen, true) {
                return Err(A::Error::duplicate_field(field));
            }
            match *field {
                "networks" => proxies.trust = Trust::Networks(map.next_value()?),
                "hops" => proxies.trust = Trust::Hops(map.next_value()?),
                "ipv4_prefix" => proxies.ipv4_prefix = map.next_value()?,
                "ipv6_prefix" => proxies.ipv6_prefix = map.next_value()?,
                _ => {
                    let name: String = map.next_value()?;
                    proxies.header = ForwardedBy::of(&name).ok_or_else(|| {
                        A::Error::custom(format_args!(
                            "header is {name:?}, must be the name of a header"
                        ))
                    })?;
                }
            }
        }
        if let [true, true, ..] = seen {
            return Err(A::Error::custom("there are networks and hops, must be one of them"));
        }
        proxies.check().map_err(A::Error::custom)?;
        Ok(proxies)
    }
}
