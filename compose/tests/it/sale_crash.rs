//! core-app dies by kill -9 in the worst places of the payment saga, and is started again: there is one policy, paid once.

use polis_actors::runtime::{ChildState, Restart};

use super::buyer::{Buyer, books_balance};
use super::polis::{Polis, until};

/// Where it dies: around the call to the provider, around the commit of what came of it, while a notification is taken,
/// between publishing and marking, and while the payment request is consumed.
const POINTS: [&str; 7] = [
    "payment::before_call",
    "payment::after_call",
    "timekeeper::before_commit",
    "timekeeper::after_commit",
    "webhook::before_commit",
    "relay::before_mark",
    "consumer::before_commit",
];

async fn has_died(polis: &Polis) -> bool {
    let report = polis.stack.report();
    report.find("core-app").is_none_or(|node| node.state == ChildState::Ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn core_app_dies_at_every_step_of_the_saga() {
    let polis = Polis::start().await;
    for point in POINTS {
        // Everything up to the payment is done by one that lives.
        let buyer = Buyer::reserved(&polis).await;
        polis.stack.remove("core-app").await;
        let mut doomed = polis.services.core_app(&polis.stack);
        doomed.restart = Restart::Temporary;
        doomed.environment.push(("FAILPOINTS".to_owned(), format!("{point}=return")));
        polis.spawn(doomed).await;
        until("it serves", || async { buyer.see().await["status"] == "reserved" || has_died(&polis).await }).await;
        if !has_died(&polis).await {
            buyer.try_step("payment").await;
        }
        let mut approved = false;
        until(&format!("it has died at {point}"), || async { has_died(&polis).await || buyer.is_asked().await }).await;
        if !has_died(&polis).await {
            buyer.decides("approve", 1).await;
            approved = true;
            until(&format!("it has died at {point}"), || async { has_died(&polis).await }).await;
        }
        let log = std::fs::read_to_string(polis.stack.log_of("core-app")).unwrap();
        assert!(log.contains("fail point reached"), "it ended for another reason:\n{log}");
        polis.stack.remove("core-app").await;
        polis.spawn(polis.services.core_app(&polis.stack)).await;
        until("it serves again", || async { buyer.see().await["status"].is_string() }).await;
        if buyer.see().await["status"] == "reserved" {
            // The request died before it was carried out: the buyer presses the button again.
            buyer.done("payment", serde_json::json!({})).await;
        }
        if !approved {
            buyer.decides("approve", 1).await;
        }
        buyer.until_status("confirmed").await;
        let events = buyer.events().await;
        assert_eq!(events.iter().filter(|event| *event == "payment-succeeded").count(), 1, "{point}: {events:?}");
        assert_eq!(buyer.payments().await.len(), 1, "{point}: the provider made one payment");
    }
    books_balance(&polis, POINTS.len()).await;
    polis.stop().await;
}
