//! Keys from requests.

use core::hash::{BuildHasher, Hash, Hasher};
use core::net::SocketAddr;
use std::hash::RandomState;
use std::sync::LazyLock;

use ::http::request::Parts;
use ::http::{Extensions, HeaderMap, HeaderName, Request};

use super::client::{ClientAddress, ClientAddresses};

/// The part of a request that keys are made of: a [`Request`] of any body, or its [`Parts`].
pub trait Head {
    /// The headers.
    fn headers(&self) -> &HeaderMap;
    /// What the server and the layers further out have put on it.
    fn extensions(&self) -> &Extensions;
}

impl<B> Head for Request<B> {
    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
    fn extensions(&self) -> &Extensions {
        self.extensions()
    }
}

impl Head for Parts {
    fn headers(&self) -> &HeaderMap {
        &self.headers
    }
    fn extensions(&self) -> &Extensions {
        &self.extensions
    }
}

/// A key made of a text that somebody sent, kept as a hash.
///
/// 8 bytes, `Copy`, and a table of them holds no secret that could be read out. The hash is seeded
/// from the system's randomness, once in a process: nobody outside can choose texts that meet, and no two
/// processes agree. Two of a million keys meet with a chance of 3 × 10⁻⁸, and then share a
/// limit. Of a text longer than 1024 bytes the first 1024 and the length count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextKey(u64);

/// How much of a text is hashed.
const HASHED: usize = 1024;

static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl TextKey {
    /// The key of these bytes.
    pub fn new(text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        let mut hasher = SEED.build_hasher();
        text.len().hash(&mut hasher);
        hasher.write(text.get(..HASHED).unwrap_or(text));
        TextKey(hasher.finish())
    }
}

/// The client by the address that the connection came from, IPv6 cut to 64 bits. For services that
/// face their clients; behind a proxy, or to cut elsewhere, take [`forwarded`].
///
/// Where the address is to be found is the server's business, so `find` tells. In axum,
/// served with `into_make_service_with_connect_info::<SocketAddr>()`:
///
/// ```
/// use std::net::SocketAddr;
/// use axum::extract::{ConnectInfo, Request};
/// use seawall_limiter::http::peer;
///
/// let key = peer(|request: &Request| {
///     request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
/// });
///
/// let mut request = Request::default();
/// assert_eq!(key(&request), None);
/// request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 443))));
/// assert_eq!(key(&request).unwrap().to_string(), "192.0.2.1");
/// ```
pub fn peer<R>(
    find: impl Fn(&R) -> Option<SocketAddr> + Clone,
) -> impl Fn(&R) -> Option<ClientAddress> + Clone {
    move |request| find(request).map(|peer| ClientAddress::new(peer.ip()))
}

/// The client as trusted proxies tell; `find` tells who calls, as for [`peer`]. Where that is not known
/// nobody is believed, and there is no key. Over a Unix socket the proxy has no address: let `find` answer one
/// that is trusted.
///
/// ```
/// use std::net::SocketAddr;
/// use http::{Extensions, Request};
/// use seawall_limiter::http::{ClientAddresses, Head, TrustedProxies, forwarded};
///
/// // For servers that put the address itself on the request.
/// fn caller(request: &Request<()>) -> Option<SocketAddr> {
///     request.extensions().get().copied()
/// }
///
/// let clients = ClientAddresses::new(TrustedProxies::hops(1))?;
/// let key = forwarded(clients, caller);
///
/// let mut request = Request::get("/").header("x-forwarded-for", "2001:db8::7").body(())?;
/// assert_eq!(key(&request), None);
/// request.extensions_mut().insert(SocketAddr::from(([10, 0, 0, 1], 443)));
/// assert_eq!(key(&request).unwrap().to_string(), "2001:db8::");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn forwarded<R: Head>(
    clients: ClientAddresses,
    find: impl Fn(&R) -> Option<SocketAddr> + Clone,
) -> impl Fn(&R) -> Option<ClientAddress> + Clone {
    move |request| find(request).map(|peer| clients.client(peer.ip(), request.headers()))
}

/// The value of a header, such as an API key or a tenant.
///
/// No key if it is missing or empty, or if there are several lines of it: one of them would be
/// counted and another one believed. Who can invent values has a limit of his own with each of them, so put it
/// behind whatever checks them.
///
/// ```
/// use http::{HeaderName, Request};
/// use seawall_limiter::http::{TextKey, header};
///
/// let key = header(HeaderName::from_static("x-api-key"));
/// let request = Request::get("/").header("x-api-key", "k1").body(())?;
/// assert_eq!(key(&request), Some(TextKey::new("k1")));
/// assert_eq!(key(&Request::new(())), None);
/// # Ok::<(), http::Error>(())
/// ```
pub fn header<R: Head>(name: HeaderName) -> impl Fn(&R) -> Option<TextKey> + Clone {
    move |request| {
        let mut lines = request.headers().get_all(&name).iter();
        let line = lines.next().filter(|line| !line.is_empty())?;
        lines.next().is_none().then(|| TextKey::new(line))
    }
}

/// A text of the request, such as the route that it matched.
///
/// **The route's template, not the path:** each `/users/1`, `/users/2` … would be a key of its own,
/// with a limit of its own, and whoever invents paths fills the table. In axum, for a layer added with
/// `route_layer`:
///
/// ```
/// use axum::extract::{MatchedPath, Request};
/// use seawall_limiter::http::text;
///
/// let key = text(|request: &Request| request.extensions().get().map(MatchedPath::as_str));
/// # assert_eq!(key(&Request::default()), None);
/// ```
///
/// The path itself is right where there are few of them and others are turned away before:
///
/// ```
/// use http::Request;
/// use seawall_limiter::http::{TextKey, text};
///
/// let key = text(|request: &Request<()>| match request.uri().path() {
///     path @ ("/login" | "/search") => Some(path),
///     _ => None,
/// });
/// let request = Request::get("/login?user=ann").body(())?;
/// assert_eq!(key(&request), Some(TextKey::new("/login")));
/// # Ok::<(), http::Error>(())
/// ```
pub fn text<R>(
    find: impl Fn(&R) -> Option<&str> + Clone,
) -> impl Fn(&R) -> Option<TextKey> + Clone {
    move |request| find(request).map(TextKey::new)
}

/// What a layer further out has put on the request: the user's id, his plan.
///
/// ```
/// use http::Request;
/// use seawall_limiter::http::extension;
///
/// #[derive(Clone, PartialEq, Eq, Hash, Debug)]
/// struct UserId(u64);
///
/// let key = extension::<UserId, _>();
/// let mut request = Request::new(());
/// request.extensions_mut().insert(UserId(7));
/// assert_eq!(key(&request), Some(UserId(7)));
/// ```
pub fn extension<K, R>() -> impl Fn(&R) -> Option<K> + Clone
where
    K: Clone + Send + Sync + 'static,
    R: Head,
{
    |request| request.extensions().get().cloned()
}

/// Two keys as one: a limit for each pair. There is none where one of them is missing.
///
/// ```
/// use http::{HeaderName, Request};
/// use seawall_limiter::http::{TextKey, both, header, text};
///
/// let key = both(
///     header(HeaderName::from_static("x-tenant")),
///     text(|request: &Request<()>| Some(request.method().as_str())),
/// );
/// let request = Request::get("/").header("x-tenant", "acme").body(())?;
/// assert_eq!(key(&request), Some((TextKey::new("acme"), TextKey::new("GET"))));
/// assert_eq!(key(&Request::new(())), None);
/// # Ok::<(), http::Error>(())
/// ```
pub fn both<R, A, B>(
    first: impl Fn(&R) -> Option<A> + Clone,
    second: impl Fn(&R) -> Option<B> + Clone,
) -> impl Fn(&R) -> Option<(A, B)> + Clone {
    move |request| Some((first(request)?, second(request)?))
}
