//! What may happen to an application next. Pure: a command and the state give events or a refusal; nothing is read or
//! written, and the time is an argument.

use jiff::Timestamp;
use jiff::civil::Date;
use polis_proto::google_type::Money;
use polis_proto::sales::v1::application_event::Event;
use polis_proto::sales::v1::{
    Cancelled, Confirmed, Deadline, Expired, PaymentFailed, PaymentRequested, PaymentStarted, PaymentSucceeded, Quoted,
    RefundRequested, Refunded, Rejected, Reserved, Submitted, Words,
};
use polis_proto::timestamp;
use rust_decimal::Decimal;
use thiserror::Error;

use super::refund::refund_of;
use super::state::{Application, Status};

/// What somebody wants of an application.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Price it.
    Quote(Box<Quoted>),
    /// Apply, with sealed personal data.
    Submit(Submitted),
    /// Keep the price until then.
    Reserve {
        /// End of the reservation.
        until: Timestamp,
        /// Today, where the insurer is.
        today: Date,
    },
    /// Begin to pay; given up at the deadline.
    Pay {
        /// End of the attempt.
        deadline: Timestamp,
        /// Today, where the insurer is.
        today: Date,
    },
    /// The provider has made a payment of an attempt.
    StartPayment {
        /// Which attempt.
        attempt: i32,
        /// The provider's name of it.
        payment_id: String,
        /// Where the payer pays.
        url: String,
    },
    /// The provider says that the money has come.
    Succeed {
        /// Which attempt.
        attempt: i32,
        /// The provider's name of the payment.
        payment_id: String,
        /// What came.
        amount: Money,
        /// webhook, poll
        learned_by: &'static str,
        /// The number of the policy, if there is to be one.
        policy_number: String,
    },
    /// The provider says that there will be no money.
    Fail {
        /// Which attempt.
        attempt: i32,
        /// The provider's name of the payment.
        payment_id: String,
        /// Why, in the provider's words, sealed; none when it did not say.
        words: Option<Words>,
    },
    /// Something was not done in time.
    Expire(Overdue),
    /// The applicant ends it.
    Cancel {
        /// Why, sealed; none when the applicant did not say.
        words: Option<Words>,
        /// Today, where the insurer is.
        today: Date,
    },
    /// The provider has paid back.
    Refund {
        /// Which payment.
        payment_id: String,
        /// The provider's name of the refund.
        refund_id: String,
        /// How much.
        amount: Money,
    },
}

/// What can be overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// The quote was not accepted.
    Quote,
    /// The reservation was not paid for.
    Reservation,
    /// The attempt was not finished.
    Payment {
        /// Which one.
        attempt: i32,
    },
}

/// Why a command changes nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// It does not fit the state.
    #[error("an application that is {} cannot {what}", state.as_str())]
    NotNow {
        /// What was wanted.
        what: &'static str,
        /// The state.
        state: Status,
    },
    /// The price does not hold any more.
    #[error("{what} was valid until {until}; begin with a new quote")]
    TooLate {
        /// What is over.
        what: &'static str,
        /// Since when.
        until: Timestamp,
    },
    /// Cover was to begin on a day that has passed: nobody is insured for the past.
    #[error("cover was to begin on {0}, which has passed; begin with a new quote")]
    CoverBegun(Date),
    /// It has happened already: nothing is to be done, and nothing is wrong.
    #[error("this has happened already")]
    AlreadyDone,
    /// There is nothing to refund, or less.
    #[error("the provider refunded {given} of {due} that are due")]
    RefundDiffers {
        /// What it says.
        given: Decimal,
        /// What is due.
        due: Decimal,
    },
}

type Decision = Result<Vec<Event>, Refusal>;

/// What happens.
///
/// # Errors
/// [`Refusal`] says why nothing does.
pub fn decide(state: &Application, command: Command, now: Timestamp) -> Decision {
    let refuse = |what| Err(Refusal::NotNow { what, state: state.status });
    match command {
        Command::Quote(quoted) => match state.status {
            Status::None => Ok(vec![Event::Quoted(*quoted)]),
            _ => refuse("be quoted again"),
        },
        Command::Submit(submitted) => match state.status {
            Status::Quoted => in_time(state, now).map(|()| vec![Event::Submitted(submitted)]),
            _ => refuse("be applied for"),
        },
        Command::Reserve { until, today } => match state.status {
            Status::Applied => in_time(state, now)
                .and_then(|()| not_begun(state, today))
                .map(|()| vec![Event::Reserved(Reserved { until: wire(until) })]),
            _ => refuse("be reserved"),
        },
        Command::Pay { deadline, today } => match state.status {
            Status::Reserved if state.reserved_until.is_some_and(|until| now > until) => {
                Err(Refusal::TooLate { what: "the reservation", until: state.reserved_until.unwrap_or(now) })
            }
            Status::Reserved => not_begun(state, today).map(|()| {
                let (attempt, amount) = (state.attempt + 1, state.quote.premium.clone());
                vec![Event::PaymentRequested(PaymentRequested { attempt, amount, deadline: wire(deadline) })]
            }),
            _ => refuse("be paid for"),
        },
        Command::StartPayment { attempt, payment_id, url } => match state.status {
            Status::PaymentPending if attempt == state.attempt && state.payment_id.is_none() => {
                Ok(vec![Event::PaymentStarted(PaymentStarted { attempt, payment_id, url })])
            }
            Status::PaymentPending if state.payment_id.as_deref() == Some(&payment_id) => Err(Refusal::AlreadyDone),
            _ => refuse("have its payment started"),
        },
        Command::Succeed { attempt, payment_id, amount, learned_by, policy_number } => {
            let paid =
                PaymentSucceeded { attempt, payment_id, amount: Some(amount), learned_by: learned_by.to_owned() };
            succeed(state, paid, policy_number)
        }
        Command::Fail { attempt, payment_id, words } => match state.status {
            // Another payment than the one under way decides nothing.
            Status::PaymentPending if attempt == state.attempt && state.may_be(&payment_id) => {
                let failed = PaymentFailed { attempt, payment_id, words, ..PaymentFailed::default() };
                // Whoever may not pay again has nothing left to wait for.
                let over = state.reserved_until.is_some_and(|until| now > until);
                let expired = over.then(|| expired(Deadline::Reservation));
                Ok([Event::PaymentFailed(failed)].into_iter().chain(expired).collect())
            }
            Status::None => refuse("fail to be paid"),
            _ => Err(Refusal::AlreadyDone),
        },
        Command::Expire(overdue) => expire(state, overdue),
        Command::Cancel { words, today } => cancel(state, words, today),
        Command::Refund { payment_id, refund_id, amount } => refunded(state, payment_id, refund_id, amount),
    }
}

fn wire(time: Timestamp) -> Option<prost_types::Timestamp> {
    Some(timestamp::to_wire(time))
}

fn in_time(state: &Application, now: Timestamp) -> Result<(), Refusal> {
    match state.quote_valid_until() {
        Some(until) if now > until => Err(Refusal::TooLate { what: "the quote", until }),
        _ => Ok(()),
    }
}

fn not_begun(state: &Application, today: Date) -> Result<(), Refusal> {
    match state.period() {
        Some((from, _)) if from < today => Err(Refusal::CoverBegun(from)),
        _ => Ok(()),
    }
}

fn to_refund(payment_id: String, amount: Option<Money>, reason: &str) -> Event {
    Event::RefundRequested(RefundRequested { amount, reason: reason.to_owned(), payment_id })
}

/// What came goes back; of nothing, nothing does.
fn amount_back(payment_id: String, amount: Option<Money>, reason: &str) -> Option<Event> {
    let something = amount.as_ref().and_then(|money| money.amount().ok()).is_some_and(|amount| !amount.is_zero());
    something.then(|| to_refund(payment_id, amount, reason))
}

/// Money that comes when it is wanted makes a policy; money that comes otherwise goes back, all of it and once.
fn succeed(state: &Application, paid: PaymentSucceeded, policy_number: String) -> Decision {
    if state.status == Status::None {
        return Err(Refusal::NotNow { what: "be paid", state: state.status });
    }
    if state.received(&paid.payment_id).is_some() {
        return Err(Refusal::AlreadyDone);
    }
    let (amount, payment_id) = (paid.amount.clone(), paid.payment_id.clone());
    let wanted = state.status == Status::PaymentPending && paid.attempt == state.attempt;
    let same = amount == state.quote.premium;
    let mut events = vec![Event::PaymentSucceeded(paid)];
    match (wanted, same) {
        (true, true) => events.push(Event::Confirmed(Confirmed { policy_number })),
        (true, false) => {
            events.extend(amount_back(payment_id, amount, "amount differs"));
            events.push(Event::Rejected(Rejected { reason: "the amount paid is not the premium".to_owned() }));
        }
        (false, _) => events.extend(amount_back(payment_id, amount, "paid too late")),
    }
    Ok(events)
}

fn expired(deadline: Deadline) -> Event {
    Event::Expired(Expired { deadline: deadline.into(), ..Expired::default() })
}

fn expire(state: &Application, overdue: Overdue) -> Decision {
    let over = |deadline| Ok(vec![expired(deadline)]);
    match (overdue, state.status) {
        (_, Status::None) => Err(Refusal::NotNow { what: "expire", state: state.status }),
        (Overdue::Quote, Status::Quoted | Status::Applied) => over(Deadline::Quote),
        (Overdue::Reservation, Status::Reserved) => over(Deadline::Reservation),
        (Overdue::Payment { attempt }, Status::PaymentPending) if attempt == state.attempt => over(Deadline::Payment),
        // It went on, or ended otherwise.
        _ => Err(Refusal::AlreadyDone),
    }
}

fn cancel(state: &Application, words: Option<Words>, today: Date) -> Decision {
    let cancelled = |from| Event::Cancelled(Cancelled { from, words, ..Cancelled::default() });
    match state.status {
        Status::Quoted | Status::Applied | Status::Reserved | Status::PaymentPending => Ok(vec![cancelled(None)]),
        Status::Confirmed => {
            let refund = state.paid_by.clone().zip(refund_of(state, today));
            let refund = refund.map(|(payment_id, amount)| to_refund(payment_id, Some(amount), "policy cancelled"));
            let from = Some(first_uncovered(state, today).into());
            Ok(refund.into_iter().chain([cancelled(from)]).collect())
        }
        Status::None | Status::Rejected | Status::Expired | Status::Cancelled => {
            Err(Refusal::NotNow { what: "be cancelled", state: state.status })
        }
    }
}

/// Cover ends with today; what has not begun never does.
fn first_uncovered(state: &Application, today: Date) -> Date {
    match state.period() {
        Some((from, _)) if today < from => from,
        _ => today.tomorrow().unwrap_or(today),
    }
}

fn refunded(state: &Application, payment_id: String, refund_id: String, amount: Money) -> Decision {
    let Some(payment) = state.received(&payment_id) else {
        return Err(Refusal::NotNow { what: "be refunded", state: state.status });
    };
    let due = payment.to_refund - payment.refunded;
    let given = amount.amount().unwrap_or_default();
    if due.is_zero() {
        return Err(Refusal::AlreadyDone);
    }
    if given != due {
        return Err(Refusal::RefundDiffers { given, due });
    }
    Ok(vec![Event::Refunded(Refunded { refund_id, amount: Some(amount), payment_id })])
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
