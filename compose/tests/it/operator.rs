//! What operators do about insurers while Polis runs: rest, go on, poll at once, another period, approval; files that
//! appear, change, break and go.

use serde_json::{Value, json};

use super::polis::{Polis, until};
use super::terminal::{polisctl, refused};

const INSURER: &str = "kama-strakh";
const PRODUCT: &str = "kama-travel-1";

async fn order(polis: &Polis, order: Value) -> (u16, Value) {
    let address = polis.aggregator(&format!("/insurers/{INSURER}/orders"));
    let answer = polis.http.post(address).json(&order).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn given(polis: &Polis, wanted: Value) {
    let mut wanted = wanted;
    wanted["by"] = "olga".into();
    let (status, problem) = order(polis, wanted).await;
    assert_eq!(status, 204, "{problem}");
}

async fn overview(polis: &Polis) -> Value {
    let all = polis.get(&polis.aggregator("/insurers")).await.unwrap_or_default();
    let found = all.as_array().into_iter().flatten().find(|insurer| insurer["id"] == INSURER);
    found.cloned().unwrap_or_default()
}

async fn asked(polis: &Polis) -> u64 {
    polis.get(&polis.sandbox("/control/insurers")).await.unwrap()[INSURER]["asked"].as_u64().unwrap()
}

async fn status(polis: &Polis) -> String {
    let report = polis.get(&polis.aggregator("/actors")).await.unwrap_or_default().to_string();
    let (_, poller) = report.split_once(&format!("poller-{INSURER}")).unwrap_or_default();
    poller.chars().take(600).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_obeyed_and_approval_lets_a_held_catalogue_go() {
    let polis = Polis::start().await;

    given(&polis, json!({ "paused": true })).await;
    until("the poller rests", || async { status(&polis).await.contains("paused by an operator") }).await;
    let before = asked(&polis).await;
    polis.set_premium(INSURER, PRODUCT, "4321.00").await;
    // Others are polled meanwhile; this one is not.
    polis.set_premium("amur-garantiya", "amur-health-1", "1111.00").await;
    until("another insurer goes on", || async { polis.premium("amur-garantiya", "amur-health-1").await == "1111.00" })
        .await;
    assert_eq!(asked(&polis).await, before, "nobody asks an insurer that rests");
    assert_eq!(overview(&polis).await["paused"], true);
    given(&polis, json!({ "paused": false })).await;
    until("it goes on", || async { polis.premium(INSURER, PRODUCT).await == "4321.00" }).await;

    given(&polis, json!({ "every": "1h" })).await;
    until("the period is known", || async { overview(&polis).await["every_seconds"] == 3600.0 }).await;
    polis.set_premium(INSURER, PRODUCT, "4322.00").await;
    given(&polis, json!({ "poll_now": true })).await;
    until("it is polled at once", || async { polis.premium(INSURER, PRODUCT).await == "4322.00" }).await;
    given(&polis, json!({ "by_schedule": true })).await;
    polis.set_premium(INSURER, PRODUCT, "4323.00").await;
    until("the schedule holds again", || async { polis.premium(INSURER, PRODUCT).await == "4323.00" }).await;

    polis.set_fault(INSURER, Some(json!({ "kind": "empty" }))).await;
    until("the empty catalogue is held", || async { overview(&polis).await["held"].is_string() }).await;
    assert_eq!(polis.premium(INSURER, PRODUCT).await, "4323.00");
    given(&polis, json!({ "approve": true })).await;
    until("it is let go", || async { polis.premium(INSURER, PRODUCT).await.is_empty() }).await;
    polis.set_fault(INSURER, None).await;
    until("the products are restored", || async { polis.premium(INSURER, PRODUCT).await == "4323.00" }).await;
    let restored = "select count(*) from product_events where insurer_id = 'kama-strakh' and kind = 'restored'";
    assert!(polis.aggregator_count(restored).await > 0);

    for (wrong, said) in [
        (json!({ "by": "olga", "pause": true }), "unknown field `pause`"),
        (json!({ "by": " ", "paused": true }), "who gives this order"),
        (json!({ "by": "olga", "every": "1ms" }), "shorter"),
        (json!({ "by": "olga", "every": "soon" }), "not a duration"),
        (json!({ "by": "olga", "approve": true }), "nothing is held"),
    ] {
        let (status, problem) = order(&polis, wrong.clone()).await;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(status >= 400 && detail.contains(said), "{wrong}: {status} {detail}");
    }
    polis.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_insurers_are_followed() {
    let mut polis = Polis::without_services().await;
    let directory = tempfile::tempdir().unwrap();
    let from = polis.services.insurers.join("kama-strakh.toml");
    let text = std::fs::read_to_string(from).unwrap();
    let file = directory.path().join("kama-strakh.toml");
    polis.services.insurers = directory.path().to_owned();
    let services = polis.services.clone();
    polis.spawn(services.sandbox(&polis.stack)).await;
    polis.spawn(services.aggregator(&polis.stack)).await;
    polis.spawn(services.core_app(&polis.stack)).await;

    std::fs::write(&file, &text).unwrap();
    until("a new file is a new insurer", || async { !polis.premium(INSURER, PRODUCT).await.is_empty() }).await;
    std::fs::write(&file, text.replace("Кама Страх", "Кама-Страх")).unwrap();
    until("a changed file changes the insurer", || async {
        let page = polis.on_page().await;
        page.get(&(INSURER.to_owned(), PRODUCT.to_owned())).is_some_and(|p| p["insurer_name"] == "Кама-Страх")
    })
    .await;
    let secrets = tempfile::tempdir().unwrap();
    let secret = secrets.path().join("token");
    std::fs::write(&secret, "first").unwrap();
    let configured = || {
        let log = std::fs::read_to_string(polis.stack.log_of("ins-product-aggregator")).unwrap();
        log.matches("insurer configured").count()
    };
    let before = configured();
    let auth = format!("auth = {{ bearer = {{ token = {{ file = {secret:?} }} }} }}\n\n[mapping]");
    std::fs::write(&file, text.replace("[mapping]", &auth)).unwrap();
    until("the file refers to a secret", || async { configured() == before + 1 }).await;
    std::fs::write(&secret, "another one").unwrap();
    until("another secret is another insurer", || async { configured() == before + 2 }).await;
    std::fs::write(&file, text.replace("\n[mapping]", "\n[maping]")).unwrap();
    let is_refused = || async {
        let tree = polis.get(&polis.aggregator("/actors")).await.unwrap_or_default().to_string();
        tree.contains("1 files refused") && tree.contains("maping")
    };
    until("a broken file is refused by name", is_refused).await;
    polis.set_premium(INSURER, PRODUCT, "5555.00").await;
    until("what ran goes on", || async { polis.premium(INSURER, PRODUCT).await == "5555.00" }).await;
    let withdraw = ["insurers", "withdraw", INSURER, "--by", "olga", "--why", "the contract has ended"];
    let told = refused(&polis, &withdraw).await;
    assert!(told.contains("kama-strakh is polled by ") && told.contains("remove its file first"), "{told}");
    std::fs::remove_file(&file).unwrap();
    until("a removed file is no insurer", || async { status(&polis).await.is_empty() }).await;
    assert_eq!(polis.premium(INSURER, PRODUCT).await, "5555.00", "its last catalogue stays until somebody says so");
    let told = polisctl(&polis, &withdraw).await;
    assert!(told.contains("products of kama-strakh withdrawn"), "{told}");
    until("its products are off the market", || async { polis.premium(INSURER, PRODUCT).await.is_empty() }).await;
    assert_eq!(overview(&polis).await["products"], 0);
    assert!(refused(&polis, &["insurers", "withdraw", "nobody"]).await.contains("was never polled"));
    // A file that comes back, restores them.
    std::fs::write(&file, &text).unwrap();
    until("its products are restored", || async { polis.premium(INSURER, PRODUCT).await == "5555.00" }).await;
    polis.stop().await;
}
