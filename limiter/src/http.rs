//! Limits over HTTP: who the client is, what the response tells him, and what
//! a client makes of it.
//!
//! A limit per address is no limit where anybody can claim any address, a `Retry-After` of 0 brings
//! the client back at once, and a client that does not read it makes the overload worse. Here are the parts that
//! get these right, for a layer or for code of your own:
//!
//! ```
//! use std::net::IpAddr;
//! use std::time::{Duration, SystemTime};
//! use http::{HeaderMap, StatusCode};
//! use seawall_limiter::http::{
//!     ClientAddresses, Fields, HintPolicy, Standing, TrustedProxies, hint,
//! };
//! use seawall_limiter::{Quota, TokenBucket};
//!
//! // The server: whose request is it …
//! let clients = ClientAddresses::new(TrustedProxies::networks(["10.0.0.0/8"]))?;
//! let mut request = HeaderMap::new();
//! request.insert("x-forwarded-for", "6.6.6.6, 203.0.113.9".parse()?);
//! let proxy: IpAddr = "10.0.0.1".parse()?;
//! assert_eq!(clients.client(proxy, &request).to_string(), "203.0.113.9");
//!
//! // … and how does he stand.
//! let quota = Quota::per_minute(30).with_burst(1).with_name("search");
//! let bucket = TokenBucket::new(quota)?;
//! bucket.try_acquire()?;
//! let refused = bucket.try_acquire().unwrap_err();
//! let mut response = HeaderMap::new();
//! Fields::new().write_refusal(&refused, &[], &mut response);
//! assert_eq!(response["retry-after"], "2");
//! assert_eq!(response["ratelimit"], r#""search";r=0;t=2"#);
//!
//! // The client: leave it alone for that long.
//! let policy = HintPolicy::new();
//! let now = SystemTime::UNIX_EPOCH;
//! let asked = hint(StatusCode::TOO_MANY_REQUESTS, &response, now, &policy, 0);
//! assert_eq!(asked, Some(Duration::from_secs(2)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | for | there is |
//! |---|---|
//! | a key for each request | [`peer`], [`forwarded`], [`header`], [`text`], [`extension`], [`both`]: closures from a request to a key, for `Keyed::by` |
//! | who is behind the proxies | [`TrustedProxies`] → [`ClientAddresses`] → [`ClientAddress`] |
//! | `RateLimit`, `RateLimit-Policy` | [`Standing`] out through [`Fields`], in through [`Standing::read`] |
//! | a refusal as a response | [`WithFields`], an answer for a layer |
//! | a client that obeys | [`hint`] |
//!
//! # On the wire
//!
//! The fields are those of the IETF's draft `draft-ietf-httpapi-ratelimit-headers-11`, structured fields
//! of RFC 9651:
//!
//! | field | member | what |
//! |---|---|---|
//! | `RateLimit-Policy` | `"name";q=60;w=60` | 60 in any 60 seconds; `qu` what is counted, if not requests; `pk` whose share |
//! | `RateLimit` | `"name";r=0;t=1` | none is left, and in one second there is more |
//! | `Retry-After` | `1` | when to come back |
//!
//! Seconds are rounded up and never 0: who comes back then is not early, and who comes back a
//! whole second earlier is. Where nothing is to come back, `t` is left out.
//!
//! # Trade-offs
//!
//! The fields tell a client, and whoever attacks, how close a limit is; some would rather not. They take two
//! allocations and some hundred bytes on each response that has them. The draft may still
//! change before it is a standard.

mod answer;
mod client;
mod fault;
mod fields;
mod forwarded;
mod hint;
mod keys;
mod network;
mod proxies;
mod read;
#[cfg(feature = "serde")]
mod serde;
mod standing;
mod structured;
mod text;

pub use self::answer::WithFields;
pub use self::client::{ClientAddress, ClientAddresses};
pub use self::fault::InvalidPolicy;
pub use self::fields::{Fields, retry_after_value};
pub use self::hint::{HintPolicy, hint};
pub use self::keys::{Head, TextKey, both, extension, forwarded, header, peer, text};
pub use self::proxies::{ForwardedBy, TrustedProxies};
pub use self::standing::Standing;
pub use self::text::{Name, Partition};

/// The field that tells how the client stands.
pub const RATELIMIT: &str = "ratelimit";

/// The field that tells the policies that a client is held to.
pub const RATELIMIT_POLICY: &str = "ratelimit-policy";
