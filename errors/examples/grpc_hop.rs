//! A code crosses two gRPC hops, the first of them through a service that has
//! never heard of it.
//!
//! `cargo run -p seawall-errors --features tonic --example grpc_hop`
//!
//! The plumbing at the end stands for what is generated from a `.proto` file.

use std::net::SocketAddr;
use std::time::Duration;

use seawall_errors::{Coded, Error, FAMILY, Identity, grpc};
use tonic::Status;

/// The codes of the orders, in a crate of their own in a real service.
mod code {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// The order was here once.
        ORDER_GONE = 1 => NotFound.http(410).keys(&["order_id"]);
    }
}

// Server and client know the codes of the orders; the gateway between them does not.
seawall_errors::registry! { static CODES = [FAMILY, code::CODES]; }
seawall_errors::registry! { static GATEWAY = [FAMILY]; }

/// The handler of the server: `?` makes a status of the error.
fn find_order(id: u64) -> Result<(), Status> {
    let row_missing = std::io::Error::other("row 7 of shard 3");
    Err(Error::new(code::ORDER_GONE)
        .with_arg("order_id", id)
        .with_retry_after(Duration::from_millis(250))
        .with_source(row_missing))?
}

/// The handler of the gateway: passes on what the server says.
async fn pass_on(server: SocketAddr) -> Result<(), Status> {
    let Err(status) = plumbing::call(server).await else { return Ok(()) };
    let error = grpc::error(&GATEWAY, &status);
    println!("gateway: {error}, to a breaker a {}", error.outcome().as_str());
    assert!(matches!(error.identity(), Identity::Foreign(_)));
    Err(error.into())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let server = plumbing::serve(async || find_order(7)).await?;
    let gateway = plumbing::serve(move || pass_on(server)).await?;

    let Err(status) = plumbing::call(gateway).await else { unreachable!("every call fails here") };
    let error = grpc::error(&CODES, &status);
    println!("client:  {error}, HTTP {}, retry: {}", error.code().http(), error.retry().as_str());

    assert_eq!(error.identity(), Identity::Known(code::ORDER_GONE));
    assert_eq!((error.code().http(), error.arg("order_id")), (410, Some("7")));
    assert_eq!(error.retry_after(), Some(Duration::from_millis(250)));
    assert!(!format!("{status:?}").contains("shard"), "what was for the log stayed there");
    Ok(())
}

mod plumbing {
    use std::convert::Infallible;
    use std::io;
    use std::net::SocketAddr;

    use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
    use tonic::transport::{Endpoint, Server, server::TcpIncoming};
    use tonic::{Request, Response, Status};
    use tower::service_fn;

    /// Answers every call on a port of its own.
    pub(crate) async fn serve<F>(
        handler: impl Fn() -> F + Clone + Send + 'static,
    ) -> io::Result<SocketAddr>
    where
        F: Future<Output = Result<(), Status>> + Send + 'static,
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let service = service_fn(move |request: http::Request<tonic::body::Body>| {
            let handler = handler.clone();
            async move {
                let unary = service_fn(move |_: Request<()>| {
                    let answer = handler();
                    async { answer.await.map(Response::new) }
                });
                let mut grpc = tonic::server::Grpc::new(Empty);
                Ok::<_, Infallible>(grpc.unary(unary, request).await)
            }
        });
        let incoming = TcpIncoming::from(listener);
        tokio::spawn(Server::builder().serve_with_incoming(service, incoming));
        Ok(address)
    }

    /// Calls whoever listens there.
    pub(crate) async fn call(address: SocketAddr) -> Result<(), Status> {
        let failed = |failure: tonic::transport::Error| Status::from_error(failure.into());
        let endpoint = Endpoint::from_shared(format!("http://{address}")).map_err(failed)?;
        let mut grpc = tonic::client::Grpc::new(endpoint.connect_lazy());
        grpc.ready().await.map_err(failed)?;
        let path = http::uri::PathAndQuery::from_static("/acme.Orders/Find");
        grpc.unary(Request::new(()), path, Empty).await.map(Response::into_inner)
    }

    /// The codec of a message without fields.
    #[derive(Clone, Copy)]
    struct Empty;

    impl Codec for Empty {
        type Encode = ();
        type Decode = ();
        type Encoder = Self;
        type Decoder = Self;

        fn encoder(&mut self) -> Self {
            Empty
        }

        fn decoder(&mut self) -> Self {
            Empty
        }
    }

    impl Encoder for Empty {
        type Item = ();
        type Error = Status;

        fn encode(&mut self, (): (), _: &mut EncodeBuf<'_>) -> Result<(), Status> {
            Ok(())
        }
    }

    impl Decoder for Empty {
        type Item = ();
        type Error = Status;

        fn decode(&mut self, _: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
            Ok(Some(()))
        }
    }
}
