//! A gRPC server and a client without generated code: empty messages, and a
//! path that says what is wanted.

use std::convert::Infallible;
use std::net::SocketAddr;

use http::uri::PathAndQuery;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};
use tower::service_fn;

/// A message that is always empty.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Empty;

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

/// Serves on loopback, for as long as the runtime runs: a call of `/unary/…` gets the status
/// as its whole answer, one of `/stream/…` in the trailer after a message.
pub(crate) async fn serve<H, F>(handler: H) -> SocketAddr
where
    H: Fn(String) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Status> + Send + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = service_fn(move |request: http::Request<Body>| {
        let handler = handler.clone();
        async move {
            let path = request.uri().path().to_owned();
            let mut grpc = tonic::server::Grpc::new(Empty);
            let streams = path.starts_with("/stream/");
            let wanted = path.rsplit('/').next().unwrap_or_default().to_owned();
            let answer = if streams {
                let handler = service_fn(move |_: Request<()>| {
                    let status = handler(wanted.clone());
                    async {
                        let messages = [Ok(()), Err(status.await)];
                        Ok::<_, Status>(Response::new(futures::stream::iter(messages)))
                    }
                });
                grpc.server_streaming(Streams(handler), request).await
            } else {
                let handler = service_fn(move |_: Request<()>| {
                    let status = handler(wanted.clone());
                    async { Err::<Response<()>, _>(status.await) }
                });
                grpc.unary(handler, request).await
            };
            Ok::<_, Infallible>(answer)
        }
    });
    tokio::spawn(Server::builder().serve_with_incoming(service, TcpIncoming::from(listener)));
    address
}

/// tonic's blanket implementation wants a nameable stream.
struct Streams<S>(S);

impl<S, T> tonic::server::ServerStreamingService<()> for Streams<S>
where
    S: tower::Service<Request<()>, Response = Response<T>, Error = Status>,
    T: futures::Stream<Item = Result<(), Status>>,
{
    type Response = ();
    type ResponseStream = T;
    type Future = S::Future;

    fn call(&mut self, request: Request<()>) -> S::Future {
        self.0.call(request)
    }
}

pub(crate) async fn connect(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// What the server answers: its status, in the header or after a message.
pub(crate) async fn call(channel: &Channel, path: &str) -> Status {
    let mut grpc = tonic::client::Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let uri = PathAndQuery::try_from(path).unwrap();
    if path.starts_with("/stream/") {
        let answer = grpc.server_streaming(Request::new(()), uri, Empty).await;
        let mut messages = answer.unwrap().into_inner();
        assert_eq!(messages.message().await.unwrap(), Some(()));
        messages.message().await.unwrap_err()
    } else {
        grpc.unary::<(), (), _>(Request::new(()), uri, Empty).await.unwrap_err()
    }
}
