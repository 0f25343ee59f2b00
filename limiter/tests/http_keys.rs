//! Keys from requests, and what has none.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::HashSet;
use std::net::SocketAddr;

use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};
use seawall_kit::alloc::assert_no_allocations;
use seawall_limiter::http::{
    ClientAddress, ClientAddresses, Head, TextKey, TrustedProxies, both, extension, forwarded,
    header, peer, text,
};

fn caller<R: Head>(request: &R) -> Option<SocketAddr> {
    request.extensions().get().copied()
}

fn request(lines: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::get("/users/7?q=1").body(()).unwrap();
    for (name, value) in lines {
        let name: HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
    }
    request
}

fn from(address: [u8; 4], lines: &[(&str, &str)]) -> Request<()> {
    let mut request = request(lines);
    request.extensions_mut().insert(SocketAddr::from((address, 4711)));
    request
}

fn address(text: &str) -> ClientAddress {
    ClientAddress::new(text.parse().unwrap())
}

#[test]
fn a_peer_is_the_same_client_on_any_port_and_none_where_it_is_not_known() {
    let key = peer(caller::<Request<()>>);
    assert_eq!(key(&from([192, 0, 2, 1], &[])), Some(address("192.0.2.1")));
    assert_eq!(
        key(&from([192, 0, 2, 1], &[("x-forwarded-for", "6.6.6.6")])),
        Some(address("192.0.2.1"))
    );
    assert_eq!(key(&request(&[])), None);
}

#[test]
fn where_the_peer_is_not_known_no_list_is_believed() {
    let clients = ClientAddresses::new(TrustedProxies::hops(1)).unwrap();
    let key = forwarded(clients, caller::<Request<()>>);
    let lines = [("x-forwarded-for", "203.0.113.9")];
    assert_eq!(key(&from([10, 0, 0, 1], &lines)), Some(address("203.0.113.9")));
    assert_eq!(key(&request(&lines)), None);
}

#[test]
fn a_header_is_a_key_only_if_it_stands_there_once() {
    let key = header(HeaderName::from_static("x-api-key"));
    let table = [
        (&[("x-api-key", "k1")][..], Some("k1")),
        (&[("X-API-Key", "k1")], Some("k1")),
        (&[], None),
        (&[("x-api-key", "")], None),
        (&[("x-api-key", "k1"), ("x-api-key", "k2")], None),
        (&[("x-api-key", "k1"), ("x-api-key", "k1")], None),
    ];
    for (lines, expected) in table {
        assert_eq!(key(&request(lines)), expected.map(TextKey::new), "{lines:?}");
    }
}

#[test]
fn a_text_of_any_length_is_a_small_key() {
    assert_eq!(size_of::<TextKey>(), 8);
    let long = "x".repeat(1 << 20);
    let changed = |place: usize| {
        let mut text = long.clone().into_bytes();
        text[place] = b'y';
        TextKey::new(text)
    };
    assert_eq!(changed(1024), TextKey::new(&long));
    assert_ne!(changed(1023), TextKey::new(&long));
    assert_ne!(TextKey::new(&long[1..]), TextKey::new(&long));
    let keys: HashSet<TextKey> = (0..10_000).map(|i| TextKey::new(format!("user-{i}"))).collect();
    assert_eq!(keys.len(), 10_000);
    // The text itself is nowhere in it.
    assert!(!format!("{:?}", TextKey::new("secret")).contains("secret"));
}

#[test]
fn a_route_is_one_key_whatever_path_was_asked_for() {
    #[derive(Clone)]
    struct Route(&'static str);
    let key =
        text(|request: &Request<()>| request.extensions().get::<Route>().map(|route| route.0));
    let mut seven = request(&[]);
    assert_eq!(key(&seven), None);
    seven.extensions_mut().insert(Route("/users/{id}"));
    let mut eight = Request::get("/users/8").body(()).unwrap();
    eight.extensions_mut().insert(Route("/users/{id}"));
    assert_eq!(key(&seven), key(&eight));
    assert_eq!(key(&seven), Some(TextKey::new("/users/{id}")));
}

#[test]
fn two_keys_are_one_for_each_pair_and_none_if_one_is_missing() {
    let tenant = header(HeaderName::from_static("x-tenant"));
    let key = both(tenant, peer(caller::<Request<()>>));
    let acme = [("x-tenant", "acme")];
    let pair = key(&from([192, 0, 2, 1], &acme));
    assert_eq!(pair, Some((TextKey::new("acme"), address("192.0.2.1"))));
    assert_ne!(pair, key(&from([192, 0, 2, 2], &acme)));
    assert_ne!(pair, key(&from([192, 0, 2, 1], &[("x-tenant", "other")])));
    assert_eq!(key(&from([192, 0, 2, 1], &[])), None);
    assert_eq!(key(&request(&acme)), None);
}

#[test]
fn keys_are_made_of_parts_as_of_requests_and_may_be_cloned_and_sent() {
    fn shared<R, K>(
        key: impl Fn(&R) -> Option<K> + Clone + Send + Sync + 'static,
    ) -> impl Fn(&R) -> Option<K> + Clone + Send + Sync + 'static {
        key
    }
    let clients = ClientAddresses::new(TrustedProxies::none()).unwrap();
    let name = HeaderName::from_static("x-tenant");
    let id = shared(extension::<u64, Parts>());
    let key = shared(both(both(forwarded(clients, caller::<Parts>), header(name)), id.clone()));
    let (mut parts, ()) = from([192, 0, 2, 1], &[("x-tenant", "acme")]).into_parts();
    assert_eq!(key(&parts), None);
    parts.extensions.insert(7_u64);
    assert_eq!(id(&parts), Some(7));
    assert_eq!(key.clone()(&parts), Some(((address("192.0.2.1"), TextKey::new("acme")), 7)));
}

#[test]
fn making_a_key_allocates_nothing() {
    let clients = ClientAddresses::new(TrustedProxies::hops(1)).unwrap();
    let key = both(
        forwarded(clients, caller::<Request<()>>),
        both(
            header(HeaderName::from_static("x-tenant")),
            text(|request: &Request<()>| Some(request.uri().path())),
        ),
    );
    let request = from([10, 0, 0, 1], &[("x-tenant", "acme"), ("x-forwarded-for", "203.0.113.9")]);
    assert_no_allocations("key", 100, || assert!(key(&request).is_some()));
}
