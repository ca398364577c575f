//! Every insurer of the sandbox over its protocol, by the files that `make run` uses: the catalogue comes whole, what
//! has not changed is not sent again, and every fault has its name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ins_product_aggregator::config::Rebase;
use ins_product_aggregator::insurer::{Insurer, InsurerError, Surroundings, read_all};
use ins_product_aggregator::offer::Catalogue;
use ins_product_aggregator::protocol::http::Http;
use polis_actors::poller::{PollError, Polled, Validators};
use polis_actors::runtime::{Background, SupervisorSpec, tree};
use polis_stack::ServicePorts;
use rust_decimal::Decimal;
use sandbox::app::{Doors, servers};
use sandbox::payments::Till;
use sandbox::{Fault, Market};

struct Bed {
    market: Market,
    rebase: Rebase,
    insurers: BTreeMap<String, Insurer>,
    server: Background,
}

async fn bed() -> Bed {
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
    Bed { market, rebase, insurers, server }
}

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/insurers");

fn around(rebase: &Rebase, secret: Option<&str>) -> Surroundings {
    let environment = secret.map(|secret| ("SANDBOX_SECRET".to_owned(), secret.to_owned()));
    let key = ("SANDBOX_SSH_KEY".to_owned(), sandbox::customer_key().unwrap());
    Surroundings {
        client: Http::client().unwrap(),
        rebase: rebase.clone(),
        environment: Arc::new(environment.into_iter().chain([key]).collect()),
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
    let expected =
        ["csv-http", "csv-sftp", "grpc", "rest-json", "soap-1.1", "soap-1.2", "xlsx-http", "xlsx-sftp", "xml-http"];
    assert_eq!(Vec::from_iter(spoken), expected);
    let (plans, validators) = whole(bed.poll("vandelay").await.unwrap());
    assert!(plans.len() >= 3 && plans.iter().all(|offer| offer.tariffs.is_empty()));
    assert_eq!(bed.insurers["vandelay"].source.poll(&validators).await.unwrap(), Polled::NotModified);
    for id in bed.invented() {
        let (catalogue, mut validators) = whole(bed.poll(id).await.unwrap_or_else(|error| panic!("{id}: {error}")));
        assert_eq!(prices(&catalogue), invented_prices(&bed.market, id), "{id}");
        // Asked conditionally, or known again by its bytes. A file that was written in this second is read again.
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while let Polled::Whole { validators: told, .. } = bed.insurers[id].source.poll(&validators).await.unwrap() {
            assert!(tokio::time::Instant::now() < deadline, "{id} is read again though nothing has changed");
            validators = told;
            tokio::time::sleep(Duration::from_millis(50)).await;
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

/// The status that says the same as one of HTTP: gRPC has its own, SFTP one for everything.
fn status_of(protocol: &str, http: u16) -> u16 {
    match (protocol, http) {
        ("grpc", 429) => 8,
        ("grpc", 503) => 14,
        ("grpc" | "csv-sftp" | "xlsx-sftp", _) => 4,
        _ => http,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_wire_has_its_name_and_heals() {
    let bed = bed().await;
    for id in bed.invented() {
        let protocol = bed.protocol(id);
        let down = bed.error(id, Fault::Status { status: 503, retry_after: None, times: None }).await;
        assert_eq!((down.kind(), down.status()), ("status", Some(status_of(protocol, 503))), "{id}: {down}");
        let busy = bed.error(id, Fault::Status { status: 429, retry_after: Some(7), times: None }).await;
        assert_eq!(busy.status(), Some(status_of(protocol, 429)), "{id}: {busy}");
        // A file server has no way to say when it wants to be asked again.
        let asked = (!protocol.ends_with("sftp")).then(|| Duration::from_secs(7));
        assert_eq!(busy.retry_after(), asked, "{id}");
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
        if matches!(protocol, "xml-http" | "soap-1.1" | "soap-1.2") {
            let error = bed.error(id, Fault::ChangedNamespace).await.to_string();
            assert!(error.contains("urn:sandbox:catalogue:2") && error.contains("urn:sandbox:catalogue:1"), "{error}");
        }
        if protocol == "grpc" {
            let error = bed.error(id, Fault::ChangedNamespace).await.to_string();
            assert!(error.contains("polis.insurer.v2"), "{error}");
        }
        if protocol.ends_with("sftp") {
            let error = bed.error(id, Fault::Growing).await;
            assert_eq!(error.kind(), "malformed", "{id}: {error}");
            assert!(error.to_string().contains("is being written"), "{id}: {error}");
        }
        bed.set(id, Some(Fault::Status { status: 504, retry_after: None, times: Some(1) }));
        assert_eq!(bed.poll(id).await.unwrap_err().status(), Some(status_of(protocol, 504)), "{id}");
        assert!(!whole(bed.poll(id).await.unwrap()).0.is_empty(), "{id} is well again");
    }
    bed.stop().await;
}

/// An insurer by its file with something in it replaced.
fn altered(bed: &Bed, id: &str, from: &str, to: &str) -> Result<Insurer, InsurerError> {
    let text = std::fs::read_to_string(format!("{DIRECTORY}/{id}.toml")).unwrap();
    assert!(text.contains(from), "{from}");
    Insurer::parse(format!("{id}.toml"), text.replace(from, to), &around(&bed.rebase, Some("sandbox")))
}

#[tokio::test(flavor = "multi_thread")]
async fn files_on_a_server_are_taken_whole_by_whoever_is_known() {
    let bed = bed().await;
    let id = "lena-garantiya";
    let password = "password = { env = \"SANDBOX_SECRET\" }";
    let keyed = altered(&bed, id, password, "private_key = { env = \"SANDBOX_SSH_KEY\" }").unwrap();
    let (catalogue, _) = whole(keyed.source.poll(&Validators::new()).await.unwrap());
    assert_eq!(prices(&catalogue), invented_prices(&bed.market, id), "a key opens the door too");

    // Without a mark beside it, a file is whole when it stands still.
    let settled = altered(&bed, id, "{ marker = \".ready\" }", "{ settles-in = \"100ms\" }").unwrap();
    bed.set(id, Some(Fault::Growing));
    let error = settled.source.poll(&Validators::new()).await.unwrap_err().to_string();
    assert!(error.contains("is being written"), "{error}");
    bed.set(id, None);
    assert!(!whole(settled.source.poll(&Validators::new()).await.unwrap()).0.is_empty());

    let host_key = sandbox::host_key();
    let other = host_key.replace(&host_key[7..12], "AAAAA");
    let stranger = altered(&bed, id, &host_key, &other).unwrap();
    let error = stranger.source.poll(&Validators::new()).await.unwrap_err();
    assert!(error.kind() == "unreachable" && error.to_string().contains(&host_key), "another machine: {error}");
    let nowhere = altered(&bed, id, "export/tariffs.xlsx", "export/none-*.xlsx").unwrap();
    let error = nowhere.source.poll(&Validators::new()).await.unwrap_err().to_string();
    assert!(error.contains("no file fits"), "{error}");

    for (from, to, expected) in [
        (password, "", "either a password or a private_key"),
        (&*host_key, "MD5:00", "is not a fingerprint"),
        (password, "private_key = { env = \"SANDBOX_SECRET\" }", "not a private key"),
        ("sftp://127", "https://127", "there is a section sftp"),
        ("sftp://127", "ftp://127", "not sftp://"),
    ] {
        let error = altered(&bed, id, from, to).err().unwrap().to_string();
        assert!(error.contains("lena-garantiya.toml:") && error.contains(expected), "{to}: {error}");
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_is_told_and_kept() {
    let bed = bed().await;
    let hurried = altered(&bed, "yenisei-polis", "deadline = \"5s\"", "deadline = \"200ms\"").unwrap();
    bed.set("yenisei-polis", Some(Fault::Slow { seconds: 5 }));
    let error = hurried.source.poll(&Validators::new()).await.unwrap_err();
    // Whoever notices first: we, or the insurer whom we have told.
    assert!(matches!(error, PollError::TimedOut(_)) || error.status() == Some(4), "{error}");
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_content_names_the_field() {
    let bed = bed().await;
    for id in bed.invented() {
        let protocol = bed.protocol(id);
        let mut faults = vec![(Fault::NegativePremium, "premium"), (Fault::UnknownCurrency, "currency")];
        // In a price list an empty cell is a tariff that is not on offer.
        if !protocol.starts_with("csv") {
            faults.push((Fault::MissingPrice, "premium"));
        }
        // With one row per tariff, a row that is there twice is a tariff that is there twice.
        faults.push((Fault::DuplicateId, if protocol.starts_with("xlsx") { "tariff_id" } else { "product_id" }));
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
    for id in ["volga-garant", "ural-polis", "neva-strakhovanie", "yenisei-polis", "dvina-strakh"] {
        let path = format!("{DIRECTORY}/{id}.toml");
        let wrong = Insurer::read(Path::new(&path), &around(&bed.rebase, Some("wrong"))).unwrap();
        let error = wrong.source.poll(&Validators::new()).await.unwrap_err();
        let text = error.to_string();
        let named = error.status() == Some(401)
            || ["Неверное имя или пароль", "Unauthenticated", "is not let in"].iter().any(|said| text.contains(said));
        assert!(named, "{id}: {error}");
        let error = Insurer::read(Path::new(&path), &around(&bed.rebase, None)).err().unwrap().to_string();
        assert!(error.contains(".toml:") && error.contains("no variable SANDBOX_SECRET"), "{error}");
    }
    bed.stop().await;
}

#[test]
fn a_mistake_in_a_file_is_shown_with_its_line_and_key() {
    let text = std::fs::read_to_string(format!("{DIRECTORY}/sibir-zashchita.toml")).unwrap();
    let rebase = Rebase::default();
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
