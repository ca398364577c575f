//! An application as its owner sees it.

use polis_actors::database::Run;
use polis_actors::http::Problem;
use polis_proto::timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use warp::http::StatusCode;

use crate::sale::seal::SealError;
use crate::sale::{Application, HolderError, in_own_words};

/// An application with what was said of it, while that can be read. What is kept of answers is without it: see [`view`].
pub(super) async fn shown(client: &impl Run, id: Uuid, state: &Application) -> Result<Value, Problem> {
    let mut shown = view(id, state);
    if let Some(words) = &state.words
        && let Some(text) = in_own_words(client, id, words).await?
    {
        shown["reason"] = text.into();
    }
    Ok(shown)
}

/// The JSON of an application; nothing in it is personal.
pub(super) fn view(id: Uuid, state: &Application) -> Value {
    let quote = &state.quote;
    let time = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string());
    let valid_until = quote.valid_until.as_ref().and_then(|wire| timestamp::from_wire(wire).ok());
    let (starts_on, ends_on) = state.period().map(|(from, to)| (from.to_string(), to.to_string())).unzip();
    json!({
        "application_id": id,
        "version": state.version,
        "status": state.status,
        "quote": {
            "insurer_id": quote.insurer_id,
            "insurer_name": quote.insurer_name,
            "product_id": quote.product_id,
            "product_name": quote.product_name,
            "line": quote.line,
            "product_revision": quote.product_revision,
            "tariff_id": quote.tariff_id,
            "tariff_name": quote.tariff_name,
            "tariff_version": quote.tariff_version,
            "premium": { "amount": format!("{:.2}", state.premium()), "currency": state.currency() },
            "starts_on": starts_on,
            "ends_on": ends_on,
            "valid_until": time(valid_until),
        },
        "reserved_until": time(state.reserved_until),
        "payment": (state.attempt > 0).then(|| json!({
            "attempt": state.attempt,
            "url": state.payment_url,
            "deadline": time(state.payment_deadline),
        })),
        "policy_number": state.policy_number,
        "cancelled_from": state.cancelled_from.map(|day| day.to_string()),
        "paid": format!("{:.2}", state.balance()),
        "reason": state.reason,
    })
}

impl From<HolderError> for Problem {
    fn from(error: HolderError) -> Self {
        match error {
            HolderError::Database(error) => error.into(),
            HolderError::Sealed(SealError::Sealing) => {
                Self::unavailable("personal data could not be sealed; try again in a moment")
            }
            // What is wrong here is for the log, not for the caller.
            error => {
                tracing::error!(error = %error, "what is personal cannot be read");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be answered")
            }
        }
    }
}
