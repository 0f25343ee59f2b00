//! As much of protobuf's wire format as four small messages need.
//!
//! Written out rather than derived, for the sake of the reading side: a message
//! that is decoded as a whole is lost as a whole, so one bad byte in the
//! metadata would take the code with it. Here everything before the bad byte
//! counts, nothing is copied before it is wanted, and a status is classified
//! without allocating.

use std::vec::Vec;

/// What a field holds. Fixed-width numbers are in none of our messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, up to its end or to the first byte that makes no sense.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Fields(message)
    }

    fn read(&mut self) -> Option<(u64, Value<'a>)> {
        loop {
            let key = self.varint()?;
            let value = match key & 7 {
                0 => Value::Number(self.varint()?),
                1 => {
                    self.take(8)?;
                    continue;
                }
                2 => {
                    let len = self.varint()?;
                    Value::Bytes(self.take(len)?)
                }
                5 => {
                    self.take(4)?;
                    continue;
                }
                // Groups are out of use since before gRPC was there.
                _ => return None,
            };
            return Some((key >> 3, value));
        }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, len: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(len).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let field = self.read();
        if field.is_none() {
            // What comes after nonsense is nonsense.
            self.0 = &[];
        }
        field
    }
}

/// Writes a number. Zero is not written, as the format's third edition has it.
pub(super) fn number(out: &mut Vec<u8>, field: u8, value: u64) {
    if value != 0 {
        varint(out, u64::from(field) << 3);
        varint(out, value);
    }
}

/// Writes text or a message. Emptiness is written: a message that is there and
/// empty is not one that is missing.
pub(super) fn bytes(out: &mut Vec<u8>, field: u8, value: &[u8]) {
    varint(out, u64::from(field) << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// Writes text unless it is empty.
pub(super) fn text(out: &mut Vec<u8>, field: u8, value: &str) {
    if !value.is_empty() {
        bytes(out, field, value.as_bytes());
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    #[test]
    fn what_was_written_is_read_at_every_width() {
        let widths = [0_u64, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::from(u32::MAX), 1 << 62, u64::MAX];
        for value in widths {
            let mut out = vec![];
            number(&mut out, 15, value);
            bytes(&mut out, 1, b"x");
            let read: Vec<_> = Fields::of(&out).collect();
            let last = (1, Value::Bytes(b"x"));
            if value == 0 {
                assert_eq!(read, [last]);
            } else {
                assert_eq!(read, [(15, Value::Number(value)), last]);
            }
        }
    }

    #[test]
    fn everything_before_a_bad_byte_counts_and_nothing_after_it() {
        let mut good = vec![];
        text(&mut good, 1, "kept");
        text(&mut good, 2, "");
        bytes(&mut good, 3, b"");
        let kept = [(1, Value::Bytes(b"kept".as_slice())), (3, Value::Bytes(b""))];
        let bad: [&[u8]; 7] = [
            &[0x0a],                   // a length is missing
            &[0x0a, 0x05, b'x'],       // a length beyond the end
            &[0x0a, 0xff, 0xff, 0xff], // a length without an end
            &[0x0b],                   // the start of a group
            &[0x0f],                   // a kind of field that does not exist
            &[0x08],                   // a number is missing
            &[0x0d, 1, 2],             // a fixed-width number that is cut off
        ];
        for tail in bad {
            let mut message = good.clone();
            message.extend_from_slice(tail);
            let mut fields = Fields::of(&message);
            assert_eq!(fields.by_ref().collect::<Vec<_>>(), kept, "{tail:x?}");
            assert_eq!(fields.next(), None);
        }
        let mut endless = vec![0x08];
        endless.extend([0xff; 11]);
        endless.extend_from_slice(&good);
        assert_eq!(Fields::of(&endless).count(), 0);
    }

    #[test]
    fn fixed_width_numbers_are_stepped_over() {
        let message = [0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x0d, 1, 2, 3, 4, 0x08, 7];
        assert_eq!(Fields::of(&message).collect::<Vec<_>>(), [(1, Value::Number(7))]);
    }
}
