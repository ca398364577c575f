//! Talking to the admin port of a service, and to the sandbox.

use std::io::Write;

use anyhow::Context;
use clap::Args;
use ins_product_aggregator::protocol::http::Http;
use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Where the aggregator is.
#[derive(Args)]
pub(crate) struct Admin {
    /// Its admin address.
    #[arg(long, default_value = "http://127.0.0.1:9081")]
    admin: String,
}

/// Who gives an order, and why.
#[derive(Args)]
pub(crate) struct Who {
    /// Who gives the order, for the record.
    #[arg(long, env = "USER", default_value = "operator")]
    pub(crate) by: String,
    /// Why, for the record.
    #[arg(long, default_value = "")]
    pub(crate) why: String,
}

impl Admin {
    /// Asks for something.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        Ok(serde_json::from_str(&send(&self.admin, Method::GET, path, None::<&()>).await?)?)
    }

    /// Gives an order.
    pub(crate) async fn tell(&self, path: &str, order: &impl Serialize) -> anyhow::Result<String> {
        send(&self.admin, Method::POST, path, Some(order)).await
    }
}

/// One request and its answer. A refusal is an error in the words of whoever refuses.
pub(crate) async fn send(
    base: &str, method: Method, path: &str, body: Option<&impl Serialize>,
) -> anyhow::Result<String> {
    Ok(response(base, method, path, body).await?.text().await?)
}

/// Bytes of the end of an answer by which it is known to be whole.
const LAST_PART: usize = 256;

/// Writes an answer that may be long as it comes. Answers its last part, by which the caller knows that it is whole.
pub(crate) async fn save(base: &str, path: &str, to: &mut dyn Write) -> anyhow::Result<String> {
    let mut response = response(base, Method::GET, path, None::<&()>).await?;
    let mut last = Vec::new();
    while let Some(chunk) = response.chunk().await.context("the answer was cut off")? {
        to.write_all(&chunk)?;
        last.extend_from_slice(&chunk);
        last.drain(..last.len().saturating_sub(LAST_PART));
    }
    to.flush()?;
    Ok(String::from_utf8_lossy(&last).into_owned())
}

/// One request and its answer, whose body is still to come. A refusal is an error in the words of whoever refuses.
pub(crate) async fn response(
    base: &str, method: Method, path: &str, body: Option<&impl Serialize>,
) -> anyhow::Result<reqwest::Response> {
    let address = format!("{}{path}", base.trim_end_matches('/'));
    let request: RequestBuilder = Http::client()?.request(method, &address);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    answered(request.send().await.with_context(|| format!("nobody answers at {address}; is it running?"))?).await
}

/// An answer. A refusal is an error in the words of whoever refuses.
pub(crate) async fn answered(response: reqwest::Response) -> anyhow::Result<reqwest::Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let problem: serde_json::Value = serde_json::from_str(&response.text().await?).unwrap_or_default();
    anyhow::bail!("{}", problem["detail"].as_str().map_or(status.to_string(), str::to_owned))
}
