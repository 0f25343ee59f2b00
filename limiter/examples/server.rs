//! A public API has to hold against a flood from one address, and has to give each user what he pays for,
//! wherever he calls from. So two layers stand in front of it: one counts addresses, believing nobody but its own proxy,
//! the other users, by their plan; and each response tells how its client stands.
//!
//! `cargo run -p seawall-limiter --features http,keyed,tower --example server`

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use seawall_errors::http::AsProblem;
use seawall_limiter::http::{
    ClientAddress, ClientAddresses, Fields, Standing, TrustedProxies, extension, forwarded,
};
use seawall_limiter::{Keyed, Keys, LimiterLayer, Quota, Rule};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Who called, in the terms of whoever checked it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct UserId(u32);

const ANN: UserId = UserId(1);
const BOB: UserId = UserId(2);

fn app() -> Result<Router, BoxError> {
    // Bob pays. Each plan is two limits, both of which a request has to pass; what one refuses
    // the other does not count.
    let free = [
        Rule::TokenBucket(Quota::per_second(1).with_burst(3).with_name("free")),
        Rule::SlidingWindow(Quota::per_hour(1000).with_name("free-hourly")),
    ];
    let paid = [
        Rule::TokenBucket(Quota::per_second(50).with_name("paid")),
        Rule::SlidingWindow(Quota::per_hour(100_000).with_name("paid-hourly")),
    ];
    let plans = HashMap::from([(ANN, 0), (BOB, 1)]);
    let plan_of = move |user: &UserId| plans.get(user).copied().unwrap_or(0);
    let users = Keyed::<UserId>::with_plans([free, paid], plan_of, Keys::new(100_000))?;
    // Who is nobody's user is the business of the other layer.
    let users = users.by(extension::<UserId, Request>()).or_pass();

    // The proxy is on this host. Whatever stands in the header left of what it wrote is not believed.
    let clients = ClientAddresses::new(TrustedProxies::networks(["127.0.0.0/8"]))?;
    let caller = |request: &Request| Some(request.extensions().get::<ConnectInfo<SocketAddr>>()?.0);
    let quota = Quota::per_minute(60).with_burst(20).with_name("address");
    let addresses = Keyed::<ClientAddress>::new(quota, Keys::new(100_000))?;
    let addresses = addresses
        .by(forwarded(clients, caller))
        .unless(|request: &Request| request.uri().path() == "/health");

    // Each one stands around those above it.
    Ok(Router::new()
        .route("/orders", get(async || "[]"))
        .route("/health", get(async || "well"))
        .layer(LimiterLayer::new(users.with_fields(Fields::new())).with_answer(AsProblem))
        .layer(from_fn(authenticate))
        .layer(LimiterLayer::new(addresses.with_fields(Fields::new())).with_answer(AsProblem)))
}

/// Stands for a look at a token.
async fn authenticate(mut request: Request, next: Next) -> Response {
    match request.headers().get("x-api-key").map(HeaderValue::as_bytes) {
        None => {}
        Some(b"of ann") => drop(request.extensions_mut().insert(ANN)),
        Some(b"of bob") => drop(request.extensions_mut().insert(BOB)),
        Some(_) => return StatusCode::UNAUTHORIZED.into_response(),
    }
    next.run(request).await
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let proxy = Proxy {
        http: reqwest::Client::builder().no_proxy().build()?,
        server: listener.local_addr()?,
    };
    let app = app()?.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });

    // Ann may three at once, and is told how she stands from the first.
    let first = proxy.pass_on("203.0.113.9", Some("of ann"), "/orders").await?;
    println!("ann:  {} {}", first.status, first.stands());
    assert_eq!(first.status, 200);
    assert_eq!(first.policies(), ["free", "free-hourly", "address"]);
    let mut refused = None;
    for _ in 0..4 {
        let answer = proxy.pass_on("203.0.113.9", Some("of ann"), "/orders").await?;
        assert_eq!(answer.policies().len(), 3, "on every response");
        refused = Some(answer).filter(|answer| answer.status == 429).or(refused);
    }
    let refused = refused.ok_or("the fourth has to be refused")?;
    println!("ann:  {} {}", refused.status, refused.body);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(refused.body.contains("RATE_LIMITED"));

    // Bob, from the same address, has a plan of his own.
    for _ in 0..8 {
        let answer = proxy.pass_on("203.0.113.9", Some("of bob"), "/orders").await?;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.policies(), ["paid", "paid-hourly", "address"]);
    }
    println!("bob:  8 answers");

    // A flood, each time with another address that was made up, from all over one network.
    let mut answered = 0;
    for n in 0..60 {
        let claimed = format!("198.51.100.{n}, 2001:db8:0:1::{n}");
        let answer = proxy.pass_on(&claimed, None, "/orders").await?;
        answered += u32::from(answer.status == 200);
        assert_eq!(answer.policies(), ["address"]);
    }
    println!("flood: {answered} answers of 60");
    // One more for each second that it took.
    assert!((20..=30).contains(&answered), "{answered} answers");

    // Health is looked after from there, too.
    let health = proxy.pass_on("2001:db8:0:1::7", None, "/health").await?;
    println!("health: {} {}", health.status, health.body);
    assert_eq!((health.status, health.policies().len()), (200, 0));
    Ok(())
}

/// A proxy appends who called it to what he sent.
struct Proxy {
    http: reqwest::Client,
    server: SocketAddr,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Proxy {
    async fn pass_on(&self, from: &str, key: Option<&str>, path: &str) -> Result<Answer, BoxError> {
        let mut request = self.http.get(format!("http://{}{path}", self.server));
        request = request.header("x-forwarded-for", from);
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, body: response.text().await? })
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The limits that it tells of.
    fn policies(&self) -> Vec<String> {
        let standings = Standing::read(&self.headers);
        standings.iter().map(|standing| standing.policy().to_string()).collect()
    }

    fn stands(&self) -> String {
        let lines = self.headers.get_all("ratelimit").iter();
        lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect::<Vec<_>>().join(", ")
    }
}
