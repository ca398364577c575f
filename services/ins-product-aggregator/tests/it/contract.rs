//! Every insurer of the sandbox over its protocol, by the files that `make run` uses: the catalogue comes whole, what
//! has not changed is not sent again, and every fault has its name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ins_product_aggregator::config::Rebase;
use ins_product_aggregator::insurer::{Insurer, Surroundings, read_all};
use ins_product_aggregator::offer::Catalogue;
use ins_product_aggregator::protocol::http::Http;
use polis_actors::http::HttpSpec;
use polis_actors::poller::{PollError, Polled, Validators};
use polis_actors::runtime::{Background, SupervisorSpec, tree};
use rust_decimal::Decimal;
use sandbox::{Fault, Market};

struct Bed {
    market: Market,
    rebase: Rebase,
    insurers: BTreeMap<String, Insurer>,
    server: Background,
}

async fn bed() -> Bed {
    let market = Market::invented().unwrap();
    let port = polis_stack::free_port().unwrap();
    let spec = HttpSpec {
        name: "http".to_owned(),
        listen: ([127, 0, 0, 1], port).into(),
        routes: sandbox::app::routes(&market),
        grace: Duration::from_secs(1),
    };
    let build = |placer| (SupervisorSpec::new("sandbox").child(spec.build().1).build(placer).1, ());
    let (server, ()) = Background::start("sandbox", build).await.unwrap();
    while !tree(server.root()).not_ready().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let rebase = Rebase { from: "http://127.0.0.1:8090".to_owned(), to: format!("http://127.0.0.1:{port}") };
    let (insurers, errors) = read_all(Path::new(DIRECTORY), &around(&rebase, Some("sandbox"))).unwrap();
    assert!(errors.is_empty(), "{errors:?}");
    Bed { market, rebase, insurers, server }
}

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/insurers");

fn around(rebase: &Rebase, secret: Option<&str>) -> Surroundings {
    let environment = secret.map(|secret| ("SANDBOX_SECRET".to_owned(), secret.to_owned()));
    Surroundings {
        client: Http::client().unwrap(),
        rebase: Some(rebase.clone()),
        environment: Arc::new(environment.into_iter().collect()),
        findings: None,
    }
}

impl Bed {
    fn set(&self, insurer: &str, fault: Option<Fault>) {
        self.market.with(|insurers| insurers.get_mut(insurer).unwrap().fault = fault);
    }

    async fn poll(&self, insurer: &str) -> Result<Polled<Catalogue>, PollError> {
        self.insurers[insurer].source.poll(&Validators::new()).await
    }

    async fn error(&self, insurer: &str, fault: Fault) -> PollError {
        self.set(insurer, Some(fault.clone()));
        let answer = self.poll(insurer).await;
        self.set(insurer, None);
        answer.err().unwrap_or_else(|| panic!("{insurer} with {fault:?} answered a catalogue"))
    }

    fn protocol(&self, insurer: &str) -> &'static str {
        self.insurers[insurer].source.protocol()
    }

    /// Those of the invented market; the published feed has no faults.
    fn invented(&self) -> impl Iterator<Item = &str> {
        self.insurers.keys().map(String::as_str).filter(|id| *id != "vandelay")
    }

    async fn stop(self) {
        tokio::task::spawn_blocking(move || self.server.stop()).await.unwrap();
    }
}

type Prices = BTreeMap<(String, String), (String, String, Decimal)>;

fn prices(catalogue: &Catalogue) -> Prices {
    let of = catalogue.iter().flat_map(|offer| offer.tariffs.iter().map(move |tariff| (offer, tariff)));
    let price = of.map(|(offer, tariff)| {
        let value = (offer.name.clone(), offer.line.clone(), tariff.premium.amount);
        ((offer.product_id.clone(), tariff.tariff_id.clone()), value)
    });
    price.collect()
}

fn invented_prices(market: &Market, insurer: &str) -> Prices {
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

fn whole(polled: Polled<Catalogue>) -> (Catalogue, Validators) {
    match polled {
        Polled::Whole { content, validators } => (content, validators),
        Polled::NotModified => panic!("nothing was asked for conditionally"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_protocol_brings_the_whole_catalogue_and_only_what_changed() {
    let bed = bed().await;
    let spoken: BTreeSet<_> = bed.insurers.keys().map(|id| bed.protocol(id)).collect();
    let expected = ["csv-http", "rest-json", "soap-1.1", "soap-1.2", "xlsx-http", "xml-http"];
    assert_eq!(Vec::from_iter(spoken), expected);
    let (plans, validators) = whole(bed.poll("vandelay").await.unwrap());
    assert!(plans.len() >= 3 && plans.iter().all(|offer| offer.tariffs.is_empty()));
    assert_eq!(bed.insurers["vandelay"].source.poll(&validators).await.unwrap(), Polled::NotModified);
    for id in bed.invented() {
        let (catalogue, validators) = whole(bed.poll(id).await.unwrap_or_else(|error| panic!("{id}: {error}")));
        assert_eq!(prices(&catalogue), invented_prices(&bed.market, id), "{id}");
        // A SOAP call has no conditional form.
        if !bed.protocol(id).starts_with("soap") {
            let again = bed.insurers[id].source.poll(&validators).await.unwrap();
            assert_eq!(again, Polled::NotModified, "{id}");
        }
        bed.market.with(|insurers| {
            let product = insurers.get_mut(id).unwrap().products.values_mut().next_back().unwrap();
            product.tariffs[0].premium += Decimal::ONE_HUNDRED;
        });
        let (changed, _) = whole(bed.insurers[id].source.poll(&validators).await.unwrap());
        assert_ne!(prices(&changed), prices(&catalogue), "{id}: a change on the last page is seen");
        assert_eq!(prices(&changed), invented_prices(&bed.market, id), "{id}");
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_wire_has_its_name_and_heals() {
    let bed = bed().await;
    for id in bed.invented() {
        let down = bed.error(id, Fault::Status { status: 503, retry_after: None, times: None }).await;
        assert_eq!((down.kind(), down.status()), ("status", Some(503)), "{id}");
        let busy = bed.error(id, Fault::Status { status: 429, retry_after: Some(7), times: None }).await;
        assert_eq!(busy.retry_after(), Some(Duration::from_secs(7)), "{id}");
        let broken = [
            (Fault::Html, "web page"),
            (Fault::Truncated, ""),
            (Fault::Cut, "ends early"),
            (Fault::Encoding, ""),
            (Fault::Large { megabytes: 50 }, "larger than"),
        ];
        for (fault, text) in broken {
            let error = bed.error(id, fault.clone()).await;
            assert_eq!(error.kind(), "malformed", "{id} with {fault:?}: {error}");
            assert!(error.to_string().contains(text), "{id} with {fault:?}: {error}");
        }
        if matches!(bed.protocol(id), "xml-http" | "soap-1.1" | "soap-1.2") {
            let error = bed.error(id, Fault::ChangedNamespace).await.to_string();
            assert!(error.contains("urn:sandbox:catalogue:2") && error.contains("urn:sandbox:catalogue:1"), "{error}");
        }
        bed.set(id, Some(Fault::Status { status: 504, retry_after: None, times: Some(1) }));
        assert_eq!(bed.poll(id).await.unwrap_err().status(), Some(504), "{id}");
        assert!(!whole(bed.poll(id).await.unwrap()).0.is_empty(), "{id} is well again");
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_content_names_the_field() {
    let bed = bed().await;
    for id in bed.invented() {
        let protocol = bed.protocol(id);
        let mut faults = vec![(Fault::NegativePremium, "premium"), (Fault::UnknownCurrency, "currency")];
        // In a price list an empty cell is a tariff that is not on offer.
        if protocol != "csv-http" {
            faults.push((Fault::MissingPrice, "premium"));
        }
        // With one row per tariff, a row that is there twice is a tariff that is there twice.
        faults.push((Fault::DuplicateId, if protocol == "xlsx-http" { "tariff_id" } else { "product_id" }));
        for (fault, field) in faults {
            let error = bed.error(id, fault.clone()).await;
            assert_eq!((error.kind(), error.field()), ("field", field), "{id} with {fault:?}: {error}");
        }
        bed.set(id, Some(Fault::Empty));
        assert!(whole(bed.poll(id).await.unwrap()).0.is_empty(), "{id}: an empty list is an answer the guard judges");
        bed.set(id, None);
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_and_missing_credentials_are_told_apart() {
    let bed = bed().await;
    for id in ["volga-garant", "ural-polis", "neva-strakhovanie"] {
        let path = format!("{DIRECTORY}/{id}.toml");
        let wrong = Insurer::read(Path::new(&path), &around(&bed.rebase, Some("wrong"))).unwrap();
        let error = wrong.source.poll(&Validators::new()).await.unwrap_err();
        let named = error.status() == Some(401) || error.to_string().contains("Неверное имя или пароль");
        assert!(named, "{id}: {error}");
        let error = Insurer::read(Path::new(&path), &around(&bed.rebase, None)).err().unwrap().to_string();
        assert!(error.contains(".toml:") && error.contains("no variable SANDBOX_SECRET"), "{error}");
    }
    bed.stop().await;
}

#[test]
fn a_mistake_in_a_file_is_shown_with_its_line_and_key() {
    let text = std::fs::read_to_string(format!("{DIRECTORY}/sibir-zashchita.toml")).unwrap();
    let rebase = Rebase { from: String::new(), to: String::new() };
    let error = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let changed = text.replace(from, to);
        Insurer::parse("x.toml".to_owned(), changed, &around(&rebase, None)).err().unwrap().to_string()
    };
    let cases = [
        ("name = \"$.Name\"\nline", "nmae = \"$.Name\"\nline", "unknown field `nmae`"),
        ("\"$.Text\"", "\"$.Text[\"", "description: \"$.Text[\" is not a JSONPath"),
        ("\"%d.%m.%Y\"", "\"%d.%m\"", "valid_from: \"%d.%m\" is not a format of a whole date"),
        ("decimal = \"comma\"", "unit = \"pennies\"", "unknown variant `pennies`"),
        ("$.Catalogue.Products.Product", "$..Product", "products: \"$..Product\" is not a path to items"),
        ("[xml]", "[rest]", "unknown field `namespace`"),
        ("id = \"sibir", "id = \"Sibir", "id: \"Sibir-zashchita\" is not an identifier"),
    ];
    for (from, to, expected) in cases {
        let error = error(from, to);
        let place = error.contains("x.toml:")
            && (error.contains("line") || error.split(':').nth(1).unwrap().parse::<u32>().is_ok());
        assert!(place && error.contains(expected), "{to}: {error}");
    }
}
