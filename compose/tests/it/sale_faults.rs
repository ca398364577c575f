//! What the sale stands on goes away under a stream of buyers and comes back: the database, the broker, the payment
//! provider. Buyers ask again until they are answered; in the end their own book and those of the shop say the same.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use futures_util::{StreamExt, future, stream};
use nix::sys::signal::Signal;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::buyer::{books_balance, fault};
use super::ledger::Ledger;
use super::polis::{Polis, halt, resume, until};

/// Buyers at a time.
const AT_ONCE: usize = 3;
/// Of that many payers one declines.
const DECLINES: usize = 4;
/// How long the broker is away.
const BROKER_AWAY: Duration = Duration::from_secs(4);
/// How long the provider is away.
const PROVIDER_AWAY: Duration = Duration::from_secs(60);
/// What the relay may send again, under the same ids: when the database goes, what was published and not yet marked;
/// when the broker goes, what it took without saying so. Each buyer has one policy at a time.
const SENT_AGAIN: usize = 2 * AT_ONCE;

#[tokio::test(flavor = "multi_thread")]
async fn parts_go_away_under_buyers_and_every_book_says_the_same() {
    let polis = Polis::start().await;
    let ledger = Ledger::new(&polis, &[polis.core("")]);
    let open = AtomicBool::new(true);
    let faults = async {
        go_on(&ledger).await;
        the_broker_is_away(&polis, &ledger).await;
        the_provider_is_away(&polis, &ledger).await;
        open.store(false, Relaxed);
    };
    tokio::join!(shopping(&ledger, &open), faults);

    books_balance(&polis, SENT_AGAIN).await;
    assert_eq!(ledger.bought(), ledger.approved(), "nothing took so long that money had to go back");
    ledger.agrees(0).await;
    let twice = "select count(*) from (select from application_events where type = 'payment-succeeded'
        group by application_id having count(*) > 1) twice";
    assert_eq!(polis.core_count(twice).await, 0, "no money is counted twice");
    let report = polis.stack.report();
    for service in ["core-app", "ins-product-aggregator", "sandbox"] {
        assert_eq!(report.find(service).unwrap().restarts, 0, "{service} waits for what is down and does not die");
    }
    polis.stop().await;
}

/// One buyer after the other, that many at a time, until the shop closes; whoever has begun then comes to an end.
async fn shopping(ledger: &Ledger<'_>, open: &AtomicBool) {
    stream::iter(1usize..)
        .take_while(|_| future::ready(open.load(Relaxed)))
        .for_each_concurrent(AT_ONCE, |nth| ledger.buy(nth % DECLINES != 0))
        .await;
}

/// Waits until so many more have bought that some of them have begun after now.
async fn go_on(ledger: &Ledger<'_>) {
    let before = ledger.bought();
    until("buyers go on", || async { ledger.bought() >= before + 2 * AT_ONCE }).await;
}

async fn the_database_restarts(polis: &Polis, ledger: &Ledger<'_>) {
    let before = ledger.in_vain();
    let postgres = polis.stack.postgres_process().unwrap();
    halt(postgres, Signal::SIGINT).await;
    resume(postgres).await;
    polis.stack.until_ready().await.unwrap();
    until("somebody had to ask again", || async { ledger.in_vain() > before }).await;
}

async fn the_broker_is_away(polis: &Polis, ledger: &Ledger<'_>) {
    let kafka = polis.stack.kafka_process().unwrap();
    halt(kafka, Signal::SIGTERM).await;
    let since = Instant::now();
    until("requests for payments wait", || async {
        polis.core_count("select count(*) from outbox where sent is null").await > 0
    })
    .await;
    sleep_until(since + BROKER_AWAY).await;
    resume(kafka).await;
    polis.stack.until_ready().await.unwrap();
    go_on(ledger).await;
}

/// Newcomers get as far as to the payment, though the database restarts under them meanwhile.
async fn the_provider_is_away(polis: &Polis, ledger: &Ledger<'_>) {
    fault(polis, Some(json!({ "kind": "down" }))).await;
    let since = Instant::now();
    let wait_for_it = async |buyers: usize| {
        until("every buyer waits for it", || async {
            let called = "select count(*) from timers where kind = 'call' and tries > 0";
            polis.core_count(called).await == i64::try_from(buyers).unwrap()
        })
        .await;
    };
    wait_for_it(AT_ONCE).await;
    let outage = async {
        the_database_restarts(polis, ledger).await;
        wait_for_it(2 * AT_ONCE).await;
        sleep_until(since + PROVIDER_AWAY).await;
        fault(polis, None).await;
    };
    tokio::join!(outage, future::join_all((0..AT_ONCE).map(|_| ledger.buy(true))));
    go_on(ledger).await;
}
