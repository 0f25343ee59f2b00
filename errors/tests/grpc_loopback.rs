//! Errors through a real tonic server, over real sockets.
#![cfg(feature = "tonic")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

#[path = "support/loopback.rs"]
mod loopback;

use std::time::Duration;

use loopback::{call, connect, serve};
use seawall_errors::{Coded, Error, FAMILY, Identity, Origin, RetryClass, family, grpc};
use tonic::transport::Endpoint;
use tonic::{Code as TonicCode, Status};

mod orders {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;
        /// The order was here once.
        ORDER_GONE = 1 => NotFound.http(410).keys(&["order_id", "story"]);
    }
}

seawall_errors::registry! { static CODES = [FAMILY, orders::CODES]; }
// A service in between that knows nobody's codes but its own.
seawall_errors::registry! { static MIDDLE = [middle::CODES]; }

mod middle {
    seawall_errors::codes! {
        pub domain "middle.acme.com" = 220;
        /// It is in the middle that something went wrong.
        MUDDLE = 1 => Internal;
    }
}

const DELAY: Duration = Duration::new(3, 250_000_001);

fn raise(number: &str) -> Error {
    let code = CODES.by_number(number.parse().unwrap()).unwrap();
    let mut error = Error::new(code)
        .with_message("größer\nals \"0\" %")
        .with_retry_after(DELAY)
        .with_source(std::io::Error::other("secret"));
    for key in code.keys() {
        error = error.with_arg(key, format!("{key} €\n"));
    }
    error.without_retry()
}

async fn last_and_middle() -> [tonic::transport::Channel; 2] {
    let last = serve(async |number: String| Status::from(raise(&number))).await;
    let last = connect(last).await;
    let behind = last.clone();
    let middle = serve(move |number: String| {
        let behind = behind.clone();
        async move { grpc::error(&MIDDLE, &call(&behind, &format!("/unary/{number}")).await).into() }
    })
    .await;
    [last, connect(middle).await]
}

#[tokio::test]
async fn every_code_comes_back_the_same_over_one_hop_and_over_one_that_does_not_know_it() {
    for (channel, hops) in last_and_middle().await.iter().zip(1..) {
        for code in CODES.codes() {
            for way in ["unary", "stream"] {
                let status = call(channel, &format!("/{way}/{}", code.number())).await;
                let what = format!("{code}, {way}, {hops} hops: {status:?}");
                assert!(!format!("{status:?}").contains("secret"), "{what}");
                assert_eq!(i32::from(status.code()), i32::from(code.grpc().number()), "{what}");
                let error = grpc::error(&CODES, &status);
                let sent = raise(&code.number().to_string());
                assert_eq!(error.identity(), Identity::Known(code), "{what}");
                assert_eq!(error.origin(), Origin::Remote, "{what}");
                assert_eq!(error.message(), sent.message(), "{what}");
                assert!(error.args().eq(sent.args()), "{what}");
                assert_eq!(error.retry_after(), Some(DELAY), "{what}");
                assert_eq!(error.retry(), RetryClass::Never, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_large_error_arrives_with_its_code_where_the_same_uncapped_is_lost() {
    let server = serve(async |wanted: String| {
        let error = Error::new(orders::ORDER_GONE)
            .with_arg("order_id", 7)
            .with_arg("story", "x".repeat(60_000))
            .with_message("y".repeat(60_000));
        let uncapped = grpc::Encoder::new().with_limit(usize::MAX);
        if wanted == "capped" { error.into() } else { uncapped.status(&error) }
    })
    .await;
    let channel = connect(server).await;
    let error = grpc::error(&CODES, &call(&channel, "/unary/capped").await);
    assert_eq!((error.code(), error.code().http()), (orders::ORDER_GONE, 410));
    let lost = grpc::error(&CODES, &call(&channel, "/unary/uncapped").await);
    assert_ne!(lost.code(), orders::ORDER_GONE, "if this holds no more, the cap can go");
}

#[tokio::test]
async fn nobody_there_is_a_connection_that_was_not_made() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let lazy = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
    let status = call(&lazy, "/unary/1").await;
    assert_eq!(Coded::code(&status), family::CONNECT_FAILED);
    let error = grpc::error(&CODES, &status);
    assert_eq!((error.code(), error.origin()), (family::CONNECT_FAILED, Origin::Local));
}

#[tokio::test]
async fn a_call_that_its_own_client_gave_up_is_a_timeout_and_no_cancellation() {
    let server = serve(async |_: String| std::future::pending().await).await;
    let channel = Endpoint::from_shared(format!("http://{server}"))
        .unwrap()
        .timeout(Duration::from_millis(20))
        .connect()
        .await
        .unwrap();
    let status = call(&channel, "/unary/1").await;
    assert_eq!(status.code(), TonicCode::Cancelled, "as tonic has it");
    assert_eq!(Coded::code(&status), family::ATTEMPT_TIMEOUT);
    assert_eq!(grpc::error(&CODES, &status).code(), family::ATTEMPT_TIMEOUT);
}
