//! What every request goes through before any route: it gets an id that the answer, the log and the trace name, is counted and
//! timed, and may be turned away.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use hyper_util::service::TowerToHyperService;
use tower_http::cors::{Cors, CorsLayer};
use tower_layer::Layer;
use tracing::Instrument;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::{HeaderName, HeaderValue, Method, Request};
use warp::reply::Response;

use super::Problem;

/// The id of a request; one that comes from outside is kept.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is kept.
const LONGEST_ID: usize = 64;

/// Who asks for what.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'r> {
    /// The method.
    pub method: &'r Method,
    /// The path, without the query.
    pub path: &'r str,
    /// What the request says of itself.
    pub headers: &'r warp::http::HeaderMap,
    /// The other end of the connection: a buyer, or a proxy.
    pub peer: IpAddr,
}

/// Lets a request in, or says why not.
pub type Admit = Arc<dyn Fn(&Asked<'_>) -> Result<(), Problem> + Send + Sync>;

/// What a server does with every request.
#[derive(Clone, Default)]
pub struct Front {
    /// Who is turned away; nobody when absent.
    pub admit: Option<Admit>,
    /// Pages of which other origins may read answers (Fetch standard, section 3.2); none when absent.
    pub cors: Option<CorsLayer>,
}

/// Answers the requests of one connection.
#[derive(Clone)]
pub(super) struct Reception {
    admit: Option<Admit>,
    peer: IpAddr,
    routes: BoxedFilter<(Response,)>,
}

impl Front {
    /// What answers the requests of a connection.
    pub(super) fn reception(
        &self, routes: &BoxedFilter<(Response,)>, peer: IpAddr,
    ) -> TowerToHyperService<Cors<Reception>> {
        let reception = Reception { admit: self.admit.clone(), peer, routes: routes.clone() };
        // Without any origin the layer adds nothing.
        let cors = self.cors.clone().unwrap_or_default();
        TowerToHyperService::new(cors.layer(reception))
    }
}

impl<B> tower_service::Service<Request<B>> for Reception
where
    B: hyper::body::Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + Sync + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let began = Instant::now();
        let method = request.method().clone();
        if method == Method::HEAD {
            // The connection knows what was asked and leaves the body away (RFC 9110, section 9.3.2).
            *request.method_mut() = Method::GET;
        }
        let id = kept(request.headers().get(&REQUEST_ID)).unwrap_or_else(fresh);
        let (path, peer) = (request.uri().path(), self.peer);
        let asked = Asked { method: &method, path, headers: request.headers(), peer };
        let turned_away = self.admit.as_ref().and_then(|admit| admit(&asked).err());
        let span = tracing::info_span!(
            "request",
            otel.kind = "server",
            http.request.method = %method,
            url.path = path,
            request_id = id.to_str().unwrap_or_default(),
            http.response.status_code = tracing::field::Empty,
        );
        let answering = (turned_away.is_none()).then(|| warp::service(self.routes.clone()).call(request));
        let shown = span.clone();
        let answer = async move {
            let mut response = match answering {
                Some(answering) => answering.await?,
                None => turned_away.map(Response::from).unwrap_or_default(),
            };
            let status = response.status().as_u16();
            shown.record("http.response.status_code", status);
            let labels = [("method", method.as_str().to_owned()), ("status", status.to_string())];
            metrics::histogram!("http_request_seconds", &labels).record(began.elapsed().as_secs_f64());
            response.headers_mut().insert(REQUEST_ID, id);
            Ok(response)
        };
        Box::pin(answer.instrument(span))
    }
}

/// An id that somebody before us gave, when it can be one.
fn kept(given: Option<&HeaderValue>) -> Option<HeaderValue> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    given.filter(|id| (1..=LONGEST_ID).contains(&id.len()) && id.as_bytes().iter().all(plain)).cloned()
}

fn fresh() -> HeaderValue {
    HeaderValue::from_str(&Uuid::new_v4().to_string()).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_kept() {
        let keeps = |text: &'static str| kept(Some(&HeaderValue::from_static(text))).is_some();
        assert!(keeps("01J-abc_9.x"));
        assert!(!keeps("") && !keeps("a b") && !keeps("<script>"));
        assert!(!kept(Some(&HeaderValue::from_str(&"x".repeat(65)).unwrap())).is_some_and(|_| true));
        assert!(kept(None).is_none());
    }
}
