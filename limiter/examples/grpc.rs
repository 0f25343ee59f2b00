//! A gRPC client understands a status, and no HTTP 429: refused that way, it sees an unknown error,
//! and nothing of when to come back. Here a layer in front of all services of a tonic server
//! refuses with `RESOURCE_EXHAUSTED` and the delay, and a tonic client keeps to it.
//!
//! `cargo run -p seawall-limiter --features tower,tokio --example grpc`
//!
//! The plumbing at the end stands for what is generated from a `.proto` file.

use std::net::SocketAddr;
use std::time::Duration;

use seawall_errors::{Coded, FAMILY, Origin, Rejected, family::RATE_LIMITED, grpc};
use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Status};
use tower::BoxError;

// The codes that the client knows.
seawall_errors::registry! { static CODES = [FAMILY]; }

/// What the server refuses with.
///
/// The delay goes along twice: in the details, to the nanosecond, and in the header to which
/// clients keep that repeat calls by themselves.
fn refuse(refused: Rejected) -> http::Response<tonic::body::Body> {
    let mut status = Status::from(refused);
    if let Some(delay) = refused.retry_after() {
        let millis = delay.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128);
        if let Ok(millis) = millis.to_string().parse() {
            status.metadata_mut().insert("grpc-retry-pushback-ms", millis);
        }
    }
    status.into_http()
}

async fn serve() -> Result<SocketAddr, BoxError> {
    let orders = TokenBucket::new(Quota::per_second(5).with_burst(3).with_name("orders"))?;
    // Health checks and reflection go past it.
    let limit = orders.unless(|request: &http::Request<tonic::body::Body>| {
        request.uri().path().starts_with("/grpc.")
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = Server::builder()
        .layer(LimiterLayer::new(limit).answer_with(refuse))
        .serve_with_incoming(plumbing::Orders, TcpIncoming::from(listener));
    tokio::spawn(server);
    Ok(address)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let channel = Endpoint::from_shared(format!("http://{}", serve().await?))?.connect().await?;

    for id in [7, 8, 9] {
        println!("order {id}: {}", find(&channel, id).await?);
    }
    // Three at once fit, the fourth does not.
    let Err(status) = find(&channel, 10).await else { return Err("has to be refused".into()) };
    let error = grpc::error(&CODES, &status);
    let delay = error.retry_after().ok_or("there is no delay")?;
    println!("order 10: {:?}, {error}, again in {delay:?}", status.code());
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!((error.code(), error.origin()), (RATE_LIMITED, Origin::Remote));
    assert!(delay <= Duration::from_millis(200));
    assert!(status.metadata().contains_key("grpc-retry-pushback-ms"));

    // What is exempt passes even now.
    let health = plumbing::call(&channel, "/grpc.health.v1.Health/Check", 0).await?;
    println!("health: {health}");

    // Who comes back when he was told to is served.
    tokio::time::sleep(delay).await;
    println!("order 10: {}", find(&channel, 10).await?);
    Ok(())
}

async fn find(channel: &Channel, id: u64) -> Result<String, Status> {
    plumbing::call(channel, "/acme.Orders/Find", id).await
}

mod plumbing {
    use std::convert::Infallible;
    use std::future::Future;
    use std::marker::PhantomData;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http::uri::PathAndQuery;
    use prost::Message;
    use tonic::body::Body;
    use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
    use tonic::transport::Channel;
    use tonic::{Request, Response, Status};
    use tower::{Service, service_fn};

    /// A service with one method: from a `UInt64Value` to a `StringValue`.
    #[derive(Clone, Copy)]
    pub(crate) struct Orders;

    impl Service<http::Request<Body>> for Orders {
        type Response = http::Response<Body>;
        type Error = Infallible;
        type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: http::Request<Body>) -> Self::Future {
            let find = service_fn(async |id: Request<u64>| {
                Ok::<_, Status>(Response::new(format!("found {}", id.into_inner())))
            });
            let mut grpc = tonic::server::Grpc::new(Prost::<String, u64>(PhantomData));
            Box::pin(async move { Ok(grpc.unary(find, request).await) })
        }
    }

    pub(crate) async fn call(
        channel: &Channel,
        path: &'static str,
        id: u64,
    ) -> Result<String, Status> {
        let mut grpc = tonic::client::Grpc::new(channel.clone());
        grpc.ready().await.map_err(|failure| Status::from_error(failure.into()))?;
        let path = PathAndQuery::from_static(path);
        let answer = grpc.unary(Request::new(id), path, Prost::<u64, String>(PhantomData)).await;
        answer.map(Response::into_inner)
    }

    /// Sends `E` and gets `D`.
    struct Prost<E, D>(PhantomData<(E, D)>);

    impl<E, D> Codec for Prost<E, D>
    where
        E: Message + 'static,
        D: Message + Default + 'static,
    {
        type Encode = E;
        type Decode = D;
        type Encoder = Self;
        type Decoder = Self;

        fn encoder(&mut self) -> Self {
            Prost(PhantomData)
        }

        fn decoder(&mut self) -> Self {
            Prost(PhantomData)
        }
    }

    impl<E: Message, D> Encoder for Prost<E, D> {
        type Item = E;
        type Error = Status;

        fn encode(&mut self, item: E, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
            item.encode(to).map_err(|error| Status::internal(error.to_string()))
        }
    }

    impl<E, D: Message + Default> Decoder for Prost<E, D> {
        type Item = D;
        type Error = Status;

        fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<D>, Status> {
            D::decode(from).map(Some).map_err(|error| Status::internal(error.to_string()))
        }
    }
}
