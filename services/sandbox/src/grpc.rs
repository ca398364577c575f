//! The insurer that serves `polis.insurer.v1`, and what it says when it is unwell.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use http_body_util::StreamBody;
use polis_actors::server::Closing;
use polis_proto::google_type::Money;
use polis_proto::insurer::v1::catalogue_service_server::{CatalogueService, CatalogueServiceServer};
use polis_proto::insurer::v1::stream_products_response::Part;
use polis_proto::insurer::v1::{
    End, NotModified, Product, Products, StreamProductsRequest, StreamProductsResponse, Tariff,
};
use prost::Message;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codegen::http::{self, HeaderValue, header};
use tonic::codegen::{Service, tokio_stream::wrappers::TcpListenerStream};
use tonic::transport::Server;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::exhibit::{Shown, exhibit};
use crate::fault::Fault;
use crate::market::{Insurer, Market};
use crate::{door, serve};

/// Products of a message.
const AT_ONCE: usize = 4;

type Answer = Pin<Box<dyn Stream<Item = Result<StreamProductsResponse, Status>> + Send>>;
type Answering = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

/// Serves until it is closing.
pub(crate) async fn run(market: Market, listener: TcpListener, closing: Closing) {
    let inner = CatalogueServiceServer::new(Catalogue);
    let served = Server::builder().serve_with_incoming_shutdown(
        AtTheDoor { market, inner },
        TcpListenerStream::new(listener),
        closing,
    );
    if let Err(error) = served.await {
        tracing::warn!(%error, "gRPC ended");
    }
}

/// Looks at the caller, and answers in place of the service where that is the fault.
#[derive(Clone)]
struct AtTheDoor {
    market: Market,
    inner: CatalogueServiceServer<Catalogue>,
}

impl Service<http::Request<Body>> for AtTheDoor {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Answering {
        let serving = self.market.with(|insurers| insurers.iter().find(|(_, i)| i.grpc).map(|(id, _)| id.clone()));
        let asked = serving.and_then(|id| serve::asked(&self.market, &id, true).map(|insurer| (id, insurer)));
        let mut inner = self.inner.clone();
        Box::pin(async move {
            let Some((id, insurer)) = asked else {
                return Ok(Status::unimplemented("no insurer of the sandbox serves gRPC").into_http());
            };
            if door::check(&insurer, request.headers()).is_err() {
                return Ok(Status::unauthenticated("неверный или отсутствующий ключ").into_http());
            }
            if let Some(rude) = rude(&insurer, &exhibit(&id, &insurer)) {
                return Ok(rude);
            }
            request.extensions_mut().insert(Shop { id, insurer });
            inner.call(request).await
        })
    }
}

/// The insurer as it was when the call began.
#[derive(Clone)]
struct Shop {
    id: String,
    insurer: Insurer,
}

/// Answers that no gRPC library would give.
fn rude(insurer: &Insurer, shown: &[Shown]) -> Option<http::Response<Body>> {
    let frame = |bytes: Vec<u8>| {
        let mut frame = BytesMut::new();
        frame.put_u8(0);
        frame.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        frame.put_slice(&bytes);
        Ok::<_, std::io::Error>(hyper::body::Frame::data(frame.freeze()))
    };
    let first = products(&shown[..shown.len().min(AT_ONCE)]).encode_to_vec();
    let (content, body) = match insurer.fault {
        Some(Fault::Html) => {
            let page = Bytes::from_static("<html><body>Ведутся работы</body></html>".as_bytes());
            ("text/html", Body::new(http_body_util::Full::new(page)))
        }
        Some(Fault::Cut) => {
            let cut = async {
                // The first part must be on its way before the stream ends.
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
            };
            let body = StreamBody::new(stream::iter([frame(first)]).chain(stream::once(cut)));
            ("application/grpc", Body::new(body))
        }
        Some(Fault::Encoding) => {
            let spoilt: Vec<u8> = first.iter().map(|byte| if *byte == b'1' { 0xd9 } else { *byte }).collect();
            ("application/grpc", Body::new(StreamBody::new(stream::iter([frame(spoilt)]))))
        }
        _ => return None,
    };
    let mut response = http::Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content));
    Some(response)
}

/// The service itself, for a caller who may come in.
struct Catalogue;

#[tonic::async_trait]
impl CatalogueService for Catalogue {
    type StreamProductsStream = Answer;

    async fn stream_products(&self, request: Request<StreamProductsRequest>) -> Result<Response<Answer>, Status> {
        let Some(Shop { id, insurer }) = request.extensions().get::<Shop>().cloned() else {
            return Err(Status::internal("called past the door"));
        };
        match &insurer.fault {
            Some(Fault::Status { status, retry_after, .. }) => return Err(refusal(*status, *retry_after)),
            Some(Fault::Slow { seconds }) => tokio::time::sleep(Duration::from_secs(*seconds)).await,
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::ChangedNamespace) => return Err(Status::unimplemented("this is polis.insurer.v2")),
            _ => {}
        }
        let shown = exhibit(&id, &insurer);
        let mut parts: Vec<StreamProductsResponse> = shown.chunks(AT_ONCE).map(products).collect();
        let version = version(&parts);
        if version == request.get_ref().known_version {
            parts = vec![part(Part::NotModified(NotModified {}))];
        } else {
            let count = i64::try_from(shown.len()).unwrap_or(i64::MAX);
            parts.push(part(Part::End(End { products: count, version })));
        }
        match insurer.fault {
            Some(Fault::Truncated) => parts.truncate(parts.len() / 2),
            Some(Fault::Large { megabytes }) => parts = wordy(&shown, megabytes),
            _ => {}
        }
        Ok(Response::new(Box::pin(stream::iter(parts.into_iter().map(Ok)))))
    }
}

/// The status of gRPC that says what one of HTTP does.
fn refusal(status: u16, retry_after: Option<u64>) -> Status {
    let code = match status {
        401 => Code::Unauthenticated,
        404 => Code::NotFound,
        429 => Code::ResourceExhausted,
        503 => Code::Unavailable,
        504 => Code::DeadlineExceeded,
        _ => Code::Unknown,
    };
    let details = retry_after.map(|seconds| ErrorDetails::with_retry_info(Some(Duration::from_secs(seconds))));
    Status::with_error_details(code, "не сейчас", details.unwrap_or_default())
}

fn part(part: Part) -> StreamProductsResponse {
    StreamProductsResponse { part: Some(part) }
}

/// The first product again and again, with a megabyte to say about it.
fn wordy(shown: &[Shown], megabytes: usize) -> Vec<StreamProductsResponse> {
    let told = |n: usize| {
        let product = shown.first()?;
        let (id, summary) = (format!("{}-{n}", product.id), "-".repeat(1 << 20));
        Some(products(&[Shown { id, summary, ..product.clone() }]))
    };
    (0..megabytes).filter_map(told).collect()
}

fn version(parts: &[StreamProductsResponse]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part.encode_to_vec()));
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn products(shown: &[Shown]) -> StreamProductsResponse {
    let products = shown.iter().map(|product| Product {
        product_id: product.id.clone(),
        line: product.line.clone(),
        name: product.title.clone(),
        description: product.summary.clone(),
        url: product.link.clone(),
        tariffs: product
            .tariffs
            .iter()
            .map(|tariff| Tariff {
                tariff_id: tariff.code.clone(),
                name: tariff.title.clone(),
                // What the sandbox offers fits; what does not is as good as no price.
                premium: tariff.amount.and_then(|amount| Money::from_decimal(amount, tariff.currency).ok()),
                valid_from: tariff.from.parse::<jiff::civil::Date>().ok().map(Into::into),
                valid_to: None,
            })
            .collect(),
    });
    part(Part::Products(Products { products: products.collect() }))
}
