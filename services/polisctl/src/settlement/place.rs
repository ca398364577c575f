//! Where settlement is, and asking it.

use anyhow::Context;
use clap::Args;
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::admin::send;

/// Where settlement is.
#[derive(Args)]
pub(crate) struct Place {
    /// Its admin address.
    #[arg(long, default_value = "http://127.0.0.1:9082")]
    pub(super) admin: String,
}

impl Place {
    /// Asks for something.
    pub(super) async fn ask<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        read(&send(&self.admin, Method::GET, path, None::<&()>).await?)
    }

    /// Asks for something by parameters.
    pub(super) async fn ask_by<T: DeserializeOwned>(&self, path: &str, wanted: &impl Serialize) -> anyhow::Result<T> {
        let query = serde_urlencoded::to_string(wanted).context("parameters")?;
        self.ask(&format!("{path}?{query}")).await
    }

    /// Gives an order.
    pub(super) async fn tell<T: DeserializeOwned>(&self, path: &str, order: &impl Serialize) -> anyhow::Result<T> {
        read(&send(&self.admin, Method::POST, path, Some(order)).await?)
    }

    /// The option that leads another call to the same place; nothing where it is the usual one.
    pub(super) fn option(&self) -> String {
        if self.admin == "http://127.0.0.1:9082" { String::new() } else { format!(" --admin {}", self.admin) }
    }
}

/// An answer, which another version of the service may give in another form.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    serde_json::from_str(text).context("the answer is not what this version of polisctl understands")
}
