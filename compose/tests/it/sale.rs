//! A policy is bought and paid for on the real parts: the whole way, every disappointment that providers have in store,
//! and in the end the ledgers of the provider, the database and the topic say the same.

use std::collections::BTreeMap;
use std::time::Duration;

use polis_proto::policies::v1::{PolicyEvent, PolicyEventKind};
use prost::Message;
use reqwest::Method;
use rskafka::client::ClientBuilder;
use rskafka::client::partition::{OffsetAt, UnknownTopicHandling};
use serde_json::{Value, json};

use super::polis::{LONG, Polis, until};

const INSURER: &str = "ural-polis";
const PRODUCT: &str = "ural-travel-1";

/// Somebody who buys.
struct Buyer<'p> {
    polis: &'p Polis,
    id: String,
    token: String,
}

fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn day(ahead: i64) -> String {
    jiff::Zoned::now().date().checked_add(jiff::Span::new().days(ahead)).unwrap().to_string()
}

fn wish() -> Value {
    json!({ "insurer_id": INSURER, "product_id": PRODUCT, "tariff_id": "base", "starts_on": day(1) })
}

fn person() -> Value {
    json!({
        "name": "Ирина Вымышленная", "born_on": "1990-02-03", "email": "irina@example.org", "phone": "+7 900 000-00-00",
    })
}

/// A request to the API: status and body.
async fn ask(polis: &Polis, method: Method, path: &str, token: &str, key: &str, body: Option<&Value>) -> (u16, Value) {
    let mut request = polis.http.request(method, polis.core(path)).header("idempotency-key", key).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

impl<'p> Buyer<'p> {
    async fn quoted(polis: &'p Polis) -> Self {
        let (status, body) = ask(polis, Method::POST, "/api/quotes", "", &key(), Some(&wish())).await;
        assert_eq!(status, 201, "{body}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self { polis, id: text(&body["application"]["application_id"]), token: text(&body["token"]) }
    }

    async fn step(&self, step: &str, body: Value) -> (u16, Value) {
        let path = format!("/api/applications/{}/{step}", self.id);
        ask(self.polis, Method::POST, &path, &self.token, &key(), Some(&body)).await
    }

    async fn done(&self, step: &str, body: Value) -> Value {
        let (status, body) = self.step(step, body).await;
        assert!((200..300).contains(&status), "{step}: {status} {body}");
        body
    }

    async fn reserved(polis: &'p Polis) -> Self {
        let buyer = Self::quoted(polis).await;
        buyer.done("submission", person()).await;
        buyer.done("reservation", json!({})).await;
        buyer
    }

    async fn paying(polis: &'p Polis) -> Self {
        let buyer = Self::reserved(polis).await;
        buyer.done("payment", json!({})).await;
        buyer
    }

    async fn see(&self) -> Value {
        let path = format!("/api/applications/{}", self.id);
        ask(self.polis, Method::GET, &path, &self.token, "", None).await.1
    }

    async fn until_status(&self, status: &str) -> Value {
        let deadline = tokio::time::Instant::now() + LONG;
        loop {
            let seen = self.see().await;
            if seen["status"] == status {
                return seen;
            }
            let events = || async { self.events().await.join(" ") };
            assert!(tokio::time::Instant::now() < deadline, "not {status}: {seen}; {}", events().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The provider's payments for this application, the first attempt first.
    async fn payments(&self) -> Vec<Value> {
        let all = self.polis.get(&self.polis.sandbox("/control/payments")).await.unwrap();
        let mut own: Vec<Value> =
            all.as_array().unwrap().iter().filter(|payment| payment["order"] == *self.id).cloned().collect();
        own.sort_by_key(|payment| payment["attempt"].as_i64());
        own
    }

    async fn made(&self, attempts: usize) -> Value {
        until("the provider knows of it", || async { self.payments().await.len() == attempts }).await;
        self.payments().await.pop().unwrap()
    }

    /// The payer decides upon the last attempt.
    async fn decides(&self, what: &str, attempts: usize) {
        let payment = self.made(attempts).await;
        let address = self.polis.sandbox(&format!("/control/payments/{}/{what}", payment["id"].as_str().unwrap()));
        assert!(self.polis.http.post(address).send().await.unwrap().status().is_success());
    }

    async fn events(&self) -> Vec<String> {
        let path = format!("/api/applications/{}/audit", self.id);
        let (_, audit) = ask(self.polis, Method::GET, &path, &self.token, "", None).await;
        assert_eq!(audit["intact"], true, "{audit}");
        let history = audit["history"].as_array().unwrap();
        history.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
    }
}

async fn fault(polis: &Polis, fault: Option<Value>) {
    let address = polis.sandbox("/control/payments/fault");
    let request = match fault {
        Some(fault) => polis.http.put(address).json(&fault),
        None => polis.http.delete(address),
    };
    assert!(request.send().await.unwrap().status().is_success());
}

/// The policy events of the topic, by policy.
async fn told(polis: &Polis) -> BTreeMap<String, Vec<PolicyEvent>> {
    let client = ClientBuilder::new(vec![polis.stack.addresses().kafka.clone()]).build().await.unwrap();
    let mut told: BTreeMap<String, Vec<PolicyEvent>> = BTreeMap::new();
    for partition in 0..12 {
        let topic = "polis.policies.policy-events.v1";
        let client = client.partition_client(topic, partition, UnknownTopicHandling::Error).await.unwrap();
        let end = client.get_offset(OffsetAt::Latest).await.unwrap();
        let mut next = 0;
        while next < end {
            let (records, _) = client.fetch_records(next, 1..1 << 20, 1000).await.unwrap();
            next = records.last().map_or(end, |record| record.offset + 1);
            for record in records {
                let key = String::from_utf8(record.record.key.unwrap()).unwrap();
                told.entry(key).or_default().push(PolicyEvent::decode(&*record.record.value.unwrap()).unwrap());
            }
        }
    }
    told
}

/// No policy without payment, no payment without policy or refund, nothing missing from the topic, nothing twice.
async fn books_balance(polis: &Polis) {
    until("every message is sent", || async {
        polis.core_count("select count(*) from outbox where sent is null").await == 0
    })
    .await;
    until("every refund is done", || async {
        polis.core_count("select count(*) from applications where to_refund <> refunded").await == 0
    })
    .await;
    let odd = "select count(*) from applications where paid - refunded <> case when policy_number is null then 0
        when status = 'cancelled' then premium - to_refund else premium end";
    assert_eq!(polis.core_count(odd).await, 0, "money adds up to nothing or to the premium");
    let policies = polis.core_count("select count(*) from policies").await;
    let told = told(polis).await;
    assert_eq!(told.len(), usize::try_from(policies).unwrap(), "each policy is told of");
    for (number, events) in &told {
        let kinds: Vec<_> = events.iter().map(PolicyEvent::kind).collect();
        let fine = [vec![PolicyEventKind::Issued], vec![PolicyEventKind::Issued, PolicyEventKind::Cancelled]];
        assert!(fine.contains(&kinds), "{number}: {kinds:?}");
    }
    // The provider's own book against ours, application by application.
    let all = polis.get(&polis.sandbox("/control/payments")).await.unwrap();
    let amount = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let succeeded = all.as_array().unwrap().iter().filter(|payment| payment["status"] == "succeeded");
    let kept: f64 = succeeded.map(|payment| amount(&payment["amount"]) - amount(&payment["refunded"])).sum();
    let ours = polis.core_count("select coalesce(sum((paid - refunded) * 100), 0)::bigint from applications").await;
    assert_eq!((kept * 100.0).round() as i64, ours, "what the provider keeps is what we say we have");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_bought_paid_and_issued_and_every_step_can_be_proved() {
    let polis = Polis::start().await;

    let buyer = Buyer::paying(&polis).await;
    until("the payer can pay", || async { buyer.see().await["payment"]["url"].is_string() }).await;
    buyer.decides("approve", 1).await;
    let sold = buyer.until_status("confirmed").await;
    let number = sold["policy_number"].as_str().unwrap().to_owned();
    assert!(number.starts_with("PL-"), "{sold}");
    let expected =
        ["quoted", "submitted", "reserved", "payment-requested", "payment-started", "payment-succeeded", "confirmed"];
    assert_eq!(buyer.events().await, expected);
    until("the policy is told of", || async { told(&polis).await.contains_key(&number) }).await;
    let policy = told(&polis).await[&number][0].policy.clone().unwrap();
    assert_eq!((policy.application_id.as_str(), policy.tariff_id.as_str()), (&*buyer.id, "base"));

    // As it was, and with who applied.
    let path = format!("/api/applications/{}/audit?version=3", buyer.id);
    let (_, audit) = ask(&polis, Method::GET, &path, &buyer.token, "", None).await;
    assert_eq!(
        (&audit["application"]["status"], &audit["history"][1]["person"]["name"]),
        (&json!("reserved"), &json!("Ирина Вымышленная"))
    );
    assert_eq!(audit["history"][2]["changed"]["status"], json!({ "before": "applied", "after": "reserved" }));

    let (_, audit) =
        ask(&polis, Method::GET, &format!("/api/applications/{}/audit", buyer.id), &buyer.token, "", None).await;
    assert_eq!(
        (&audit["history"][5]["who"], &audit["history"][5]["why"]),
        (&json!("payment-provider"), &json!("webhook"))
    );

    // Given back in the cooling-off period: all of the money, and the insurers' side is told.
    buyer.done("cancellation", json!({ "reason": "передумала" })).await;
    until("the money is back", || async { buyer.see().await["paid"] == "0.00" }).await;
    until("the cancellation is told of", || async { told(&polis).await[&number].len() == 2 }).await;
    let cancelled = told(&polis).await[&number][1].policy.clone().unwrap();
    assert_eq!(cancelled.refund, policy.premium);

    the_api_says_what_is_wrong(&polis).await;
    a_price_that_changed_is_not_sold(&polis).await;
    books_balance(&polis).await;
    polis.stop().await;
}

async fn the_api_says_what_is_wrong(polis: &Polis) {
    let (status, problem) = ask(polis, Method::POST, "/api/quotes", "", "", Some(&wish())).await;
    assert!(status == 400 && problem["detail"].as_str().unwrap().contains("Idempotency-Key"), "{problem}");
    let yesterday = json!({ "insurer_id": INSURER, "product_id": PRODUCT, "tariff_id": "base", "starts_on": day(-1) });
    assert_eq!(ask(polis, Method::POST, "/api/quotes", "", &key(), Some(&yesterday)).await.0, 422);
    let nothing = json!({ "insurer_id": INSURER, "product_id": "none", "tariff_id": "base", "starts_on": day(1) });
    assert_eq!(ask(polis, Method::POST, "/api/quotes", "", &key(), Some(&nothing)).await.0, 404);

    // The same key and body: the same answer. Another body: refused.
    let one = key();
    let first = ask(polis, Method::POST, "/api/quotes", "", &one, Some(&wish())).await;
    assert_eq!(ask(polis, Method::POST, "/api/quotes", "", &one, Some(&wish())).await, first);
    assert_eq!(ask(polis, Method::POST, "/api/quotes", "", &one, Some(&yesterday)).await.0, 422);

    let buyer = Buyer::quoted(polis).await;
    let stranger = Buyer { polis, id: buyer.id.clone(), token: "guessed".to_owned() };
    assert_eq!(stranger.step("submission", person()).await.0, 404);
    assert_eq!(stranger.see().await["status"], 404);
    let (status, problem) =
        buyer.step("submission", json!({ "name": "x", "born_on": "2020-01-01", "email": "x" })).await;
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!((status, fields), (422, vec!["name", "born_on", "email", "phone"]));
    let (status, problem) = buyer.step("payment", json!({})).await;
    assert!(status == 409 && problem["status_now"] == "quoted", "{problem}");
    assert_eq!(buyer.step("nothing", json!({})).await.0, 404);
    let unsigned = polis.http.post(polis.core("/api/payments/webhook")).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
}

async fn a_price_that_changed_is_not_sold(polis: &Polis) {
    let buyer = Buyer::quoted(polis).await;
    polis.set_premium(INSURER, PRODUCT, "999.00").await;
    until("the price is new", || async { polis.premium(INSURER, PRODUCT).await == "999.00" }).await;
    let (status, problem) = buyer.step("submission", person()).await;
    assert_eq!((status, &problem["premium"]["amount"]), (409, &json!("999.00")), "{problem}");
    let fresh = Buyer::reserved(polis).await;
    assert_eq!(fresh.see().await["quote"]["premium"]["amount"], "999.00");
    // Once it is reserved the price is kept.
    polis.set_premium(INSURER, PRODUCT, "888.00").await;
    until("the price is newer", || async { polis.premium(INSURER, PRODUCT).await == "888.00" }).await;
    fresh.done("payment", json!({})).await;
    fresh.decides("approve", 1).await;
    fresh.until_status("confirmed").await;
    let paid: rust_decimal::Decimal = fresh.made(1).await["amount"].as_str().unwrap().parse().unwrap();
    assert_eq!(paid, 999.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_provider_does_there_is_a_policy_or_the_money_is_back() {
    let polis = Polis::without_services().await;
    let services = &polis.services;
    let mut core = services.core_app(&polis.stack);
    core.environment.push(("CORE_APP__SALE__PAYMENT".to_owned(), "6s".to_owned()));
    for spec in [services.sandbox(&polis.stack), services.aggregator(&polis.stack), core] {
        polis.spawn(spec).await;
    }
    polis.until_complete().await;
    until("the saga is owned", || async {
        let owned = "select count(*) from leases where expires_at > now()
            and (resource like 'consumer/payments/%' or resource in ('timekeeper', 'relay/outbox'))";
        polis.core_count(owned).await == 14
    })
    .await;

    // Declined, and paid at the second attempt.
    let buyer = Buyer::paying(&polis).await;
    buyer.decides("decline", 1).await;
    buyer.until_status("reserved").await;
    buyer.done("payment", json!({})).await;
    buyer.decides("approve", 2).await;
    buyer.until_status("confirmed").await;

    for (kind, more) in [
        ("notification-first", json!({})),
        ("notification-twice", json!({})),
        ("answer-lost", json!({})),
        ("slow", json!({ "millis": 700 })),
    ] {
        let mut wanted = more;
        wanted["kind"] = kind.into();
        fault(&polis, Some(wanted)).await;
        let buyer = Buyer::paying(&polis).await;
        if kind != "notification-first" {
            buyer.decides("approve", 1).await;
        }
        buyer.until_status("confirmed").await;
        fault(&polis, None).await;
        let events = buyer.events().await;
        assert_eq!(events.iter().filter(|event| *event == "confirmed").count(), 1, "{kind}: {events:?}");
        assert_eq!(buyer.payments().await.len(), 1, "{kind}: one payment was made");
    }

    // The provider is away for a while: it is asked again.
    fault(&polis, Some(json!({ "kind": "down" }))).await;
    let buyer = Buyer::paying(&polis).await;
    until("the failure is noted", || async {
        polis.core_count("select count(*) from timers where kind = 'call' and tries > 0").await > 0
    })
    .await;
    fault(&polis, None).await;
    buyer.decides("approve", 1).await;

    // Another amount than was asked for: no policy, and the money goes back.
    fault(&polis, Some(json!({ "kind": "wrong-amount" }))).await;
    let short = Buyer::paying(&polis).await;
    short.decides("approve", 1).await;
    short.until_status("rejected").await;
    fault(&polis, None).await;
    until("the money is back", || async { short.see().await["paid"] == "0.00" }).await;

    // Nobody pays in time; the money that comes after all goes back, once.
    let late = Buyer::paying(&polis).await;
    late.made(1).await;
    late.until_status("expired").await;
    late.decides("approve", 1).await;
    until("the late money came and went", || async {
        let events = late.events().await;
        events.ends_with(&["payment-succeeded".to_owned(), "refund-requested".to_owned(), "refunded".to_owned()])
    })
    .await;

    // A forged notification changes nothing; the truth is learnt by asking.
    fault(&polis, Some(json!({ "kind": "bad-signature" }))).await;
    let forged = Buyer::reserved(&polis).await;
    forged.done("payment", json!({})).await;
    forged.decides("approve", 1).await;
    until("the forged one was counted", || async {
        let metrics = polis.http.get(format!("http://127.0.0.1:{}/metrics", polis.services.ports.core_admin));
        metrics.send().await.unwrap().text().await.unwrap().contains("webhook_signature_failures_total")
    })
    .await;
    fault(&polis, None).await;
    until("it ends well all the same", || async {
        let seen = forged.see().await;
        seen["status"] == "confirmed"
            || (seen["status"] == "expired"
                && seen["paid"] == "0.00"
                && forged.events().await.ends_with(&["refunded".to_owned()]))
    })
    .await;
    buyer.until_status_in(&["confirmed", "expired"]).await;
    books_balance(&polis).await;
    polis.stop().await;
}

impl Buyer<'_> {
    async fn until_status_in(&self, statuses: &[&str]) {
        until("it has ended", || async {
            let seen = self.see().await;
            statuses.iter().any(|status| seen["status"] == *status)
        })
        .await;
    }
}
