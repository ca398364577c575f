//! What the provider says about a payment becomes events, whoever heard it: the notification or the one who asks.

use deadpool_postgres::Transaction;
use polis_actors::database::Run;
use polis_proto::check_digit;
use polis_proto::google_type::Money;
use polis_proto::sales::v1::Words;
use polis_schema::sql::{applications, payments, timers};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::effects::{Topics, payment_key, timer};
use super::provider::{Payment, PaymentStatus};
use super::store::{Decided, Deed, SaleError, load};
use super::{Application, Command, Refusal, Status, sealing};

/// Who learnt it.
#[derive(Clone, Copy, Debug)]
pub enum LearnedBy {
    /// The provider told us.
    Webhook,
    /// We asked.
    Poll,
}

impl LearnedBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Poll => "poll",
        }
    }
}

/// Takes the outcome of a payment, in the caller's open transaction. One that was taken before, or that is not yet decided,
/// changes nothing.
///
/// # Errors
/// [`SaleError`].
pub async fn settle(
    transaction: &Transaction<'_>, topics: &Topics, payment: &Payment, learned_by: LearnedBy,
) -> Result<(), SaleError> {
    let application_id: Uuid = payment.order.parse().map_err(|_| SaleError::Unknown)?;
    let (attempt, payment_id) = (payment.attempt, payment.id.clone());
    let stream = load(transaction, application_id).await?;
    let (command, state) = match payment.status {
        PaymentStatus::Pending => return Ok(()),
        PaymentStatus::Declined => {
            let words = said(transaction, application_id, &stream.state, &payment.reason).await?;
            (Command::Fail { attempt, payment_id, words }, "failed")
        }
        PaymentStatus::Succeeded => {
            let amount = money(&payment.id, payment.amount, &payment.currency)?;
            let learned_by = learned_by.as_str();
            let policy_number = next_policy_number(transaction).await?;
            (Command::Succeed { attempt, payment_id, amount, learned_by, policy_number }, "succeeded")
        }
    };
    let deed = Deed { actor: "payment-provider", why: learned_by.as_str() };
    match Decided::upon(command, application_id, stream, deed) {
        Ok(decided) => drop(decided.write(transaction, topics).await?),
        Err(SaleError::Refused(Refusal::AlreadyDone)) => {}
        Err(error) => return Err(error),
    }
    let key = payment_key(application_id, attempt);
    transaction.run(&payments::ADVANCE, &[&key, &state, &Some(&payment.id)]).await?;
    // Providers have been seen to decline and then to succeed: what we are told is not the end before we have asked.
    let told_of_a_decline = matches!((payment.status, learned_by), (PaymentStatus::Declined, LearnedBy::Webhook));
    if !told_of_a_decline {
        transaction.run(&timers::CANCEL_REFERENCE, &[&application_id, &timer::POLL, &key]).await?;
    }
    Ok(())
}

/// What the provider says of an attempt that failed: its own words, of the payer and their card, so they are sealed. Of one
/// that is not under way nothing is written, nor of somebody who was erased.
///
/// # Errors
/// [`SaleError`].
pub(super) async fn said(
    transaction: &Transaction<'_>, application_id: Uuid, state: &Application, text: &str,
) -> Result<Option<Words>, SaleError> {
    if text.is_empty() || state.status != Status::PaymentPending {
        return Ok(None);
    }
    Ok(sealing::words(transaction, application_id, state, text).await?)
}

/// An amount that the provider names, as we keep it.
///
/// # Errors
/// [`SaleError::Amount`].
pub(super) fn money(payment_id: &str, amount: Decimal, currency: &str) -> Result<Money, SaleError> {
    let what = |source| SaleError::Amount { payment_id: payment_id.to_owned(), amount, source };
    Money::from_decimal(amount, currency).map_err(what)
}

/// `PL-` and ten digits, of which the last is the check digit of the others.
async fn next_policy_number(transaction: &Transaction<'_>) -> Result<String, SaleError> {
    let row = transaction.first(&applications::POLICY_NUMBER, &[]).await?;
    let number: i64 = row.map_or(0, |row| row.get(0));
    Ok(policy_number(number))
}

fn policy_number(number: i64) -> String {
    let digits = format!("{number:09}");
    // Numbers come from a sequence that begins at one: there are digits and nothing else.
    let check = check_digit(&digits).unwrap_or_default();
    format!("PL-{digits}{check}")
}

#[cfg(test)]
mod tests {
    use super::policy_number;

    #[test]
    fn a_digit_that_is_mistyped_is_noticed() {
        assert_eq!(policy_number(7_992_739_871), "PL-79927398713", "the example of the standard's usual explanation");
        let of = |number| policy_number(number).pop();
        assert_ne!(of(123_456_789), of(123_456_798), "two digits exchanged");
        assert_ne!(of(123_456_789), of(123_456_788));
    }
}
