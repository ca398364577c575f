//! core-app dies by kill -9 at every commit and publish of the payment saga, and at every call to the provider, while somebody
//! buys a policy and gives it back; they ask again until they are answered. In the end there was one policy, paid once and
//! paid back once.

use polis_actors::runtime::{ChildState, Restart};

use super::buyer::books_balance;
use super::ledger::Ledger;
use super::polis::{Polis, until};

/// Each request of the buyer changes something in one transaction: quote, submission, reservation, payment; cancellation.
const REQUEST: [&str; 2] = ["once::before_commit", "once::after_commit"];
/// What was written is published, marked as that, and consumed.
const MESSAGE: [&str; 4] =
    ["relay::before_produce", "relay::before_mark", "consumer::before_commit", "consumer::after_commit"];
const PAYMENT: [&str; 4] =
    ["payment::before_call", "payment::after_call", "timekeeper::before_commit", "timekeeper::after_commit"];
const NOTIFICATION: [&str; 2] = ["webhook::before_commit", "webhook::after_commit"];
const REFUND: [&str; 4] =
    ["refund::before_call", "refund::after_call", "timekeeper::before_commit", "timekeeper::after_commit"];

/// Runs a core-app that kills itself at a point, until it has.
async fn dies_at(polis: &Polis, point: &str) {
    let mut doomed = polis.services.core_app(&polis.stack);
    doomed.restart = Restart::Temporary;
    doomed.environment.push(("FAILPOINTS".to_owned(), format!("{point}=return")));
    polis.spawn(doomed).await;
    until(&format!("it has died at {point}"), || async {
        let report = polis.stack.report();
        report.find("core-app").is_none_or(|node| node.state == ChildState::Ended)
    })
    .await;
    let log = std::fs::read_to_string(polis.stack.log_of("core-app")).unwrap();
    assert!(log.contains("fail point reached"), "it ended for another reason:\n{log}");
    polis.stack.remove("core-app").await;
    // That leases of the dead expire is shown elsewhere; here nobody waits for it.
    let inherited = "update leases set expires_at = '-infinity'; delete from lease_members";
    polis.core_execute(inherited).await.unwrap();
}

/// And in the end runs one that lives.
async fn dies_at_each(polis: &Polis, points: &[&str]) {
    for point in points {
        if *point == NOTIFICATION[0] {
            // Nobody asks what became of the payment before the notification has come.
            let later = "update timers set due_at = due_at + interval '1 hour' where kind = 'poll'";
            polis.core_execute(later).await.unwrap();
        }
        dies_at(polis, point).await;
    }
    polis.spawn(polis.services.core_app(&polis.stack)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn core_app_dies_at_every_step_of_the_saga() {
    let polis = Polis::start().await;
    polis.stack.remove("core-app").await;
    let ledger = Ledger::new(&polis, &[polis.core("")]);
    // In the order in which the buyer comes by, so that each begins where the one before died.
    let buying = [&REQUEST.repeat(4)[..], &MESSAGE, &PAYMENT, &NOTIFICATION, &MESSAGE[..2]].concat();
    tokio::join!(ledger.buy(true), dies_at_each(&polis, &buying));
    polis.stack.remove("core-app").await;
    let giving_back = [&REQUEST[..], &MESSAGE, &REFUND].concat();
    tokio::join!(ledger.give_back(), dies_at_each(&polis, &giving_back));

    books_balance(&polis, buying.len() + giving_back.len()).await;
    ledger.agrees(0).await;
    let twice = "select count(*) from (select from application_events group by application_id, regexp_replace(type, '\\..*', '')
        having count(*) > 1) twice";
    assert_eq!(polis.core_count(twice).await, 0, "nothing has happened twice");
    polis.stop().await;
}
