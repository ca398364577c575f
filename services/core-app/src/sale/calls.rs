//! Timers whose work is with the payment provider. It is asked outside of any transaction; what it says is written in one
//! transaction with the end of the timer. Between the two we may die: then it is asked again, with the same key.

use std::time::Duration;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use polis_actors::database::{DatabaseError, Run};
use polis_actors::failpoint;
use polis_schema::sql::{payments, timers};
use rust_decimal::Decimal;

use super::effects::{payment_key, timer};
use super::provider::{Payment, PaymentStatus, ProviderError, Wanted};
use super::settle::{LearnedBy, money, said, settle};
use super::store::{Deed, SaleError, Stream, load};
use super::timekeeper::{Again, Due, Timekeeper, again};
use super::{Command, Overdue};

/// When a payment is first looked at, should no notification come.
const FIRST_LOOK: Duration = Duration::from_secs(5);
const MOST_BETWEEN_LOOKS: Duration = Duration::from_secs(60);
/// How long after its deadline a payment is still looked at: money that comes late must go back.
const LATE: Duration = Duration::from_secs(3 * 24 * 3600);

/// How long after its deadline a payment waits for a provider that does not answer.
const AWAY_AT_DEADLINE: Duration = Duration::from_secs(15 * 60);

/// What the provider is to be asked, as the table has it.
struct Task {
    kind: String,
    attempt: i32,
    currency: String,
    amount: Decimal,
    description: String,
    payment_id: Option<String>,
    state: String,
    deadline: Option<Timestamp>,
}

impl Timekeeper {
    async fn task(&self, key: &str) -> Result<Option<Task>, DatabaseError> {
        let row = self.database.get().await?.first(&payments::GET, &[&key]).await?;
        Ok(row.map(|row| Task {
            kind: row.get(1),
            attempt: row.get(2),
            currency: row.get(3),
            amount: row.get(4),
            description: row.get(5),
            payment_id: row.get(6),
            state: row.get(7),
            deadline: row.get(8),
        }))
    }

    /// The first call of a request: a payment is made, or paid back.
    pub(super) async fn call(&self, due: &Due) -> Result<Option<Again>, SaleError> {
        match self.task(&due.reference).await? {
            Some(task) if task.kind == "refund" && task.state == "asked" => self.pay_back(due, &task).await,
            Some(task) if task.state == "asked" => self.begin(due, &task).await,
            // It was done before. A refusal that we were told of before we had an answer is to be confirmed.
            task => {
                let told = task.is_some_and(|task| task.state == "failed" && task.payment_id.is_some());
                let mut client = self.database.get().await?;
                let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
                if told {
                    look_later(&transaction, due).await?;
                }
                self.done(transaction, due).await
            }
        }
    }

    /// The time to pay is over. What was paid in time counts, whether or not we were told, so the provider is asked; when it
    /// cannot be asked for long, the payer gets an end and, should the money have come, all of it back.
    pub(super) async fn deadline(&self, due: &Due) -> Result<Option<Again>, SaleError> {
        let attempt = due.reference.parse().unwrap_or_default();
        let task = self.task(&payment_key(due.application_id, attempt)).await?;
        if let Some(Task { payment_id: Some(payment_id), deadline, .. }) = task {
            let waited = deadline.is_some_and(|deadline| Timestamp::now() > deadline + AWAY_AT_DEADLINE);
            match self.provider.look(&payment_id).await {
                Ok(payment) if payment.status == PaymentStatus::Pending => {}
                Ok(payment) => {
                    let mut client = self.database.get().await?;
                    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
                    settle(&transaction, &self.topics, &payment, LearnedBy::Poll).await?;
                    // Nothing is left to expire, unless the provider spoke of another payment than of ours.
                    let (expire, deed) =
                        (Command::Expire(Overdue::Payment { attempt }), Deed { actor: "timer", why: &due.kind });
                    self.carry_out(&transaction, due.application_id, expire, deed).await?;
                    return self.done(transaction, due).await;
                }
                Err(error) if !waited => return Ok(Some(again(&error))),
                Err(error) => tracing::error!(payment_id, %error, "a payment is given up without an answer"),
            }
        }
        self.expire(due, Overdue::Payment { attempt }).await
    }

    async fn begin(&self, due: &Due, task: &Task) -> Result<Option<Again>, SaleError> {
        let order = due.application_id.to_string();
        let wanted = Wanted {
            order: &order,
            attempt: task.attempt,
            amount: task.amount,
            currency: &task.currency,
            description: &task.description,
            return_url: &format!("{}/#/applications/{order}", self.public),
            webhook_url: &self.provider.webhook(&self.public),
        };
        failpoint::reach("payment::before_call");
        let answer = self.provider.pay(&due.reference, &wanted).await;
        failpoint::reach("payment::after_call");
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
        match answer {
            Err(error @ ProviderError::Away(_)) => return Ok(Some(again(&error))),
            Err(ProviderError::Refused { status, reason }) => {
                let Stream { state, .. } = load(&transaction, due.application_id).await?;
                let words = said(&transaction, due.application_id, &state, &format!("{status} {reason}")).await?;
                let command = Command::Fail { attempt: task.attempt, payment_id: String::new(), words };
                let deed = Deed { actor: "payment-provider", why: "call" };
                self.carry_out(&transaction, due.application_id, command, deed).await?;
                transaction.run(&payments::ADVANCE, &[&due.reference, &"failed", &None::<&str>]).await?;
            }
            Ok(payment) => self.started(&transaction, due, &payment).await?,
        }
        self.done(transaction, due).await
    }

    async fn started(&self, transaction: &Transaction<'_>, due: &Due, payment: &Payment) -> Result<(), SaleError> {
        let (attempt, payment_id, url) = (payment.attempt, payment.id.clone(), payment.url.clone());
        let deed = Deed { actor: "payment-provider", why: "call" };
        let command = Command::StartPayment { attempt, payment_id, url };
        // The notification may have come before the answer to the call: then there is nothing left to start.
        self.carry_out(transaction, due.application_id, command, deed).await?;
        transaction.run(&payments::STARTED, &[&due.reference, &payment.id]).await?;
        if payment.status != PaymentStatus::Pending {
            return settle(transaction, &self.topics, payment, LearnedBy::Poll).await;
        }
        look_later(transaction, due).await
    }

    async fn pay_back(&self, due: &Due, task: &Task) -> Result<Option<Again>, SaleError> {
        let payment_id = task.payment_id.clone().unwrap_or_default();
        failpoint::reach("refund::before_call");
        let answer = self.provider.refund(&due.reference, &payment_id, task.amount, &task.currency).await;
        failpoint::reach("refund::after_call");
        let refund = match answer {
            Ok(refund) => refund,
            // What is owed stays owed, whatever the provider says: somebody must look, and it is tried again.
            Err(error) => return Ok(Some(again(&error))),
        };
        let amount = money(&payment_id, refund.amount, &refund.currency)?;
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
        let command = Command::Refund { payment_id, refund_id: refund.id, amount };
        let deed = Deed { actor: "payment-provider", why: "refund" };
        self.carry_out(&transaction, due.application_id, command, deed).await?;
        transaction.run(&payments::ADVANCE, &[&due.reference, &"refunded", &None::<&str>]).await?;
        self.done(transaction, due).await
    }

    /// Looks at a payment of which nothing was heard.
    pub(super) async fn poll(&self, due: &Due) -> Result<Option<Again>, SaleError> {
        let task = self.task(&due.reference).await?;
        let Some((task, payment_id)) = task.and_then(|task| task.payment_id.clone().map(|id| (task, id))) else {
            return Ok(Some(Again::Because("the payment has no name yet".to_owned())));
        };
        let given_up = task.deadline.is_some_and(|deadline| Timestamp::now() > deadline + LATE);
        let payment = match self.provider.look(&payment_id).await {
            Ok(payment) => payment,
            // It would say so for ever. Somebody must look at it, and will not be told a second time.
            Err(error @ ProviderError::Refused { .. }) if given_up => {
                tracing::error!(payment_id, %error, "a payment is not looked at any more");
                metrics::counter!("payments_given_up_total").increment(1);
                let mut client = self.database.get().await?;
                let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
                return self.done(transaction, due).await;
            }
            Err(error) => return Ok(Some(again(&error))),
        };
        if payment.status == PaymentStatus::Pending && !given_up {
            let rest = FIRST_LOOK * 2u32.saturating_pow(u32::try_from(due.tries).unwrap_or(0).min(5));
            return Ok(Some(Again::In(rest.min(MOST_BETWEEN_LOOKS))));
        }
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
        settle(&transaction, &self.topics, &payment, LearnedBy::Poll).await?;
        self.done(transaction, due).await
    }
}

/// The outcome of a payment is asked for, should no notification come.
async fn look_later(transaction: &Transaction<'_>, due: &Due) -> Result<(), SaleError> {
    let look = Timestamp::now() + FIRST_LOOK;
    transaction.run(&timers::SET, &[&due.application_id, &timer::POLL, &due.reference, &look]).await?;
    Ok(())
}
