//! Reads a list of RFC 9651: all of its syntax, so that what is malformed is
//! told from what is only unknown, and of the values those that mean something here.

use super::text::{Name, Partition, value};

/// What can stand where a value stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Bare<'a> {
    #[default]
    Absent,
    Integer(i64),
    /// A String or a Token.
    Text(Name<'a>),
    Bytes(Partition<'a>),
    /// A Decimal, a Boolean, a Date, a Display String or an inner list.
    Other,
}

impl<'a> Bare<'a> {
    pub(super) fn number(self) -> Option<u64> {
        match self {
            Bare::Integer(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }

    pub(super) fn text(self) -> Option<Name<'a>> {
        match self {
            Bare::Text(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn bytes(self) -> Option<Partition<'a>> {
        match self {
            Bare::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// A member of a list, with the parameters that mean something here. Of two with one key the
/// last counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Member<'a> {
    pub(super) item: Bare<'a>,
    pub(super) q: Bare<'a>,
    pub(super) qu: Bare<'a>,
    pub(super) w: Bare<'a>,
    pub(super) r: Bare<'a>,
    pub(super) t: Bare<'a>,
    pub(super) pk: Bare<'a>,
}

/// Hands each member of the list in `line` to `each`. `None` where the line is no list: what was
/// handed out until then does not count either.
pub(super) fn list<'a>(line: &'a str, mut each: impl FnMut(Member<'a>)) -> Option<()> {
    let mut scan = Scan(line);
    scan.skip(is_space);
    if scan.0.is_empty() {
        return Some(());
    }
    loop {
        each(scan.member()?);
        scan.skip(is_blank);
        if scan.0.is_empty() {
            return Some(());
        }
        scan.expect(b',')?;
        scan.skip(is_blank);
        // What follows must be a member: a list does not end in a comma.
    }
}

fn is_space(byte: u8) -> bool {
    byte == b' '
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_key(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'*')
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte)
}

/// What is left to read. Depth is one at most, so nothing recurses.
struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.bytes().next()
    }

    /// Takes `count` bytes of ASCII.
    fn take(&mut self, count: usize) -> Option<&'a str> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        if there {
            self.take(1);
        }
        there
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    /// Takes as long as the bytes are such.
    fn run(&mut self, such: impl Fn(u8) -> bool) -> &'a str {
        let count = self.0.bytes().position(|byte| !such(byte)).unwrap_or(self.0.len());
        self.take(count).unwrap_or_default()
    }

    fn skip(&mut self, such: impl Fn(u8) -> bool) {
        self.run(such);
    }

    fn member(&mut self) -> Option<Member<'a>> {
        let mut member = Member { item: self.item_or_inner_list()?, ..Member::default() };
        self.parameters(|key, value| match key {
            "q" => member.q = value,
            "qu" => member.qu = value,
            "w" => member.w = value,
            "r" => member.r = value,
            "t" => member.t = value,
            "pk" => member.pk = value,
            _ => {}
        })?;
        Some(member)
    }

    fn item_or_inner_list(&mut self) -> Option<Bare<'a>> {
        if !self.eat(b'(') {
            return self.bare();
        }
        loop {
            self.skip(is_space);
            if self.eat(b')') {
                return Some(Bare::Other);
            }
            self.bare()?;
            self.parameters(|_, _| ())?;
            if !matches!(self.peek(), Some(b' ' | b')')) {
                return None;
            }
        }
    }

    fn parameters(&mut self, mut each: impl FnMut(&'a str, Bare<'a>)) -> Option<()> {
        while self.eat(b';') {
            self.skip(is_space);
            let starts = matches!(self.peek(), Some(b'a'..=b'z' | b'*'));
            let key = self.run(is_key);
            let value = if self.eat(b'=') { self.bare()? } else { Bare::Other };
            if !starts {
                return None;
            }
            each(key, value);
        }
        Some(())
    }

    fn bare(&mut self) -> Option<Bare<'a>> {
        match self.peek()? {
            b'"' => self.string().map(Bare::Text),
            b':' => self.byte_sequence().map(Bare::Bytes),
            b'-' | b'0'..=b'9' => self.number(),
            b'*' | b'A'..=b'Z' | b'a'..=b'z' => Some(Bare::Text(Name::new(self.run(is_token)))),
            b'?' => {
                self.take(1)?;
                matches!(self.take(1)?, "0" | "1").then_some(Bare::Other)
            }
            b'@' => {
                self.take(1)?;
                matches!(self.number()?, Bare::Integer(_)).then_some(Bare::Other)
            }
            b'%' => self.display_string(),
            _ => None,
        }
    }

    /// An Integer of at most 15 digits, or a Decimal of at most 12 and 3.
    fn number(&mut self) -> Option<Bare<'a>> {
        let minus = self.eat(b'-');
        let whole = self.run(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 15 {
            return None;
        }
        if self.eat(b'.') {
            let part = self.run(|byte| byte.is_ascii_digit());
            let fits = whole.len() <= 12 && (1..=3).contains(&part.len());
            return fits.then_some(Bare::Other);
        }
        let number: i64 = whole.parse().ok()?;
        Some(Bare::Integer(if minus { -number } else { number }))
    }

    fn string(&mut self) -> Option<Name<'a>> {
        self.expect(b'"')?;
        let mut escape = false;
        let mut end = None;
        for (place, byte) in self.0.bytes().enumerate() {
            match byte {
                b'"' | b'\\' if escape => escape = false,
                _ if escape => return None,
                b'\\' => escape = true,
                b'"' => {
                    end = Some(place);
                    break;
                }
                b' '..=b'~' => {}
                _ => return None,
            }
        }
        let text = self.take(end?)?;
        self.expect(b'"')?;
        Some(Name::of_wire(text))
    }

    /// With or without its padding, and whatever bits are left over, as the RFC asks of readers.
    fn byte_sequence(&mut self) -> Option<Partition<'a>> {
        self.expect(b':')?;
        let all = self.run(|byte| byte != b':');
        self.expect(b':')?;
        let digits = all.trim_end_matches('=');
        let padding = all.len() - digits.len();
        let good = digits.bytes().all(|byte| value(byte).is_some());
        // One digit more than groups of four is six bits, which are no byte.
        let whole = digits.len() % 4 != 1;
        let padded = padding == 0 || (padding <= 2 && all.len() % 4 == 0);
        (good && whole && padded).then(|| Partition::of_wire(digits))
    }

    fn display_string(&mut self) -> Option<Bare<'a>> {
        self.expect(b'%')?;
        self.expect(b'"')?;
        // Only unknown parameters may have one, so it is only checked.
        let mut decoded = Vec::new();
        loop {
            match self.take(1)?.bytes().next()? {
                b'"' => break,
                b'%' => {
                    let digits = self.take(2)?;
                    let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                    if !digits.bytes().all(lower) {
                        return None;
                    }
                    decoded.push(u8::from_str_radix(digits, 16).ok()?);
                }
                byte @ b' '..=b'~' => decoded.push(byte),
                _ => return None,
            }
        }
        core::str::from_utf8(&decoded).is_ok().then_some(Bare::Other)
    }
}
