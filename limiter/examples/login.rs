//! Passwords are guessed, from many addresses at once. Here only log-ins that fail count, for the account
//! that they are for: five at once close it for a while, and who knows his password can log in as
//! often as he likes.
//!
//! `cargo run -p seawall-limiter --features http,keyed,tower --example login`

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::post;
use futures::future::try_join_all;
use seawall_errors::http::AsProblem;
use seawall_limiter::http::{TextKey, text};
use seawall_limiter::{Keyed, Keys, LimiterLayer, Quota};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn app() -> Result<Router, BoxError> {
    let quota = Quota::per_minute(30).with_burst(5).with_name("failed log-ins");
    // A key is a hash of eight bytes, however long a name somebody sends.
    let failures = Keyed::<TextKey>::new(quota, Keys::new(100_000))?;
    let limit = failures
        .by(text(|request: &Request| request.extensions().get().map(|Account(name)| &**name)))
        // One is taken before the password is looked at, so that guesses at the same time count, too,
        // and given back unless it was wrong.
        .settle(|response: &Response| u32::from(response.status() == StatusCode::UNAUTHORIZED));
    Ok(Router::new()
        .route("/login/{name}", post(log_in))
        .route_layer(LimiterLayer::new(limit).with_answer(AsProblem))
        .route_layer(from_fn(name_account)))
}

/// The account, as the limit and the handler see it.
#[derive(Clone)]
struct Account(String);

/// Who could write one account's name in several ways would have a limit for each: `ann`, `Ann`, `%61nn`.
async fn name_account(Path(name): Path<String>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Account(name.trim().to_lowercase()));
    next.run(request).await
}

/// Accounts that do not exist answer, and count, like those that do.
async fn log_in(request: Request) -> StatusCode {
    let account = request.extensions().get().map(|Account(name)| name.clone());
    let password = axum::body::to_bytes(request.into_body(), 1024).await.unwrap_or_default();
    // Stands for a look at the hash of the password, which takes its time.
    tokio::task::yield_now().await;
    match account.as_deref() {
        Some("ann") if password == "salt and pepper" => StatusCode::NO_CONTENT,
        Some("bob") if password == "fish and chips" => StatusCode::NO_CONTENT,
        _ => StatusCode::UNAUTHORIZED,
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let browser = Browser {
        http: reqwest::Client::builder().no_proxy().build()?,
        server: listener.local_addr()?,
    };
    let app = app()?;
    tokio::spawn(async move { axum::serve(listener, app).await });

    // Thirty at the same time, and yet only some are looked at.
    let guesses =
        try_join_all((0..30).map(|n| browser.log_in("ann", format!("guess {n}")))).await?;
    let looked_at = guesses.iter().filter(|answer| answer.status == 401).count();
    println!("ann: {looked_at} of {} guesses were looked at", guesses.len());
    // Five, and one more if it took longer than two seconds.
    assert!((5..=6).contains(&looked_at), "{looked_at} were looked at");
    assert!(guesses.iter().all(|answer| matches!(answer.status, 401 | 429)));

    // The account is closed, by whatever name, even to who knows the password …
    for name in ["ann", "ANN", "%61nn"] {
        let answer = browser.log_in(name, "salt and pepper").await?;
        assert_eq!(answer.status, 429, "{name}");
    }
    // … and others are not.
    for _ in 0..20 {
        assert_eq!(browser.log_in("bob", "fish and chips").await?.status, 204);
    }
    println!("bob: logged in 20 times");
    // Nor does it help to guess at accounts that are not there.
    let strangers = try_join_all((0..30).map(|_| browser.log_in("root", "guess"))).await?;
    assert!(strangers.iter().any(|answer| answer.status == 429));

    let closed = browser.log_in("ann", "salt and pepper").await?;
    let wait = closed.retry_after.ok_or("there is no Retry-After")?;
    println!("ann: {} with the right password, again in {wait} s", closed.status);
    tokio::time::sleep(std::time::Duration::from_secs(wait)).await;
    let open = browser.log_in("ann", "salt and pepper").await?;
    println!("ann: {} after that", open.status);
    assert_eq!(open.status, 204);
    Ok(())
}

struct Browser {
    http: reqwest::Client,
    server: SocketAddr,
}

struct Answer {
    status: u16,
    retry_after: Option<u64>,
}

impl Browser {
    async fn log_in(
        &self,
        name: &str,
        password: impl Into<reqwest::Body>,
    ) -> Result<Answer, BoxError> {
        let url = format!("http://{}/login/{name}", self.server);
        let response = self.http.post(url).body(password).send().await?;
        let retry_after = response.headers().get("retry-after").map(|seconds| seconds.to_str());
        let retry_after = retry_after.transpose()?.map(str::parse).transpose()?;
        Ok(Answer { status: response.status().as_u16(), retry_after })
    }
}
