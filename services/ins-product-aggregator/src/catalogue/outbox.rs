//! The outbox of the catalogue: events, written in the transaction of what they tell.

use deadpool_postgres::Transaction;
use polis_actors::database::{DatabaseError, Run};
use polis_actors::relay::StoredHeaders;
use polis_actors::telemetry::trace::current_traceparent;
use polis_proto::EventId;
use polis_proto::catalogue::v1::{ChangeKind, Product};
use polis_schema::sql::product_events;
use prost::Message;
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::diff::Change;

/// `ce_source` of the catalogue's events.
pub const SOURCE: &str = "/ins-product-aggregator";
/// `ce_type` of the catalogue's events.
pub const KIND: &str = "polis.catalogue.v1.ProductEvent";
/// Between the names of changed fields in one text; see `product_events/append.sql`.
const SEPARATOR: &str = "\u{1f}";

/// Writes the events of changes, in the caller's open transaction.
pub(super) async fn append(
    transaction: &Transaction<'_>, topic: &str, insurer: &str, changes: &[&Change],
) -> Result<(), DatabaseError> {
    if changes.is_empty() {
        return Ok(());
    }
    let states: Vec<&Product> = changes.iter().filter_map(|change| change.event.product.as_ref()).collect();
    let headers = StoredHeaders { source: SOURCE.to_owned(), traceparent: current_traceparent(), tracestate: None };
    let ids: Vec<Uuid> = changes.iter().map(|_| EventId::generate().0).collect();
    let same = |text: &str| vec![text.to_owned(); changes.len()];
    let keys: Vec<String> = states.iter().map(|product| format!("{insurer}/{}", product.product_id)).collect();
    let payloads: Vec<Vec<u8>> = changes.iter().map(|change| change.event.encode_to_vec()).collect();
    let headers: Vec<Json<&StoredHeaders>> = changes.iter().map(|_| Json(&headers)).collect();
    let products: Vec<&str> = states.iter().map(|product| product.product_id.as_str()).collect();
    let revisions: Vec<i64> = states.iter().map(|product| product.revision).collect();
    let kinds: Vec<&str> = changes.iter().map(|change| kind_text(change.event.kind())).collect();
    let fields: Vec<String> = changes.iter().map(|change| changed_fields(change)).collect();
    transaction
        .run(
            &product_events::APPEND,
            &[
                &ids,
                &same(topic),
                &keys,
                &same(KIND),
                &payloads,
                &headers,
                &same(insurer),
                &products,
                &revisions,
                &kinds,
                &fields,
            ],
        )
        .await?;
    Ok(())
}

fn changed_fields(change: &Change) -> String {
    let paths: Vec<&str> = change.event.changes.iter().map(|field| field.path.as_str()).collect();
    paths.join(SEPARATOR)
}

/// The name of a kind of change, for people and for metrics.
pub fn kind_text(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Unspecified => "unspecified",
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Withdrawn => "withdrawn",
        ChangeKind::Restored => "restored",
    }
}
