//! Who the client is behind proxies, whatever he sends.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use seawall_kit::alloc::assert_no_allocations;
use seawall_limiter::http::{ClientAddress, ClientAddresses, ForwardedBy, TrustedProxies};

const XFF: &str = "x-forwarded-for";
const PEER: &str = "10.0.0.1";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn headers(name: &'static str, lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, HeaderValue::from_bytes(line.as_bytes()).unwrap());
    }
    headers
}

/// With all of every address, so that the tables can tell them apart.
fn exact(proxies: TrustedProxies) -> ClientAddresses {
    ClientAddresses::new(proxies.with_ipv6_prefix(128)).unwrap()
}

fn behind_networks() -> ClientAddresses {
    exact(TrustedProxies::networks(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]))
}

fn by_forwarded(proxies: TrustedProxies) -> ClientAddresses {
    exact(proxies.with_header(ForwardedBy::Forwarded))
}

#[track_caller]
fn check(clients: &ClientAddresses, name: &'static str, table: &[(&[&str], &str)]) {
    for (lines, client) in table {
        let found = clients.client(ip(PEER), &headers(name, lines)).ip();
        assert_eq!(found, ip(client), "{lines:?}");
    }
}

#[test]
fn the_client_is_the_last_one_who_is_no_proxy() {
    let table: &[(&[&str], &str)] = &[
        (&["203.0.113.9"], "203.0.113.9"),
        (&["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        (&["203.0.113.9, 10.0.0.3, 192.0.2.7, fd00::1, 10.0.0.2"], "203.0.113.9"),
        (&["2001:db8::7,10.0.0.2"], "2001:db8::7"),
        // What stands left of him is what he sent.
        (&["6.6.6.6, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        (&["10.0.0.9, 203.0.113.9"], "203.0.113.9"),
        (&["garbage, 203.0.113.9"], "203.0.113.9"),
        (&[",,, , 203.0.113.9"], "203.0.113.9"),
        (&["\"unclosed, 203.0.113.9"], "203.0.113.9"),
        // Several lines are one list, in their order.
        (&["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        (&["203.0.113.9", "10.0.0.3", "10.0.0.2"], "203.0.113.9"),
        (&["6.6.6.6, 203.0.113.9", "10.0.0.2"], "203.0.113.9"),
        (&["", "203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        (&["ü", "203.0.113.9"], "203.0.113.9"),
    ];
    check(&behind_networks(), XFF, table);
}

#[test]
fn an_address_may_have_a_port_brackets_quotes_and_spaces() {
    let table: &[(&[&str], &str)] = &[
        (&["203.0.113.9:4711"], "203.0.113.9"),
        (&["  203.0.113.9\t"], "203.0.113.9"),
        (&["\"203.0.113.9\""], "203.0.113.9"),
        (&["[2001:db8::7]"], "2001:db8::7"),
        (&["[2001:db8::7]:4711"], "2001:db8::7"),
        (&["\"[2001:db8::7]:4711\""], "2001:db8::7"),
        (&["203.0.113.9:_hidden"], "203.0.113.9"),
        (&["203.0.113.9, [::ffff:10.0.0.2]:80"], "203.0.113.9"),
        (&["::ffff:203.0.113.9"], "203.0.113.9"),
        (&["::ffff:cb00:7109"], "203.0.113.9"),
    ];
    check(&behind_networks(), XFF, table);
}

#[test]
fn a_list_that_is_short_or_malformed_where_it_counts_leaves_the_peer() {
    let table: &[(&[&str], &str)] = &[
        (&[], PEER),
        (&[""], PEER),
        (&[" "], PEER),
        (&["10.0.0.2"], PEER),
        (&["10.0.0.4, 10.0.0.3, 10.0.0.2"], PEER),
        (&["203.0.113.9,"], PEER),
        (&["203.0.113.9, , 10.0.0.2"], PEER),
        (&["203.0.113.9", ""], PEER),
        (&["203.0.113.9, unknown"], PEER),
        (&["203.0.113.9, _hidden"], PEER),
        (&["203.0.113.9, ü"], PEER),
        (&["203.0.113.9, 10.0.0.2 10.0.0.3"], PEER),
        (&["203.0.113.009"], PEER),
        (&["203.0.113"], PEER),
        (&["0xcb007109"], PEER),
        (&["203.0.113.9:"], PEER),
        (&["203.0.113.9:123456"], PEER),
        (&["203.0.113.9:-1"], PEER),
        (&["203.0.113.9:_"], PEER),
        (&["203.0.113.9/32"], PEER),
        (&["[203.0.113.9]"], PEER),
        (&["[2001:db8::7"], PEER),
        (&["[2001:db8::7]x"], PEER),
        (&["2001:db8::7]"], PEER),
        (&["fe80::1%eth0"], PEER),
        (&["\"203.0.113.9"], PEER),
        (&["203.0.113.9\""], PEER),
        (&["\"\"203.0.113.9\"\""], PEER),
        (&["\""], PEER),
        (&["for=203.0.113.9"], PEER),
    ];
    check(&behind_networks(), XFF, table);
}

#[test]
fn whoever_is_no_proxy_is_the_client_whatever_he_sends() {
    for peer in ["203.0.113.9", "192.0.2.8", "11.0.0.1", "fe00::1", "::a00:1"] {
        let headers = headers(XFF, &["6.6.6.6, 10.0.0.2"]);
        assert_eq!(behind_networks().client(ip(peer), &headers).ip(), ip(peer));
    }
    let nobody = exact(TrustedProxies::none());
    assert_eq!(nobody.client(ip(PEER), &headers(XFF, &["6.6.6.6"])).ip(), ip(PEER));
}

#[test]
fn a_proxy_that_calls_over_ipv6_is_known_by_its_ipv4_address() {
    let headers = headers(XFF, &["203.0.113.9"]);
    let peer = ip("::ffff:10.0.0.1");
    assert_eq!(behind_networks().client(peer, &headers).ip(), ip("203.0.113.9"));
    let mapped = exact(TrustedProxies::networks(["::ffff:10.0.0.0/104"]));
    assert_eq!(mapped.client(ip(PEER), &headers).ip(), ip("203.0.113.9"));
    // Unknown ones are unified, too.
    let stranger = behind_networks().client(ip("::ffff:198.51.100.1"), &headers);
    assert_eq!(stranger, ClientAddress::new(ip("198.51.100.1")));
}

#[test]
fn a_network_of_ipv6_has_no_address_of_ipv4_in_it() {
    let clients = exact(TrustedProxies::networks(["::/1"]));
    assert_eq!(clients.client(ip(PEER), &headers(XFF, &["6.6.6.6"])).ip(), ip(PEER));
    let peer = ip("2001:db8::1");
    assert_eq!(clients.client(peer, &headers(XFF, &["6.6.6.6"])).ip(), ip("6.6.6.6"));
}

#[test]
fn counted_proxies_are_believed_one_part_each() {
    let one: &[(&[&str], &str)] = &[
        (&["203.0.113.9"], "203.0.113.9"),
        (&["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
        (&["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        (&[], PEER),
        (&["unknown"], PEER),
        (&["203.0.113.9,"], PEER),
    ];
    check(&exact(TrustedProxies::hops(1)), XFF, one);
    let three: &[(&[&str], &str)] = &[
        (&["6.6.6.6, 203.0.113.9, 198.51.100.1, 198.51.100.2"], "203.0.113.9"),
        (&["203.0.113.9", "198.51.100.1", "198.51.100.2"], "203.0.113.9"),
        // A hop that says nothing is a hop still: else the client's own part would move up.
        (&["6.6.6.6, 203.0.113.9, , 198.51.100.2"], "203.0.113.9"),
        (&["6.6.6.6, 203.0.113.9, unknown, 198.51.100.2"], "203.0.113.9"),
        // In this header a quote hides no comma.
        (&["203.0.113.9, \"x, 198.51.100.2"], "203.0.113.9"),
        (&["198.51.100.1, 198.51.100.2"], PEER),
        (&["198.51.100.2"], PEER),
    ];
    check(&exact(TrustedProxies::hops(3)), XFF, three);
    check(&exact(TrustedProxies::hops(0)), XFF, &[(&["6.6.6.6"], PEER)]);
}

#[test]
fn forwarded_is_read_from_the_right_as_well() {
    let table: &[(&[&str], &str)] = &[
        (&["for=203.0.113.9"], "203.0.113.9"),
        (&["For=\"203.0.113.9:4711\""], "203.0.113.9"),
        (&["for=\"[2001:db8::7]:4711\";proto=https"], "2001:db8::7"),
        (&["by=10.0.0.9;proto=http;FOR=203.0.113.9; host=example.com;"], "203.0.113.9"),
        (&["for=6.6.6.6, for=203.0.113.9, for=10.0.0.2;by=\"a,b;c\""], "203.0.113.9"),
        (&["for=6.6.6.6", "for=203.0.113.9", "for=\"[fd00::1]\""], "203.0.113.9"),
        (&["for=203.0.113.9;host=\"a;for=6.6.6.6\""], "203.0.113.9"),
        // Quotes and escapes that the client left open swallow nothing.
        (&["for=\"6.6.6.6, for=203.0.113.9"], "203.0.113.9"),
        (&["for=\"6.6.6.6\\, for=203.0.113.9"], "203.0.113.9"),
        (&["for=\"6.6.6.6", "for=203.0.113.9, for=\"10.0.0.2\""], "203.0.113.9"),
        // Not sure: the peer.
        (&["203.0.113.9"], PEER),
        (&["for=unknown"], PEER),
        (&["for=_hidden"], PEER),
        (&["for=\"_SEVKISEK\", for=10.0.0.2"], PEER),
        (&["for="], PEER),
        (&["for"], PEER),
        (&["by=203.0.113.9"], PEER),
        (&["for=203.0.113.9;for=6.6.6.6"], PEER),
        (&["for=203.0.113.9;host=a;for=6.6.6.6"], PEER),
        (&["for=203.0.113.9;host=\"a\\\", for=6.6.6.6;by=\\\"b\""], PEER),
        (&["for=\"203.0.113.9"], PEER),
        (&["for=203.0.113.9;host=\"a"], PEER),
        (&["for=203.0.113.9\""], PEER),
        (&["for=203.0.113.9, "], PEER),
        (&[], PEER),
    ];
    check(&by_forwarded(TrustedProxies::networks(["10.0.0.0/8", "fd00::/8"])), "forwarded", table);
    let two: &[(&[&str], &str)] = &[
        (&["for=6.6.6.6, for=203.0.113.9;host=\"x,y\", for=\"_p,q\""], "203.0.113.9"),
        (&["for=203.0.113.9"], PEER),
    ];
    check(&by_forwarded(TrustedProxies::hops(2)), "forwarded", two);
}

#[test]
fn only_the_header_that_was_chosen_is_looked_at() {
    let mut both = headers(XFF, &["203.0.113.9"]);
    both.insert("forwarded", HeaderValue::from_static("for=6.6.6.6"));
    both.insert("x-real-ip", HeaderValue::from_static("7.7.7.7"));
    assert_eq!(behind_networks().client(ip(PEER), &both).ip(), ip("203.0.113.9"));
    both.remove(XFF);
    assert_eq!(behind_networks().client(ip(PEER), &both).ip(), ip(PEER));
}

#[test]
fn a_header_with_one_address_is_believed_from_proxies_only() {
    let name = HeaderName::from_static("cf-connecting-ip");
    let proxies = TrustedProxies::networks(["10.0.0.0/8"]);
    let clients = exact(proxies.with_header(ForwardedBy::Single(name)));
    let table: &[(&[&str], &str)] = &[
        (&["203.0.113.9"], "203.0.113.9"),
        (&["2001:db8::7"], "2001:db8::7"),
        (&["10.0.0.5"], "10.0.0.5"),
        (&["6.6.6.6, 203.0.113.9"], PEER),
        (&["6.6.6.6", "203.0.113.9"], PEER),
        (&["unknown"], PEER),
        (&[], PEER),
    ];
    check(&clients, "cf-connecting-ip", table);
    let lie = headers("cf-connecting-ip", &["6.6.6.6"]);
    assert_eq!(clients.client(ip("203.0.113.9"), &lie).ip(), ip("203.0.113.9"));
}

#[test]
fn a_subnet_of_ipv6_is_one_client_and_an_address_of_ipv4_is() {
    let clients = ClientAddresses::new(TrustedProxies::none()).unwrap();
    let client = |address: &str| clients.client(ip(address), &HeaderMap::new());
    assert_eq!(client("2001:db8:0:7::1"), client("2001:db8:0:7:ffff:ffff:ffff:ffff"));
    assert_ne!(client("2001:db8:0:7::1"), client("2001:db8:0:8::1"));
    assert_eq!(client("2001:db8:0:7::1").to_string(), "2001:db8:0:7::");
    assert_ne!(client("203.0.113.9"), client("203.0.113.8"));
    assert_ne!(client("203.0.113.9"), client("::cb00:7109"));

    let wide = TrustedProxies::none().with_ipv4_prefix(24).with_ipv6_prefix(48);
    let clients = ClientAddresses::new(wide).unwrap();
    let client = |address: &str| clients.client(ip(address), &HeaderMap::new());
    assert_eq!(client("203.0.113.9"), client("::ffff:203.0.113.200"));
    assert_ne!(client("203.0.113.9"), client("203.0.114.9"));
    assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
    assert_ne!(client("2001:db8:1::1"), client("2001:db8:2::1"));
    assert_eq!(client("203.0.113.9").to_string(), "203.0.113.0");
}

#[test]
fn a_key_is_sixteen_bytes() {
    assert_eq!(size_of::<ClientAddress>(), 16);
    assert_eq!(ClientAddress::from(ip("203.0.113.9")), ClientAddress::new(ip("203.0.113.9")));
    assert_eq!(format!("{:?}", ClientAddress::new(ip("::1"))), "ClientAddress(::)");
}

#[test]
fn every_fault_is_named() {
    let proxies = TrustedProxies::networks([
        "10.0.0.0/8",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/+8",
        "10.0.0.0/",
        "0.0.0.0/0",
        "::/0",
        "::ffff:0:0/96",
        "fd00::/129",
        "proxy.example",
        "",
    ]);
    let fault = ClientAddresses::new(proxies.with_ipv4_prefix(33).with_ipv6_prefix(0)).unwrap_err();
    let fields: Vec<_> = fault.fields().collect();
    assert_eq!(fields.iter().filter(|field| **field == "networks").count(), 10);
    assert_eq!(fields[10..], ["ipv4_prefix", "ipv6_prefix"]);
    assert!(fault.to_string().contains("\"10.0.0.0/+8\""), "{fault}");

    assert!(TrustedProxies::hops(32).check().is_ok());
    let fault = TrustedProxies::hops(33).check().unwrap_err();
    assert_eq!(fault.to_string(), "hops is 33, must be at most 32");
    let many = TrustedProxies::networks(vec!["10.0.0.1"; 1025]).check().unwrap_err();
    assert_eq!(many.to_string(), "networks is a list of 1025, must be at most 1024");
}

#[test]
fn what_was_set_can_be_asked_for() {
    let proxies = TrustedProxies::networks(["10.0.0.0/8"]).with_ipv4_prefix(24);
    assert_eq!(proxies.network_list().collect::<Vec<_>>(), ["10.0.0.0/8"]);
    assert_eq!((proxies.hop_count(), proxies.ipv4_prefix(), proxies.ipv6_prefix()), (None, 24, 64));
    assert_eq!(proxies.header(), &ForwardedBy::XForwardedFor);
    assert_eq!(TrustedProxies::hops(2).hop_count(), Some(2));
    assert_eq!(TrustedProxies::hops(2).network_list().count(), 0);
}

#[test]
fn no_more_than_thirty_two_parts_of_five_hundred_and_twelve_bytes_are_looked_at() {
    let chain = |hops: usize| format!("203.0.113.9{}", ", 10.0.0.2".repeat(hops));
    let clients = behind_networks();
    let found = |line: &str| clients.client(ip(PEER), &headers(XFF, &[line])).ip();
    assert_eq!(found(&chain(31)), ip("203.0.113.9"));
    assert_eq!(found(&chain(32)), ip(PEER));

    let padded = |spaces: usize| format!("6.6.6.6,{}203.0.113.9", " ".repeat(spaces));
    assert_eq!(found(&padded(512 - 11)), ip("203.0.113.9"));
    assert_eq!(found(&padded(513 - 11)), ip(PEER));
    assert_eq!(found(&padded(513 - 11)[8..]), ip(PEER));
    assert_eq!(found(&padded(512 - 11)[8..]), ip("203.0.113.9"));
    // In front of what counts there may be as much as the server lets in.
    assert_eq!(found(&format!("{}, 203.0.113.9", "x".repeat(100_000))), ip("203.0.113.9"));
    assert_eq!(found(&format!("{}, 203.0.113.9", ",".repeat(100_000))), ip("203.0.113.9"));

    let lots = vec!["10.0.0.2"; 1000];
    assert_eq!(clients.client(ip(PEER), &headers(XFF, &lots)).ip(), ip(PEER));
}

#[test]
fn looking_allocates_nothing() {
    let clients = behind_networks();
    let forwarded = by_forwarded(TrustedProxies::networks(["10.0.0.0/8"]));
    let list = headers(XFF, &["6.6.6.6, [2001:db8::7]:80", "10.0.0.3, 10.0.0.2"]);
    let pairs =
        headers("forwarded", &["for=6.6.6.6", "for=\"[2001:db8::7]:80\";by=x, for=10.0.0.2"]);
    let peer = ip(PEER);
    assert_no_allocations("x-forwarded-for", 100, || {
        assert_eq!(clients.client(peer, &list).ip(), ip("2001:db8::7"));
    });
    assert_no_allocations("forwarded", 100, || {
        assert_eq!(forwarded.client(peer, &pairs).ip(), ip("2001:db8::7"));
    });
}

/// The whole list, split the plain way: nothing here is bounded or read backwards.
fn naive(peer: IpAddr, lines: &[String], trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    if !trusted(peer) {
        return peer;
    }
    let all = lines.join(",");
    let mut parts: Vec<&str> = all.split(',').map(str::trim).collect();
    while let Some(part) = parts.pop() {
        match part.parse::<IpAddr>() {
            Ok(address) if trusted(address.to_canonical()) => {}
            Ok(address) => return address.to_canonical(),
            Err(_) => return peer,
        }
    }
    peer
}

fn is_ten(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.octets()[0] == 10)
}

fn hop() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0..4_u8).prop_map(|host| format!("10.0.0.{host}")),
        1 => Just("::ffff:10.1.2.3".to_owned()),
        3 => any::<u32>().prop_map(|bits| Ipv4Addr::from_bits(bits).to_string()),
        2 => any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(bits).to_string()),
        1 => prop::sample::select(vec!["", " ", "unknown", "_x", "1.2.3", "a b", "10.0.0.2/8"])
            .prop_map(str::to_owned),
    ]
}

fn lists() -> impl Strategy<Value = Vec<String>> {
    let line = prop::collection::vec(hop(), 1..6).prop_map(|parts| parts.join(", "));
    prop::collection::vec(line, 0..5)
}

fn any_line() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "10.0.0.1", "6.6.6.6", "for=", "\"", "\\", ",", ";", "[", "]", ":", "::1", "_", "=",
            " ", "\t", "host=", "unknown",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(prop_oneof![32..=126_u8, 128..=255_u8], 0..4),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

fn joined(name: &'static str, lines: &[Vec<u8>]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, HeaderValue::from_bytes(line).unwrap());
    }
    headers
}

proptest! {
    #[test]
    fn the_walk_equals_a_naive_one(lines in lists(), peer in 0..2_u8) {
        let clients = exact(TrustedProxies::networks(["10.0.0.0/8"]));
        let peer = IpAddr::from([10 + peer, 0, 0, 1]);
        let mut headers = HeaderMap::new();
        for line in &lines {
            headers.append(XFF, HeaderValue::from_str(line).unwrap());
        }
        prop_assert_eq!(clients.client(peer, &headers).ip(), naive(peer, &lines, is_ten));
    }

    #[test]
    fn counting_equals_a_naive_count(lines in lists(), hops in 1..8_usize) {
        let clients = exact(TrustedProxies::hops(u8::try_from(hops).unwrap()));
        let mut headers = HeaderMap::new();
        for line in &lines {
            headers.append(XFF, HeaderValue::from_str(line).unwrap());
        }
        let all = lines.join(",");
        let parts: Vec<&str> = all.rsplit(',').collect();
        let model = parts.get(hops - 1).and_then(|part| part.trim().parse::<IpAddr>().ok());
        let model = model.map_or(ip(PEER), |address| address.to_canonical());
        prop_assert_eq!(clients.client(ip(PEER), &headers).ip(), model);
    }

    /// Whatever a client sends, in the same line or in lines before, his address is what the first
    /// proxy saw.
    #[test]
    fn nothing_left_of_the_client_changes_who_he_is(
        lies in prop::collection::vec(any_line(), 0..5),
        same_line in any::<bool>(),
        client in any::<u32>().prop_filter("no proxy", |bits| bits >> 24 != 10),
        hops in 0..5_usize,
        with_forwarded in any::<bool>(),
        counted in any::<bool>(),
    ) {
        let client = IpAddr::from(Ipv4Addr::from_bits(client));
        let write = |address: IpAddr| if with_forwarded {
            format!("for=\"{address}\";by=\"p,q;r\"")
        } else {
            address.to_string()
        };
        let mut truth = write(client);
        for _ in 0..hops {
            truth = format!("{truth}, {}", write(ip("10.9.9.9")));
        }
        let proxies = if counted {
            TrustedProxies::hops(u8::try_from(hops + 1).unwrap())
        } else {
            TrustedProxies::networks(["10.0.0.0/8"])
        };
        let (clients, name) = if with_forwarded {
            (by_forwarded(proxies), "forwarded")
        } else {
            (exact(proxies), XFF)
        };
        let mut lines = lies;
        match lines.last_mut().filter(|_| same_line) {
            Some(last) => last.extend_from_slice(format!(", {truth}").as_bytes()),
            None => lines.push(truth.into_bytes()),
        }
        prop_assert_eq!(clients.client(ip(PEER), &joined(name, &lines)).ip(), client);
    }

    #[test]
    fn no_bytes_make_the_walk_panic(lines in prop::collection::vec(any_line(), 0..5), hops in 0..5_u8) {
        let list = joined(XFF, &lines);
        let pairs = joined("forwarded", &lines);
        for proxies in [TrustedProxies::hops(hops), TrustedProxies::networks(["10.0.0.0/8", "::/1"])] {
            let _ = exact(proxies.clone()).client(ip(PEER), &list);
            let _ = by_forwarded(proxies).client(ip(PEER), &pairs);
        }
    }
}

#[cfg(feature = "serde")]
mod settings {
    use super::*;

    #[test]
    fn proxies_are_read_from_a_file_and_written_again() {
        let name = HeaderName::from_static("x-real-ip");
        for (json, proxies) in [
            ("{}", TrustedProxies::none()),
            (r#"{"hops":2}"#, TrustedProxies::hops(2)),
            (
                r#"{"ipv6_prefix":56,"networks":["10.0.0.0/8"],"header":"Forwarded"}"#,
                TrustedProxies::networks(["10.0.0.0/8"])
                    .with_ipv6_prefix(56)
                    .with_header(ForwardedBy::Forwarded),
            ),
            (
                r#"{"hops":1,"header":"X-Real-IP","ipv4_prefix":24}"#,
                TrustedProxies::hops(1).with_ipv4_prefix(24).with_header(ForwardedBy::Single(name)),
            ),
            (r#"{"networks":[],"header":"X-Forwarded-For"}"#, TrustedProxies::networks([""; 0])),
        ] {
            let read: TrustedProxies = serde_json::from_str(json).unwrap();
            assert_eq!(read, proxies, "{json}");
            let written = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<TrustedProxies>(&written).unwrap(), proxies);
        }
        assert_eq!(
            serde_json::to_string(&TrustedProxies::networks(["10.0.0.0/8"])).unwrap(),
            r#"{"networks":["10.0.0.0/8"],"header":"x-forwarded-for","ipv4_prefix":32,"ipv6_prefix":64}"#
        );
    }

    #[test]
    fn a_file_with_faults_says_all_of_them() {
        for (json, said) in [
            (r#"{"networks":["a","b"],"ipv4_prefix":40}"#, "\"a\""),
            (r#"{"networks":["a","b"],"ipv4_prefix":40}"#, "\"b\""),
            (r#"{"networks":["a","b"],"ipv4_prefix":40}"#, "ipv4_prefix is 40"),
            (r#"{"hops":2,"networks":[]}"#, "networks and hops"),
            (r#"{"hops":33}"#, "hops is 33"),
            (r#"{"hops":300}"#, "300"),
            (r#"{"hop":1}"#, "unknown field `hop`"),
            (r#"{"hops":1,"hops":2}"#, "duplicate field `hops`"),
            (r#"{"header":"a b"}"#, "header is \"a b\""),
            ("[1]", "expected trusted proxies"),
        ] {
            let error = serde_json::from_str::<TrustedProxies>(json).unwrap_err().to_string();
            assert!(error.contains(said), "{json}: {error}");
        }
    }
}
