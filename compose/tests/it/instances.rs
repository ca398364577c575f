//! Several aggregators side by side: insurers are shared out, a dead instance is taken over, one that slept past its
//! leases writes nothing when it wakes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use polis_stack::{ProcessSpec, free_port};

use super::polis::{LONG, Polis, until};

/// How long a dead instance's insurers may go without polls.
const TAKE_OVER: Duration = Duration::from_secs(10);

/// Another instance of the aggregator.
fn another(polis: &Polis) -> ProcessSpec {
    let mut services = polis.services.clone();
    services.ports.aggregator_admin = free_port().unwrap();
    let mut spec = services.aggregator(&polis.stack);
    spec.name = "ins-product-aggregator-2".to_owned();
    spec.log = polis.stack.log_of(&spec.name);
    spec
}

/// How many insurers have a file: those that `make run` uses.
fn configured(polis: &Polis) -> usize {
    let files = std::fs::read_dir(&polis.services.insurers).unwrap().map(|file| file.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "toml")).count()
}

/// Which insurers each instance polls.
async fn shared_out(polis: &Polis) -> BTreeMap<String, Vec<String>> {
    let all = polis.get(&polis.aggregator("/insurers")).await.unwrap_or_default();
    let mut by_owner: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for insurer in all.as_array().into_iter().flatten() {
        if let Some(owner) = insurer["polled_by"].as_str() {
            by_owner.entry(owner.to_owned()).or_default().push(insurer["id"].as_str().unwrap().to_owned());
        }
    }
    by_owner
}

/// The process of an instance, by its name in the tree of the stack.
pub fn pid(polis: &Polis, name: &str) -> Pid {
    let tree = polis.stack.report();
    let status = tree.find(name).unwrap().status.clone();
    let digits: String = status.split("pid ").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    Pid::from_raw(digits.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn insurers_are_shared_out_taken_over_and_fenced() {
    let polis = Polis::start().await;
    let insurers = configured(&polis);
    let second = polis.spawn(another(&polis)).await;
    until("insurers are shared out", || async {
        let parts: Vec<usize> = shared_out(&polis).await.values().map(Vec::len).collect();
        parts.len() == 2 && parts.iter().sum::<usize>() == insurers && parts.iter().all(|part| *part >= insurers / 2)
    })
    .await;

    // The second sleeps past its leases, in the middle of whatever it does.
    let sleeper = pid(&polis, "ins-product-aggregator-2");
    kill(sleeper, Signal::SIGSTOP).unwrap();
    let asleep = Instant::now();
    until("the first polls all", || async {
        let parts = shared_out(&polis).await;
        parts.len() == 1 && parts.values().all(|polled| polled.len() == insurers)
    })
    .await;
    assert!(asleep.elapsed() < TAKE_OVER, "taken over after {:?}", asleep.elapsed());
    polis.set_premium("kama-strakh", "kama-travel-1", "7001.00").await;
    polis.set_premium("baltika-polis", "baltika-accident-1", "7002.00").await;
    until("changes are seen", || async { polis.premium("kama-strakh", "kama-travel-1").await == "7001.00" }).await;
    let changes = "select count(*) from product_events";
    let before = polis.aggregator_count(changes).await;
    kill(sleeper, Signal::SIGCONT).unwrap();
    until("the sleeper takes part again", || async { shared_out(&polis).await.len() == 2 }).await;
    let doubled = "select count(*) from (select from product_events group by insurer_id, product_id, revision having count(*) > 1) d";
    assert_eq!(polis.aggregator_count(doubled).await, 0, "no revision was written twice");
    assert!(polis.aggregator_count(changes).await <= before + 1, "what slept wrote nothing old");
    assert_eq!(polis.premium("kama-strakh", "kama-travel-1").await, "7001.00");

    // And dies.
    second.ask(polis_stack::Halt(Signal::SIGKILL), LONG).await.map_err(|e| e.to_string()).unwrap();
    let died = Instant::now();
    until("the first polls all again", || async {
        shared_out(&polis).await.values().any(|polled| polled.len() == insurers)
    })
    .await;
    assert!(died.elapsed() < TAKE_OVER, "taken over after {:?}", died.elapsed());
    polis.stop().await;
}
