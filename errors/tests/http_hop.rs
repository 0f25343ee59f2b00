//! Errors over real HTTP connections on loopback: from a service to its client,
//! and through a service in between that knows none of the codes.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use seawall_errors::http::{ERROR_CODE, MAX_BODY, Problems};
use seawall_errors::{Coded, Error, Executed, FAMILY, Identity, Origin, family};
use tokio::net::{TcpListener, TcpStream};

mod orders {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
        /// The order is gone.
        ORDER_GONE = 2 => NotFound.http(410);
        /// The order cannot be read: 无法处理.
        ORDER_UNREADABLE = 3 => InvalidArgument.http(422).keys(&["order_id"]);
        /// The order came too slowly.
        ORDER_TOO_SLOW = 4 => Aborted.http(408);
    }
}

seawall_errors::registry! { static CODES = [FAMILY, orders::CODES]; }
const PROBLEMS: Problems = Problems::new(&CODES);

// A service that knows not even our own family.
seawall_errors::registry! { static NONE = []; }
const STRANGER: Problems = Problems::new(&NONE).with_type_url("https://stranger.example/{name}");

type Reply = (StatusCode, HeaderMap, Bytes);

/// Answers each request on each connection; ends with the test's runtime.
async fn serve<F>(answer: impl Fn(Request<Incoming>) -> F + Clone + Send + 'static) -> SocketAddr
where
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = answer.clone();
            let service = service_fn(move |request| {
                let response = answer(request);
                async move { Ok::<_, Infallible>(response.await) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

async fn call(address: SocketAddr, method: Method, path: &str) -> Reply {
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header("host", "orders");
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, body)
}

fn read(problems: Problems, (status, headers, body): &Reply) -> Error {
    problems.error(*status, headers, body)
}

/// The error for the path `/number`: with a message, a delay and all arguments.
fn error_for(path: &str) -> Error {
    let number = path.trim_start_matches('/').parse().unwrap();
    let code = CODES.by_number(number).unwrap();
    let error = Error::new(code)
        .with_message(format!("a \"{number}\"\r\nof 无"))
        .with_retry_after(Duration::from_millis(250))
        .with_arg("undeclared", "hidden")
        .with_source(std::io::Error::other("hidden"));
    code.keys().iter().fold(error, |error, key| error.with_arg(key, format!("{key} = \t7")))
}

async fn origin() -> SocketAddr {
    serve(async |request| PROBLEMS.response(&error_for(request.uri().path()))).await
}

/// A service that calls another, and answers its errors with what it got.
async fn middle(backend: SocketAddr) -> SocketAddr {
    serve(move |request: Request<Incoming>| async move {
        let reply = call(backend, request.method().clone(), request.uri().path()).await;
        let error = read(STRANGER, &reply);
        assert!(matches!(error.identity(), Identity::Foreign(_)));
        STRANGER.response(&error)
    })
    .await
}

#[tokio::test]
async fn every_code_arrives_as_itself_also_through_services_that_do_not_know_it() {
    let origin = origin().await;
    let once = middle(origin).await;
    let twice = middle(once).await;
    for code in CODES.codes() {
        let path = format!("/{}", code.number());
        let direct = call(origin, Method::GET, &path).await;
        assert!(!direct.2.windows(6).any(|window| window == b"hidden"), "{code}");
        for address in [origin, once, twice] {
            let reply = call(address, Method::GET, &path).await;
            assert_eq!((reply.0, &reply.2), (direct.0, &direct.2), "{code}: byte for byte");
            for header in ["content-type", ERROR_CODE, "retry-after"] {
                assert_eq!(reply.1[header], direct.1[header], "{code}");
            }
            let (error, sent) = (read(PROBLEMS, &reply), error_for(&path));
            assert_eq!(error.identity(), Identity::Known(code));
            assert_eq!(error.origin(), Origin::Remote);
            assert_eq!(error.message(), sent.message());
            assert_eq!(error.retry_after(), Some(Duration::from_millis(250)));
            assert!(error.args().eq(sent.public_args()), "{code}");
        }
    }
}

#[tokio::test]
async fn a_head_request_has_the_code_and_the_delay_but_no_body() {
    let origin = origin().await;
    for address in [origin, middle(origin).await] {
        for code in CODES.codes() {
            let reply = call(address, Method::HEAD, &format!("/{}", code.number())).await;
            assert_eq!((reply.0.as_u16(), reply.2.len()), (code.http(), 0));
            let error = read(PROBLEMS, &reply);
            assert_eq!(error.identity(), Identity::Known(code));
            assert_eq!(error.retry_after(), Some(Duration::from_secs(1)), "rounded up");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_answers_for_a_backend_is_foreign_through_all_hops() {
    let proxy = serve(async |_| {
        let mut response = Response::new(Full::from("upstream connect error"));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert("retry-after", "7".parse().unwrap());
        response
    })
    .await;
    for address in [proxy, middle(proxy).await, middle(middle(proxy).await).await] {
        let error = read(PROBLEMS, &call(address, Method::GET, "/").await);
        assert_eq!((error.code(), error.name()), (family::FOREIGN_UNAVAILABLE, ""));
        assert_eq!(error.code().executed(), Executed::Unknown);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }
}
