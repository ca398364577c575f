//! Two core-apps on one database and one broker: buyers and their streams go from one to the other, nothing is done
//! twice whoever is asked, and what one dies over the other finishes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use nix::sys::signal::Signal;
use polis_actors::runtime::ActorRef;
use polis_stack::{Process, Services, free_port};
use serde_json::{Value, json};

use super::buyer::{Buyer, books_balance, fault, key, person, wish};
use super::insist::Request;
use super::ledger::Ledger;
use super::polis::{Polis, halt, resume, until};
use super::sse::Events;

/// How long the work of a dead instance may stand still.
const TAKE_OVER: Duration = Duration::from_secs(10);
/// What only one instance does.
const LEASES: [&str; 4] = ["checkpoints", "deadlines", "provider-calls", "relay/outbox"];
/// Products whose prices change.
const PRODUCTS: [(&str, &str); 3] =
    [("ural-polis", "ural-travel-1"), ("volga-garant", "volga-travel-1"), ("kama-strakh", "kama-travel-1")];

/// One of the two.
struct Instance<'p> {
    polis: &'p Polis,
    /// Where buyers find it.
    door: String,
    admin: String,
    process: ActorRef<Process>,
}

impl<'p> Instance<'p> {
    async fn start(polis: &'p Polis, services: &Services, name: &str) -> Self {
        let mut spec = services.core_app(&polis.stack);
        spec.name = name.to_owned();
        spec.log = polis.stack.log_of(name);
        let local = |port: u16| format!("http://127.0.0.1:{port}");
        let (door, admin) = (local(services.ports.core), local(services.ports.core_admin));
        Self { polis, door, admin, process: polis.spawn(spec).await }
    }

    async fn dies(&self) {
        halt(&self.process, Signal::SIGKILL).await;
    }

    async fn tree(&self) -> Value {
        self.polis.get(&format!("{}/actors", self.admin)).await.unwrap_or_default()
    }

    async fn until_ready(&self) {
        until("the instance is ready", || async { self.tree().await["ready"] == true }).await;
    }

    /// Whether it does everything that only one instance does.
    async fn leads(&self) -> bool {
        let tree = self.tree().await;
        let Some(owner) = tree["instance"].as_str() else { return false };
        let held = format!(
            "select count(*) from leases where owner = '{owner}' and expires_at > now() and resource in ('{}')",
            LEASES.join("', '")
        );
        self.polis.core_count(&held).await == i64::try_from(LEASES.len()).unwrap()
    }

    async fn takes_over(&self, since: Instant) {
        until("it does what the dead one did", || self.leads()).await;
        assert!(since.elapsed() < TAKE_OVER, "taken over after {:?}", since.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_are_one_shop() {
    let polis = Polis::without_services().await;
    for spec in [polis.services.sandbox(&polis.stack), polis.services.aggregator(&polis.stack)] {
        polis.spawn(spec).await;
    }
    let a = Instance::start(&polis, &polis.services, "core-app").await;
    polis.until_complete().await;
    until("the first one leads", || a.leads()).await;
    let mut beside = polis.services.clone();
    (beside.ports.core, beside.ports.core_admin) = (free_port().unwrap(), free_port().unwrap());
    let b = Instance::start(&polis, &beside, "core-app-b").await;
    b.until_ready().await;

    streams_go_on_at_the_other_one(&polis, &a, &b).await;
    resume(&a.process).await;
    a.until_ready().await;
    a_key_counts_once_wherever_it_is_taken(&polis, &a, &b).await;
    two_who_press_payment_make_one(&polis, &a, &b).await;
    buyers_go_to_and_fro(&polis, &a, &b).await;
    what_one_dies_over_the_other_finishes(&polis, &b, &a).await;

    // Each of the two has died once.
    books_balance(&polis, 2).await;
    everything_was_done_once(&polis).await;
    polis.stop().await;
}

/// A page whose instance is killed resumes at the other one: every change is told, and told once.
async fn streams_go_on_at_the_other_one(polis: &Polis, dying: &Instance<'_>, other: &Instance<'_>) {
    let buyer = Buyer::reserved(polis).await;
    let began = polis.core_count("select coalesce(max(seq), 0) from catalogue_changes").await;
    let mut heard = Vec::new();
    let opened = polis.http.get(format!("{}/api/products/stream?since={began}", dying.door));
    let mut page = Events::open(opened).await;
    all_cost(polis, "1101.00", began, 3).await;
    hear(&mut page, &mut heard, 3).await;

    let died = Instant::now();
    dying.dies().await;
    assert!(page.next().await.is_none(), "a stream ends with whoever sends it");
    other.takes_over(died).await;
    all_cost(polis, "1102.00", began, 6).await;

    let last = page.last_id.unwrap().to_string();
    let resumed = polis.http.get(format!("{}/api/products/stream", other.door)).header("last-event-id", last);
    let mut page = Events::open(resumed).await;
    all_cost(polis, "1103.00", began, 9).await;
    hear(&mut page, &mut heard, 9).await;
    let ids: Vec<i64> = heard.iter().map(|(id, _)| *id).collect();
    assert!(ids.is_sorted_by(|earlier, later| earlier < later), "told twice, or out of order: {ids:?}");
    let listed = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let known = format!("select count(*) from catalogue_changes where seq > {began} and seq = any('{{{listed}}}')");
    assert_eq!(polis.core_count(&known).await, 9, "{ids:?}");
    let all = format!("select count(*) from catalogue_changes where seq > {began}");
    assert_eq!(polis.core_count(&all).await, 9, "nothing was missed");
    let prices: Vec<&str> = heard.iter().map(|(_, price)| price.as_str()).collect();
    assert_eq!(prices, [["1101.00"; 3], ["1102.00"; 3], ["1103.00"; 3]].concat());

    an_application_goes_on_at_the_other_one(polis, &buyer, other).await;
}

/// Sets all prices, below those of other tariffs, which the list would show; waits until so many changes were applied
/// since the sequence `began`.
async fn all_cost(polis: &Polis, premium: &str, began: i64, changes: i64) {
    for (insurer, product) in PRODUCTS {
        polis.set_premium(insurer, product, premium).await;
    }
    let applied = format!("select count(*) from catalogue_changes where seq > {began}");
    until("the changes are applied", || async { polis.core_count(&applied).await >= changes }).await;
}

/// Listens until so many changes were told.
async fn hear(page: &mut Events, heard: &mut Vec<(i64, String)>, changes: usize) {
    while heard.len() < changes {
        let event = page.next().await.expect("the stream goes on");
        assert_eq!(event.name, "product", "no reset: the position is known everywhere: {event:?}");
        heard.push((event.id.unwrap(), event.data["premium"]["amount"].as_str().unwrap().to_owned()));
    }
}

/// The application that was begun at the one that is dead; its stream tells of every state from then on.
async fn an_application_goes_on_at_the_other_one(polis: &Polis, buyer: &Buyer<'_>, other: &Instance<'_>) {
    let address = format!("{}/api/applications/{}/stream", other.door, buyer.id);
    let mut stream = Events::open(polis.http.get(address).bearer_auth(&buyer.token)).await;
    let mut version = 0;
    let now = told_until(&mut stream, &mut version, |_| true).await;
    assert_eq!((version, &now["status"]), (3, &json!("reserved")), "{now}");
    let (path, nothing, key) = (format!("/api/applications/{}/payment", buyer.id), json!({}), key());
    let pay = Request { path: &path, token: &buyer.token, key: &key, body: Some(&nothing) };
    let answer = pay.insist(polis, std::slice::from_ref(&other.door)).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    told_until(&mut stream, &mut version, |seen| seen["payment"]["url"].is_string()).await;
    buyer.decides("approve", 1).await;
    told_until(&mut stream, &mut version, |seen| seen["status"] == "confirmed").await;
}

async fn told_until(stream: &mut Events, version: &mut i64, enough: impl Fn(&Value) -> bool) -> Value {
    loop {
        let event = stream.next().await.expect("the stream goes on");
        let told = event.id.unwrap();
        assert_eq!((event.name.as_str(), &event.data["version"]), ("application", &json!(told)));
        assert!(told > *version, "version {told} after {version}");
        *version = told;
        if enough(&event.data) {
            return event.data;
        }
    }
}

/// The same key to both at the same moment: one application, and one payment for it.
async fn a_key_counts_once_wherever_it_is_taken(polis: &Polis, a: &Instance<'_>, b: &Instance<'_>) {
    let (here, there) = ([a.door.clone()], [b.door.clone()]);
    let applications = "select count(*) from applications";
    let before = polis.core_count(applications).await;
    let (wish, once) = (wish(), key());
    let quote = Request { path: "/api/quotes", token: "", key: &once, body: Some(&wish) };
    let (one, other) = tokio::join!(quote.insist(polis, &here), quote.insist(polis, &there));
    assert_eq!((one.status, &one.body), (201, &other.body), "both give the same application, and its token");
    assert_eq!(polis.core_count(applications).await, before + 1);

    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (id, token) = (text(&one.body["application"]["application_id"]), text(&one.body["token"]));
    let buyer = Buyer { polis, id, token };
    buyer.done("submission", person()).await;
    buyer.done("reservation", json!({})).await;
    let (path, nothing, once) = (format!("/api/applications/{}/payment", buyer.id), json!({}), key());
    let pay = Request { path: &path, token: &buyer.token, key: &once, body: Some(&nothing) };
    let (one, other) = tokio::join!(pay.insist(polis, &here), pay.insist(polis, &there));
    assert_eq!((one.status, &one.body), (202, &other.body), "the second is told what the first was told");
    buyer.decides("approve", 1).await;
    buyer.until_status("confirmed").await;
}

/// Two buttons, two keys, two instances, one moment.
async fn two_who_press_payment_make_one(polis: &Polis, a: &Instance<'_>, b: &Instance<'_>) {
    for _ in 0..5 {
        let buyer = Buyer::reserved(polis).await;
        let (path, nothing) = (format!("/api/applications/{}/payment", buyer.id), json!({}));
        let (one, other) = (key(), key());
        let here = Request { path: &path, token: &buyer.token, key: &one, body: Some(&nothing) };
        let there = Request { key: &other, ..here };
        let (one, other) = tokio::join!(here.once(polis, &a.door), there.once(polis, &b.door));
        let mut statuses = [one.unwrap().0, other.unwrap().0];
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 409]);
        buyer.decides("approve", 1).await;
        buyer.until_status("confirmed").await;
    }
}

/// Every request of a buyer goes to the other instance than the one before.
async fn buyers_go_to_and_fro(polis: &Polis, a: &Instance<'_>, b: &Instance<'_>) {
    let others = polis.core_count("select count(*) from applications").await;
    let ledger = Ledger::new(polis, &[a.door.clone(), b.door.clone()]);
    join_all((0..6).map(|_| ledger.buy(true))).await;
    assert_eq!(ledger.bought(), 6);
    until("every policy is told of", || async {
        polis.core_count("select count(*) from outbox where sent is null").await == 0
    })
    .await;
    ledger.agrees(others).await;
}

/// Whoever calls the provider dies when the payment is made and nobody has been told of it.
async fn what_one_dies_over_the_other_finishes(polis: &Polis, dying: &Instance<'_>, other: &Instance<'_>) {
    assert!(dying.leads().await, "whoever comes back takes nothing away from the one who leads");
    let buyer = Buyer::reserved(polis).await;
    fault(polis, Some(json!({ "kind": "answer-lost" }))).await;
    buyer.done("payment", json!({})).await;
    buyer.made(1).await;
    let died = Instant::now();
    dying.dies().await;
    fault(polis, None).await;
    // The notification goes to whoever made the call, and so to nobody.
    buyer.decides("approve", 1).await;
    other.takes_over(died).await;
    buyer.until_status("confirmed").await;
    let learnt = format!(
        "select count(*) from application_events
        where application_id = '{}' and type = 'payment-succeeded' and why = 'poll'",
        buyer.id
    );
    assert_eq!(polis.core_count(&learnt).await, 1, "it was learnt by asking");
    assert_eq!(buyer.payments().await.len(), 1, "asked for again with the same key, it is the same payment");

    let hasty = Buyer::quoted(polis).await;
    let due = format!("update timers set due_at = now() where application_id = '{}'", hasty.id);
    polis.core_execute(&due).await.unwrap();
    hasty.until_status("expired").await;
}

/// Whoever pressed payment here has paid: one payment, one success and one policy for each.
async fn everything_was_done_once(polis: &Polis) {
    let payments = polis.get(&polis.sandbox("/control/payments")).await.unwrap();
    let orders: Vec<&str> =
        payments.as_array().unwrap().iter().map(|payment| payment["order"].as_str().unwrap()).collect();
    assert_eq!(orders.iter().collect::<BTreeSet<_>>().len(), orders.len(), "one payment for each application");
    let payments = i64::try_from(orders.len()).unwrap();
    for counted in [
        "select count(*) from payments",
        "select count(*) from application_events where type = 'payment-succeeded'",
        "select count(distinct application_id) from application_events where type = 'payment-succeeded'",
        "select count(*) from policies",
    ] {
        assert_eq!(polis.core_count(counted).await, payments, "{counted}");
    }
}
