//! Settlement knows what was offered and sold from the topics alone: with everybody else down it builds itself up from nothing.

use polis_actors::runtime::{ChildState, Restart};
use polis_stack::SETTLEMENT_DATABASE;
use serde_json::json;

use super::buyer::{Buyer, INSURER, PRODUCT, told};
use super::polis::{Polis, until};

#[tokio::test(flavor = "multi_thread")]
async fn it_builds_itself_up_from_the_topics_alone() {
    let polis = Polis::start().await;
    let kept = Buyer::paying(&polis).await;
    kept.decides("approve", 1).await;
    let kept = kept.until_status("confirmed").await["policy_number"].as_str().unwrap().to_owned();
    let given_up = Buyer::paying(&polis).await;
    given_up.decides("approve", 1).await;
    let cancelled = given_up.until_status("confirmed").await["policy_number"].as_str().unwrap().to_owned();
    given_up.done("cancellation", json!({})).await;
    // The tariff of after the sale is not that of the sale.
    let sold_at = polis.premium(INSURER, PRODUCT).await;
    polis.set_premium(INSURER, PRODUCT, "999.00").await;
    until("the price is new", || async { polis.premium(INSURER, PRODUCT).await == "999.00" }).await;
    until("everything is told", || async {
        let told = told(&polis).await;
        told.values().map(Vec::len).sum::<usize>() == 3
            && polis.aggregator_count("select count(*) from product_events where sent is null").await == 0
    })
    .await;
    let products = polis.core_count("select count(*) from products").await;
    let tariffs = polis.core_count("select count(*) from tariffs").await;
    for name in ["core-app", "ins-product-aggregator", "sandbox"] {
        polis.stack.remove(name).await;
    }

    // It dies between its first effects and the commit of them, and begins again.
    let mut doomed = polis.services.settlement(&polis.stack);
    doomed.restart = Restart::Temporary;
    doomed.environment.push(("FAILPOINTS".to_owned(), "consumer::before_commit=return".to_owned()));
    polis.spawn(doomed).await;
    until("it has killed itself", || async {
        let report = polis.stack.report();
        report.find("ins-comp-settlement").is_none_or(|node| node.state == ChildState::Ended)
    })
    .await;
    polis.stack.remove("ins-comp-settlement").await;
    polis.start_settlement().await;

    let count = async |sql: &str| polis.count(SETTLEMENT_DATABASE, sql).await;
    until("it has everything", || async {
        count("select count(*) from products").await == products
            && count("select count(*) from tariffs").await == tariffs
            && count("select count(*) from policies").await == 2
            && count("select count(*) from policies where revision = 2").await == 1
    })
    .await;
    // Policies may have come before their tariffs: they waited, and nobody had to do anything.
    let others = "select count(*) from dead_letters where state <> 'replayed' or decided_by <> 'the service'";
    assert_eq!(count(others).await, 0);
    let twice = "select count(*) from (select from inbox group by consumer, event_id having count(*) > 1) twice";
    assert_eq!(count(twice).await, 0);

    let seen = async |number: &str| polis.get(&polis.settlement(&format!("/policies/{number}"))).await.unwrap();
    let policy = seen(&kept).await;
    let amount = |value: &serde_json::Value| value.as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap();
    assert_eq!(amount(&policy["premium"]), sold_at.parse().unwrap(), "{policy}");
    assert_eq!(amount(&policy["expected_premium"]), sold_at.parse().unwrap(), "as it was known then: {policy}");
    assert_eq!((&policy["valid_version"], &policy["cancelled_from"]), (&policy["tariff_version"], &json!(null)));
    let policy = seen(&cancelled).await;
    assert!(policy["cancelled_from"].is_string() && policy["issued_at"].is_string(), "{policy}");
    assert_eq!(amount(&policy["refund"]), amount(&policy["premium"]), "in the cooling-off period: {policy}");
    let unknown = polis.http.get(polis.settlement("/policies/PL-1")).send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    polis.stop().await;
}
