//! The sandbox in this process, and its insurers by the files that `make run` uses.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ins_product_aggregator::insurer::{Insurer, InsurerError, Surroundings, read_all};
use ins_product_aggregator::offer::Catalogue;
use ins_product_aggregator::protocol::http::Http;
use polis_actors::config::Rebase;
use polis_actors::poller::{PollError, Polled, Validators};
use polis_actors::runtime::{Background, SupervisorSpec, tree};
use polis_stack::ServicePorts;
use rust_decimal::Decimal;
use sandbox::app::{Doors, servers};
use sandbox::payments::Till;
use sandbox::{Fault, Market};

pub struct Bed {
    pub market: Market,
    pub ports: ServicePorts,
    pub rebase: Rebase,
    pub insurers: BTreeMap<String, Insurer>,
    server: Background,
}

pub async fn bed() -> Bed {
    let market = Market::invented().unwrap();
    let ports = ServicePorts::free().unwrap();
    let local = |port: u16| ([127, 0, 0, 1], port).into();
    let doors = Doors { http: local(ports.sandbox), grpc: local(ports.sandbox_grpc), sftp: local(ports.sandbox_sftp) };
    let open = servers(&market, &Till::default(), doors);
    let build = |placer| {
        let tree = open.into_iter().fold(SupervisorSpec::new("sandbox"), SupervisorSpec::child);
        (tree.build(placer).1, ())
    };
    let (server, ()) = Background::start("sandbox", build).await.unwrap();
    while !tree(server.root()).not_ready().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let rebase: Rebase = ports.rebase().parse().unwrap();
    let (insurers, errors) = read_all(Path::new(DIRECTORY), &around(&rebase, Some("sandbox"))).unwrap();
    assert!(errors.is_empty(), "{errors:?}");
    Bed { market, ports, rebase, insurers, server }
}

pub const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/insurers");

pub fn around(rebase: &Rebase, secret: Option<&str>) -> Surroundings {
    let environment = secret.map(|secret| ("SANDBOX_SECRET".to_owned(), secret.to_owned()));
    let others = [("SANDBOX_SSH_KEY", sandbox::customer_key().unwrap()), ("ANOTHER_SECRET", "another".to_owned())];
    Surroundings {
        client: Http::client().unwrap(),
        rebase: rebase.clone(),
        environment: Arc::new(
            environment.into_iter().chain(others.map(|(name, value)| (name.to_owned(), value))).collect(),
        ),
        findings: None,
    }
}

impl Bed {
    pub fn set(&self, insurer: &str, fault: Option<Fault>) {
        self.market.with(|insurers| insurers.get_mut(insurer).unwrap().fault = fault);
    }

    pub async fn all(&self, insurer: &str) -> Result<Catalogue, PollError> {
        all(&self.insurers[insurer]).await
    }

    pub fn protocol(&self, insurer: &str) -> &'static str {
        self.insurers[insurer].source.protocol()
    }

    /// Those of the invented market; the published feed has no faults.
    pub fn invented(&self) -> impl Iterator<Item = &str> {
        self.insurers.keys().map(String::as_str).filter(|id| *id != "vandelay")
    }

    pub async fn stop(self) {
        tokio::task::spawn_blocking(move || self.server.stop()).await.unwrap();
    }
}

/// Asks as a poller does: within the deadline of the file.
pub async fn ask(insurer: &Insurer, known: &Validators) -> Result<Polled<Catalogue>, PollError> {
    let deadline = insurer.config.deadline.0;
    let answer = tokio::time::timeout(deadline, insurer.source.poll(known)).await;
    answer.unwrap_or(Err(PollError::TimedOut(deadline)))
}

pub async fn all(insurer: &Insurer) -> Result<Catalogue, PollError> {
    Ok(whole(ask(insurer, &Validators::new()).await?).0)
}

pub type Prices = BTreeMap<(String, String), (String, String, Decimal)>;

pub fn prices(catalogue: &Catalogue) -> Prices {
    let of = catalogue.iter().flat_map(|offer| offer.tariffs.iter().map(move |tariff| (offer, tariff)));
    let price = of.map(|(offer, tariff)| {
        let value = (offer.name.clone(), offer.line.clone(), tariff.premium.amount);
        ((offer.product_id.clone(), tariff.tariff_id.clone()), value)
    });
    price.collect()
}

pub fn invented_prices(market: &Market, insurer: &str) -> Prices {
    market.with(|insurers| {
        let products = insurers[insurer].products.iter();
        let of = products.flat_map(|(id, product)| product.tariffs.iter().map(move |tariff| (id, product, tariff)));
        let price = of.map(|(id, product, tariff)| {
            let value = (product.title.clone(), product.line.clone(), tariff.premium.normalize());
            ((id.clone(), tariff.code.clone()), value)
        });
        price.collect()
    })
}

pub fn whole(polled: Polled<Catalogue>) -> (Catalogue, Validators) {
    match polled {
        Polled::Whole { content, validators } => (content, validators),
        Polled::NotModified => panic!("nothing was asked for conditionally"),
    }
}

/// An insurer by its file with something in it replaced.
pub fn altered(bed: &Bed, id: &str, changes: &[(&str, &str)]) -> Result<Insurer, InsurerError> {
    let mut text = std::fs::read_to_string(format!("{DIRECTORY}/{id}.toml")).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    Insurer::parse(format!("{id}.toml"), text, &around(&bed.rebase, Some("sandbox")))
}
