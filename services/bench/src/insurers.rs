//! Many invented insurers over HTTP, and the aggregator as a process that polls them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use polis_actors::http::{Front, HttpSpec};
use polis_actors::runtime::{Background, SupervisorSpec};
use polis_stack::free_port;
use warp::http::StatusCode;
use warp::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use warp::reply::Response;
use warp::{Filter, Reply};

/// What all insurers show. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<HashMap<String, Shown>>>);

#[derive(Clone)]
struct Shown {
    body: Bytes,
    /// None: the insurer sends everything every time.
    etag: Option<String>,
    /// When this state was last asked for.
    served: Option<Instant>,
}

impl Shelf {
    fn with<R>(&self, f: impl FnOnce(&mut HashMap<String, Shown>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows a catalogue of so many products; `edition` makes another price of every `step`th one.
    pub(crate) fn show(&self, insurer: &str, products: usize, edition: usize, step: usize, tagged: bool) {
        let mut text = String::from("{\"products\":[");
        for n in 0..products {
            let price = 1000 + n % 777 + if n % step == 0 { edition } else { 0 };
            let comma = if n == 0 { "" } else { "," };
            text.push_str(&format!(
                "{comma}{{\"id\":\"p{n}\",\"title\":\"Страхование имущества {n}\",\"line\":\"property\",\
                 \"summary\":\"Отделка, имущество и ответственность перед соседями\",\
                 \"tariffs\":[{{\"code\":\"base\",\"title\":\"Базовый\",\"premium\":\"{price}.00\",\"from\":\"2026-01-01\"}}]}}"
            ));
        }
        text.push_str("]}");
        let etag = tagged.then(|| format!("\"{edition}\""));
        self.with(|shelf| shelf.insert(insurer.to_owned(), Shown { body: text.into(), etag, served: None }));
    }

    /// When the present state of an insurer was first asked for.
    pub(crate) fn served(&self, insurer: &str) -> Option<Instant> {
        self.with(|shelf| shelf.get(insurer).and_then(|shown| shown.served))
    }

    fn answer(&self, insurer: &str, known: Option<&str>) -> Response {
        let shown = self.with(|shelf| {
            let shown = shelf.get_mut(insurer)?;
            shown.served.get_or_insert_with(Instant::now);
            Some(shown.clone())
        });
        let Some(Shown { body, etag, .. }) = shown else { return StatusCode::NOT_FOUND.into_response() };
        let Some(etag) = etag else { return json(body) };
        let response = if known == Some(&etag) { StatusCode::NOT_MODIFIED.into_response() } else { json(body) };
        warp::reply::with_header(response, ETAG, etag).into_response()
    }

    /// Serves it.
    pub(crate) async fn serve(&self) -> anyhow::Result<(Background, u16)> {
        let (shelf, port) = (self.clone(), free_port()?);
        let routes = warp::path!(String)
            .and(warp::header::optional::<String>(IF_NONE_MATCH.as_str()))
            .map(move |insurer: String, known: Option<String>| shelf.answer(&insurer, known.as_deref()))
            .boxed();
        let listen = ([127, 0, 0, 1], port).into();
        let spec = HttpSpec {
            name: "insurers".to_owned(),
            listen,
            routes,
            front: Front::default(),
            grace: Duration::from_secs(1),
        };
        let build = |placer| (SupervisorSpec::new("insurers").child(spec.build().1).build(placer).1, ());
        Ok((Background::start("insurers", build).await?.0, port))
    }
}

fn json(body: Bytes) -> Response {
    warp::reply::with_header(Response::new(body.into()), CONTENT_TYPE, "application/json").into_response()
}

/// The file of an insurer of this shelf.
pub(crate) fn file(insurer: &str, port: u16, every: &str) -> String {
    format!(
        r#"
id = "{insurer}"
name = "{insurer}"
schedule = {{ every = "{every}" }}
deadline = "60s"
limits = {{ body_bytes = 134217728 }}
rest = {{ url = "http://127.0.0.1:{port}/{insurer}" }}
[mapping]
products = "$.products[*]"
product_id = "$.id"
name = "$.title"
line = "$.line"
description = "$.summary"
[[mapping.tariffs]]
items = "$.tariffs[*]"
tariff_id = "$.code"
name = "$.title"
premium = "$.premium"
currency = {{ value = "RUB" }}
valid_from = "$.from"
"#
    )
}
