use core::error::Error;
use core::fmt;
use core::time::Duration;

use crate::{Code, Coded};

/// A call was refused, or given up, here in this process: by a layer of ours
/// and not by whoever should have answered it.
///
/// The one type in which all crates say no: it tells why (a [`Code`]), who
/// refused, when to come back, and up to two numbers that the code gives names
/// to, such as the limit and what is left of it. `Copy`, at most 64 bytes, and
/// nothing on the heap.
///
/// It is always local. What another process refused arrives as an error of that
/// process, and is told apart by its type.
///
/// ```
/// use core::time::Duration;
/// use seawall_errors::{Rejected, family::RATE_LIMITED};
///
/// let refused = Rejected::new(RATE_LIMITED, "search")
///     .with_retry_after(Duration::from_millis(250))
///     .with_numbers(&[10, 0]);
///
/// assert_eq!(refused.retry_after(), Some(Duration::from_millis(250)));
/// assert_eq!(refused.number("limit"), Some(10));
/// assert_eq!(
///     refused.to_string(),
///     "search refused: RATE_LIMITED (100001), limit 10, remaining 0, retry after 250ms",
/// );
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "a refusal that nobody hears is a lost call"]
pub struct Rejected(Why);

/// All of a [`Rejected`], and its `source`: an error that forwards to its
/// inner error's source (a `transparent` one) hides the `Rejected` itself from
/// whoever walks the chain, but not this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Why {
    code: Code,
    who: &'static str,
    retry_after: Option<Duration>,
    numbers: [u64; 2],
    /// How many of `numbers` are set.
    set: u8,
}

impl Rejected {
    /// A refusal for the reason `code` by the limiter, breaker … named `who`.
    pub const fn new(code: Code, who: &'static str) -> Self {
        Rejected(Why { code, who, retry_after: None, numbers: [0; 2], set: 0 })
    }

    /// The same, with the time after which it is worth coming back.
    pub const fn with_retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// The same, with values for the first two keys that the code declares, in
    /// their order. More than two, or more than the code has keys, are left out.
    pub const fn with_numbers(mut self, numbers: &[u64]) -> Self {
        self.0.set = 0;
        if let [first, ..] = numbers {
            self.0.numbers[0] = *first;
            self.0.set = 1;
        }
        if let [_, second, ..] = numbers {
            self.0.numbers[1] = *second;
            self.0.set = 2;
        }
        self
    }

    /// Why.
    pub const fn code(&self) -> Code {
        self.0.code
    }

    /// Who refused.
    pub const fn who(&self) -> &'static str {
        self.0.who
    }

    /// How long from the refusal until it is worth coming back, where that is known.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The numbers with the names that the code gives them.
    pub fn numbers(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        self.0.code.keys().iter().copied().zip(self.0.numbers).take(usize::from(self.0.set))
    }

    /// The number of that name.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.numbers().find_map(|(name, number)| (name == key).then_some(number))
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refused: {}", self.0.who, self.0.code)?;
        for (key, number) in self.numbers() {
            write!(f, ", {key} {number}")?;
        }
        match self.0.retry_after {
            Some(delay) => write!(f, ", retry after {delay:?}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejected")
            .field("code", &self.0.code)
            .field("who", &self.0.who)
            .field("retry_after", &self.0.retry_after)
            .field("numbers", &self.0.numbers.get(..usize::from(self.0.set)))
            .finish()
    }
}

impl Error for Rejected {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.title())
    }
}

impl Error for Why {}

impl Coded for Why {
    fn code(&self) -> Code {
        self.code
    }

    fn rejected(&self) -> Option<Rejected> {
        Some(Rejected(*self))
    }
}
