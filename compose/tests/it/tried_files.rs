//! `polisctl insurers check`: a file is tried before it is used. Shows what it maps to, every field it leaves out and why,
//! and writes nothing.

use std::path::PathBuf;

use serde_json::json;

use super::polis::Polis;
use super::terminal::{polisctl, refused};

/// A file of an insurer with something in it replaced, beside the others and under another name.
struct Trial {
    directory: tempfile::TempDir,
    insurers: PathBuf,
}

impl Trial {
    fn file(&self, insurer: &str, changes: &[(&str, &str)]) -> String {
        let mut text = std::fs::read_to_string(self.insurers.join(format!("{insurer}.toml"))).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        let file = self.directory.path().join(format!("{insurer}.toml"));
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }
}

/// Everything the aggregator remembers of insurers and products, in one number each.
async fn written(polis: &Polis) -> [i64; 4] {
    let count = async |table: &str| polis.aggregator_count(&format!("select count(*) from {table}")).await;
    [count("insurers").await, count("products").await, count("product_events").await, count("held_catalogues").await]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_tried_without_a_trace() {
    let polis = Polis::start().await;
    let trial = Trial { directory: tempfile::tempdir().unwrap(), insurers: polis.services.insurers.clone() };
    let before = written(&polis).await;

    let shown = polisctl(&polis, &["insurers", "check", &trial.file("kama-strakh", &[])]).await;
    assert!(shown.contains("Кама Страх over xlsx-http: "), "{shown}");
    assert!(shown.contains("kama-travel-1  travel  ") && shown.contains(" RUB  from 2026-01-01"), "{shown}");
    assert!(shown.contains("\nEverything could be mapped.\n"), "{shown}");
    let shown = polisctl(&polis, &["insurers", "check", "--products", "1", &trial.file("severny-shchit", &[])]).await;
    assert!(shown.contains("more; --products N shows more"), "{shown}");
    assert!(shown.contains("that the mapping does not use:") && shown.contains("internal_rank"), "{shown}");

    // Every problem of the answer, not only the first; the aggregator would keep what it has.
    let nothing = trial.file("severny-shchit", &[("valid_from = \"$.from\"", "valid_from = \"$.since\"")]);
    let shown = refused(&polis, &["insurers", "check", &nothing]).await;
    assert!(
        shown.contains("\nCould not be mapped:\n") && shown.contains("severny-shchit.toml:25: valid_from"),
        "{shown}"
    );
    assert!(shown.contains("$.since matches nothing"), "{shown}");
    polis.set_fault("severny-shchit", Some(json!({ "kind": "negative-premium" }))).await;
    let shown = refused(&polis, &["insurers", "check", &trial.file("severny-shchit", &[])]).await;
    assert!(
        shown.contains("north-accident-1") && shown.contains("premium") && shown.contains("is negative"),
        "{shown}"
    );
    assert!(shown.contains("north-travel-1  travel  Путешествия"), "what can be mapped is shown: {shown}");
    assert!(shown.contains("the aggregator would keep the last good catalogue"), "{shown}");

    // An insurer that cannot be asked is told apart from a file that cannot be used.
    polis.set_fault("severny-shchit", Some(json!({ "kind": "status", "status": 500 }))).await;
    let shown = refused(&polis, &["insurers", "check", &trial.file("severny-shchit", &[])]).await;
    assert!(shown.contains("error: ") && shown.contains("/severny-shchit/products answered 500"), "{shown}");
    polis.set_fault("severny-shchit", Some(json!({ "kind": "hang" }))).await;
    let hurried = trial.file("severny-shchit", &[("\"5s\"", "\"300ms\"")]);
    let shown = refused(&polis, &["insurers", "check", &hurried]).await;
    assert!(shown.contains("no whole answer within 300ms, the deadline of the file"), "{shown}");
    polis.set_fault("severny-shchit", None).await;

    for (insurer, from, to, said) in [
        ("kama-strakh", "merge = true", "merged = true", "unknown field `merged`"),
        ("kama-strakh", "\"minor\"", "\"pennies\"", "unknown variant `pennies`"),
        ("kama-strakh", "$['Название']", "$['Название'", "kama-strakh.toml:15: name: "),
        ("kama-strakh", "every = \"500ms\"", "cron = \"0 6 * * *\"", "kama-strakh.toml:4: schedule: needs a time_zone"),
        (
            "volga-garant",
            "SANDBOX_SECRET",
            "NOWHERE",
            "volga-garant.toml:9: auth: the environment has no variable NOWHERE",
        ),
    ] {
        let shown = refused(&polis, &["insurers", "check", &trial.file(insurer, &[(from, to)])]).await;
        assert!(shown.contains("error: ") && shown.contains(&format!("{insurer}.toml")), "{to}: {shown}");
        assert!(shown.contains(said), "{to}: {shown}");
    }
    let shown = refused(&polis, &["insurers", "check", "nowhere.toml"]).await;
    assert!(shown.contains("nowhere.toml: No such file"), "{shown}");
    assert_eq!(written(&polis).await, before, "nothing was written");
    polis.stop().await;
}
