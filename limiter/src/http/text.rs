//! Texts and bytes as they stand in a structured field: borrowed from where
//! they are, decoded only while somebody looks.

use core::fmt::{self, Write};
use core::hash::{Hash, Hasher};

/// The name of a policy, or of the unit that it counts in.
///
/// Borrowed from a text, or from a field in which `"` and `\` stand escaped: both compare, hash
/// and print alike. Out goes a String of RFC 9651, which has only printable ASCII: of any other
/// character the UTF-8 bytes are sent as `%C3`, and come back so.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    text: &'a str,
    /// Whether `\` escapes what follows it.
    escaped: bool,
}

impl<'a> Name<'a> {
    /// The name that reads `text`.
    pub const fn new(text: &'a str) -> Self {
        Name { text, escaped: false }
    }

    /// What stood between quotes in a field.
    pub(super) fn of_wire(text: &'a str) -> Self {
        Name { text, escaped: text.contains('\\') }
    }

    /// The name, where it stands somewhere without escapes; else it must be
    /// [displayed](fmt::Display) first.
    pub const fn as_str(&self) -> Option<&'a str> {
        if self.escaped { None } else { Some(self.text) }
    }

    /// Its characters.
    pub fn chars(&self) -> impl Iterator<Item = char> + use<'a> {
        let escaped = self.escaped;
        let mut chars = self.text.chars();
        core::iter::from_fn(move || match chars.next() {
            Some('\\') if escaped => chars.next(),
            next => next,
        })
    }

    /// As a String of RFC 9651.
    pub(super) fn write(&self, out: &mut impl Write) -> fmt::Result {
        out.write_char('"')?;
        for char in self.chars() {
            match char {
                '"' | '\\' => write!(out, "\\{char}")?,
                ' '..='~' => out.write_char(char)?,
                _ => {
                    for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                        write!(out, "%{byte:02X}")?;
                    }
                }
            }
        }
        out.write_char('"')
    }
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(text: &'a str) -> Self {
        Name::new(text)
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.chars().eq(other.chars())
    }
}

impl Eq for Name<'_> {}

impl PartialEq<str> for Name<'_> {
    fn eq(&self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }
}

impl PartialEq<&str> for Name<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.chars().for_each(|char| char.hash(state));
        // Marks the end, so that of two names in a row none can lend a letter to the other.
        state.write_u32(u32::MAX);
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|char| f.write_char(char))
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        self.chars().flat_map(char::escape_debug).try_for_each(|char| f.write_char(char))?;
        f.write_char('"')
    }
}

/// Whose share of a policy it is: bytes that mean something to the server alone.
///
/// **They leave the process.** Send no address and no secret in them.
#[derive(Clone, Copy)]
pub struct Partition<'a> {
    bytes: &'a [u8],
    /// Whether they are the digits of base64.
    base64: bool,
}

impl<'a> Partition<'a> {
    /// The share of `key`.
    pub const fn new(key: &'a [u8]) -> Self {
        Partition { bytes: key, base64: false }
    }

    /// What stood between colons in a field, padding included.
    pub(super) fn of_wire(digits: &'a str) -> Self {
        Partition { bytes: digits.as_bytes(), base64: true }
    }

    /// Its bytes.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + use<'a> {
        let base64 = self.base64;
        let mut bytes = self.bytes.iter().copied();
        let (mut held, mut bits) = (0_u16, 0_u8);
        core::iter::from_fn(move || {
            if !base64 {
                return bytes.next();
            }
            while bits < 8 {
                // Padding says nothing, and bits that fill no byte are dropped.
                held = (held << 6) | u16::from(value(bytes.next()?)?);
                bits += 6;
            }
            bits -= 8;
            let byte = held >> bits;
            held &= (1 << bits) - 1;
            u8::try_from(byte).ok()
        })
    }

    /// As a Byte Sequence of RFC 9651.
    pub(super) fn write(&self, out: &mut impl Write) -> fmt::Result {
        out.write_char(':')?;
        let mut bytes = self.bytes();
        while let Some(first) = bytes.next() {
            let (second, third) = (bytes.next(), bytes.next());
            let group = u32::from_be_bytes([
                0,
                first,
                second.unwrap_or_default(),
                third.unwrap_or_default(),
            ]);
            let keep = 2 + usize::from(second.is_some()) + usize::from(third.is_some());
            for place in 0..4 {
                out.write_char(if place < keep { digit(group >> (18 - 6 * place)) } else { '=' })?;
            }
        }
        out.write_char(':')
    }
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn digit(bits: u32) -> char {
    DIGITS.get((bits & 63) as usize).copied().map_or('=', char::from)
}

/// The six bits of a digit of base64.
pub(super) fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

impl PartialEq for Partition<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for Partition<'_> {}

impl Hash for Partition<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().for_each(|byte| byte.hash(state));
        state.write_u32(u32::MAX);
    }
}

impl fmt::Debug for Partition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}
