use core::fmt;
use core::net::IpAddr;
use std::sync::Arc;

use ::http::HeaderMap;

use super::fault::InvalidPolicy;
use super::forwarded::{Parts, address, forwarded_for};
use super::network::{self, Network, bits, cut, is_v4};
use super::proxies::{ForwardedBy, MOST_HOPS, Trust, TrustedProxies};

/// Who a client is, as far as his address tells: the key of a limit per client.
///
/// 16 bytes, `Copy`. An IPv4 address that came as IPv6 (`::ffff:192.0.2.1`) is the same client. Of an
/// address the bits behind the prefix are zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientAddress(u128);

impl ClientAddress {
    /// The client at this address, IPv6 cut to 64 bits.
    pub fn new(address: IpAddr) -> Self {
        Self::cut(address, 32, 64)
    }

    fn cut(address: IpAddr, ipv4_prefix: u8, ipv6_prefix: u8) -> Self {
        let bits = bits(address);
        let prefix = if is_v4(bits) { ipv4_prefix.saturating_add(96) } else { ipv6_prefix };
        ClientAddress(cut(bits, prefix))
    }

    /// The first address of the client's network.
    pub fn ip(self) -> IpAddr {
        network::address(self.0)
    }
}

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        ClientAddress::new(address)
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ip().fmt(f)
    }
}

impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientAddress({})", self.ip())
    }
}

/// Reads the address in a part.
type Read = fn(&[u8]) -> Option<IpAddr>;

/// Tells who a client is behind proxies.
///
/// Whoever sends a request can write into its headers whatever he likes. What is true is only the
/// address that the connection came from, and what proxies of one's own have appended. So the list is read from the
/// right, over all lines of the header: past those who are trusted, to the first who is not. What stands
/// left of him is never looked at.
///
/// ```
/// use std::net::IpAddr;
/// use seawall_limiter::http::{ClientAddresses, TrustedProxies};
///
/// let clients = ClientAddresses::new(TrustedProxies::networks(["10.0.0.0/8"]))?;
/// let mut headers = http::HeaderMap::new();
/// // A lie, sent by the client; then himself, then a proxy, written by proxies.
/// headers.append("x-forwarded-for", "127.0.0.1, 203.0.113.9".parse()?);
/// headers.append("x-forwarded-for", "10.0.0.2".parse()?);
///
/// let peer: IpAddr = "10.0.0.1".parse()?;
/// assert_eq!(clients.client(peer, &headers).to_string(), "203.0.113.9");
/// // Without a proxy in between nobody has checked the list.
/// let stranger: IpAddr = "198.51.100.1".parse()?;
/// assert_eq!(clients.client(stranger, &headers).ip(), stranger);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Wherever the answer is not sure, it is the address that called: where that is no proxy, where the list is
/// missing, too short, or has nobody in it but proxies, where the part in question is empty,
/// `unknown`, `_hidden`, or no address. All who come through that proxy then share one key, which
/// is the safe side: nobody gets out of a limit by sending nonsense.
///
/// # What it costs
///
/// No allocation. At most 32 parts of at most 512 bytes each are looked at, however much was sent. Clones share
/// the list of networks.
#[derive(Clone, Debug)]
pub struct ClientAddresses {
    hops: Option<u8>,
    networks: Arc<[Network]>,
    header: ForwardedBy,
    ipv4_prefix: u8,
    ipv6_prefix: u8,
}

impl ClientAddresses {
    /// Checks the settings, and believes these proxies.
    pub fn new(proxies: TrustedProxies) -> Result<Self, InvalidPolicy> {
        let networks = proxies.parse()?.into();
        let hops = match proxies.trust {
            Trust::Hops(hops) => Some(hops),
            Trust::Networks(_) => None,
        };
        let TrustedProxies { header, ipv4_prefix, ipv6_prefix, .. } = proxies;
        Ok(ClientAddresses { hops, networks, header, ipv4_prefix, ipv6_prefix })
    }

    /// The client of a request with these headers that came from `peer`.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let client = self.forwarded(peer, headers).unwrap_or(peer);
        ClientAddress::cut(client, self.ipv4_prefix, self.ipv6_prefix)
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        let address = bits(address);
        self.networks.iter().any(|network| network.contains(address))
    }

    /// The client whom the proxies name, if all is sure.
    fn forwarded(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let trusted = self.hops.map_or_else(|| self.is_proxy(peer), |hops| hops > 0);
        if !trusted {
            return None;
        }
        let (lines, quotes, read): (_, _, Read) = match &self.header {
            ForwardedBy::Single(name) => {
                let mut lines = headers.get_all(name).iter();
                let line = lines.next()?;
                // Of two one may be the client's own.
                return if lines.next().is_none() { address(line.as_bytes()) } else { None };
            }
            ForwardedBy::XForwardedFor => (headers.get_all("x-forwarded-for"), false, address),
            ForwardedBy::Forwarded => (headers.get_all("forwarded"), true, forwarded_for),
        };
        let mut parts = Parts::new(&lines, quotes);
        if let Some(hops) = self.hops {
            // The peer is one of them, and stands in no list.
            for _ in 1..hops {
                parts.next()?.ok()?;
            }
            return read(parts.next()?.ok()?);
        }
        for part in parts.take(MOST_HOPS.into()) {
            let address = read(part.ok()?)?;
            if !self.is_proxy(address) {
                return Some(address);
            }
        }
        None
    }
}
