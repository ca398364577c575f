//! gRPC: the catalogue of `polis.insurer.v1` as a stream, within a deadline that the insurer is told.

use std::error::Error;
use std::time::Duration;

use polis_actors::poller::{PollError, Polled, Polling, Source, Validator, Validators};
use polis_actors::runtime::root_cause;
use polis_proto::date;
use polis_proto::insurer::v1::catalogue_service_client::CatalogueServiceClient;
use polis_proto::insurer::v1::stream_products_response::Part;
use polis_proto::insurer::v1::{Product, StreamProductsRequest, StreamProductsResponse, Tariff};
use prost::Message;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tonic::metadata::{Ascii, MetadataKey, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status, Streaming, TimeoutExpired};
use tonic_types::StatusExt;
use url::Url;

use super::auth::AuthConfig;
use super::authority::Authority;
use super::http::Http;
use crate::mapping::{Building, Mapper};
use crate::offer::{Catalogue, Place};

/// The mapping of an insurer whose file has none.
pub const MAPPING: &str = include_str!("polis_insurer_v1.toml");

/// `Code::Unauthenticated`, on the wire.
const UNAUTHENTICATED: u16 = 16;
const CONNECT: Duration = Duration::from_secs(3);
/// A connection that is dead without saying so is noticed between two polls.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Where the service is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrpcConfig {
    /// `http://` or `https://`, host and port.
    pub url: Url,
    /// Who we are.
    pub auth: Option<AuthConfig>,
}

/// An insurer that serves `polis.insurer.v1`.
pub struct Grpc {
    url: Url,
    http: Http,
    mapper: Mapper,
    deadline: Duration,
    tls: ClientTlsConfig,
    /// Made with the first call; it connects again by itself.
    channel: OnceCell<Channel>,
}

impl Grpc {
    /// A client for one insurer. `http` brings our credentials.
    pub(crate) fn new(
        config: &GrpcConfig, http: Http, authority: Option<&Authority>, mapper: Mapper, deadline: Duration,
    ) -> Self {
        let tls = ClientTlsConfig::new().with_native_roots();
        let tls = match authority {
            Some(authority) => tls.ca_certificate(Certificate::from_pem(&authority.pem)),
            None => tls,
        };
        Self { url: config.url.clone(), http, mapper, deadline, tls, channel: OnceCell::new() }
    }

    fn address(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    fn malformed(&self, what: impl Into<String>) -> PollError {
        PollError::Malformed { address: self.address().to_owned(), what: what.into() }
    }

    async fn channel(&self) -> Result<Channel, PollError> {
        let connect = async || {
            let mut endpoint = Endpoint::from_shared(self.http.actual(self.address()))?
                .connect_timeout(CONNECT)
                .http2_keep_alive_interval(KEEP_ALIVE);
            if self.url.scheme() == "https" {
                endpoint = endpoint.tls_config(self.tls.clone())?;
            }
            Ok(endpoint.connect_lazy())
        };
        let unusable = |error: tonic::transport::Error| PollError::Unreachable {
            address: self.address().to_owned(),
            cause: root_cause(&error),
        };
        self.channel.get_or_try_init(connect).await.map_err(unusable).cloned()
    }

    async fn call(
        &self, known: Option<&Validator>, began: Instant,
    ) -> Result<Streaming<StreamProductsResponse>, PollError> {
        let known_version = known.and_then(|known| known.etag.clone()).unwrap_or_default();
        let mut request = Request::new(StreamProductsRequest { known_version });
        request.set_timeout(self.deadline);
        if let Some((name, value)) = self.http.credentials().await? {
            let unfit = |_| self.malformed(format!("{name} cannot be sent as gRPC metadata"));
            let key = MetadataKey::<Ascii>::from_bytes(name.as_str().as_bytes()).map_err(unfit)?;
            let unfit = || self.malformed(format!("the value of {name} cannot be sent as gRPC metadata"));
            let value = value.to_str().ok().and_then(|text| MetadataValue::try_from(text).ok()).ok_or_else(unfit)?;
            request.metadata_mut().insert(key, value);
        }
        self.http.pace().await;
        let mut client =
            CatalogueServiceClient::new(self.channel().await?).max_decoding_message_size(self.http.limits.body_bytes);
        let response = match client.stream_products(request).await {
            Ok(response) => response,
            Err(status) => return Err(self.refused(status, began)),
        };
        let content_type = response.metadata().get("content-type").and_then(|value| value.to_str().ok());
        if content_type.is_some_and(|content| content.starts_with("text/html")) {
            return Err(self.malformed("the answer is a web page, not data"));
        }
        Ok(response.into_inner())
    }

    /// What a status means: the insurer's own word, or that nobody is there, or that the answer is broken.
    fn refused(&self, status: Status, began: Instant) -> PollError {
        let address = self.address().to_owned();
        let broken = matches!(status.code(), Code::Internal | Code::OutOfRange | Code::DataLoss | Code::Cancelled);
        let underneath = status.source().map(|source| (root_cause(source), is_timeout(source)));
        match (status.code(), underneath) {
            (_, Some((_, true))) => PollError::TimedOut(self.deadline),
            // The insurer was told the deadline, and may notice its end before we do.
            (Code::Cancelled | Code::DeadlineExceeded, _) if began.elapsed() >= self.deadline => {
                PollError::TimedOut(self.deadline)
            }
            (Code::Unavailable, Some((cause, _))) => PollError::Unreachable { address, cause },
            (_, Some((cause, _))) => self.malformed(format!("the stream ends early: {cause}")),
            (Code::OutOfRange, None) => {
                self.malformed(format!("a message is larger than the {} bytes allowed", self.http.limits.body_bytes))
            }
            (_, None) if broken => self.malformed(status.message()),
            (code, None) => {
                let retry_after = status.get_details_retry_info().and_then(|info| info.retry_delay);
                let what = format!("{code:?} {}", status.message()).trim_end().to_owned();
                PollError::Status {
                    address,
                    status: u16::try_from(i32::from(code)).unwrap_or_default(),
                    what,
                    retry_after,
                }
            }
        }
    }

    async fn catalogue(&self, known: &Validators) -> Result<Polled<Catalogue>, PollError> {
        let (address, began) = (self.address(), Instant::now());
        let mut stream = self.call(known.get(address), began).await?;
        let mut building = self.mapper.begin(self.http.limits.items);
        let (mut bytes, mut products, mut end) = (0, 0, None);
        loop {
            let message = match stream.message().await {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(status) => return Err(self.refused(status, began)),
            };
            if end.is_some() {
                return Err(self.malformed("goes on after its end"));
            }
            bytes += message.encoded_len();
            if bytes > self.http.limits.body_bytes {
                let most = self.http.limits.body_bytes;
                return Err(self.malformed(format!("the stream is larger than the {most} bytes allowed")));
            }
            match message.part {
                Some(Part::Products(some)) => {
                    products += some.products.len();
                    some.products.iter().try_for_each(|product| self.item(product, &mut building))?;
                }
                Some(Part::End(last)) => end = Some(last),
                Some(Part::NotModified(_)) if known.contains_key(address) && products == 0 => {
                    return Ok(Polled::NotModified);
                }
                Some(Part::NotModified(_)) => return Err(self.malformed("not modified, though nothing was known")),
                // A part of a later version of the contract.
                None => {}
            }
        }
        let end = end.ok_or_else(|| self.malformed("the stream ends early: it has no end"))?;
        if usize::try_from(end.products) != Ok(products) {
            return Err(self.malformed(format!("has {products} products and says {}", end.products)));
        }
        let told = (!end.version.is_empty()).then(|| (address.to_owned(), Validator::tag(end.version)));
        let validators = told.into_iter().collect();
        Ok(Polled::Whole { content: building.finish(address)?, validators })
    }

    fn item(&self, product: &Product, building: &mut Building<'_>) -> Result<(), PollError> {
        let place = Place { address: self.address(), product: &product.product_id };
        let tariffs = product.tariffs.iter().map(|tariff| tariff_item(&place, tariff));
        let mut item = texts([
            ("product_id", &product.product_id),
            ("line", &product.line),
            ("name", &product.name),
            ("description", &product.description),
            ("url", &product.url),
        ]);
        item.insert("tariffs".to_owned(), tariffs.collect::<Result<Vec<_>, _>>()?.into());
        building.item(self.address(), &item.into())
    }
}

/// Whether it is our own deadline that has passed.
fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source()).any(|error| error.is::<TimeoutExpired>())
}

/// Texts that are there: an empty one is an absent one in proto3.
fn texts<const N: usize>(fields: [(&str, &String); N]) -> Map<String, Value> {
    let there = fields.into_iter().filter(|(_, text)| !text.is_empty());
    there.map(|(name, text)| (name.to_owned(), text.as_str().into())).collect()
}

fn tariff_item(place: &Place<'_>, tariff: &Tariff) -> Result<Value, PollError> {
    let mut item = texts([("tariff_id", &tariff.tariff_id), ("name", &tariff.name)]);
    if let Some(premium) = &tariff.premium {
        let amount = premium.amount().map_err(|error| place.error("premium", error.to_string()))?;
        item.insert(
            "premium".to_owned(),
            serde_json::json!({ "amount": amount.to_string(), "currency": premium.currency_code }),
        );
    }
    for (field, day) in [("valid_from", &tariff.valid_from), ("valid_to", &tariff.valid_to)] {
        if let Some(day) = day {
            let day = date(day).map_err(|error| place.error(field, error.to_string()))?;
            item.insert(field.to_owned(), day.to_string().into());
        }
    }
    Ok(item.into())
}

impl Source for Grpc {
    type Content = Catalogue;

    fn protocol(&self) -> &'static str {
        "grpc"
    }

    fn poll<'a>(&'a self, validators: &'a Validators) -> Polling<'a, Catalogue> {
        Box::pin(async move {
            match self.catalogue(validators).await {
                // A token that was revoked before its time is replaced once: that costs no poll.
                Err(PollError::Status { status: UNAUTHENTICATED, .. }) if self.http.refused().await => {
                    self.catalogue(validators).await
                }
                polled => polled,
            }
        })
    }
}
