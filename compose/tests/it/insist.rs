//! A request that is made again, with the same key, until it is answered: what a page does whose connection broke.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::time::Instant;

use super::contract;
use super::polis::{LONG, Polis};

/// How long somebody waits for an answer before asking again.
const PATIENCE: Duration = Duration::from_secs(10);
const REST: Duration = Duration::from_millis(200);

/// A request to the API of the sale; one that says nothing only looks.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub path: &'a str,
    pub token: &'a str,
    pub key: &'a str,
    pub body: Option<&'a Value>,
}

/// An answer, and how many tries before it were in vain: nobody answered, or only that it cannot be done now.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub in_vain: usize,
}

impl Request<'_> {
    /// One try: status and body; nothing when no answer came. An answer must be as the API is described.
    pub async fn once(self, polis: &Polis, door: &str) -> Option<(u16, Value)> {
        let method = if self.body.is_some() { Method::POST } else { Method::GET };
        let request = polis.http.request(method.clone(), format!("{door}{}", self.path));
        let mut request = request.header("idempotency-key", self.key).bearer_auth(self.token).timeout(PATIENCE);
        if let Some(body) = self.body {
            request = request.json(body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, contract::answered(polis, &method, self.path, self.body, answer).await.ok()?))
    }

    /// As many tries as it takes, at each door in turn.
    pub async fn insist(self, polis: &Polis, doors: &[String]) -> Answer {
        let deadline = Instant::now() + LONG;
        let mut in_vain = 0;
        for door in doors.iter().cycle() {
            let tried = self.once(polis, door).await;
            assert!(Instant::now() < deadline, "not answered within {LONG:?}: {self:?}: {tried:?}");
            match tried {
                Some((status, body)) if !is_to_come_again(status, &body) => return Answer { status, body, in_vain },
                Some((429 | 409, _)) => {}
                _ => in_vain += 1,
            }
            tokio::time::sleep(REST).await;
        }
        panic!("no door to knock at");
    }
}

/// Whether it says nothing of the request itself: too many at once, the same one is under way, something is down.
fn is_to_come_again(status: u16, body: &Value) -> bool {
    let under_way = body["under_way"] == true;
    status >= 500 || status == 429 || (status == 409 && under_way)
}
