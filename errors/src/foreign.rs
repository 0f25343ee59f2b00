//! What arrives from elsewhere: bounded, and classified with caution.

use std::fmt;
use std::string::String;
use std::time::Duration;
use std::vec::Vec;

use crate::{Code, FAMILY, Grpc, Registry, family};

crate::registry! {
    #[cfg_attr(not(feature = "tonic"), allow(dead_code))]
    static OWN = [FAMILY];
}

/// A code that this program does not know, as it arrived.
///
/// Nothing in it is trusted: texts are cut to bounds, and it is classified by
/// its status alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    pub(crate) domain: String,
    pub(crate) name: String,
    pub(crate) number: Option<u32>,
    pub(crate) title: String,
    /// An absolute URI, or empty.
    pub(crate) type_url: String,
    /// 400 to 599, as its sender stated it.
    pub(crate) http: Option<u16>,
    pub(crate) grpc: Option<Grpc>,
}

impl Foreign {
    /// Its domain; empty where it came without a code.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Its name; empty where it came without a code.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its number, if it came with one.
    pub fn number(&self) -> Option<u32> {
        self.number
    }

    /// Its title; empty where it came without one.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The problem type that came with it over HTTP, an absolute URI; empty
    /// where it came without one. A URI that others chose: show it, never fetch it.
    pub fn type_url(&self) -> &str {
        &self.type_url
    }

    /// Its HTTP status, if it was ever stated.
    pub fn http(&self) -> Option<u16> {
        self.http
    }

    /// Its gRPC status, if it was ever stated.
    pub fn grpc(&self) -> Option<Grpc> {
        self.grpc
    }

    pub(crate) fn stand_in(&self, retry_after: Option<Duration>) -> Code {
        stand_in(self.http, self.grpc, retry_after.is_some())
    }
}

/// The cautious row: whoever does not know the code cannot know that nothing
/// was executed. Both statuses tell the same story where both are known; the
/// HTTP one is the finer.
pub(crate) fn stand_in(http: Option<u16>, grpc: Option<Grpc>, delayed: bool) -> Code {
    match (http, grpc) {
        (Some(429), _) => family::FOREIGN_THROTTLE,
        // Rate, quota or size: only a delay tells.
        (None, Some(Grpc::ResourceExhausted)) if delayed => family::FOREIGN_THROTTLE,
        (None, Some(Grpc::ResourceExhausted)) => family::FOREIGN_EXHAUSTED,
        (Some(502 | 503), _) | (None, Some(Grpc::Unavailable)) => family::FOREIGN_UNAVAILABLE,
        (Some(408 | 504), _) | (None, Some(Grpc::DeadlineExceeded)) => family::FOREIGN_TIMEOUT,
        (Some(499), _) | (None, Some(Grpc::Cancelled)) => family::FOREIGN_CANCEL,
        (Some(400..=498), _)
        | (
            None,
            Some(
                Grpc::InvalidArgument
                | Grpc::NotFound
                | Grpc::AlreadyExists
                | Grpc::PermissionDenied
                | Grpc::FailedPrecondition
                | Grpc::Aborted
                | Grpc::OutOfRange
                | Grpc::Unauthenticated,
            ),
        ) => family::FOREIGN_REFUSAL,
        _ => family::FOREIGN_FAILURE,
    }
}

/// `domain/NAME`, or what is known instead.
impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("foreign")?;
        if !self.name.is_empty() {
            write!(f, " {}/{}", self.domain.escape_debug(), self.name.escape_debug())?;
        }
        match (self.http, self.grpc) {
            (Some(http), _) => write!(f, " (HTTP {http})"),
            (None, Some(grpc)) => write!(f, " (gRPC {})", grpc.as_str()),
            (None, None) => Ok(()),
        }
    }
}

/// The code of that name: of the registry, or of our own family. A registry without the family
/// must not hide from a breaker what the very same status of gRPC tells it without one.
#[cfg_attr(not(feature = "tonic"), allow(dead_code))]
pub(crate) fn known(registry: &Registry, domain: &str, name: &str) -> Option<Code> {
    registry.by_name(domain, name).or_else(|| OWN.by_name(domain, name))
}

/// The rest of what arrived with a code.
#[derive(Debug, Default)]
#[cfg_attr(not(any(feature = "http", feature = "tonic", feature = "serde")), allow(dead_code))]
pub(crate) struct Arrived {
    pub(crate) args: Vec<(String, String)>,
    pub(crate) message: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// Its sender asks not to repeat the call.
    pub(crate) never: bool,
    pub(crate) details: Vec<Vec<u8>>,
}

#[cfg_attr(not(all(feature = "http", feature = "tonic", feature = "serde")), allow(dead_code))]
pub(crate) mod bounds {
    /// Domains and names, as the gRPC error model bounds them.
    pub(crate) const NAME: usize = 63;
    pub(crate) const KEY: usize = 64;
    pub(crate) const ARGS: usize = 64;
    pub(crate) const VALUE: usize = 1024;
    pub(crate) const TEXT: usize = 4096;

    /// Any number that a peer may call its code by; zero is most often the success of somebody.
    pub(crate) fn number(number: u64) -> Option<u32> {
        u32::try_from(number).ok().filter(|number| *number != 0)
    }

    /// Whether name and domain may be taken for a code. What is too long is none: cut, it
    /// might be another one.
    pub(crate) fn fits(domain: &str, name: &str) -> bool {
        domain.len() <= NAME && name.len() <= NAME
    }

    /// Whether an argument may stand under this key; again none is cut.
    pub(crate) fn is_key(key: &str) -> bool {
        !key.is_empty() && key.len() <= KEY
    }

    /// An absolute URI. A relative one means something only beside the URL that
    /// was asked, and `about:blank` means nothing.
    pub(crate) fn is_type(uri: &str) -> bool {
        let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(good)
            && uri.len() <= VALUE
            && uri.bytes().all(|byte| byte.is_ascii_graphic())
            && !uri.eq_ignore_ascii_case("about:blank")
    }

    /// The text, cut between characters to at most `most` bytes.
    pub(crate) fn cut(text: &str, most: usize) -> &str {
        let mut end = text.len().min(most);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.get(..end).unwrap_or_default()
    }
}
