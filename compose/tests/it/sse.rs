//! A client of server-sent events, as browsers are (HTML standard, section 9.2).

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::polis::LONG;

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub id: Option<i64>,
    pub data: Value,
}

/// An open stream.
pub struct Events {
    body: BoxStream<'static, reqwest::Result<Vec<u8>>>,
    unread: Vec<u8>,
    /// What to say when coming again.
    pub last_id: Option<i64>,
}

impl Events {
    pub async fn open(request: RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        Self::of(answer)
    }

    /// The events of an answer whose beginning somebody has looked at.
    pub fn of(answer: Response) -> Self {
        let body = answer.bytes_stream().map(|part| part.map(|bytes| bytes.to_vec())).boxed();
        Self { body, unread: Vec::new(), last_id: None }
    }

    /// The next event; none when the stream has ended, in order or not.
    pub async fn next(&mut self) -> Option<Event> {
        let deadline = Instant::now() + LONG;
        loop {
            while let Some(block) = self.block() {
                if let Some(event) = self.read(&block) {
                    return Some(event);
                }
            }
            let part = timeout_at(deadline, self.body.next()).await.expect("an event comes, or the end");
            self.unread.extend(part?.ok()?);
        }
    }

    /// What stands before the next empty line, when all of it is here.
    fn block(&mut self) -> Option<String> {
        let end = self.unread.windows(2).position(|pair| pair == b"\n\n")?;
        let rest = self.unread.split_off(end + 2);
        let block = std::mem::replace(&mut self.unread, rest);
        Some(String::from_utf8(block).unwrap())
    }

    /// Comments, and what has no data, are no events.
    fn read(&mut self, block: &str) -> Option<Event> {
        let (mut name, mut id, mut data) = (String::new(), None, String::new());
        for line in block.lines() {
            match line.split_once(':') {
                Some(("event", value)) => name = value.trim().to_owned(),
                Some(("id", value)) => id = value.trim().parse().ok(),
                Some(("data", value)) => data.push_str(value),
                _ => {}
            }
        }
        self.last_id = id.or(self.last_id);
        (!data.is_empty()).then(|| Event { name, id, data: serde_json::from_str(&data).unwrap() })
    }
}
