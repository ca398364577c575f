//! Somebody who buys, and the books in the end.

use std::collections::BTreeMap;
use std::time::Duration;

use polis_proto::policies::v1::{PolicyEvent, PolicyEventKind};
use prost::Message;
use reqwest::Method;
use rskafka::client::ClientBuilder;
use rskafka::client::partition::{OffsetAt, UnknownTopicHandling};
use serde_json::{Value, json};

use super::contract;
use super::polis::{LONG, Polis, until};

pub const INSURER: &str = "ural-polis";
pub const PRODUCT: &str = "ural-travel-1";

/// Somebody who buys.
pub struct Buyer<'p> {
    pub polis: &'p Polis,
    pub id: String,
    pub token: String,
}

pub fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

pub fn day(ahead: i64) -> String {
    jiff::Zoned::now().date().checked_add(jiff::Span::new().days(ahead)).unwrap().to_string()
}

pub fn wish() -> Value {
    json!({ "insurer_id": INSURER, "product_id": PRODUCT, "tariff_id": "base", "starts_on": day(1) })
}

pub fn person() -> Value {
    json!({
        "name": "Ирина Вымышленная", "born_on": "1990-02-03", "email": "irina@example.org", "phone": "+7 900 000-00-00",
    })
}

/// A request to the API: status and body. The answer must be as the API is described.
pub async fn ask(
    polis: &Polis, method: Method, path: &str, token: &str, key: &str, body: Option<&Value>,
) -> (u16, Value) {
    let request = polis.http.request(method.clone(), polis.core(path));
    let mut request = request.header("idempotency-key", key).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, contract::answered(polis, &method, path, body, answer).await.unwrap_or_default())
}

impl<'p> Buyer<'p> {
    pub async fn quoted(polis: &'p Polis) -> Self {
        let (status, body) = ask(polis, Method::POST, "/api/quotes", "", &key(), Some(&wish())).await;
        assert_eq!(status, 201, "{body}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self { polis, id: text(&body["application"]["application_id"]), token: text(&body["token"]) }
    }

    pub async fn step(&self, step: &str, body: Value) -> (u16, Value) {
        let path = format!("/api/applications/{}/{step}", self.id);
        ask(self.polis, Method::POST, &path, &self.token, &key(), Some(&body)).await
    }

    pub async fn done(&self, step: &str, body: Value) -> Value {
        let (status, body) = self.step(step, body).await;
        assert!((200..300).contains(&status), "{step}: {status} {body}");
        body
    }

    pub async fn reserved(polis: &'p Polis) -> Self {
        let buyer = Self::quoted(polis).await;
        buyer.done("submission", person()).await;
        buyer.done("reservation", json!({})).await;
        buyer
    }

    pub async fn paying(polis: &'p Polis) -> Self {
        let buyer = Self::reserved(polis).await;
        buyer.done("payment", json!({})).await;
        buyer
    }

    /// The application; nothing while nobody answers.
    pub async fn see(&self) -> Value {
        self.try_see().await.unwrap_or_default()
    }

    pub async fn until_status(&self, status: &str) -> Value {
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
    pub async fn payments(&self) -> Vec<Value> {
        let all = self.polis.get(&self.polis.sandbox("/control/payments")).await.unwrap();
        let mut own: Vec<Value> =
            all.as_array().unwrap().iter().filter(|payment| payment["order"] == *self.id).cloned().collect();
        own.sort_by_key(|payment| payment["attempt"].as_i64());
        own
    }

    pub async fn made(&self, attempts: usize) -> Value {
        until("the provider knows of it", || async { self.payments().await.len() == attempts }).await;
        self.payments().await.pop().unwrap()
    }

    /// The payer decides upon the last attempt.
    pub async fn decides(&self, what: &str, attempts: usize) {
        let payment = self.made(attempts).await;
        let address = self.polis.sandbox(&format!("/control/payments/{}/{what}", payment["id"].as_str().unwrap()));
        assert!(self.polis.http.post(address).send().await.unwrap().status().is_success());
    }

    pub async fn events(&self) -> Vec<String> {
        let path = format!("/api/applications/{}/audit", self.id);
        let (_, audit) = ask(self.polis, Method::GET, &path, &self.token, "", None).await;
        assert_eq!(audit["intact"], true, "{audit}");
        let history = audit["history"].as_array().unwrap();
        history.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
    }
}

pub async fn fault(polis: &Polis, fault: Option<Value>) {
    let address = polis.sandbox("/control/payments/fault");
    let request = match fault {
        Some(fault) => polis.http.put(address).json(&fault),
        None => polis.http.delete(address),
    };
    assert!(request.send().await.unwrap().status().is_success());
}

/// The policy events of the topic, by policy.
pub async fn told(polis: &Polis) -> BTreeMap<String, Vec<PolicyEvent>> {
    read(polis).await.0
}

/// The policy events of the topic, by policy and each once, and how many records were there again: a relay that dies
/// between publishing and marking publishes again, and consumers tell by `ce_id`.
async fn read(polis: &Polis) -> (BTreeMap<String, Vec<PolicyEvent>>, usize) {
    let client = ClientBuilder::new(vec![polis.stack.addresses().kafka.clone()]).build().await.unwrap();
    let mut told: BTreeMap<String, Vec<PolicyEvent>> = BTreeMap::new();
    let (mut seen, mut again) = (BTreeMap::new(), 0);
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
                let value = record.record.value.unwrap();
                if let Some(before) = seen.insert(record.record.headers["ce_id"].clone(), value.clone()) {
                    assert_eq!(before, value, "{key}: two messages with one id");
                    again += 1;
                    continue;
                }
                told.entry(key).or_default().push(PolicyEvent::decode(&*value).unwrap());
            }
        }
    }
    (told, again)
}

/// No policy without payment, no payment without policy or refund, nothing missing from the topic, nothing there again but
/// what was on its way when core-app died, which happened this often.
pub async fn books_balance(polis: &Polis, deaths: usize) {
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
    let (told, again) = read(polis).await;
    assert!(again <= deaths, "{again} messages were sent again after {deaths} deaths");
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

impl Buyer<'_> {
    /// Whether the provider knows of the last attempt, and the payer's way there is known to us.
    pub async fn is_asked(&self) -> bool {
        !self.payments().await.is_empty() && self.try_see().await.is_some_and(|seen| seen["payment"]["url"].is_string())
    }

    async fn try_see(&self) -> Option<Value> {
        let path = format!("/api/applications/{}", self.id);
        let answer = self.polis.http.get(self.polis.core(&path)).bearer_auth(&self.token).send().await.ok()?;
        contract::answered(self.polis, &Method::GET, &path, None, answer).await.ok()
    }

    pub async fn until_status_in(&self, statuses: &[&str]) {
        until("it has ended", || async {
            let seen = self.see().await;
            statuses.iter().any(|status| seen["status"] == *status)
        })
        .await;
    }
}
