//! Durations in settings files: `250ms`, `1h30m`, `1.5s`.

use core::fmt;
use core::time::Duration;

use ::serde::de::{Deserialize, Deserializer, Error, Visitor};
use ::serde::ser::{Serialize, Serializer};

const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// A duration as it stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// One or more numbers, each with its unit; `None` for anything else, and for
/// what is finer than a nanosecond or longer than a duration holds.
fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut nanos = 0_u128;
    while !rest.is_empty() {
        let after = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(after)?;
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit_end)?;
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || fraction.is_empty() || fraction.len() > 18 {
            return None;
        }
        let ten = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        let part = fraction.parse::<u128>().ok()?.checked_mul(*scale)?;
        if part % ten != 0 {
            return None;
        }
        let whole = whole.parse::<u128>().ok()?.checked_mul(*scale)?;
        nanos = nanos.checked_add(whole)?.checked_add(part / ten)?;
        rest = tail;
    }
    if text.is_empty() {
        return None;
    }
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    Some(Duration::new(seconds, u32::try_from(nanos % 1_000_000_000).ok()?))
}

/// In the largest unit of which it is a whole number.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        let whole = |(name, scale): &&(&str, u128)| *name != "µs" && nanos % scale == 0;
        let (name, scale) = UNITS.iter().rev().find(whole).unwrap_or(&("ns", 1));
        if nanos == 0 { f.write_str("0s") } else { write!(f, "{}{name}", nanos / scale) }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"250ms\", \"1.5s\" or \"1h30m\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
        let span = parse(text).map(Span);
        span.ok_or_else(|| E::invalid_value(::serde::de::Unexpected::Str(text), &self))
    }
}
