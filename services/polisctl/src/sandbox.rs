//! The sandbox: what its insurers offer, changes, faults, and the drift of prices.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use polis_actors::config::Period;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::admin::send;
use crate::sandbox_register::{self, Register};

/// Where the sandbox is.
#[derive(Args)]
pub(crate) struct Place {
    /// Its address.
    #[arg(long, global = true, default_value = "http://127.0.0.1:8090")]
    pub(crate) sandbox: String,
}

/// What can be done to the sandbox.
#[derive(Subcommand)]
pub(crate) enum Sandbox {
    /// Shows its insurers: how often each was asked, how it misbehaves, what it offers.
    List {
        /// Only that insurer, with its products and prices.
        insurer: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Changes a price.
    Price {
        /// The insurer.
        insurer: String,
        /// Its product.
        product: String,
        /// The new premium, as in 1234.50
        premium: String,
        /// Which tariff; the first one when absent.
        #[arg(long)]
        tariff: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Offers a product, or offers it anew.
    Offer {
        /// The insurer.
        insurer: String,
        /// Identifier of the product.
        product: String,
        /// Its name.
        #[arg(long)]
        title: String,
        /// Its line of business.
        #[arg(long, default_value = "travel")]
        line: String,
        /// The premium of its only tariff.
        #[arg(long)]
        premium: String,
        #[command(flatten)]
        place: Place,
    },
    /// Takes a product off the market.
    Withdraw {
        /// The insurer.
        insurer: String,
        /// Its product.
        product: String,
        #[command(flatten)]
        place: Place,
    },
    /// Lets an insurer misbehave, as in: fault ural-polis status --set status=503 --set retry_after=7
    Fault {
        /// The insurer.
        insurer: String,
        /// status, no-token, slow, hang, html, truncated, cut, encoding, large, changed-namespace, growing, empty, missing-price,
        /// negative-premium, unknown-currency, duplicate-id, flapping-price
        kind: String,
        /// What the kind needs.
        #[arg(long = "set", value_parser = pair)]
        set: Vec<(String, Value)>,
        #[command(flatten)]
        place: Place,
    },
    /// Lets an insurer be well again.
    Heal {
        /// The insurer; all of them when absent.
        insurer: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Lets prices drift: how often one changes ("0s" stops them), and the seed of the changes.
    Drift {
        /// As in 700ms
        every: String,
        /// The same seed gives the same changes in the same order.
        #[arg(long)]
        seed: Option<u64>,
        #[command(flatten)]
        place: Place,
    },
    /// Puts something wrong in the registers of an insurer.
    Register(Register),
}

/// NAME=VALUE; what reads as a number is one.
fn pair(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    let value = value.parse::<u64>().map_or_else(|_| Value::from(value), Value::from);
    Ok((name.to_owned(), value))
}

pub(crate) async fn run(command: Sandbox) -> anyhow::Result<ExitCode> {
    let of_insurer = |insurer: &str, rest: &str| format!("/control/insurers/{insurer}/{rest}");
    let now = match command {
        Sandbox::List { insurer, place } => return list(&place, insurer.as_deref()).await,
        Sandbox::Register(register) => return sandbox_register::run(register).await,
        Sandbox::Price { insurer, product, premium, tariff, place } => {
            let mut change = json!({ "premium": premium });
            if let Some(tariff) = &tariff {
                change["tariff"] = tariff.as_str().into();
            }
            let path = of_insurer(&insurer, &format!("products/{product}"));
            send(&place.sandbox, Method::PATCH, &path, Some(&change)).await?;
            let tariff = tariff.map_or("its first tariff".to_owned(), |code| format!("tariff {code}"));
            format!("{insurer} asks {premium} for {product} now ({tariff}); its next poll shows it")
        }
        Sandbox::Offer { insurer, product, title, line, premium, place } => {
            let tariff = json!({ "code": "base", "title": "Базовый", "premium": premium, "from": "2026-01-01" });
            let offer = json!({ "title": title, "line": line, "summary": "", "tariffs": [tariff] });
            let path = of_insurer(&insurer, &format!("products/{product}"));
            send(&place.sandbox, Method::PUT, &path, Some(&offer)).await?;
            format!("{insurer} offers {product} for {premium} now: {title}; its next poll shows it")
        }
        Sandbox::Withdraw { insurer, product, place } => {
            let path = of_insurer(&insurer, &format!("products/{product}"));
            send(&place.sandbox, Method::DELETE, &path, None::<&()>).await?;
            format!("{insurer} does not offer {product} any more; its next poll shows it")
        }
        Sandbox::Fault { insurer, kind, set, place } => {
            let mut fault = Map::from_iter(set);
            let how = told(&kind, &fault);
            fault.insert("kind".to_owned(), kind.into());
            send(&place.sandbox, Method::PUT, &of_insurer(&insurer, "fault"), Some(&fault)).await?;
            let ends = fault.get("times").map(|times| format!("for {times} requests, or ")).unwrap_or_default();
            format!("{insurer} misbehaves now ({how}) {ends}until: polisctl sandbox heal {insurer}")
        }
        Sandbox::Heal { insurer: Some(insurer), place } => {
            send(&place.sandbox, Method::DELETE, &of_insurer(&insurer, "fault"), None::<&()>).await?;
            format!("{insurer} is well")
        }
        Sandbox::Heal { insurer: None, place } => {
            let mut healed = Vec::new();
            for (insurer, _) in insurers(&place).await?.into_iter().filter(|(_, insurer)| !insurer["fault"].is_null()) {
                send(&place.sandbox, Method::DELETE, &of_insurer(&insurer, "fault"), None::<&()>).await?;
                healed.push(insurer);
            }
            match healed.len() {
                0 => "all insurers were well already".to_owned(),
                _ => format!("well again: {}; all others were", healed.join(", ")),
            }
        }
        Sandbox::Drift { every, seed, place } => {
            let mut drift = json!({ "every": every });
            if let Some(seed) = seed {
                drift["seed"] = seed.into();
            }
            send(&place.sandbox, Method::PUT, "/control/drift", Some(&drift)).await?;
            match serde_json::from_value::<Period>(every.as_str().into()) {
                Ok(Period(Duration::ZERO)) => "prices stand still now".to_owned(),
                _ => {
                    let seed = seed.unwrap_or_default();
                    format!("a price changes every {every} now (seed {seed}) until: polisctl sandbox drift 0s")
                }
            }
        }
    };
    println!("{now}");
    Ok(ExitCode::SUCCESS)
}

/// A fault as a person reads it: its kind and what it was given.
fn told(kind: &str, given: &Map<String, Value>) -> String {
    let given =
        given.iter().map(|(name, value)| format!("{name}={}", value.as_str().map_or(value.to_string(), str::to_owned)));
    std::iter::once(kind.to_owned()).chain(given).collect::<Vec<_>>().join(", ")
}

async fn insurers(place: &Place) -> anyhow::Result<Map<String, Value>> {
    Ok(serde_json::from_str(&send(&place.sandbox, Method::GET, "/control/insurers", None::<&()>).await?)?)
}

async fn list(place: &Place, only: Option<&str>) -> anyhow::Result<ExitCode> {
    let insurers = insurers(place).await?;
    if let Some(only) = only {
        let insurer = insurers.get(only).with_context(|| format!("the sandbox has no insurer {only}"))?;
        for (product, premium) in insurer["products"].as_object().into_iter().flatten() {
            println!("{product:<32} {}", premium.as_str().unwrap_or("no price"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    for (id, insurer) in &insurers {
        let products = insurer["products"].as_object().map_or(0, Map::len);
        let fault = if insurer["fault"].is_null() { String::new() } else { format!("  FAULT {}", insurer["fault"]) };
        println!("{id:<20} {products:>4} products  asked {:>8} times{fault}", insurer["asked"]);
    }
    Ok(ExitCode::SUCCESS)
}
