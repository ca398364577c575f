//! Records that settlement cannot apply, as an operator meets them: what waits heals by itself, what is parked is shown, planned for,
//! replayed in order though whoever does it is killed, or discarded; and a range of the topic is gone through once more.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::json;

use super::crash::killed_at;
use super::desk::{ask, told};
use super::metrics::{self, value};
use super::polis::{Polis, until};
use super::sold::{Book, POLICIES, PRODUCTS, Sold, Told, offered, tell};

const INSURER: &str = "proba-polis";
const PRODUCT: &str = "proba-travel";
/// Told of only after policies of it are sold.
const LATER: &str = "proba-health";
/// A premium that the table does not take until it is mended.
const UNLUCKY: i64 = 1313;
const MANY: usize = 24;

fn sold(nth: usize, product: &str, premium: i64) -> Sold {
    Sold::on("2026-10-05".parse().unwrap(), nth, INSURER, product, premium.into())
}

fn offer(product: &str) -> Told {
    offered(INSURER, product, &[("2026-01-01T00:00:00Z".parse().unwrap(), Decimal::from(3650))])
}

/// Runs polisctl against settlement, with success.
async fn polisctl(polis: &Polis, arguments: &[&str]) -> String {
    let admin = polis.settlement("");
    let (fine, text) = polis.polisctl(&[arguments, &["--admin", &admin]].concat()).await;
    assert!(fine, "polisctl {}: {text}", arguments.join(" "));
    text
}

async fn letters(polis: &Polis, state: &str) -> i64 {
    polis.settlement_count(&format!("select count(*) from dead_letters where state = '{state}'")).await
}

async fn knows(polis: &Polis, book: &Book) {
    until("settlement knows what was sold", || async { book.differences(polis).await.is_empty() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_applied_waits_for_its_tariff_or_for_a_person() {
    let polis = Polis::without_services().await;
    polis.start_settlement().await;
    let mut book = Book::default();
    tell(&polis, [offer(PRODUCT)]).await;
    until("the product is known", || async { polis.settlement_count("select count(*) from tariffs").await == 1 }).await;
    let fine: Vec<Sold> = (0..8).map(|nth| sold(nth, PRODUCT, 3650)).collect();
    book.sell(&polis, &fine).await;
    knows(&polis, &book).await;

    a_policy_before_its_tariff_heals_by_itself(&polis, &mut book).await;
    poison_is_discarded(&polis).await;
    a_replay_survives_kills(&polis, &mut book).await;
    a_range_is_applied_again(&polis, &book).await;
    both_services_are_asked(&polis).await;
    polis.stop().await;
}

async fn a_policy_before_its_tariff_heals_by_itself(polis: &Polis, book: &mut Book) {
    let early = sold(100, LATER, 3650);
    tell(polis, [early.told(), early.given_up().told()]).await;
    until("they wait", || async { letters(polis, "waiting").await == 2 }).await;
    let listed = polisctl(polis, &["dead-letters", "list", "--state", "waiting"]).await;
    assert!(
        listed.contains("no product event has told of tariff base, version 1, of proba-polis/proba-health yet"),
        "{listed}"
    );
    tell(polis, [offer(LATER)]).await;
    book.note(&early.given_up());
    knows(polis, book).await;
    assert_eq!((letters(polis, "replayed").await, letters(polis, "waiting").await), (2, 0));
    let others = "select count(*) from dead_letters where decided_by <> 'the service'";
    assert_eq!(polis.settlement_count(others).await, 0, "nobody did anything");
}

async fn poison_is_discarded(polis: &Polis) {
    let ill = sold(200, PRODUCT, 3650);
    tell(polis, [ill.told().poisoned(), ill.given_up().told()]).await;
    until("both are parked", || async { letters(polis, "parked").await == 2 }).await;
    let parked = ask(polis, "/dead-letters?state=parked").await;
    assert_eq!((&parked[0]["cause"], &parked[1]["cause"]), (&json!("decode"), &json!("behind")), "{parked}");
    let shown = polisctl(polis, &["dead-letters", "show", &parked[0]["id"].to_string()]).await;
    assert!(shown.contains("not a polis.policies.v1.PolicyEvent") && shown.contains(&ill.number), "{shown}");

    let one = ["dead-letters", "plan", "--key", &ill.number, "--consumer", "policies"];
    let planned = polisctl(polis, &one).await;
    assert!(planned.contains("2 records of 1 keys would be applied"), "{planned}");
    assert_eq!(letters(polis, "parked").await, 2, "a plan changes nothing");
    let admin = polis.settlement("");
    let replay = ["dead-letters", "replay", &parked[0]["id"].to_string(), "--by", "olga", "--admin", &admin];
    let (fine, text) = polis.polisctl(&replay).await;
    assert!(!fine && text.contains("0 applied, 1 failed, 1 left out"), "{text}");
    let why = "the publisher was broken";
    let discard =
        ["dead-letters", "discard", "--key", &ill.number, "--consumer", "policies", "--by", "olga", "--why", why];
    let text = polisctl(polis, &discard).await;
    assert!(text.contains("2 discarded"), "{text}");
    assert_eq!((letters(polis, "parked").await, letters(polis, "discarded").await), (0, 2));
    let noted = format!("select count(*) from operator_log where by = 'olga' and why = '{why}'");
    assert_eq!(polis.settlement_count(&noted).await, 1);
}

/// Of each policy the sale is refused by the table, and its cancellation waits behind it.
async fn a_replay_survives_kills(polis: &Polis, book: &mut Book) {
    let fault = format!("alter table policies add constraint unlucky check (premium <> {UNLUCKY})");
    polis.settlement_execute(&fault).await;
    let refused: Vec<Sold> = (0..MANY).map(|nth| sold(300 + nth, PRODUCT, UNLUCKY)).collect();
    tell(polis, refused.iter().flat_map(|sold| [sold.told(), sold.given_up().told()])).await;
    let many = i64::try_from(MANY).unwrap() * 2;
    until("all are parked", || async { letters(polis, "parked").await == many }).await;
    let groups = polisctl(polis, &["dead-letters", "groups"]).await;
    assert!(groups.contains("unlucky"), "{groups}");
    let metrics = metrics::of(polis, polis.settlement("/metrics")).await;
    let counted = metrics.lines().any(|line| {
        line.starts_with("consumer_dead_letters_total")
            && [r#"consumer="policies""#, r#"kind="PolicyEvent""#, r#"cause="rejected""#]
                .iter()
                .all(|label| line.contains(label))
    });
    assert!(counted, "{metrics}");

    polis.settlement_execute("alter table policies drop constraint unlucky").await;
    polis.stack.remove("ins-comp-settlement").await;
    let doomed = killed_at(polis, "replay::before_commit", polis.services.settlement(&polis.stack));
    let ordering = async {
        until("the doomed one is up", || async { polis.get(&polis.settlement("/replays")).await.is_some() }).await;
        let all = json!({ "all": true, "consumer": "policies" });
        let order = json!({ "selection": all, "per_second": 200, "by": "olga", "why": "the table is mended" });
        told(polis, "/dead-letters/replay", order).await
    };
    let ((), ordered) = tokio::join!(doomed, ordering);
    assert_eq!(letters(polis, "replaying").await, many, "nothing of it is kept");
    killed_at(polis, "replay::after_commit", polis.services.settlement(&polis.stack)).await;
    let left = letters(polis, "replaying").await;
    assert!(left < many, "what was committed is kept");

    polis.start_settlement().await;
    let path = format!("/replays/{}", ordered["id"]);
    until("the order is done", || async { ask(polis, &path).await["state"] == "done" }).await;
    let done = ask(polis, &path).await;
    assert_eq!(
        (&done["applied"], &done["failed"], &done["why"]),
        (&json!(many), &json!(0), &json!("the table is mended"))
    );
    refused.iter().for_each(|sold| book.note(&sold.given_up()));
    knows(polis, book).await;
    let twice = "select count(*) from (select from inbox group by consumer, event_id having count(*) > 1) twice";
    assert_eq!(polis.settlement_count(twice).await, 0);
}

async fn a_range_is_applied_again(polis: &Polis, book: &Book) {
    polis.settlement_execute("delete from policies where policy_number like 'PL-5%'").await;
    let topic =
        ["replays", "topic", "--topic", POLICIES, "--consumer", "policies", "--by", "olga", "--why", "rows were lost"];
    let hour_ago = (Timestamp::now() - jiff::SignedDuration::from_hours(1)).to_string();
    let text = polisctl(polis, &[&topic[..], &["--from", &hour_ago]].concat()).await;
    assert!(text.contains("is done: 0 applied, 0 failed"), "all have had their effects, or never have them: {text}");
    let one = book.0.values().next().unwrap();
    let partition = one.told().partition().to_string();
    let text = polisctl(polis, &[&topic[..], &["--partition", &partition, "--from", "0", "--force"]].concat()).await;
    assert!(text.contains("is done"), "{text}");
    let known = format!("select count(*) from policies where policy_number = '{}'", one.number);
    assert_eq!(polis.settlement_count(&known).await, 1);
    // By force what was discarded is in the range too: a poisoned record fails again and is counted.
    let admin = polis.settlement("");
    let (fine, text) =
        polis.polisctl(&[&topic[..], &["--from", &hour_ago, "--force", "--admin", &admin]].concat()).await;
    assert!(!fine && text.contains("1 failed"), "{text}");
    knows(polis, book).await;

    // One that takes its time is seen while it moves, and is gone with its end.
    let order = json!({ "consumer": "policies", "topic": POLICIES, "from": 0,
        "per_second": 1, "force": true, "by": "olga", "why": "slowly" });
    let slow = told(polis, "/replays", order).await;
    let gauge = async |name: &str| {
        let metrics = metrics::of(polis, polis.settlement("/metrics")).await;
        value(&metrics, name, &[("consumer", "policies"), ("topic", POLICIES)])
    };
    until("it is told of", || async { gauge("replays_running").await == Some(1.0) }).await;
    until("it moves", || async { gauge("replays_passed").await.is_some_and(|passed| passed > 0.0) }).await;
    told(polis, &format!("/replays/{}/cancel", slow["id"]), json!({ "by": "olga", "why": "seen" })).await;
    until("it is gone", || async { gauge("replays_running").await == Some(0.0) }).await;
    let listed = polisctl(polis, &["replays", "list"]).await;
    assert!(listed.contains("rows were lost") && listed.contains("olga"), "{listed}");
}

/// Poison for the catalogue holds up one product in both services; each has its own admin port.
async fn both_services_are_asked(polis: &Polis) {
    polis.spawn(polis.services.core_app(&polis.stack)).await;
    tell(polis, [offer("proba-ill").poisoned()]).await;
    for (admin, consumer) in [(polis.core_admin(""), "catalogue"), (polis.settlement(""), "products")] {
        let list = format!("{admin}/dead-letters?state=parked&topic={PRODUCTS}");
        until("it is parked", || async { polis.get(&list).await.is_some_and(|list| list[0]["consumer"] == consumer) })
            .await;
        let waiting = || async {
            let metrics = metrics::of(polis, format!("{admin}/metrics")).await;
            value(&metrics, "dead_letters", &[("consumer", consumer), ("state", "parked")])
        };
        until("it is told of", || async { waiting().await == Some(1.0) }).await;
        let metrics = metrics::of(polis, format!("{admin}/metrics")).await;
        assert_eq!(value(&metrics, "consumer_unowned_partitions", &[("consumer", consumer)]), Some(0.0), "{metrics}");
        let discard = ["dead-letters", "discard", "--all", "--consumer", consumer, "--by", "olga", "--admin", &admin];
        let (fine, text) = polis.polisctl(&discard).await;
        assert!(fine && text.contains("1 discarded"), "{text}");
        until("nothing of it waits", || async { waiting().await == Some(0.0) }).await;
    }
}
