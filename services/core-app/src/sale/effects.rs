//! What follows from events outside of the application itself: messages in the outbox, timers. Part of the transaction that
//! writes the events, so that both are there or neither is.

use std::sync::Arc;

use deadpool_postgres::Transaction;
use futures_util::future::try_join;
use jiff::Timestamp;
use polis_actors::database::{DatabaseError, Run};
use polis_actors::relay::StoredHeaders;
use polis_actors::telemetry::trace::current_traceparent;
use polis_proto::google_type::Money;
use polis_proto::payments::v1::{PaymentRequest, PaymentRequestKind};
use polis_proto::policies::v1::{Policy, PolicyEvent, PolicyEventKind};
use polis_proto::sales::v1::application_event::Event;
use polis_proto::{EventId, timestamp};
use polis_schema::sql::{outbox_rows, timers};
use prost::Message as _;
use tokio_postgres::types::{Json, ToSql};
use uuid::Uuid;

use super::state::Application;

/// Where messages go.
#[derive(Clone, Debug)]
pub struct Topics {
    /// What becomes of policies.
    pub policies: Arc<str>,
    /// What the payment actor is asked.
    pub payments: Arc<str>,
}

/// `ce_source` of the messages of the sale.
const SOURCE: &str = "/core-app";
/// `ce_type` of policy events.
pub(super) const POLICY_EVENT: &str = "polis.policies.v1.PolicyEvent";
/// `ce_type` of payment requests.
pub(super) const PAYMENT_REQUEST: &str = "polis.payments.v1.PaymentRequest";

/// Kinds of timers.
pub(super) mod timer {
    pub(crate) const QUOTE: &str = "quote";
    pub(crate) const RESERVATION: &str = "reservation";
    pub(crate) const PAYMENT: &str = "payment";
    pub(crate) const CALL: &str = "call";
    pub(crate) const POLL: &str = "poll";
}

/// Something to be done in the transaction of an event.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    Tell { policy: PolicyEvent },
    Ask { request: PaymentRequest },
    Set { kind: &'static str, reference: String, due_at: Timestamp },
    Cancel { kinds: &'static [&'static str] },
}

/// What follows from an event; the state is the one after it.
pub(super) fn of(state: &Application, event: &Event, now: Timestamp) -> Vec<Effect> {
    let set = |kind, reference: String, due_at: Option<Timestamp>| {
        due_at.map(|due_at| Effect::Set { kind, reference, due_at }).into_iter().collect::<Vec<_>>()
    };
    let reservation = || set(timer::RESERVATION, String::new(), state.reserved_until);
    match event {
        Event::Quoted(_) => set(timer::QUOTE, String::new(), state.quote_valid_until()),
        Event::Reserved(_) => [vec![Effect::Cancel { kinds: &[timer::QUOTE] }], reservation()].concat(),
        Event::PaymentRequested(requested) => {
            let deadline = set(timer::PAYMENT, requested.attempt.to_string(), state.payment_deadline);
            let ask = Effect::Ask { request: payment(state, requested.attempt) };
            [vec![Effect::Cancel { kinds: &[timer::RESERVATION] }, ask], deadline].concat()
        }
        Event::PaymentFailed(_) => [vec![Effect::Cancel { kinds: &[timer::PAYMENT] }], reservation()].concat(),
        Event::Confirmed(_) => {
            let policy = policy(state, PolicyEventKind::Issued, None, now);
            vec![Effect::Cancel { kinds: &[timer::PAYMENT] }, Effect::Tell { policy }]
        }
        Event::Cancelled(cancelled) => {
            let all = Effect::Cancel { kinds: &[timer::QUOTE, timer::RESERVATION, timer::PAYMENT] };
            let told = cancelled.from.is_some().then(|| {
                let policy = policy(state, PolicyEventKind::Cancelled, cancelled.from, now);
                Effect::Tell { policy }
            });
            [all].into_iter().chain(told).collect()
        }
        Event::Rejected(_) | Event::Expired(_) => {
            vec![Effect::Cancel { kinds: &[timer::QUOTE, timer::RESERVATION, timer::PAYMENT] }]
        }
        Event::RefundRequested(requested) => {
            let payment_id = requested.payment_id.clone();
            let request = PaymentRequest {
                kind: PaymentRequestKind::Refund.into(),
                // A payment is paid back once, whatever the reason.
                idempotency_key: format!("refund/{payment_id}"),
                amount: requested.amount.clone(),
                attempt: state.attempt,
                description: requested.reason.clone(),
                payment_id,
                ..PaymentRequest::default()
            };
            vec![Effect::Ask { request }]
        }
        Event::Submitted(_) | Event::PaymentStarted(_) | Event::PaymentSucceeded(_) | Event::Refunded(_) => Vec::new(),
    }
}

fn payment(state: &Application, attempt: i32) -> PaymentRequest {
    PaymentRequest {
        kind: PaymentRequestKind::Payment.into(),
        idempotency_key: String::new(),
        amount: state.quote.premium.clone(),
        attempt,
        description: format!("{}: {}", state.quote.insurer_name, state.quote.product_name),
        deadline: state.payment_deadline.map(timestamp::to_wire),
        ..PaymentRequest::default()
    }
}

fn policy(
    state: &Application, kind: PolicyEventKind, cancelled_from: Option<polis_proto::google_type::Date>, now: Timestamp,
) -> PolicyEvent {
    let quote = &state.quote;
    let policy = Policy {
        policy_number: state.policy_number.clone().unwrap_or_default(),
        application_id: String::new(),
        revision: if kind == PolicyEventKind::Issued { 1 } else { 2 },
        insurer_id: quote.insurer_id.clone(),
        product_id: quote.product_id.clone(),
        product_revision: quote.product_revision,
        tariff_id: quote.tariff_id.clone(),
        tariff_version: quote.tariff_version,
        premium: quote.premium.clone(),
        starts_on: quote.starts_on,
        ends_on: quote.ends_on,
        issued_at: (kind == PolicyEventKind::Issued).then(|| timestamp::to_wire(now)),
        cancelled_from,
        refund: refund(state),
        line: quote.line.clone(),
    };
    PolicyEvent { kind: kind.into(), policy: Some(policy), occurred_at: Some(timestamp::to_wire(now)) }
}

/// What goes back of the payment that made the policy.
fn refund(state: &Application) -> Option<Money> {
    let payment = state.received(state.paid_by.as_ref()?)?;
    let due = Some(payment.to_refund).filter(|due| !due.is_zero())?;
    Money::from_decimal(due, state.currency()).ok()
}

/// By which the provider knows an attempt to pay.
pub(super) fn payment_key(application_id: Uuid, attempt: i32) -> String {
    format!("payment/{application_id}/{attempt}")
}

/// A row of the outbox.
struct Row {
    topic: Arc<str>,
    key: String,
    kind: &'static str,
    payload: Vec<u8>,
}

/// Does what follows, in the caller's open transaction.
pub(super) async fn perform(
    transaction: &Transaction<'_>, topics: &Topics, application_id: Uuid, effects: Vec<Effect>,
) -> Result<(), DatabaseError> {
    let id = application_id.to_string();
    let (mut rows, mut timers) = (Vec::new(), Timers::default());
    for effect in effects {
        match effect {
            Effect::Tell { mut policy } => {
                let told = policy.policy.get_or_insert_default();
                told.application_id.clone_from(&id);
                let key = told.policy_number.clone();
                let (topic, payload) = (topics.policies.clone(), policy.encode_to_vec());
                rows.push(Row { topic, key, kind: POLICY_EVENT, payload });
            }
            Effect::Ask { mut request } => {
                request.application_id.clone_from(&id);
                if request.idempotency_key.is_empty() {
                    request.idempotency_key = payment_key(application_id, request.attempt);
                }
                let (topic, payload) = (topics.payments.clone(), request.encode_to_vec());
                rows.push(Row { topic, key: id.clone(), kind: PAYMENT_REQUEST, payload });
            }
            Effect::Set { kind, reference, due_at } => timers.set.push((kind, reference, due_at)),
            Effect::Cancel { kinds } => timers.cancel(kinds),
        }
    }
    // Sent one after the other without waiting in between.
    try_join(append(transaction, &rows), timers.replace(transaction, application_id)).await.map(drop)
}

/// What is cancelled and what is set in the end, whatever came in between.
#[derive(Default)]
struct Timers {
    cancelled: Vec<&'static str>,
    set: Vec<(&'static str, String, Timestamp)>,
}

impl Timers {
    fn cancel(&mut self, kinds: &[&'static str]) {
        self.set.retain(|(kind, _, _)| !kinds.contains(kind));
        self.cancelled.extend(kinds);
    }

    async fn replace(self, transaction: &Transaction<'_>, application_id: Uuid) -> Result<(), DatabaseError> {
        if self.cancelled.is_empty() && self.set.is_empty() {
            return Ok(());
        }
        let kinds: Vec<&str> = self.set.iter().map(|(kind, _, _)| *kind).collect();
        let references: Vec<&str> = self.set.iter().map(|(_, reference, _)| reference.as_str()).collect();
        let times: Vec<Timestamp> = self.set.iter().map(|(_, _, due_at)| *due_at).collect();
        let parameters: [&(dyn ToSql + Sync); 5] = [&application_id, &self.cancelled, &kinds, &references, &times];
        transaction.run(&timers::REPLACE, &parameters).await.map(drop)
    }
}

async fn append(transaction: &Transaction<'_>, rows: &[Row]) -> Result<(), DatabaseError> {
    if rows.is_empty() {
        return Ok(());
    }
    let headers = StoredHeaders { source: SOURCE.to_owned(), traceparent: current_traceparent(), tracestate: None };
    let ids: Vec<Uuid> = rows.iter().map(|_| EventId::generate().0).collect();
    let topics: Vec<&str> = rows.iter().map(|row| &*row.topic).collect();
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind).collect();
    let payloads: Vec<&[u8]> = rows.iter().map(|row| row.payload.as_slice()).collect();
    let headers: Vec<Json<&StoredHeaders>> = rows.iter().map(|_| Json(&headers)).collect();
    transaction.run(&outbox_rows::APPEND, &[&ids, &topics, &keys, &kinds, &payloads, &headers]).await.map(drop)
}
