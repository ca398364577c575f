//! The order to apply a range of a topic again.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use polis_schema::sql::{offsets, replays};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::types::Json;
use warp::Reply;
use warp::http::StatusCode;
use warp::reply::Response;

use super::shown;
use crate::admin::note;
use crate::admin::rate::{per_second, usual};
use crate::database::{Database, DatabaseError, Run};
use crate::http::Problem;
use crate::http::parameters::{json, somebody};

/// The order of `POST /replays`. What it names is applied as far as it has not had its effects, or all of it by force; what is newer
/// than the consumer's own position is left to it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TopicRange {
    /// Who applies it.
    pub consumer: String,
    /// Of which topic.
    pub topic: String,
    /// Only of that partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// From there on; from the first record that is left when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Position>,
    /// Up to there, not included; as far as the consumer is when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Position>,
    /// Most records a second, all partitions together.
    #[serde(default = "usual")]
    pub per_second: i32,
    /// Whether records that have had their effects have them again.
    #[serde(default)]
    pub force: bool,
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// A place in a topic.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(try_from = "Value", untagged)]
pub enum Position {
    /// An offset.
    Offset(i64),
    /// The first record that is not older.
    Time(Timestamp),
}

const EXPECTED: &str = "an offset, or a time as in 2026-11-25T12:03:00Z, is expected";

impl TryFrom<Value> for Position {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match &value {
            Value::Number(number) => number.to_string().parse(),
            Value::String(text) => text.parse(),
            _ => Err(format!("{value}: {EXPECTED}")),
        }
    }
}

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text.parse::<i64>(), text.parse()) {
            (Ok(offset), _) if offset >= 0 => Ok(Self::Offset(offset)),
            (Err(_), Ok(time)) => Ok(Self::Time(time)),
            _ => Err(format!("{text:?}: {EXPECTED}")),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offset(offset) => write!(f, "offset {offset}"),
            Self::Time(time) => write!(f, "{time}"),
        }
    }
}

impl Position {
    fn parts(position: Option<Self>) -> (Option<i64>, Option<Timestamp>) {
        match position {
            Some(Self::Offset(offset)) => (Some(offset), None),
            Some(Self::Time(time)) => (None, Some(time)),
            None => (None, None),
        }
    }
}

impl TopicRange {
    /// Whether it can hold anything.
    fn check(&self) -> Result<(), Problem> {
        let empty = match (self.from, self.to) {
            (Some(Position::Offset(from)), Some(Position::Offset(to))) => from >= to,
            (Some(Position::Time(from)), Some(Position::Time(to))) => from >= to,
            _ => false,
        };
        if empty { Err(Problem::bad_request("to is not behind from: nothing is between them")) } else { Ok(()) }
    }

    fn subject(&self) -> String {
        let Self { consumer, topic, .. } = self;
        let mut subject = format!("{consumer}: {topic}");
        if let Some(partition) = self.partition {
            subject += &format!(", partition {partition}");
        }
        if let Some(from) = self.from {
            subject += &format!(", from {from}");
        }
        if let Some(to) = self.to {
            subject += &format!(", to {to}");
        }
        subject
    }
}

pub(super) async fn start(database: &Database, bytes: &[u8]) -> Result<Response, Problem> {
    let range: TopicRange = json(bytes)?;
    range.check()?;
    let (rate, by) = (per_second(range.per_second)?, somebody(&range.by)?);
    let mut client = database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    let partitions = partitions(&transaction, &range).await?;
    let ((from_offset, from_time), (to_offset, to_time)) = (Position::parts(range.from), Position::parts(range.to));
    let what = Json(&range);
    let row = transaction
        .first(
            &replays::ORDER,
            &[
                &"range",
                &range.consumer,
                &range.topic,
                &what,
                &from_offset,
                &from_time,
                &to_offset,
                &to_time,
                &rate,
                &range.force,
                &by,
                &range.why,
            ],
        )
        .await?;
    let id: i64 = row.map(|row| row.get(0)).unwrap_or_default();
    transaction.run(&replays::OF_RANGE, &[&id, &range.topic, &partitions]).await?;
    note(&transaction, by, &format!("replay {id} of a range"), &range.subject(), &range.why).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    drop(client);
    let replay = shown(database, id).await?;
    Ok(warp::reply::with_status(warp::reply::json(&replay), StatusCode::ACCEPTED).into_response())
}

/// The partitions that are concerned. Only those that were ever consumed can be consumed again.
async fn partitions(client: &impl Run, range: &TopicRange) -> Result<Vec<i32>, Problem> {
    let TopicRange { consumer, topic, partition, .. } = range;
    let rows = client.all(&offsets::PARTITIONS, &[consumer, topic]).await?;
    let known: Vec<i32> = rows.iter().map(|row| row.get(2)).collect();
    if known.is_empty() {
        let rows = client.all(&offsets::PARTITIONS, &[&None::<&str>, &None::<&str>]).await?;
        let mut pairs: Vec<String> =
            rows.iter().map(|row| format!("{} of {}", row.get::<_, &str>(0), row.get::<_, &str>(1))).collect();
        pairs.dedup();
        let detail = format!("no {consumer} consumes {topic} here; there are: {}", pairs.join(", "));
        return Err(Problem::not_found(detail));
    }
    match partition {
        None => Ok(known),
        Some(partition) if known.contains(partition) => Ok(vec![*partition]),
        Some(partition) => {
            let last = known.last().copied().unwrap_or_default();
            Err(Problem::bad_request(format!("partition: there is no {partition}, the last one is {last}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::parameters;

    fn range(from: &Value, to: &Value) -> Result<TopicRange, Problem> {
        let order = json!({"consumer": "policies", "topic": "t", "from": from, "to": to, "by": "olga"});
        let range: TopicRange = parameters::json(order.to_string().as_bytes())?;
        range.check().map(|()| range)
    }

    #[test]
    fn a_range_is_given_by_offsets_or_times() {
        let mut known = range(&json!(17), &json!("2026-11-25T12:03:00Z")).unwrap();
        assert_eq!(known.subject(), "policies: t, from offset 17, to 2026-11-25T12:03:00Z");
        assert_eq!(known.per_second, usual());
        known.partition = Some(3);
        let again: TopicRange = parameters::json(serde_json::to_string(&known).unwrap().as_bytes()).unwrap();
        assert_eq!(
            (again.from, again.to, again.partition),
            (known.from, known.to, Some(3)),
            "what is stored can be read"
        );
        assert_eq!("5".parse(), Ok(Position::Offset(5)));
    }

    #[test]
    fn what_is_wrong_with_a_range_is_said() {
        let refused = |from: &Value, to: &Value| format!("{:?}", range(from, to).unwrap_err());
        assert!(refused(&json!(5), &json!(5)).contains("to is not behind from"));
        assert!(refused(&json!("yesterday"), &json!(null)).contains("from: \\\"yesterday\\\": an offset, or a time"));
        assert!(refused(&json!(-1), &json!(null)).contains("an offset, or a time"));
        assert!(refused(&json!(1.5), &json!(null)).contains("an offset, or a time"));
        assert!(refused(&json!(1), &json!({})).contains("to: {}: an offset, or a time"));
    }
}
