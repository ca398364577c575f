//! `POST /api/payments/webhook`: what the provider tells us. Believed only with its signature over the body as it came, and
//! of now; taken once.

use jiff::Timestamp;
use polis_actors::database::{DatabaseError, Run};
use polis_actors::failpoint;
use polis_actors::http::{Problem, answer};
use polis_schema::sql::webhooks;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use super::body;
use super::desk::Desk;
use crate::sale::provider::Notification;
use crate::sale::store::SaleError;
use crate::sale::{LearnedBy, settle};

pub(super) fn route(desk: &Desk) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let desk = desk.clone();
    warp::path!("api" / "payments" / "webhook")
        .and(warp::post())
        .and(warp::header::optional::<String>("polis-provider-signature"))
        .and(body())
        .then(move |signature: Option<String>, body: bytes::Bytes| {
            let desk = desk.clone();
            async move { answer(take(&desk, signature.as_deref().unwrap_or_default(), &body)).await }
        })
}

async fn take(desk: &Desk, signature: &str, body: &[u8]) -> Result<Response, Problem> {
    if !desk.provider.signed(signature, body, Timestamp::now().as_second()) {
        metrics::counter!("webhook_signature_failures_total").increment(1);
        tracing::warn!("a notification without a valid signature was refused");
        return Err(Problem::unauthorized(
            "Polis-Provider-Signature",
            "the signature is not the provider's, or not of now",
        ));
    }
    let notification: Notification =
        serde_json::from_slice(body).map_err(|error| Problem::bad_request(error.to_string()))?;
    let mut client = desk.database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    if transaction.first(&webhooks::SEEN, &[&notification.id]).await?.is_some() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    match settle(&transaction, &desk.topics, &notification.payment, LearnedBy::Webhook).await {
        Ok(()) => {}
        // Somebody wrote at the same moment: the provider tells us again.
        Err(SaleError::Conflict) => return Err(Problem::unavailable("not now; tell us again")),
        Err(error) => return Err(error.into()),
    }
    transaction.run(&webhooks::REMEMBER, &[&notification.id]).await?;
    failpoint::reach("webhook::before_commit");
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    failpoint::reach("webhook::after_commit");
    notification.payment.order.parse().into_iter().for_each(|id| desk.news.changed(id));
    Ok(StatusCode::NO_CONTENT.into_response())
}
