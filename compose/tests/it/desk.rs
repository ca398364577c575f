//! The admin port of settlement as whoever reconciles uses it: registers, runs and what they have found.

use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};
use jiff::{Span, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::polis::{LONG, Polis};

/// Days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    pub from: Date,
    pub to: Date,
}

impl Days {
    /// The month in which a day is.
    fn month_of(day: Date) -> Self {
        Self { from: day.first_of_month(), to: day.last_of_month() }
    }

    pub fn last_month() -> Self {
        Self::month_of(today().first_of_month().yesterday().unwrap())
    }

    /// The day so many days after the first one; beyond the last one it begins anew.
    pub fn nth(self, nth: usize) -> Date {
        let days = usize::try_from(self.from.until(self.to).unwrap().get_days()).unwrap() + 1;
        self.from.checked_add(Span::new().days(i64::try_from(nth % days).unwrap())).unwrap()
    }

    pub fn query(self) -> String {
        format!("from={}&to={}", self.from, self.to)
    }
}

/// Where the insurers are: in Moscow.
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::fixed(offset(3))).date()
}

async fn read(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// What a request is answered with.
pub async fn asked(polis: &Polis, path: &str) -> (u16, Value) {
    read(polis.http.get(polis.settlement(path))).await
}

/// What a request is answered with that must succeed.
pub async fn ask(polis: &Polis, path: &str) -> Value {
    let (status, body) = asked(polis, path).await;
    assert_eq!(status, 200, "GET {path}: {body}");
    body
}

/// What an order is answered with.
pub async fn tell(polis: &Polis, path: &str, order: Value) -> (u16, Value) {
    read(polis.http.post(polis.settlement(path)).json(&order)).await
}

/// What an order is answered with that must succeed.
pub async fn told(polis: &Polis, path: &str, order: Value) -> Value {
    let (status, body) = tell(polis, path, order.clone()).await;
    assert!((200..300).contains(&status), "POST {path} {order}: {status} {body}");
    body
}

/// Sends the file of a register.
pub async fn upload(polis: &Polis, insurer: &str, days: Days, name: &str, bytes: impl Into<Vec<u8>>) -> (u16, Value) {
    let path = format!("/registers?insurer={insurer}&{}&name={name}&by=olga", days.query());
    read(polis.http.post(polis.settlement(&path)).body(bytes.into())).await
}

/// A run of a register, once it is done.
pub async fn reconciled(polis: &Polis, register: &Value) -> Value {
    let order = json!({ "register": register["id"], "by": "olga", "why": "end of the month" });
    let ordered = told(polis, "/runs", order).await;
    done(polis, ordered["id"].as_i64().unwrap()).await
}

/// The run, once it has ended as it should.
pub async fn done(polis: &Polis, run: i64) -> Value {
    let deadline = tokio::time::Instant::now() + LONG;
    loop {
        // Whoever does it may be dead at the moment.
        let seen = polis.get(&polis.settlement(&format!("/runs/{run}"))).await.unwrap_or_default();
        match seen["state"].as_str() {
            Some("done") => return seen,
            Some("failed") => panic!("the run failed: {seen}"),
            _ => assert!(tokio::time::Instant::now() < deadline, "run {run} is not done: {seen}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Everything that a run has found, page by page, in its order.
pub async fn found(polis: &Polis, run: &Value) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().map_or(0, |last| last["ordinal"].as_i64().unwrap());
        let page = ask(polis, &format!("/runs/{}/breaks?limit=100&after={after}", run["id"])).await;
        let page = page.as_array().unwrap().clone();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// A result as a file: its name and its bytes.
pub async fn export(polis: &Polis, run: &Value, format: &str) -> (String, Vec<u8>) {
    let path = polis.settlement(&format!("/runs/{}/export?format={format}", run["id"]));
    let answer = polis.http.get(path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{format}");
    let disposition = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    (disposition, answer.bytes().await.unwrap().to_vec())
}

/// Standing breaks that a query finds.
pub async fn standing(polis: &Polis, query: &str) -> Vec<Value> {
    ask(polis, &format!("/breaks?limit=100&{query}")).await.as_array().unwrap().clone()
}

pub fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value} is no amount")).parse().unwrap()
}

/// Everything that went in is in one place, and the sides differ by what the breaks say, to the kopeck.
pub fn adds_up(totals: &Value) {
    let places = totals["places"].as_object().unwrap();
    for side in ["ours", "theirs"] {
        let count: u64 = places.values().map(|place| place[side]["count"].as_u64().unwrap()).sum();
        assert_eq!(totals["went_in"][side]["count"], count, "{side}: {totals}");
        for of in ["premium", "commission", "refund"] {
            let came_out: Decimal = places.values().map(|place| amount(&place[side][of])).sum();
            assert_eq!(amount(&totals["went_in"][side][of]), came_out, "{of} of {side}: {totals}");
        }
    }
    let premiums = ["premium_differs", "missing_at_insurer", "missing_at_us", "duplicate", "ambiguous", "not_due_yet"];
    let differences = premiums.iter().filter_map(|kind| totals["breaks"].get(kind));
    let explained: Decimal = differences.map(|tally| amount(&tally["difference"])).sum();
    let sides = amount(&totals["went_in"]["ours"]["premium"]) - amount(&totals["went_in"]["theirs"]["premium"]);
    assert_eq!(sides, explained + amount(&totals["tolerated"]["premium"]), "{totals}");
}
