//! The insurers and their products.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::config::DriftConfig;
use crate::door::Door;
use crate::fault::Fault;
use crate::registers::{Registers, Terms};

/// Invented insurers and products.
const MARKET: &str = include_str!("../data/market.toml");

/// All insurers, how their prices drift, and what they were sold. Clones share them.
#[derive(Clone, Debug)]
pub struct Market {
    insurers: Arc<Mutex<BTreeMap<String, Insurer>>>,
    pub(crate) drift: watch::Sender<DriftConfig>,
    pub(crate) registers: Registers,
}

/// An insurer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insurer {
    /// What it offers, by identifier.
    #[serde(default)]
    pub products: BTreeMap<String, Product>,
    /// How it lets callers in.
    pub door: Option<Door>,
    /// How its JSON comes in pages.
    pub pages: Option<Pages>,
    /// It is the one that serves gRPC.
    #[serde(default)]
    pub grpc: bool,
    /// How it writes registers.
    #[serde(default)]
    pub register: Terms,
    /// Its documents have the date on which they were written, and no entity tag.
    #[serde(default)]
    pub dated: bool,
    /// How long its tokens last.
    #[serde(skip, default = "a_minute")]
    pub token_life: Duration,
    /// How it misbehaves at present.
    #[serde(skip)]
    pub fault: Option<Fault>,
    /// How often its catalogue was asked for; further pages of it do not count.
    #[serde(skip)]
    pub asked: u64,
    /// Tokens it has issued, and until when they are good.
    #[serde(skip)]
    pub tokens: Vec<(String, Instant)>,
    /// What it has published last, in few bytes, and when.
    #[serde(skip)]
    pub published: Option<(Vec<u8>, SystemTime)>,
}

fn a_minute() -> Duration {
    Duration::from_secs(60)
}

/// How pages follow each other.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Pages {
    /// `?cursor=` and `next`.
    Cursor,
    /// `?page=`, from 1, until one is empty.
    Number,
    /// `Link: <…>; rel="next"`.
    Link,
}

/// A product, as the insurer publishes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Name.
    pub title: String,
    /// Line of business.
    pub line: String,
    /// What it covers.
    pub summary: String,
    /// Tariffs.
    pub tariffs: Vec<Tariff>,
}

/// A tariff.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// Identifier within the product.
    pub code: String,
    /// Name.
    pub title: String,
    /// Roubles a year or a trip.
    pub premium: Decimal,
    /// First day.
    pub from: String,
}

impl Market {
    /// The invented market, whose prices stand still.
    ///
    /// # Errors
    /// When the data file does not parse.
    pub fn invented() -> Result<Self, toml::de::Error> {
        Ok(Self::of(toml::from_str(MARKET)?))
    }

    /// A market of these insurers, whose prices stand still.
    pub fn of(insurers: BTreeMap<String, Insurer>) -> Self {
        let drift = watch::Sender::new(DriftConfig::default());
        Self { insurers: Arc::new(Mutex::new(insurers)), drift, registers: Registers::default() }
    }

    /// Looks at or changes the insurers.
    pub fn with<R>(&self, f: impl FnOnce(&mut BTreeMap<String, Insurer>) -> R) -> R {
        f(&mut self.insurers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// When the insurer has published this: now, if it is something else than before.
    pub(crate) fn published(&self, insurer: &str, what: &[u8]) -> SystemTime {
        let print = Sha256::digest(what).to_vec();
        let now = SystemTime::now();
        self.with(|insurers| {
            let Some(insurer) = insurers.get_mut(insurer) else { return now };
            match &insurer.published {
                Some((known, at)) if *known == print => *at,
                _ => insurer.published.insert((print, now)).1,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_invented_market_parses_and_has_something_to_offer() {
        Market::invented().unwrap().with(|insurers| {
            assert!(insurers.len() >= 3);
            for (id, insurer) in insurers {
                assert!(insurer.products.len() >= 5, "{id}");
                assert!(insurer.products.values().all(|product| !product.tariffs.is_empty()), "{id}");
                assert!(!insurer.register.name.is_empty(), "{id}");
            }
        });
    }
}
