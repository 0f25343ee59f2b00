//! Reads lists of hops from the right: what stands further left is whatever the client liked to
//! send, and must not change how the rest is read.

use core::iter::Rev;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ::http::HeaderValue;
use ::http::header::{GetAll, ValueIter};

/// The longest part that is read. A part is what one proxy wrote.
const PART: usize = 512;

/// A part that cannot be read. Nothing left of it can be, either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// The parts of a list, from the right, over all lines of the header.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    lines: Rev<ValueIter<'a, HeaderValue>>,
    /// What is left of a line.
    line: Option<&'a [u8]>,
    /// Whether a comma between quotes separates nothing.
    quotes: bool,
}

impl<'a> Parts<'a> {
    pub(super) fn new(lines: &GetAll<'a, HeaderValue>, quotes: bool) -> Self {
        Parts { lines: lines.iter().rev(), line: None, quotes }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Result<&'a [u8], Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.line.take() {
            Some(line) => line,
            None => self.lines.next()?.as_bytes(),
        };
        let mut quoted = false;
        let window = line.len().saturating_sub(PART + 1);
        for (place, byte) in line.iter().enumerate().skip(window).rev() {
            match byte {
                b',' if !quoted => {
                    self.line = line.get(..place);
                    return Some(line.get(place + 1..).ok_or(Malformed));
                }
                b'"' if self.quotes => quoted = !quoted,
                // It would change which quotes count, and no address needs one.
                b'\\' if self.quotes => return Some(Err(Malformed)),
                _ => {}
            }
        }
        Some(if quoted || line.len() > PART { Err(Malformed) } else { Ok(line) })
    }
}

/// The address in a part of `X-Forwarded-For`, or in a header that has just one.
pub(super) fn address(part: &[u8]) -> Option<IpAddr> {
    let text = core::str::from_utf8(part).ok()?.trim_matches([' ', '\t']);
    node(unquote(text)?)
}

/// The address of `for` in a part of `Forwarded`.
pub(super) fn forwarded_for(part: &[u8]) -> Option<IpAddr> {
    let mut rest = core::str::from_utf8(part).ok()?;
    let mut found = None;
    while !rest.is_empty() {
        let end = end_of_pair(rest);
        let (pair, more) = rest.split_at_checked(end)?;
        rest = more.strip_prefix(';').unwrap_or(more);
        let Some((name, value)) = pair.split_once('=') else {
            if pair.trim_matches([' ', '\t']).is_empty() {
                continue;
            }
            return None;
        };
        if name.trim_matches([' ', '\t']).eq_ignore_ascii_case("for") {
            // Two of them: somebody got his own in.
            if found.is_some() {
                return None;
            }
            found = Some(value.trim_matches([' ', '\t']));
        }
    }
    node(unquote(found?)?)
}

/// Where the first `;` is that stands between no quotes.
fn end_of_pair(text: &str) -> usize {
    let mut quoted = false;
    let end = text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b';' && !quoted
    });
    end.unwrap_or(text.len())
}

/// The text without the quotes around it; `None` where only the first is there. Any other quote is
/// part of no address.
fn unquote(text: &str) -> Option<&str> {
    match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"'),
        None => Some(text),
    }
}

/// An address with or without a port. `unknown` and `_hidden` are none.
fn node(text: &str) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        let good = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return good.then_some(address.into());
    }
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (address, port) = text.split_once(':')?;
    let address: Ipv4Addr = address.parse().ok()?;
    is_port(port).then_some(address.into())
}

/// A number, or a made-up name of one.
fn is_port(text: &str) -> bool {
    let hidden = |name: &str| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !name.is_empty() && name.bytes().all(good)
    };
    match text.strip_prefix('_') {
        Some(name) => hidden(name),
        None => (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()),
    }
}
