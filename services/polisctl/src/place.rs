//! Where a service is, and asking it.

use anyhow::Context;
use clap::Args;
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::admin::send;

/// Which service is asked.
#[derive(Args)]
pub(crate) struct Place {
    /// Its admin address; the usual one is that of settlement, core-app has 9080.
    #[arg(long, default_value = "http://127.0.0.1:9082")]
    pub(crate) admin: String,
}

impl Place {
    /// Asks for something.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        read(&send(&self.admin, Method::GET, path, None::<&()>).await?)
    }

    /// Asks for something by parameters.
    pub(crate) async fn ask_by<T: DeserializeOwned>(&self, path: &str, wanted: &impl Serialize) -> anyhow::Result<T> {
        let query = serde_urlencoded::to_string(wanted).context("parameters")?;
        self.ask(&format!("{path}?{query}")).await
    }

    /// Gives an order.
    pub(crate) async fn tell<T: DeserializeOwned>(&self, path: &str, order: &impl Serialize) -> anyhow::Result<T> {
        read(&send(&self.admin, Method::POST, path, Some(order)).await?)
    }

    /// The option that leads another call to the same place; nothing where it is the usual one.
    pub(crate) fn option(&self) -> String {
        if self.admin == "http://127.0.0.1:9082" { String::new() } else { format!(" --admin {}", self.admin) }
    }
}

/// An answer, which another version of the service may give in another form.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    serde_json::from_str(text).context("the answer is not what this version of polisctl understands")
}
