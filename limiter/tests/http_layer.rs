//! The layers over HTTP: what responses tell, what a client obeys, and a real server.
#![cfg(all(feature = "tower", feature = "http", feature = "test-util"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "tests look at tokio's paused clock")]

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use futures::future::ready;
use http::{HeaderMap, Request, Response, StatusCode};
use seawall_errors::family::{QUEUE_TIMEOUT, RATE_LIMITED};
use seawall_errors::find_coded;
use seawall_errors::http::AsProblem;
use seawall_limiter::http::{Fields, HintPolicy, Standing};
use seawall_limiter::{
    Combined, LeakyQueue, LimiterLayer, LimiterWaitLayer, Quota, Rule, TokenBucket,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, advance};
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn ok()
-> impl Service<Request<()>, Response = Response<String>, Error = Infallible, Future: Send> + Clone
{
    service_fn(|_: Request<()>| ready(Ok(Response::new(String::new()))))
}

fn one_line<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    assert_eq!(lines.len(), 1, "{name}: {lines:?}");
    lines[0].to_str().unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_response_tells_how_its_client_stands() {
    let bucket = TokenBucket::new(Quota::per_second(2).with_name("search")).unwrap();
    let layer = LimiterLayer::new(bucket.with_fields(Fields::new())).with_answer(AsProblem);
    let service = layer.layer(ok());
    let mut told = Vec::new();
    for _ in 0..3 {
        let response = service.clone().oneshot(Request::new(())).await.unwrap();
        let headers = response.headers();
        assert_eq!(one_line(headers, "ratelimit-policy"), r#""search";q=2;w=1"#);
        let retry = headers.get("retry-after").map(|line| line.to_str().unwrap().to_owned());
        told.push((response.status().as_u16(), one_line(headers, "ratelimit").to_owned(), retry));
    }
    let line = |r| format!(r#""search";r={r};t=1"#);
    let expected =
        [(200, line(1), None), (200, line(0), None), (429, line(0), Some("1".to_owned()))];
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn each_of_several_limits_has_its_member_and_the_fullest_comes_first() {
    let limits = Combined::new(&[
        Rule::TokenBucket(Quota::per_second(10).with_name("second")),
        Rule::SlidingWindow(Quota::per_hour(4).with_name("hour")),
    ])
    .unwrap();
    let layer = LimiterLayer::new(limits.with_fields(Fields::new())).with_answer(AsProblem);
    let service = layer.layer(ok());
    for left in (0..4).rev() {
        let response = service.clone().oneshot(Request::new(())).await.unwrap();
        let standings = Standing::read(response.headers());
        let told: Vec<_> = standings.iter().map(|one| (one.limit(), one.remaining())).collect();
        assert_eq!(told[0], (Some(4), Some(left)), "{standings:?}");
        assert_eq!(told[1], (Some(10), Some(left + 6)), "{standings:?}");
    }
    let refused = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(one_line(refused.headers(), "retry-after"), "3600");
    assert!(one_line(refused.headers(), "ratelimit").starts_with(r#""hour";r=0;t=3600"#));
}

#[tokio::test(start_paused = true)]
async fn what_is_free_is_told_nothing_and_what_waits_is_told_after_the_wait() {
    let queue = LeakyQueue::new(Quota::per_second(10).with_max_wait(ms(150)).with_name("out"));
    let limit = queue
        .unwrap()
        .unless(|request: &Request<()>| request.uri().path() == "/health")
        .with_fields(Fields::new());
    let service = LimiterWaitLayer::new(limit).with_answer(AsProblem).layer(ok());
    let free = service.clone().oneshot(Request::get("/health").body(()).unwrap()).await.unwrap();
    assert!(!free.headers().contains_key("ratelimit"));
    let calls = (0..3).map(|_| service.clone().oneshot(Request::new(())));
    let answers = futures::future::join_all(calls).await;
    let statuses: Vec<_> = answers.iter().map(|a| a.as_ref().unwrap().status().as_u16()).collect();
    assert_eq!(statuses, [200, 200, 503]);
    for answer in answers {
        let answer = answer.unwrap();
        assert!(one_line(answer.headers(), "ratelimit").starts_with(r#""out";r=0;t=1"#));
    }
}

#[tokio::test(start_paused = true)]
async fn what_one_call_is_told_all_clones_of_the_client_obey() {
    let sent = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&sent);
    let server = service_fn(move |_: Request<()>| {
        let status = if seen.fetch_add(1, Relaxed) == 0 { 429 } else { 200 };
        let response = Response::builder().status(status).header("retry-after", "2");
        ready(response.body(()).map_err(BoxError::from))
    });
    let queue = LeakyQueue::new(Quota::per_second(100).with_max_wait(ms(5000))).unwrap();
    let limit = queue.obey(HintPolicy::new().with_jitter_percent(20));
    let client = LimiterWaitLayer::new(limit).layer(server);
    let start = Instant::now();
    let first = client.clone().oneshot(Request::new(())).await.unwrap();
    assert_eq!(first.status(), StatusCode::TOO_MANY_REQUESTS);
    let others = (0..3).map(|_| client.clone().oneshot(Request::new(())));
    for other in futures::future::join_all(others).await {
        assert_eq!(other.unwrap().status(), 200);
    }
    let waited = start.elapsed();
    assert!(waited >= ms(2000) && waited <= ms(2430), "{waited:?}");
    assert_eq!(sent.load(Relaxed), 4);
}

#[tokio::test(start_paused = true)]
async fn who_cannot_wait_as_long_as_the_server_says_is_refused_at_once() {
    let server = service_fn(|_: Request<()>| {
        let response = Response::builder().status(503).header("retry-after", "60");
        ready(response.body(()).map_err(BoxError::from))
    });
    let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
    let limit = bucket.clone().obey(HintPolicy::new().with_cap(Duration::from_secs(30)));
    let client = LimiterWaitLayer::new(limit).layer(server);
    client.clone().oneshot(Request::new(())).await.unwrap();
    let start = Instant::now();
    let error = client.oneshot(Request::new(())).await.unwrap_err();
    let refused = find_coded(&*error).unwrap();
    assert_eq!((refused.code(), start.elapsed()), (QUEUE_TIMEOUT, Duration::ZERO));
    let wait = refused.retry_after().unwrap();
    assert!(wait >= Duration::from_secs(30) && wait <= Duration::from_secs(33), "{wait:?}");
    advance(wait).await;
    assert!(bucket.try_acquire().is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_refuses_here_is_not_taken_for_an_answer_of_the_server() {
    let bucket = TokenBucket::new(Quota::per_second(1)).unwrap();
    let limit = bucket.clone().obey(HintPolicy::new());
    let layer = LimiterLayer::new(limit).answer_with(|refused| {
        let response = Response::builder().status(refused.code().http());
        response.header("retry-after", "600").body(String::new()).unwrap_or_default()
    });
    let service = layer.layer(ok());
    assert_eq!(service.clone().oneshot(Request::new(())).await.unwrap().status(), 200);
    assert_eq!(service.clone().oneshot(Request::new(())).await.unwrap().status(), 429);
    assert_eq!(bucket.snapshot().blocked_for, None);
    advance(ms(1000)).await;
    assert_eq!(service.oneshot(Request::new(())).await.unwrap().status(), 200);
}

/// Sends one request over a connection and returns the head of the answer.
async fn get_over(stream: &mut TcpStream) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut read = Vec::new();
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut chunk = [0; 1024];
        let n = stream.read(&mut chunk).await.unwrap();
        assert!(n > 0, "closed in mid-sentence");
        read.extend_from_slice(&chunk[..n]);
    }
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn two_connections_to_a_real_server_share_one_limit() {
    let bucket = TokenBucket::new(Quota::per_hour(3).with_name("door")).unwrap();
    let layer = LimiterLayer::new(bucket.with_fields(Fields::new())).with_answer(AsProblem);
    let app = Router::new().route("/", get(|| async { "" })).layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut one = TcpStream::connect(address).await.unwrap();
    let mut other = TcpStream::connect(address).await.unwrap();
    let mut statuses = Vec::new();
    for _ in 0..2 {
        for stream in [&mut one, &mut other] {
            let head = get_over(stream).await;
            statuses.push(head[9..12].to_owned());
            assert!(head.contains("ratelimit: \"door\";r="), "{head}");
        }
    }
    assert_eq!(statuses, ["200", "200", "200", "429"]);
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn a_refusal_without_an_answer_is_an_error_and_has_no_fields() {
    let bucket = TokenBucket::new(Quota::per_hour(1)).unwrap().with_fields(Fields::new());
    let inner = service_fn(|_: Request<()>| ready(Ok::<_, BoxError>(Response::new(()))));
    let service = LimiterLayer::new(bucket).layer(inner);
    service.clone().oneshot(Request::new(())).await.unwrap();
    let error = service.oneshot(Request::new(())).await.unwrap_err();
    assert_eq!(find_coded(&*error).unwrap().code(), RATE_LIMITED);
}

#[tokio::test(start_paused = true)]
async fn the_policies_stay_in_place_whichever_is_the_fullest() {
    let limits = Combined::new(&[
        Rule::TokenBucket(Quota::per_second(3).with_name("second")),
        Rule::SlidingWindow(Quota::per_minute(4).with_name("minute")),
    ])
    .unwrap();
    let layer = LimiterLayer::new(limits.with_fields(Fields::new())).with_answer(AsProblem);
    let service = layer.layer(ok());
    let mut fullest = Vec::new();
    for _ in 0..6 {
        let response = service.clone().oneshot(Request::new(())).await.unwrap();
        let policies = one_line(response.headers(), "ratelimit-policy");
        assert_eq!(policies, r#""second";q=3;w=1, "minute";q=4;w=60"#);
        let level = one_line(response.headers(), "ratelimit");
        fullest.push(level.starts_with(r#""second""#));
        advance(ms(350)).await;
    }
    assert!(fullest.contains(&true) && fullest.contains(&false), "{fullest:?}");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_service_and_a_refusal_that_is_one_are_left_as_they_are() {
    let inner = service_fn(|_: Request<()>| ready(Err::<Response<()>, _>(BoxError::from("down"))));
    let bucket = TokenBucket::new(Quota::per_second(2)).unwrap();
    let limit = bucket.clone().settle(|_: &Response<()>| 0).with_fields(Fields::new());
    let service = LimiterLayer::new(limit).layer(inner);
    let error = service.clone().oneshot(Request::new(())).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), bucket.remaining()), ("down", 1));
    service.clone().oneshot(Request::new(())).await.unwrap_err();
    let refused = service.oneshot(Request::new(())).await.unwrap_err();
    assert_eq!(find_coded(&*refused).unwrap().code(), RATE_LIMITED);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_would_break_a_header_breaks_none() {
    let name = "a\"b\\c\r\nset-cookie: x\0é";
    let bucket = TokenBucket::new(Quota::per_second(1).with_name(name)).unwrap();
    let layer = LimiterLayer::new(bucket.with_fields(Fields::new())).with_answer(AsProblem);
    let service = layer.layer(ok());
    for status in [200, 429] {
        let response = service.clone().oneshot(Request::new(())).await.unwrap();
        assert_eq!(response.status(), status);
        let level = one_line(response.headers(), "ratelimit");
        assert_eq!(level, r#""a\"b\\c%0D%0Aset-cookie: x%00%C3%A9";r=0;t=1"#);
        assert!(!response.headers().contains_key("set-cookie"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_the_impossible_is_believed_within_bounds() {
    let hostile = ["99999999999999999999", "0", "-1", "1e9", "Fri, 31 Dec 9999 23:59:59 GMT", "é"];
    for line in hostile {
        let server = service_fn(move |_: Request<()>| {
            let response = Response::builder().status(429).header("retry-after", line);
            ready(response.body(()).map_err(BoxError::from))
        });
        let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
        // No policy that would pass its check, for it is not asked for one.
        let policy = HintPolicy::new().with_cap(Duration::MAX).with_jitter_percent(u32::MAX);
        let client = LimiterLayer::new(bucket.clone().obey(policy)).layer(server);
        client.oneshot(Request::new(())).await.unwrap();
        let blocked = bucket.snapshot().blocked_for.unwrap_or_default();
        assert!(blocked <= Duration::from_secs(86_400), "{line}: {blocked:?}");
        let says_something = !["-1", "1e9", "é"].contains(&line);
        assert_eq!(blocked >= Duration::from_secs(1), says_something, "{line}: {blocked:?}");
    }
}
