//! The orders of an operator and the changes of a developer, each given by `polisctl` and seen to be obeyed.

use std::process::Stdio;

use serde_json::Value;

use super::polis::{Polis, until};
use super::terminal::{polisctl, refused};

const INSURER: &str = "kama-strakh";
const PRODUCT: &str = "kama-travel-1";

async fn priced(polis: &Polis, premium: &str) {
    until(&format!("the price is {premium}"), || async { polis.premium(INSURER, PRODUCT).await == premium }).await;
}

/// What the list says of the insurer: its line, and the lines below that are about it.
async fn listed(polis: &Polis) -> String {
    let all = polisctl(polis, &["insurers", "list"]).await;
    let (_, from) = all.split_once(INSURER).unwrap();
    let lines: Vec<&str> = from.lines().collect();
    let more = lines[1..].iter().take_while(|line| line.starts_with("    "));
    lines.iter().take(1).chain(more).copied().collect::<Vec<_>>().join("\n")
}

async fn order(polis: &Polis, order: &[&str]) {
    let arguments = [&["insurers", order[0], INSURER], &order[1..], &["--by", "olga", "--why", "a trial"]].concat();
    let said = polisctl(polis, &arguments).await;
    assert!(said.contains("ordered"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_given_at_the_terminal_are_obeyed() {
    let polis = Polis::start().await;
    let shown = listed(&polis).await;
    assert!(shown.contains(" products  good ") && shown.contains(" s ago"), "{shown}");

    order(&polis, &["pause"]).await;
    until("the list says so", || async { listed(&polis).await.contains("paused by olga") }).await;
    let resting = || async {
        polis.get(&polis.aggregator("/actors")).await.unwrap_or_default().to_string().contains("paused by an operator")
    };
    until("the poller rests", resting).await;
    polisctl(&polis, &["sandbox", "price", INSURER, PRODUCT, "4001.00"]).await;
    order(&polis, &["resume"]).await;
    priced(&polis, "4001.00").await;
    assert!(!listed(&polis).await.contains("paused"));

    order(&polis, &["set-interval", "1h"]).await;
    until("the list says so", || async { listed(&polis).await.contains("every 3600 s by order of olga") }).await;
    polisctl(&polis, &["sandbox", "price", INSURER, PRODUCT, "4002.00"]).await;
    order(&polis, &["poll-now"]).await;
    priced(&polis, "4002.00").await;
    order(&polis, &["set-interval", "schedule"]).await;
    polisctl(&polis, &["sandbox", "price", INSURER, PRODUCT, "4003.00"]).await;
    priced(&polis, "4003.00").await;
    assert!(!listed(&polis).await.contains("by order of"));

    polisctl(&polis, &["sandbox", "fault", INSURER, "empty"]).await;
    until("the list says so", || async { listed(&polis).await.contains("held: would withdraw") }).await;
    order(&polis, &["approve"]).await;
    until("the products are withdrawn", || async { polis.premium(INSURER, PRODUCT).await.is_empty() }).await;
    polisctl(&polis, &["sandbox", "heal", INSURER]).await;
    priced(&polis, "4003.00").await;
    polisctl(&polis, &["sandbox", "fault", INSURER, "status", "--set", "status=500"]).await;
    until("the list says why", || async { listed(&polis).await.contains("answered 500") }).await;
    polisctl(&polis, &["sandbox", "heal"]).await;

    let noted = "select count(*) from operator_log where by = 'olga' and why = 'a trial' and subject = 'kama-strakh'";
    assert_eq!(polis.aggregator_count(noted).await, 6, "who, what and why of every order is kept");
    for (wrong, said) in [
        (["insurers", "pause", "nobody"].as_slice(), "insurer nobody was never polled"),
        (&["insurers", "approve", INSURER], "nothing is held"),
        (&["insurers", "set-interval", INSURER, "soon"], "soon"),
        (&["insurers", "set-interval", INSURER, "1ms"], "shorter"),
    ] {
        let shown = refused(&polis, wrong).await;
        assert!(shown.starts_with("error: ") && shown.contains(said), "{wrong:?}: {shown}");
    }
    let nobody = free_port_address();
    let (fine, shown) = polis.polisctl(&["insurers", "list", "--admin", &nobody]).await;
    assert!(!fine && shown.contains(&format!("nobody answers at {nobody}/insurers; is it running?")), "{shown}");
    polis.stop().await;
}

fn free_port_address() -> String {
    format!("http://127.0.0.1:{}", polis_stack::free_port().unwrap())
}

/// As in `polisctl sandbox list | head -0`: it ends, and says nothing of it.
async fn nobody_reads_on(polis: &Polis) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = tokio::process::Command::new(polis.services.programs.join("polisctl"));
    command.args(["sandbox", "list", "--sandbox", &polis.sandbox("")]).stdout(writer).stderr(Stdio::piped());
    let said = command.spawn().unwrap().wait_with_output().await.unwrap().stderr;
    assert!(said.is_empty(), "{}", String::from_utf8_lossy(&said));
}

async fn invented(polis: &Polis, insurer: &str) -> Value {
    polis.get(&polis.sandbox("/control/insurers")).await.unwrap()[insurer].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_is_changed_and_broken_from_the_terminal() {
    let polis = Polis::without_services().await;
    polis.spawn(polis.services.sandbox(&polis.stack)).await;
    until("the sandbox answers", || async { polis.get(&polis.sandbox("/control/insurers")).await.is_some() }).await;
    let all = polisctl(&polis, &["sandbox", "list"]).await;
    assert!(all.lines().count() >= 8 && all.contains(" products  asked "), "{all}");

    nobody_reads_on(&polis).await;

    let said = polisctl(&polis, &["sandbox", "price", INSURER, PRODUCT, "4100.50"]).await;
    assert!(said.starts_with(&format!("{INSURER} asks 4100.50 for {PRODUCT} now (its first tariff)")), "{said}");
    let shown = polisctl(&polis, &["sandbox", "list", INSURER]).await;
    assert!(shown.lines().any(|line| line.starts_with(PRODUCT) && line.ends_with(" 4100.50")), "{shown}");
    // A tariff by its code; the first one stays.
    let (insurer, product) = ("volga-garant", "volga-motor-liability-1");
    let before = invented(&polis, insurer).await["products"][product].clone();
    let said = polisctl(&polis, &["sandbox", "price", insurer, product, "9999.00", "--tariff", "plus"]).await;
    assert!(said.contains("(tariff plus)"), "{said}");
    assert_eq!(invented(&polis, insurer).await["products"][product], before);

    let offer = ["sandbox", "offer", INSURER, "kama-new", "--title", "Новый", "--premium", "700.00"];
    let said = polisctl(&polis, &offer).await;
    assert!(said.starts_with(&format!("{INSURER} offers kama-new for 700.00 now: Новый")), "{said}");
    assert_eq!(invented(&polis, INSURER).await["products"]["kama-new"], "700.00");
    let said = polisctl(&polis, &["sandbox", "withdraw", INSURER, "kama-new"]).await;
    assert!(said.starts_with(&format!("{INSURER} does not offer kama-new any more")), "{said}");
    assert!(invented(&polis, INSURER).await["products"]["kama-new"].is_null());

    let said = polisctl(&polis, &["sandbox", "fault", INSURER, "slow", "--set", "seconds=2"]).await;
    let end = format!("until: polisctl sandbox heal {INSURER}\n");
    assert_eq!(said, format!("{INSURER} misbehaves now (slow, seconds=2) {end}"));
    let three = ["sandbox", "fault", INSURER, "status", "--set", "status=503", "--set", "times=3"];
    let said = polisctl(&polis, &three).await;
    assert_eq!(said, format!("{INSURER} misbehaves now (status, status=503, times=3) for 3 requests, or {end}"));
    polisctl(&polis, &["sandbox", "fault", INSURER, "slow", "--set", "seconds=2"]).await;
    polisctl(&polis, &["sandbox", "fault", "ural-polis", "no-token", "--set", "status=503"]).await;
    let all = polisctl(&polis, &["sandbox", "list"]).await;
    assert!(all.contains("FAULT {\"kind\":\"slow\",\"seconds\":2}") && all.contains("\"no-token\""), "{all}");
    assert_eq!(polisctl(&polis, &["sandbox", "heal", INSURER]).await, format!("{INSURER} is well\n"));
    assert!(invented(&polis, INSURER).await["fault"].is_null());
    assert!(!invented(&polis, "ural-polis").await["fault"].is_null(), "the others are as they were");
    assert_eq!(polisctl(&polis, &["sandbox", "heal"]).await, "well again: ural-polis; all others were\n");
    assert_eq!(polisctl(&polis, &["sandbox", "heal"]).await, "all insurers were well already\n");
    assert!(!polisctl(&polis, &["sandbox", "list"]).await.contains("FAULT"));

    let before = polis.get(&polis.sandbox("/control/insurers")).await.unwrap();
    let said = polisctl(&polis, &["sandbox", "drift", "10ms", "--seed", "7"]).await;
    assert_eq!(said, "a price changes every 10ms now (seed 7) until: polisctl sandbox drift 0s\n");
    until("prices drift", || async { polis.get(&polis.sandbox("/control/insurers")).await.unwrap() != before }).await;
    assert_eq!(polisctl(&polis, &["sandbox", "drift", "0s"]).await, "prices stand still now\n");

    for (wrong, said) in [
        (["sandbox", "price", INSURER, PRODUCT, "-1"].as_slice(), "-1"),
        (&["sandbox", "price", INSURER, "kama-none", "1"], "no product kama-none"),
        (&["sandbox", "price", INSURER, PRODUCT, "1", "--tariff", "none"], "no tariff none"),
        (&["sandbox", "withdraw", "nobody", PRODUCT], "no insurer nobody"),
        (&["sandbox", "list", "nobody"], "no insurer nobody"),
        (&["sandbox", "fault", INSURER, "tired"], "unknown variant `tired`"),
        (&["sandbox", "fault", INSURER, "slow"], "missing field `seconds`"),
        (&["sandbox", "fault", INSURER, "slow", "--set", "seconds"], "write NAME=VALUE"),
        (&["sandbox", "drift", "often"], "often"),
    ] {
        let shown = refused(&polis, wrong).await;
        assert!(shown.starts_with("error: ") && shown.contains(said), "{wrong:?}: {shown}");
    }
    polis.stop().await;
}
