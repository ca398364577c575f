//! kill -9 in the worst places: nothing is lost, effects are there once.

use polis_actors::runtime::{ChildState, Restart};
use polis_stack::ProcessSpec;

use super::polis::{Polis, until};

/// Runs a service that kills itself at a point, until it has. The caller starts it again: one that ran in between
/// could leave nothing to be killed over.
pub async fn killed_at(polis: &Polis, point: &str, mut doomed: ProcessSpec) {
    doomed.restart = Restart::Temporary;
    doomed.environment.push(("FAILPOINTS".to_owned(), format!("{point}=return")));
    let name = doomed.name.clone();
    polis.spawn(doomed).await;
    until("it has killed itself", || async {
        let report = polis.stack.report();
        let node = report.find(&name);
        node.is_none_or(|node| node.state == ChildState::Ended)
    })
    .await;
    let log = std::fs::read_to_string(polis.stack.log_of(&name)).unwrap();
    assert!(log.contains("fail point reached"), "it ended for another reason:\n{log}");
    polis.stack.remove(&name).await;
}

/// Everything published, everything applied, each product told to browsers exactly once.
async fn nothing_lost_and_effects_once(polis: &Polis) {
    polis.until_complete().await;
    until("every event is marked", || async {
        polis.aggregator_count("select count(*) from product_events where sent is null").await == 0
    })
    .await;
    let products = polis.core_count("select count(*) from products").await;
    let events = polis.aggregator_count("select count(*) from product_events").await;
    assert_eq!(products, events, "one event for each product");
    until("every event has been consumed", || async { polis.core_count("select count(*) from inbox").await == events })
        .await;
    let told = "select count(*) from (select insurer_id, product_id from catalogue_changes group by 1, 2 having count(*) > 1) twice";
    assert_eq!(polis.core_count(told).await, 0, "each was told once");
    assert_eq!(polis.core_count("select count(*) from catalogue_changes").await, products);
    assert_eq!(polis.core_count("select count(*) from dead_letters").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aggregator_dies_between_insert_and_publish() {
    let polis = Polis::without_services().await;
    polis.spawn(polis.services.sandbox(&polis.stack)).await;
    polis.spawn(polis.services.core_app(&polis.stack)).await;
    killed_at(&polis, "writer::after_commit", polis.services.aggregator(&polis.stack)).await;
    polis.spawn(polis.services.aggregator(&polis.stack)).await;
    nothing_lost_and_effects_once(&polis).await;
    polis.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aggregator_dies_between_publish_and_mark() {
    let polis = Polis::without_services().await;
    polis.spawn(polis.services.sandbox(&polis.stack)).await;
    polis.spawn(polis.services.core_app(&polis.stack)).await;
    killed_at(&polis, "relay::before_mark", polis.services.aggregator(&polis.stack)).await;
    polis.spawn(polis.services.aggregator(&polis.stack)).await;
    nothing_lost_and_effects_once(&polis).await;
    polis.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn core_app_dies_before_and_after_it_commits() {
    let polis = Polis::without_services().await;
    polis.spawn(polis.services.sandbox(&polis.stack)).await;
    polis.spawn(polis.services.aggregator(&polis.stack)).await;
    killed_at(&polis, "consumer::before_commit", polis.services.core_app(&polis.stack)).await;
    killed_at(&polis, "consumer::after_commit", polis.services.core_app(&polis.stack)).await;
    polis.spawn(polis.services.core_app(&polis.stack)).await;
    nothing_lost_and_effects_once(&polis).await;
    polis.stop().await;
}
