//! Addresses and networks as numbers, IPv4 where IPv6 maps it to.

use std::net::{IpAddr, Ipv6Addr};

/// An address as one number; `::ffff:192.0.2.1` is `192.0.2.1`.
pub(super) fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

pub(super) fn address(bits: u128) -> IpAddr {
    Ipv6Addr::from_bits(bits).to_canonical()
}

/// Whether the number is that of an IPv4 address.
pub(super) fn is_v4(bits: u128) -> bool {
    bits >> 32 == 0xffff
}

/// The number with all but the first `prefix` bits of 128 cleared.
pub(super) fn cut(bits: u128, prefix: u8) -> u128 {
    let rest = 128_u32.saturating_sub(prefix.into());
    bits.checked_shr(rest).unwrap_or(0).checked_shl(rest).unwrap_or(0)
}

/// All addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    bits: u128,
    prefix: u8,
}

impl Network {
    /// Of `10.0.0.0/8`, `fd00::/8`, or one address. Bits behind the prefix are a typing error more
    /// often than not, and a network of all addresses would trust everybody: both are none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most: u8 = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => most,
            // Rust's parser takes a sign.
            Some(digits) if !digits.bytes().all(|byte| byte.is_ascii_digit()) => return None,
            Some(digits) => digits.parse().ok().filter(|prefix| (1..=most).contains(prefix))?,
        };
        let network = Network { bits: bits(address), prefix: prefix + (128 - most) };
        // All of IPv4, written as IPv6, is everybody, too.
        let everybody = is_v4(network.bits) && network.prefix <= 96;
        (cut(network.bits, network.prefix) == network.bits && !everybody).then_some(network)
    }

    pub(super) fn contains(self, address: u128) -> bool {
        // A short prefix of IPv6 must not reach the addresses of IPv4, which lie among its own.
        let same_family = is_v4(self.bits) == is_v4(address);
        same_family && cut(address, self.prefix) == self.bits
    }
}
