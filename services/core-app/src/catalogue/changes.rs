//! The changes of the catalogue as frames for browsers.

use std::time::SystemTime;

use bytes::Bytes;
use opentelemetry::trace::SpanKind;
use polis_actors::broadcaster::{Frame, Reading, Source, encode};
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::telemetry::trace::{OpenSpan, Parent};
use polis_schema::sql::{catalogue, changes};
use tokio_postgres::{IsolationLevel, Row};

use super::Item;

/// Reads `catalogue_changes`.
pub struct Changes(pub Database);

impl Source for Changes {
    fn channel(&self) -> &'static str {
        "catalogue_changes"
    }

    fn read_after(&self, seq: i64, limit: i64) -> Reading<'_, Vec<Frame>> {
        Box::pin(async move {
            let rows = self.0.get().await?.all(&changes::READ_AFTER, &[&seq, &limit]).await?;
            Ok(rows.iter().map(frame).collect())
        })
    }

    fn range(&self) -> Reading<'_, (i64, i64)> {
        Box::pin(async move {
            let row = self.0.get().await?.first(&changes::RANGE, &[]).await?;
            Ok(row.map_or((0, 0), |row| (row.get(0), row.get(1))))
        })
    }

    fn snapshot(&self) -> Reading<'_, (Vec<Bytes>, i64)> {
        Box::pin(async move {
            let (items, position) = whole(&self.0).await?;
            let frames = items.iter().filter_map(|item| serde_json::to_string(item).ok());
            Ok((frames.map(|data| encode("product", None, &data)).collect(), position))
        })
    }
}

/// All products on offer and the sequence of the newest change among them: one snapshot of the database.
async fn whole(database: &Database) -> Result<(Vec<Item>, i64), DatabaseError> {
    let mut client = database.get().await?;
    let snapshot =
        client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    let position = snapshot.first(&catalogue::POSITION, &[]).await?.map_or(0, |row| row.get(0));
    let none = None::<String>;
    let rows =
        snapshot.all(&catalogue::LIST, &[&none, &none, &none, &"name", &None::<i64>, &none, &none, &none]).await?;
    Ok((rows.iter().map(Item::from_row).collect(), position))
}

fn frame(row: &Row) -> Frame {
    let (seq, insurer, product): (i64, String, String) = (row.get(0), row.get(1), row.get(2));
    let (event, data): (String, String) = (row.get(3), row.get(4));
    let parent: Option<String> = row.get(5);
    let span = parent.as_deref().and_then(Parent::parse);
    let span = span.map(|parent| parent.span("sse.broadcast", SpanKind::Producer, SystemTime::now(), Vec::new()));
    let data = match span.as_ref().and_then(OpenSpan::traceparent) {
        Some(traceparent) => with_traceparent(&data, &traceparent),
        None => data,
    };
    let bytes = encode(&event, Some(seq), &data);
    if let Some(span) = span {
        span.end_at(SystemTime::now());
    }
    Frame { seq, key: format!("{insurer}/{product}").into(), bytes }
}

/// Adds the span to the JSON object that was encoded when the change was applied.
fn with_traceparent(data: &str, traceparent: &str) -> String {
    match data.strip_suffix('}') {
        Some(open) => format!("{open},\"traceparent\":\"{traceparent}\"}}"),
        None => data.to_owned(),
    }
}
