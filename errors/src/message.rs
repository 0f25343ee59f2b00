//! Compile-time panic messages with more in them than a literal.
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "runs in the compiler only, where a panic is a compile error"
)]

use crate::def::Site;

const ROOM: usize = 1024;

/// A line of text, put together while the compiler evaluates a constant.
#[derive(Debug)]
pub(crate) struct Message {
    bytes: [u8; ROOM],
    len: usize,
}

impl Message {
    pub(crate) const fn new(text: &str) -> Self {
        Message { bytes: [0; ROOM], len: 0 }.text(text)
    }

    /// Appends `text`, or nothing where it does not fit, so that the whole stays UTF-8.
    pub(crate) const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        if text.len() <= ROOM - self.len {
            let mut i = 0;
            while i < text.len() {
                self.bytes[self.len + i] = text[i];
                i += 1;
            }
            self.len += text.len();
        }
        self
    }

    pub(crate) const fn number(self, number: u64) -> Self {
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        let mut rest = number;
        while at == digits.len() || rest > 0 {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        let (_, digits) = digits.split_at(at);
        match core::str::from_utf8(digits) {
            Ok(digits) => self.text(digits),
            Err(_) => self,
        }
    }

    /// Appends where something stands: ` (crate orders 1.2.0, src/codes.rs:7)`.
    pub(crate) const fn at(self, site: &Site) -> Self {
        self.text(" (crate ")
            .text(site.package)
            .text(if site.version.is_empty() { "" } else { " " })
            .text(site.version)
            .text(", ")
            .text(site.file)
            .text(":")
            .number(site.line as u64)
            .text(")")
    }

    #[track_caller]
    pub(crate) const fn fail(self) -> ! {
        let (text, _) = self.bytes.split_at(self.len);
        match core::str::from_utf8(text) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("an error code is wrong"),
        }
    }
}
