//! What every request goes through before any route: it gets an id that the answer, the log and the trace name, is counted and
//! timed, and may be turned away.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use hyper_util::service::TowerToHyperService;
use tower_http::cors::CorsLayer;
use tower_layer::Layer;
use tracing::Instrument;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::{HeaderName, HeaderValue, Method, Request, StatusCode};
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
    /// Whether requests are traced; those of machines that ask whether we are well are not worth it.
    pub traced: bool,
    /// Who is turned away; nobody when absent.
    pub admit: Option<Admit>,
    /// Pages of which other origins may read answers (Fetch standard, section 3.2); none when absent.
    pub cors: Option<CorsLayer>,
}

/// Answers the requests of one connection.
#[derive(Clone)]
pub(super) struct Reception {
    front: Front,
    peer: IpAddr,
    routes: BoxedFilter<(Response,)>,
}

impl Front {
    /// What answers the requests of a connection.
    pub(super) fn reception(&self, routes: &BoxedFilter<(Response,)>, peer: IpAddr) -> TowerToHyperService<Reception> {
        TowerToHyperService::new(Reception { front: self.clone(), peer, routes: routes.clone() })
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
        let turned_away = self.front.admit.as_ref().and_then(|admit| admit(&asked).err());
        let span = if self.front.traced {
            tracing::info_span!(
                "request",
                otel.kind = "server",
                http.request.method = %method,
                url.path = path,
                request_id = id.to_str().unwrap_or_default(),
                http.response.status_code = tracing::field::Empty,
            )
        } else {
            tracing::Span::none()
        };
        let routes = warp::service(self.routes.clone());
        let answering: Option<Self::Future> = match (&turned_away, &self.front.cors) {
            (Some(_), _) => None,
            (None, Some(cors)) => Some(Box::pin(cors.layer(routes).call(request))),
            (None, None) => Some(Box::pin({ routes }.call(request))),
        };
        let shown = span.clone();
        let answer = async move {
            let mut response = match answering {
                Some(answering) => answering.await?,
                None => turned_away.map(Response::from).unwrap_or_default(),
            };
            let status = response.status().as_u16();
            shown.record("http.response.status_code", status);
            let labels = [("method", known(&method).to_owned()), ("status", status.to_string())];
            metrics::histogram!("http_request_seconds", &labels).record(began.elapsed().as_secs_f64());
            // Others that say why are answers: not now, not ready.
            if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
                tracing::warn!(request_id = id.to_str().unwrap_or_default(), status, "a request was not answered");
            }
            response.headers_mut().insert(REQUEST_ID, id);
            Ok(response)
        };
        Box::pin(answer.instrument(span))
    }
}

/// A method for a label: what clients invent makes no series of its own.
fn known(method: &Method) -> &str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH];
    if known.contains(method) { method.as_str() } else { "other" }
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
    use bytes::Bytes;
    use http_body_util::Empty;
    use hyper::service::Service as _;
    use tower_http::cors::CorsLayer;
    use warp::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, ORIGIN};
    use warp::{Filter, Reply};

    use super::*;

    const SHOP: &str = "https://shop.example";

    fn front() -> Front {
        let admit: Admit = Arc::new(
            |asked: &Asked<'_>| {
                if asked.path == "/busy" { Err(Problem::unavailable("not now")) } else { Ok(()) }
            },
        );
        let cors = CorsLayer::new().allow_origin([HeaderValue::from_static(SHOP)]).allow_methods([Method::POST]);
        Front { traced: false, admit: Some(admit), cors: Some(cors) }
    }

    async fn ask(method: Method, path: &str, headers: &[(HeaderName, &str)]) -> (u16, HeaderMap) {
        let routes = warp::path("here").and(warp::get()).map(|| "here".into_response()).boxed();
        let service = front().reception(&routes, [10, 0, 0, 1].into());
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response = service.call(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
        (response.status().as_u16(), response.headers().clone())
    }

    #[tokio::test]
    async fn every_answer_has_an_id() {
        let id = |headers: &HeaderMap| headers[REQUEST_ID].to_str().unwrap().to_owned();
        let (status, headers) = ask(Method::GET, "/here", &[(REQUEST_ID, "theirs-1")]).await;
        assert_eq!((status, id(&headers).as_str()), (200, "theirs-1"));
        let (_, first) = ask(Method::GET, "/here", &[(REQUEST_ID, "<script>")]).await;
        let (_, second) = ask(Method::GET, "/here", &[]).await;
        assert!(id(&first).len() == 36 && id(&second).len() == 36 && id(&first) != id(&second));
        let (status, headers) = ask(Method::GET, "/busy", &[]).await;
        assert!(status == 503 && headers.contains_key(REQUEST_ID) && headers["retry-after"] == "2");
        assert_eq!(ask(Method::HEAD, "/here", &[]).await.0, 200);
    }

    #[tokio::test]
    async fn pages_of_other_origins_read_what_they_may() {
        let (_, headers) = ask(Method::GET, "/here", &[(ORIGIN, SHOP)]).await;
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], SHOP);
        let (status, headers) = ask(Method::GET, "/here", &[(ORIGIN, "https://other.example")]).await;
        assert!(
            status == 200 && !headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN),
            "the browser keeps it from the page"
        );
        let preflight = [(ORIGIN, SHOP), (ACCESS_CONTROL_REQUEST_METHOD, "POST")];
        let (status, headers) = ask(Method::OPTIONS, "/here", &preflight).await;
        assert!(status == 200 && headers["access-control-allow-methods"] == "POST", "{headers:?}");
    }

    #[test]
    fn only_plain_ids_are_kept() {
        let keeps = |text: &str| kept(HeaderValue::from_str(text).ok().as_ref()).is_some();
        assert!(keeps("01J-abc_9.x"));
        assert!(!keeps("") && !keeps("a b") && !keeps("<script>") && !keeps(&"x".repeat(65)));
        assert!(kept(None).is_none());
    }
}
