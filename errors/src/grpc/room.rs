//! The room in a trailer.

use crate::foreign::bounds::cut;

/// What a field costs beside its bytes: a key, and the length of anything that fits into a trailer.
pub(super) const FIELD: usize = 4;

/// The room that is left in the trailer, in thirds of a byte: three bytes of details become
/// four of base64. Costs are never counted too low.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Room {
    pub(super) fn new(limit: usize) -> Self {
        let mut room = Room(limit.saturating_mul(3));
        for name in ["grpc-status", "grpc-message", "grpc-status-details-bin"] {
            room.header(name.len());
        }
        // The status itself, here and in the details; what base64 rounds up.
        room.header_bytes(2 + 2);
        room.binary(FIELD);
        room
    }

    pub(super) fn header(&mut self, len: usize) {
        self.header_bytes(len.saturating_add(32));
    }

    fn header_bytes(&mut self, len: usize) {
        self.0 = self.0.saturating_sub(len.saturating_mul(3));
    }

    /// For what is sent anyway.
    pub(super) fn binary(&mut self, len: usize) {
        self.0 = self.0.saturating_sub(len.saturating_mul(4));
    }

    /// For what is sent if it fits.
    pub(super) fn take(&mut self, len: usize) -> bool {
        let left = self.0.checked_sub(len.saturating_mul(4));
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }

    /// What matters less must not slip in because it is smaller.
    pub(super) fn close_unless(&mut self, everything_fits: bool) {
        if !everything_fits {
            self.0 = 0;
        }
    }

    /// As much of the message as fits: it is sent twice, percent-encoded and in the details.
    pub(super) fn message<'a>(&mut self, message: &'a str) -> &'a str {
        let mut end = 0;
        let mut left = self.0.saturating_sub(4 * FIELD);
        for (at, letter) in message.char_indices() {
            let len = letter.len_utf8();
            let encoded = if letter.is_ascii_alphanumeric() { 1 } else { 3 * len };
            let Some(rest) = left.checked_sub(3 * encoded + 4 * len) else { break };
            left = rest;
            end = at + len;
        }
        self.0 = left;
        cut(message, end)
    }
}
