//! Many invented insurers over HTTP, and the aggregator as a process that polls them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use polis_actors::http::HttpSpec;
use polis_actors::runtime::{Background, SupervisorSpec};
use polis_stack::free_port;
use tokio::process::{Child, Command};
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
        let spec = HttpSpec { name: "insurers".to_owned(), listen, routes, grace: Duration::from_secs(1) };
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

/// The aggregator.
pub(crate) struct Aggregator {
    process: Child,
    admin: u16,
}

impl Aggregator {
    /// Starts it on this database, topic and directory of insurers.
    pub(crate) fn start(database: &str, kafka: &str, topic: &str, insurers: &Path) -> anyhow::Result<Self> {
        let admin = free_port()?;
        let program = std::env::current_exe()?.with_file_name("ins-product-aggregator");
        let process = Command::new(&program)
            .env("INS_PRODUCT_AGGREGATOR__DATABASE__URL", database)
            .env("INS_PRODUCT_AGGREGATOR__KAFKA__BROKERS", kafka)
            .env("INS_PRODUCT_AGGREGATOR__TOPIC__NAME", topic)
            .env("INS_PRODUCT_AGGREGATOR__ADMIN__LISTEN", format!("127.0.0.1:{admin}"))
            .env("INS_PRODUCT_AGGREGATOR__INSURERS__DIRECTORY", insurers)
            .env("INS_PRODUCT_AGGREGATOR__TELEMETRY__LOG", "warn,rskafka=error")
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}; make bench builds it", program.display()))?;
        Ok(Self { process, admin })
    }

    fn proc(&self, file: &str) -> anyhow::Result<String> {
        let pid = self.process.id().context("the aggregator has ended")?;
        Ok(std::fs::read_to_string(format!("/proc/{pid}/{file}"))?)
    }

    /// Processor time so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = self.proc("stat")?;
        let (_, fields) = stat.rsplit_once(')').context("/proc/…/stat")?;
        // utime and stime of proc(5), in hundredths of a second on every Linux of this kind.
        let ticks: u64 = fields.split_whitespace().skip(11).take(2).map(|n| n.parse().unwrap_or(0)).sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// `VmRSS` or `VmHWM`, MB.
    pub(crate) fn memory(&self, field: &str) -> anyhow::Result<f64> {
        let status = self.proc("status")?;
        let line = status.lines().find(|line| line.starts_with(field)).unwrap_or_default();
        let kilobytes: f64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0.0);
        Ok(kilobytes / 1024.0)
    }

    /// Cumulative counts of a histogram by upper bound, summed over its labels.
    pub(crate) async fn buckets(&self, histogram: &str) -> anyhow::Result<Vec<(f64, u64)>> {
        let text = self.metrics().await?;
        let prefix = format!("{histogram}_bucket{{");
        let mut buckets: Vec<(f64, u64)> = Vec::new();
        for line in text.lines().filter(|line| line.starts_with(&prefix)) {
            let bound = line.split("le=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            let bound: f64 = bound.replace("+Inf", "inf").parse()?;
            let count: u64 = line.rsplit(' ').next().unwrap_or_default().parse()?;
            match buckets.iter_mut().find(|(known, _)| *known == bound) {
                Some((_, sum)) => *sum += count,
                None => buckets.push((bound, count)),
            }
        }
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(buckets)
    }

    async fn metrics(&self) -> anyhow::Result<String> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.admin)).await?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok(text)
    }

    /// Ends it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }
}
