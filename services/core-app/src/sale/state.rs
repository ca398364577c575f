//! The state of an application: what its events say, and nothing else.

use jiff::Timestamp;
use jiff::civil::Date;
use polis_proto::google_type::Money;
use polis_proto::sales::v1::application_event::Event;
use polis_proto::sales::v1::{Deadline, Quoted, Submitted, Words};
use polis_proto::timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

/// Where an application is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// There are no events yet.
    None,
    /// Priced, the price holds for a while.
    Quoted,
    /// Somebody has applied.
    Applied,
    /// The price is kept for the applicant.
    Reserved,
    /// Payment is under way.
    PaymentPending,
    /// There is a policy.
    Confirmed,
    /// It came to nothing: the insurer or the provider said no.
    Rejected,
    /// It came to nothing: too late.
    Expired,
    /// The applicant or an operator ended it; after confirmation it is the policy that is cancelled.
    Cancelled,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::None,
        Self::Quoted,
        Self::Applied,
        Self::Reserved,
        Self::PaymentPending,
        Self::Confirmed,
        Self::Rejected,
        Self::Expired,
        Self::Cancelled,
    ];

    /// As in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quoted => "quoted",
            Self::Applied => "applied",
            Self::Reserved => "reserved",
            Self::PaymentPending => "payment-pending",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Nothing more is expected of the applicant.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Rejected | Self::Expired | Self::Cancelled)
    }
}

/// Why an application is cancelled, as far as it may be said for ever.
const WANTED: &str = "the applicant wanted it";
/// Why an attempt to pay failed, as far as it may be.
const DECLINED: &str = "declined";

/// A payment whose money has come, and what is to go back of it. In the end what came differs from what went back by
/// nothing or by the premium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The provider's name of it.
    pub payment_id: String,
    /// What came.
    pub paid: Decimal,
    /// What is to go back.
    pub to_refund: Decimal,
    /// What went back.
    pub refunded: Decimal,
}

/// An application.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    /// Events so far.
    pub version: i64,
    /// Where it is.
    pub status: Status,
    /// What was quoted; there is nothing before.
    pub quote: Quoted,
    /// Who applied, sealed.
    pub submitted: Option<Submitted>,
    /// Until when the price is kept.
    pub reserved_until: Option<Timestamp>,
    /// Attempts to pay.
    pub attempt: i32,
    /// The provider's payment of the last attempt.
    pub payment_id: Option<String>,
    /// Where the payer pays.
    pub payment_url: Option<String>,
    /// When the last attempt is given up.
    pub payment_deadline: Option<Timestamp>,
    /// Payments whose money has come.
    pub received: Vec<Received>,
    /// Number of the policy.
    pub policy_number: Option<String>,
    /// The payment that made the policy.
    pub paid_by: Option<String>,
    /// First day without cover.
    pub cancelled_from: Option<Date>,
    /// Why it came to nothing, or the last attempt to pay did, in words of ours.
    pub reason: Option<String>,
    /// The same in the words of the applicant or of the provider, sealed.
    pub words: Option<Words>,
}

impl Default for Application {
    fn default() -> Self {
        Self {
            version: 0,
            status: Status::None,
            quote: Quoted::default(),
            submitted: None,
            reserved_until: None,
            attempt: 0,
            payment_id: None,
            payment_url: None,
            payment_deadline: None,
            received: Vec::new(),
            policy_number: None,
            paid_by: None,
            cancelled_from: None,
            reason: None,
            words: None,
        }
    }
}

fn time(wire: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    wire.and_then(|wire| timestamp::from_wire(wire).ok())
}

fn amount(money: Option<&Money>) -> Decimal {
    money.and_then(|money| money.amount().ok()).unwrap_or_default()
}

impl Application {
    /// What follows from an event. Never refuses: what has happened has happened.
    pub fn apply(&mut self, event: &Event) {
        self.version += 1;
        match event {
            Event::Quoted(quoted) => {
                self.status = Status::Quoted;
                self.quote = quoted.clone();
            }
            Event::Submitted(submitted) => {
                self.status = Status::Applied;
                self.submitted = Some(submitted.clone());
            }
            Event::Reserved(reserved) => {
                self.status = Status::Reserved;
                self.reserved_until = time(reserved.until.as_ref());
            }
            Event::PaymentRequested(requested) => {
                self.status = Status::PaymentPending;
                self.attempt = requested.attempt;
                self.payment_deadline = time(requested.deadline.as_ref());
                (self.payment_id, self.payment_url) = (None, None);
            }
            Event::PaymentStarted(started) => {
                self.payment_id = Some(started.payment_id.clone());
                self.payment_url = Some(started.url.clone());
            }
            Event::PaymentSucceeded(succeeded) => {
                let (payment_id, paid) = (succeeded.payment_id.clone(), amount(succeeded.amount.as_ref()));
                self.received.push(Received { payment_id, paid, to_refund: Decimal::ZERO, refunded: Decimal::ZERO });
            }
            Event::PaymentFailed(failed) => {
                self.comes_to(Status::Reserved, Some(DECLINED), failed.words.as_ref());
                (self.payment_id, self.payment_url) = (None, None);
            }
            Event::Confirmed(confirmed) => {
                self.comes_to(Status::Confirmed, None, None);
                self.policy_number = Some(confirmed.policy_number.clone());
                self.paid_by = self.received.last().map(|payment| payment.payment_id.clone());
            }
            Event::Rejected(rejected) => self.comes_to(Status::Rejected, Some(&rejected.reason), None),
            Event::Expired(expired) => {
                let what = match expired.deadline() {
                    Deadline::Quote => "quote",
                    Deadline::Reservation => "reservation",
                    Deadline::Payment => "payment",
                    Deadline::Unspecified => "",
                };
                self.comes_to(Status::Expired, Some(what), None);
            }
            Event::Cancelled(cancelled) => {
                self.comes_to(Status::Cancelled, Some(WANTED), cancelled.words.as_ref());
                self.cancelled_from = cancelled.from.as_ref().and_then(|day| polis_proto::date(day).ok());
            }
            Event::RefundRequested(requested) => {
                if let Some(payment) = self.received_mut(&requested.payment_id) {
                    payment.to_refund += amount(requested.amount.as_ref());
                }
            }
            Event::Refunded(refunded) => {
                if let Some(payment) = self.received_mut(&refunded.payment_id) {
                    payment.refunded += amount(refunded.amount.as_ref());
                }
            }
        }
    }

    fn received_mut(&mut self, payment_id: &str) -> Option<&mut Received> {
        self.received.iter_mut().find(|payment| payment.payment_id == payment_id)
    }

    /// A payment whose money has come.
    pub fn received(&self, payment_id: &str) -> Option<&Received> {
        self.received.iter().find(|payment| payment.payment_id == payment_id)
    }

    /// Whether a payment of that name may be the one under way; before that has a name, any may, and so may none.
    pub fn may_be(&self, payment_id: &str) -> bool {
        self.payment_id.as_deref().is_none_or(|known| known == payment_id)
    }

    /// Whose key seals what is personal; none while nothing is.
    pub fn person_id(&self) -> Option<&str> {
        let submitted = self.submitted.as_ref().map(|submitted| submitted.person_id.as_str());
        submitted.or_else(|| self.words.as_ref().map(|words| words.person_id.as_str()))
    }

    /// What came and did not go back.
    pub fn balance(&self) -> Decimal {
        self.received.iter().map(|payment| payment.paid - payment.refunded).sum()
    }

    fn comes_to(&mut self, status: Status, reason: Option<&str>, words: Option<&Words>) {
        self.status = status;
        self.reason = reason.map(str::to_owned);
        self.words = words.cloned();
    }

    /// What the policy costs.
    pub fn premium(&self) -> Decimal {
        amount(self.quote.premium.as_ref())
    }

    /// The currency of the premium, ISO 4217.
    pub fn currency(&self) -> &str {
        self.quote.premium.as_ref().map(|money| money.currency_code.as_str()).unwrap_or_default()
    }

    /// Until when the quoted price holds.
    pub fn quote_valid_until(&self) -> Option<Timestamp> {
        time(self.quote.valid_until.as_ref())
    }

    /// First and last day of cover.
    pub fn period(&self) -> Option<(Date, Date)> {
        let day = |day: Option<&polis_proto::google_type::Date>| day.and_then(|day| polis_proto::date(day).ok());
        Some((day(self.quote.starts_on.as_ref())?, day(self.quote.ends_on.as_ref())?))
    }
}
