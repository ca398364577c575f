//! Payment requests from Kafka into the table of what the provider is to be asked. Beside each new one stands a timer that is
//! due at once: the provider is called outside of any transaction, and as often as it takes.

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use polis_actors::consumer::{Applying, Incoming, Projection, ProjectionError};
use polis_actors::database::Run;
use polis_proto::payments::v1::{PaymentRequest, PaymentRequestKind};
use polis_proto::{Envelope, timestamp};
use polis_schema::sql::payments;
use prost::Message;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::effects::PAYMENT_REQUEST;

/// Keeps what the provider is to be asked.
pub struct PaymentRequests;

/// A request, checked.
#[derive(Clone, Debug)]
pub struct Asked {
    application_id: Uuid,
    kind: &'static str,
    amount: Decimal,
    currency: String,
    deadline: Option<Timestamp>,
    request: PaymentRequest,
}

impl Projection for PaymentRequests {
    type Event = Asked;

    fn decode(&self, envelope: &Envelope) -> Result<Asked, String> {
        if envelope.kind != PAYMENT_REQUEST {
            return Err(format!("type {:?} is not {PAYMENT_REQUEST}", envelope.kind));
        }
        let request = PaymentRequest::decode(&*envelope.data).map_err(|error| error.to_string())?;
        let kind = match request.kind() {
            PaymentRequestKind::Payment => "payment",
            PaymentRequestKind::Refund => "refund",
            PaymentRequestKind::Unspecified => return Err("the request has no kind".to_owned()),
        };
        let money = request.amount.as_ref().ok_or("the request has no amount")?;
        let amount = money.amount().map_err(|error| error.to_string())?;
        let currency = money.currency_code.clone();
        let application_id =
            request.application_id.parse().map_err(|_| format!("application_id {:?}", request.application_id))?;
        let deadline = request.deadline.as_ref().map(timestamp::from_wire).transpose();
        let deadline = deadline.map_err(|error| error.to_string())?;
        Ok(Asked { application_id, kind, amount, currency, deadline, request })
    }

    fn apply<'a>(&'a self, transaction: &'a Transaction<'a>, batch: &'a [&'a Incoming<Asked>]) -> Applying<'a> {
        Box::pin(apply(transaction, batch))
    }
}

async fn apply(transaction: &Transaction<'_>, batch: &[&Incoming<Asked>]) -> Result<(), ProjectionError> {
    let all: Vec<&Asked> = batch.iter().map(|incoming| &incoming.event).collect();
    let keys: Vec<&str> = all.iter().map(|asked| asked.request.idempotency_key.as_str()).collect();
    let applications: Vec<Uuid> = all.iter().map(|asked| asked.application_id).collect();
    let kinds: Vec<&str> = all.iter().map(|asked| asked.kind).collect();
    let attempts: Vec<i32> = all.iter().map(|asked| asked.request.attempt).collect();
    let currencies: Vec<&str> = all.iter().map(|asked| asked.currency.as_str()).collect();
    let amounts: Vec<Decimal> = all.iter().map(|asked| asked.amount).collect();
    let descriptions: Vec<&str> = all.iter().map(|asked| asked.request.description.as_str()).collect();
    let deadlines: Vec<Option<Timestamp>> = all.iter().map(|asked| asked.deadline).collect();
    let of = |asked: &&Asked| Some(asked.request.payment_id.clone()).filter(|id| !id.is_empty());
    let payments: Vec<Option<String>> = all.iter().map(of).collect();
    transaction
        .run(
            &payments::ASK,
            &[&keys, &applications, &kinds, &attempts, &currencies, &amounts, &descriptions, &deadlines, &payments],
        )
        .await?;
    Ok(())
}
