//! A client that does not know a server's limit is refused most of the time, and makes an overload worse.
//! This one keeps to a rate of its own, and reads what the server tells: all its tasks leave that
//! server alone for as long as one of them was told, or stop even before they are refused.
//!
//! `cargo run -p seawall-limiter --features http,keyed,tokio,tower --example client`

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use axum::Router;
use axum::http::{Response, StatusCode};
use axum::routing::get;
use seawall_errors::http::AsProblem;
use seawall_limiter::http::{Fields, HintPolicy};
use seawall_limiter::{Keyed, Keys, LimiterLayer, LimiterWaitLayer, Quota, SlidingWindow};
use tokio::time::timeout;
use tower::util::{BoxCloneSyncService, MapRequestLayer};
use tower::{BoxError, ServiceBuilder, ServiceExt};

/// reqwest behind a limiter; clones share both.
type Client = BoxCloneSyncService<reqwest::Request, Response<reqwest::Body>, BoxError>;

fn client(policy: HintPolicy) -> Result<Client, BoxError> {
    // What is decent towards a server that says nothing. A call waits ten seconds at most.
    let quota = Quota::per_second(100).with_max_wait(Duration::from_secs(10)).with_name("shop");
    // Each server for itself: what one says is none of the others' business.
    let limit = Keyed::<str>::new(quota, Keys::new(1000))?
        .by_ref(|request: &reqwest::Request| Some(request.url().authority()))
        .obey(policy);
    // The server is on loopback; leave `no_proxy` out elsewhere.
    let http = reqwest::Client::builder().no_proxy().build()?;
    let stack = ServiceBuilder::new()
        .layer(LimiterWaitLayer::new(limit))
        // The limiter reads responses of the `http` crate, and its refusals have to fit the error.
        .map_response(Response::<reqwest::Body>::from)
        .map_err(BoxError::from)
        .service(http);
    Ok(BoxCloneSyncService::new(stack))
}

async fn get_from(client: &Client, url: &reqwest::Url) -> Result<StatusCode, BoxError> {
    let request = reqwest::Request::new(reqwest::Method::GET, url.clone());
    Ok(client.clone().oneshot(request).await?.status())
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    tokio::try_join!(obeys_refusals(), stops_before_it_is_refused(), leaves_nobody_else_alone(),)?;
    Ok(())
}

/// Three tasks want twelve answers of a server that gives five a second.
async fn obeys_refusals() -> Result<(), BoxError> {
    let server = Server::start().await?;
    let client = client(HintPolicy::new())?;
    let wanted = Arc::new(AtomicU32::new(12));
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let (client, url, wanted) = (client.clone(), server.url.clone(), Arc::clone(&wanted));
            tokio::spawn(async move {
                while take(&wanted) {
                    // A refused call is repeated; the limiter makes it wait until the server takes it again.
                    while get_from(&client, &url).await? == StatusCode::TOO_MANY_REQUESTS {}
                }
                Ok::<_, BoxError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let (answered, asked) = (server.answered.load(Relaxed), server.asked.load(Relaxed));
    let refused = asked - answered;
    println!("obeys refusals: {answered} answers, {refused} refusals");
    assert_eq!(answered, 12);
    // Each time that nothing is left one call is told, and the other two are under way. Without the
    // hints it would be a hundred a second.
    assert!((1..=9).contains(&refused), "{refused} refusals");
    Ok(())
}

/// One task that heeds the `RateLimit` field of answers, too, is never refused.
async fn stops_before_it_is_refused() -> Result<(), BoxError> {
    let server = Server::start().await?;
    let client = client(HintPolicy::new().with_successes(true))?;
    for _ in 0..12 {
        assert_eq!(get_from(&client, &server.url).await?, StatusCode::OK);
    }
    let (answered, asked) = (server.answered.load(Relaxed), server.asked.load(Relaxed));
    println!("heeds RateLimit: {answered} answers, {} refusals", asked - answered);
    assert_eq!((answered, asked), (12, 12));
    Ok(())
}

/// While it waits for one server, it calls another one.
async fn leaves_nobody_else_alone() -> Result<(), BoxError> {
    let (full, idle) = (Server::start().await?, Server::start().await?);
    let client = client(HintPolicy::new())?;
    while get_from(&client, &full.url).await? == StatusCode::OK {}
    // A second is the least that a server can ask for.
    let soon = Duration::from_millis(900);
    let answer = timeout(soon, get_from(&client, &idle.url)).await??;
    println!("elsewhere meanwhile: {answer}");
    assert_eq!(answer, StatusCode::OK);
    assert!(timeout(Duration::ZERO, get_from(&client, &full.url)).await.is_err());
    Ok(())
}

fn take(from: &AtomicU32) -> bool {
    from.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
}

/// A server that takes five requests a second, and tells how its clients stand.
struct Server {
    url: reqwest::Url,
    asked: Arc<AtomicU32>,
    answered: Arc<AtomicU32>,
}

impl Server {
    async fn start() -> Result<Self, BoxError> {
        let (asked, answered) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (asks, answers) = (Arc::clone(&asked), Arc::clone(&answered));
        let five = SlidingWindow::new(Quota::per_second(5).with_name("five"))?;
        let limit = LimiterLayer::new(five.with_fields(Fields::new())).with_answer(AsProblem);
        let app = Router::new()
            .route("/", get(async move || answers.fetch_add(1, Relaxed).to_string()))
            .layer(limit)
            .layer(MapRequestLayer::new(move |request: axum::extract::Request| {
                asks.fetch_add(1, Relaxed);
                request
            }));
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let url = format!("http://{}", listener.local_addr()?).parse()?;
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Server { url, asked, answered })
    }
}
