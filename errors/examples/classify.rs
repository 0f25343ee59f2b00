//! A client that gets an error back as the same code, and asks it whether to
//! call again, when, and whether the backend is well.
//!
//! `cargo run -p seawall-errors --features http --example classify`

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use http_body_util::{BodyExt, Limited};
use hyper_util::rt::TokioIo;
use seawall_errors::http::{MAX_BODY, Problems};
use seawall_errors::{Coded, Error, Executed, Identity, Origin, Outcome, RetryClass};
use tokio::net::{TcpListener, TcpStream};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// In a crate that both sides use, or generated for each.
mod code {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);

        /// Stock is being recounted; the order was not placed.
        STOCK_BUSY = 2 => Unavailable.not_executed();
    }
}

seawall_errors::registry! { static CODES = [seawall_errors::FAMILY, code::CODES]; }
const PROBLEMS: Problems = Problems::new(&CODES);

/// What a client does about an error of a call that is not idempotent.
fn decide(error: &Error) -> &'static str {
    let safe = error.code().executed() == Executed::No;
    match error.code().retry() {
        RetryClass::Never => "give up",
        _ if !safe => "give up: it may have been done",
        RetryClass::HigherLevel => "start over from above",
        RetryClass::Elsewhere => "ask another endpoint",
        _ => "repeat later",
    }
}

/// A call over a real connection, as any HTTP client makes it.
async fn get_order(address: std::net::SocketAddr, id: u64) -> Result<Result<(), Error>, BoxError> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    let driver = tokio::spawn(connection);
    let request =
        Request::get(format!("/orders/{id}")).header("host", "orders").body(Body::empty())?;
    let (parts, body) = sender.send_request(request).await?.into_parts();
    // Never read more of an error than is looked at.
    let body = Limited::new(body, MAX_BODY).collect().await?.to_bytes();
    driver.abort();
    if parts.status.is_success() {
        return Ok(Ok(()));
    }
    Ok(Err(PROBLEMS.error(parts.status, &parts.headers, &body)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Router::new()
        .route("/orders/1", get(async || "one lamp"))
        .route("/orders/2", get(async || respond(&busy())))
        .route("/orders/3", get(async || respond(&missing())))
        // A proxy in between, which knows nothing of codes.
        .route("/orders/4", get(async || (StatusCode::BAD_GATEWAY, "upstream gone")));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let expected = [
        None,
        Some(("STOCK_BUSY", "repeat later", Outcome::Failure)),
        Some(("ORDER_NOT_FOUND", "give up", Outcome::Success)),
        Some(("_OTHER", "give up: it may have been done", Outcome::Failure)),
    ];
    for (id, expected) in (1..).zip(expected) {
        let Err(error) = get_order(address, id).await? else {
            println!("order {id}: found");
            assert_eq!(expected, None);
            continue;
        };
        println!("order {id}: {error}");
        println!("  known: {}", matches!(error.identity(), Identity::Known(_)));
        println!("  then:  {}, after {:?}", decide(&error), error.retry_after());
        println!("  to a breaker: {}", error.outcome().as_str());
        assert_eq!(error.origin(), Origin::Remote);
        assert_eq!(Some((error.label(), decide(&error), error.outcome())), expected);
        assert_eq!(error.retry_after(), (id == 2).then_some(Duration::from_millis(250)));
    }
    server.abort();
    Ok(())
}

fn respond(error: &Error) -> Response {
    PROBLEMS.response(error)
}

fn busy() -> Error {
    Error::new(code::STOCK_BUSY).with_retry_after(Duration::from_millis(250))
}

fn missing() -> Error {
    Error::new(code::ORDER_NOT_FOUND).with_arg("order_id", 3)
}
