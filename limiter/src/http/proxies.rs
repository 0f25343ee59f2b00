use ::http::HeaderName;

use super::fault::InvalidPolicy;
use super::network::Network;
use crate::faults::Faults;

/// The most proxies that a request may have come through, and so the most parts of a list that
/// are looked at.
pub(super) const MOST_HOPS: u8 = 32;

/// The most networks: each is compared with each hop.
const MOST_NETWORKS: usize = 1024;

/// Which proxies are believed when they say who a client is, and how clients are told apart.
///
/// An inert value, checked where [`ClientAddresses`](super::ClientAddresses) are made of it, or by
/// [`check`](Self::check).
///
/// ```
/// use seawall_limiter::http::{ForwardedBy, TrustedProxies};
///
/// let proxies = TrustedProxies::networks(["10.0.0.0/8", "fd00::/8", "192.0.2.7"])
///     .with_header(ForwardedBy::Forwarded)
///     .with_ipv6_prefix(56);
/// assert!(proxies.check().is_ok());
///
/// let impossible = TrustedProxies::networks(["10.0.0.1/8", "localhost"]).with_ipv4_prefix(0);
/// assert_eq!(
///     impossible.check().unwrap_err().to_string(),
///     "networks is \"10.0.0.1/8\", must be an address, or a network like 10.0.0.0/8, not of all; \
///      networks is \"localhost\", must be an address, or a network like 10.0.0.0/8, not of all; \
///      ipv4_prefix is 0, must be from 1 to 32",
/// );
/// ```
///
/// # Default
///
/// | setting | unless set |
/// |---|---|
/// | `header` | `X-Forwarded-For` |
/// | `ipv4_prefix` | 32: each address is a client |
/// | `ipv6_prefix` | 64: each subnet is a client, since whoever has one address there has all of them |
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "a policy trusts nobody by itself"]
pub struct TrustedProxies {
    pub(super) trust: Trust,
    pub(super) header: ForwardedBy,
    pub(super) ipv4_prefix: u8,
    pub(super) ipv6_prefix: u8,
}

/// Whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Trust {
    Hops(u8),
    Networks(Vec<String>),
}

/// Where proxies write whom they serve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForwardedBy {
    /// `X-Forwarded-For`: each proxy appends the address of who called it.
    #[default]
    XForwardedFor,
    /// `Forwarded`, of RFC 7239: the same with more words.
    Forwarded,
    /// A header that the outermost proxy replaces with one address: `CF-Connecting-IP`, `X-Real-IP`,
    /// `True-Client-IP` … It must not be one that the proxy passes on as it came.
    Single(HeaderName),
}

impl TrustedProxies {
    /// Nobody: who calls is the client, whatever the headers say.
    pub const fn none() -> Self {
        Self::of(Trust::Hops(0))
    }

    /// Proxies in these networks, or with these addresses: the client is the last one in the list who
    /// is not among them.
    pub fn networks<N: Into<String>>(networks: impl IntoIterator<Item = N>) -> Self {
        Self::of(Trust::Networks(networks.into_iter().map(Into::into).collect()))
    }

    /// So many proxies, always, whatever their addresses are, the one that calls included: the client is the
    /// part of the list at that place from its end. **Where a client can reach the service past one of them, he
    /// is whoever he says he is.**
    pub const fn hops(hops: u8) -> Self {
        Self::of(Trust::Hops(hops))
    }

    const fn of(trust: Trust) -> Self {
        TrustedProxies {
            trust,
            header: ForwardedBy::XForwardedFor,
            ipv4_prefix: 32,
            ipv6_prefix: 64,
        }
    }

    /// Where they write. No other header is looked at.
    pub fn with_header(mut self, header: ForwardedBy) -> Self {
        self.header = header;
        self
    }

    /// IPv4 addresses that begin with the same so many bits are one client.
    pub const fn with_ipv4_prefix(mut self, bits: u8) -> Self {
        self.ipv4_prefix = bits;
        self
    }

    /// IPv6 addresses that begin with the same so many bits are one client.
    pub const fn with_ipv6_prefix(mut self, bits: u8) -> Self {
        self.ipv6_prefix = bits;
        self
    }

    /// How many proxies there are, where they are counted.
    pub const fn hop_count(&self) -> Option<u8> {
        match &self.trust {
            Trust::Hops(hops) => Some(*hops),
            Trust::Networks(_) => None,
        }
    }

    /// The networks that are trusted.
    pub fn network_list(&self) -> impl Iterator<Item = &str> {
        let networks = match &self.trust {
            Trust::Hops(_) => &[][..],
            Trust::Networks(networks) => networks,
        };
        networks.iter().map(String::as_str)
    }

    /// Where they write.
    pub const fn header(&self) -> &ForwardedBy {
        &self.header
    }

    /// How many bits of an IPv4 address count.
    pub const fn ipv4_prefix(&self) -> u8 {
        self.ipv4_prefix
    }

    /// How many bits of an IPv6 address count.
    pub const fn ipv6_prefix(&self) -> u8 {
        self.ipv6_prefix
    }

    /// Every fault at once.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        self.parse().map(|_| ())
    }

    /// The networks, if all is well.
    pub(super) fn parse(&self) -> Result<Vec<Network>, InvalidPolicy> {
        let mut faults = Faults::default();
        let mut parsed = Vec::new();
        match &self.trust {
            Trust::Hops(hops) if *hops > MOST_HOPS => {
                faults.add("hops", hops, "must be at most 32");
            }
            Trust::Hops(_) => {}
            Trust::Networks(networks) => {
                if networks.len() > MOST_NETWORKS {
                    let allowed = "must be at most 1024";
                    faults.add("networks", format_args!("a list of {}", networks.len()), allowed);
                }
                for text in networks.iter().take(MOST_NETWORKS) {
                    let network = Network::parse(text);
                    parsed.extend(network);
                    if network.is_none() {
                        let allowed =
                            "must be an address, or a network like 10.0.0.0/8, not of all";
                        faults.add("networks", format_args!("{text:?}"), allowed);
                    }
                }
            }
        }
        if !(1..=32).contains(&self.ipv4_prefix) {
            faults.add("ipv4_prefix", self.ipv4_prefix, "must be from 1 to 32");
        }
        if !(1..=128).contains(&self.ipv6_prefix) {
            faults.add("ipv6_prefix", self.ipv6_prefix, "must be from 1 to 128");
        }
        faults.or(InvalidPolicy).map(|()| parsed)
    }
}
