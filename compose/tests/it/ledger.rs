//! Buyers who keep their own book: what each asked for, what it was told, whether it paid. In the end the books of the
//! shop are compared with it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::buyer::{key, person, told, wish};
use super::insist::Request;
use super::polis::{LONG, Polis};

/// What one buyer knows.
#[derive(Debug, Default)]
struct Page {
    /// The application that the wish became.
    id: String,
    token: String,
    /// The newest version that was told.
    version: i64,
    /// Every status that was told, in order.
    statuses: Vec<String>,
    policy: Option<String>,
    /// What came in and did not go back.
    paid: String,
    /// Whether the payer approved.
    approved: bool,
    /// Whether the policy was given back.
    given_back: bool,
}

impl Page {
    fn hear(&mut self, seen: &Value) {
        let version = seen["version"].as_i64().unwrap();
        assert!(version >= self.version, "what was told is taken back: {self:?}, then {seen}");
        self.version = version;
        let status = seen["status"].as_str().unwrap();
        if self.statuses.last().is_none_or(|last| last != status) {
            self.statuses.push(status.to_owned());
        }
        self.policy = seen["policy_number"].as_str().map(str::to_owned);
        self.paid = seen["paid"].as_str().unwrap().to_owned();
    }

    /// Whoever paid has a policy or the money back; whoever did not has neither.
    fn is_fair(&self) {
        let mut told = self.statuses.clone();
        if self.given_back {
            assert_eq!((told.pop().as_deref(), self.paid.as_str()), (Some("cancelled"), "0.00"), "{self:?}");
            assert!(self.policy.is_some(), "{self:?}");
        }
        let (last, way) = told.split_last().unwrap();
        assert_eq!(way, ["quoted", "applied", "reserved", "payment-pending"], "{self:?}");
        match (self.approved, last.as_str()) {
            (true, "confirmed") => {
                assert!(self.policy.is_some() && (self.paid == "0.00") == self.given_back, "{self:?}");
            }
            (true, "rejected" | "expired") | (false, "reserved" | "expired") => {
                assert!(self.policy.is_none() && self.paid == "0.00", "{self:?}");
            }
            _ => panic!("this is no end: {self:?}"),
        }
    }
}

/// The book.
pub struct Ledger<'p> {
    polis: &'p Polis,
    /// Where the shop is; each request goes to the next one.
    doors: Vec<String>,
    turn: AtomicUsize,
    in_vain: AtomicUsize,
    /// Of buyers who know what came of it.
    pages: Mutex<Vec<Page>>,
}

impl<'p> Ledger<'p> {
    pub fn new(polis: &'p Polis, doors: &[String]) -> Self {
        let (turn, in_vain, pages) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::default());
        Self { polis, doors: doors.to_vec(), turn, in_vain, pages }
    }

    /// How many have a policy.
    pub fn bought(&self) -> usize {
        self.pages.lock().unwrap().iter().filter(|page| page.policy.is_some()).count()
    }

    /// How many have paid.
    pub fn approved(&self) -> usize {
        self.pages.lock().unwrap().iter().filter(|page| page.approved).count()
    }

    /// How many requests were made in vain and had to be made again.
    pub fn in_vain(&self) -> usize {
        self.in_vain.load(Relaxed)
    }

    /// Somebody buys, one request after the other, and is not content before it is known what came of it.
    pub async fn buy(&self, approves: bool) {
        let (wish, key) = (wish(), key());
        let quote = Request { path: "/api/quotes", token: "", key: &key, body: Some(&wish) };
        let (status, body) = self.ask(quote).await;
        assert_eq!(status, 201, "{body}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (id, token) = (text(&body["application"]["application_id"]), text(&body["token"]));
        let mut page = Page { id, token, ..Page::default() };
        page.hear(&body["application"]);
        for (step, said) in [("submission", person()), ("reservation", json!({})), ("payment", json!({}))] {
            self.take(&mut page, step, &said).await;
        }
        let seen = self.watch(&mut page, "the payer can pay", |seen| seen["payment"]["url"].is_string()).await;
        self.decide(seen["payment"]["url"].as_str().unwrap(), if approves { "approve" } else { "decline" }).await;
        page.approved = approves;
        self.watch(&mut page, "it is known what came of it", |seen| seen["status"] != "payment-pending").await;
        self.pages.lock().unwrap().push(page);
    }

    /// Whoever came to an end last gives the policy back, while all of the money comes with it.
    pub async fn give_back(&self) {
        let page = self.pages.lock().unwrap().pop();
        let mut page = page.unwrap();
        self.take(&mut page, "cancellation", &json!({})).await;
        page.given_back = true;
        self.watch(&mut page, "the money is back", |seen| seen["paid"] == "0.00").await;
        self.pages.lock().unwrap().push(page);
    }

    async fn ask(&self, request: Request<'_>) -> (u16, Value) {
        let mut doors = self.doors.clone();
        doors.rotate_left(self.turn.fetch_add(1, Relaxed) % self.doors.len());
        let answer = request.insist(self.polis, &doors).await;
        self.in_vain.fetch_add(answer.in_vain, Relaxed);
        (answer.status, answer.body)
    }

    async fn take(&self, page: &mut Page, step: &str, said: &Value) {
        let (path, key) = (format!("/api/applications/{}/{step}", page.id), key());
        let request = Request { path: &path, token: &page.token, key: &key, body: Some(said) };
        let (status, seen) = self.ask(request).await;
        assert!((200..300).contains(&status), "{step}: {status} {seen}");
        page.hear(&seen);
    }

    async fn see(&self, page: &mut Page) -> Value {
        let path = format!("/api/applications/{}", page.id);
        let (status, seen) = self.ask(Request { path: &path, token: &page.token, key: "", body: None }).await;
        assert_eq!(status, 200, "{seen}");
        page.hear(&seen);
        seen
    }

    async fn watch(&self, page: &mut Page, what: &str, enough: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + LONG;
        loop {
            let seen = self.see(page).await;
            if enough(&seen) {
                return seen;
            }
            assert!(Instant::now() < deadline, "not within {LONG:?}: {what}: {seen}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The payer does, on the provider's page.
    async fn decide(&self, url: &str, what: &str) {
        let payment = url.rsplit('/').next().unwrap();
        let address = self.polis.sandbox(&format!("/control/payments/{payment}/{what}"));
        let answer = self.polis.http.post(address).send().await.unwrap();
        assert!(answer.status().is_success(), "{what} {payment}: {}", answer.status());
    }

    /// The books of the shop say the same: for each wish one application and one payment, for each that was paid a
    /// policy in the database and in the topic, or the money back. That many applications are somebody else's.
    pub async fn agrees(&self, others: i64) {
        let mut pages = std::mem::take(&mut *self.pages.lock().unwrap());
        for page in &mut pages {
            self.see(page).await;
            page.is_fair();
        }
        let count = async |sql: &str| self.polis.core_count(sql).await;
        let wishes = i64::try_from(pages.len()).unwrap();
        let ids: Vec<&str> = pages.iter().map(|page| page.id.as_str()).collect();
        let known =
            format!("select count(*) from applications where application_id = any('{{{}}}'::uuid[])", ids.join(","));
        assert_eq!(count(&known).await, wishes, "every wish is an application of its own");
        assert_eq!(count("select count(*) from applications").await, wishes + others, "and there is no other");

        let insured = || pages.iter().filter_map(|page| Some((page.policy.as_ref()?, page)));
        let pairs: Vec<String> = insured().map(|(number, page)| format!("{number}/{}", page.id)).collect();
        let policies = format!(
            "select count(*) from policies where policy_number || '/' || application_id = any('{{{}}}')",
            pairs.join(",")
        );
        assert_eq!(count(&policies).await, i64::try_from(pairs.len()).unwrap(), "every policy is in the database");
        let topic = told(self.polis).await;
        for (number, page) in insured() {
            let policy = topic.get(number).and_then(|events| events[0].policy.as_ref());
            assert_eq!(policy.map(|policy| policy.application_id.as_str()), Some(page.id.as_str()), "{number}");
        }

        let payments = self.polis.get(&self.polis.sandbox("/control/payments")).await.unwrap();
        for id in ids {
            let made = payments.as_array().unwrap().iter().filter(|payment| payment["order"] == id).count();
            assert_eq!(made, 1, "payments for application {id}");
        }
    }
}
