//! Answers errors from axum handlers as problems (RFC 9457), and calls that a layer
//! refuses, too.
//!
//! `cargo run -p seawall-errors --features http --example problem_json`

use std::fmt;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use seawall_errors::http::{AsProblem, MAX_BODY, Problems};
use seawall_errors::{Answer, Error, Rejected, family};
use tower::ServiceExt;

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

const PROBLEMS: Problems = Problems::new(&CODES).with_type_url("https://errors.acme.com/{number}");

/// The service's own error.
#[derive(Debug)]
enum OrderError {
    NotFound { id: u64 },
    StockBusy(std::io::Error),
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OrderError::NotFound { id } => write!(f, "order {id} not found"),
            OrderError::StockBusy(why) => write!(f, "stock busy: {why}"),
        }
    }
}

/// What leaves the process of each variant.
impl From<OrderError> for Error {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::NotFound { id } => {
                Error::new(code::ORDER_NOT_FOUND).with_arg("order_id", id)
            }
            OrderError::StockBusy(why) => Error::new(code::STOCK_BUSY)
                .with_retry_after(Duration::from_millis(250))
                .with_source(why),
        }
    }
}

impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        PROBLEMS.response(&self.into())
    }
}

async fn order(Path(id): Path<u64>) -> Result<String, OrderError> {
    match id {
        1 => Ok("one lamp".into()),
        2 => Err(OrderError::StockBusy(std::io::Error::other("shelf 7, row 3"))),
        id => Err(OrderError::NotFound { id }),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = Router::new().route("/orders/{id}", get(order));

    // A server would hand `app` to `axum::serve`; this calls it.
    for (path, status) in [("/orders/1", 200), ("/orders/2", 503), ("/orders/3", 404)] {
        let response = app.clone().oneshot(Request::get(path).body(Body::empty())?).await?;
        assert_eq!(response.status(), status);
        let text = show(path, response).await?;
        assert!(!text.contains("shelf 7"), "the source stays here");
    }

    // A limiter in front of it answers with `.with_answer(AsProblem)`.
    let refused = Rejected::new(family::RATE_LIMITED, "orders").with_numbers(&[10, 0]);
    let answer: Result<Response, std::convert::Infallible> = AsProblem.answer(refused);
    let text = show("refused", answer?).await?;
    assert!(text.contains(r#""limit":"10""#));
    Ok(())
}

async fn show(what: &str, response: Response) -> Result<String, axum::Error> {
    println!("{what}: {}", response.status());
    for name in ["content-type", "x-error-code", "retry-after"] {
        if let Some(value) = response.headers().get(name) {
            println!("  {name}: {value:?}");
        }
    }
    let body = to_bytes(response.into_body(), MAX_BODY).await?;
    let text = String::from_utf8_lossy(&body).into_owned();
    println!("  {text}");
    Ok(text)
}
