//! Every insurer of the sandbox over its protocol, by the files that `make run` uses: the catalogue comes whole, and
//! what has not changed is not sent again.

use std::collections::BTreeSet;
use std::time::Duration;

use ins_product_aggregator::insurer::Insurer;
use polis_actors::config::Rebase;
use polis_actors::poller::{Polled, Validators};
use rust_decimal::Decimal;
use sandbox::Fault;

use super::bed::{DIRECTORY, all, altered, around, ask, bed, invented_prices, prices, whole};

#[tokio::test(flavor = "multi_thread")]
async fn every_protocol_brings_the_whole_catalogue_and_only_what_changed() {
    let bed = bed().await;
    let spoken: BTreeSet<_> = bed.insurers.keys().map(|id| bed.protocol(id)).collect();
    let expected =
        ["csv-http", "csv-sftp", "grpc", "rest-json", "soap-1.1", "soap-1.2", "xlsx-http", "xlsx-sftp", "xml-http"];
    assert_eq!(Vec::from_iter(spoken), expected);
    let nothing = Validators::new();
    let (plans, validators) = whole(ask(&bed.insurers["vandelay"], &nothing).await.unwrap());
    assert!(plans.len() >= 3 && plans.iter().all(|offer| offer.tariffs.is_empty()));
    assert_eq!(ask(&bed.insurers["vandelay"], &validators).await.unwrap(), Polled::NotModified);
    for id in bed.invented() {
        let insurer = &bed.insurers[id];
        let first = ask(insurer, &nothing).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        let (catalogue, mut validators) = whole(first);
        assert_eq!(prices(&catalogue), invented_prices(&bed.market, id), "{id}");
        // Asked conditionally, or known again by its bytes. A file that was written in this second is read again.
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while let Polled::Whole { validators: told, .. } = ask(insurer, &validators).await.unwrap() {
            assert!(tokio::time::Instant::now() < deadline, "{id} is read again though nothing has changed");
            validators = told;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bed.market.with(|insurers| {
            let product = insurers.get_mut(id).unwrap().products.values_mut().next_back().unwrap();
            product.tariffs[0].premium += Decimal::ONE_HUNDRED;
        });
        let (changed, _) = whole(ask(insurer, &validators).await.unwrap());
        assert_ne!(prices(&changed), prices(&catalogue), "{id}: a change on the last page is seen");
        assert_eq!(prices(&changed), invented_prices(&bed.market, id), "{id}");
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_stands_for_a_document_that_has_no_entity_tag() {
    let bed = bed().await;
    let id = "sibir-zashchita";
    let (insurer, deadline) = (&bed.insurers[id], tokio::time::Instant::now() + Duration::from_secs(10));
    let mut known = loop {
        let (_, known) = whole(ask(insurer, &Validators::new()).await.unwrap());
        if known.values().all(|validator| validator.last_modified.is_some()) {
            break known;
        }
        assert!(tokio::time::Instant::now() < deadline, "the second in which it was written does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    for validator in known.values_mut() {
        assert_eq!(validator.etag, None);
        // Without the digest it is only the insurer who can say that nothing has changed.
        validator.digest = None;
    }
    assert_eq!(ask(insurer, &known).await.unwrap(), Polled::NotModified);
    bed.market.with(|insurers| insurers.get_mut(id).unwrap().products.values_mut().next().unwrap().title.push('!'));
    assert!(whole(ask(insurer, &known).await.unwrap()).0.iter().any(|offer| offer.name.ends_with('!')));
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_on_a_server_are_taken_whole_by_whoever_is_known() {
    let bed = bed().await;
    let id = "lena-garantiya";
    let password = "password = { env = \"SANDBOX_SECRET\" }";
    let keyed = altered(&bed, id, &[(password, "private_key = { env = \"SANDBOX_SSH_KEY\" }")]).unwrap();
    let catalogue = all(&keyed).await.unwrap();
    assert_eq!(prices(&catalogue), invented_prices(&bed.market, id), "a key opens the door too");

    // Without a mark beside it, a file is whole when it stands still.
    let settled = altered(&bed, id, &[("{ marker = \".ready\" }", "{ settles-in = \"100ms\" }")]).unwrap();
    bed.set(id, Some(Fault::Growing));
    let error = all(&settled).await.unwrap_err().to_string();
    assert!(error.contains("is being written"), "{error}");
    bed.set(id, None);
    assert!(!all(&settled).await.unwrap().is_empty());

    let host_key = sandbox::host_key();
    let other = host_key.replace(&host_key[7..12], "AAAAA");
    let stranger = altered(&bed, id, &[(&host_key, &other)]).unwrap();
    let error = all(&stranger).await.unwrap_err();
    assert!(error.kind() == "unreachable" && error.to_string().contains(&host_key), "another machine: {error}");
    let nowhere = altered(&bed, id, &[("export/tariffs.xlsx", "export/none-*.xlsx")]).unwrap();
    let error = all(&nowhere).await.unwrap_err().to_string();
    assert!(error.contains("no file fits"), "{error}");

    for (from, to, expected) in [
        (password, "", "either a password or a private_key"),
        (&*host_key, "MD5:00", "is not a fingerprint"),
        (password, "private_key = { env = \"SANDBOX_SECRET\" }", "not a private key"),
        ("sftp://127", "https://127", "there is a section sftp"),
        ("sftp://127", "ftp://127", "not sftp://"),
    ] {
        let error = altered(&bed, id, &[(from, to)]).err().unwrap().to_string();
        assert!(error.contains("lena-garantiya.toml:") && error.contains(expected), "{to}: {error}");
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
