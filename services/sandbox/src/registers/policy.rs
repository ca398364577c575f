//! A policy as its insurer knows it, and what an event says of one.

use jiff::civil::Date;
use polis_proto::google_type::Money;
use polis_proto::policies::v1::PolicyEvent;
use polis_proto::{Envelope, date, timestamp};
use prost::Message;
use rust_decimal::Decimal;

use super::period::day_of;

/// CloudEvents type of policy events.
const KIND: &str = "polis.policies.v1.PolicyEvent";
/// Registers are in roubles.
const CURRENCY: &str = "RUB";

/// A policy that an insurer was sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its number.
    pub number: String,
    /// Which product.
    pub product: String,
    /// The day of issue.
    pub issued_on: Date,
    /// First day of cover.
    pub starts_on: Date,
    /// Last day of cover.
    pub ends_on: Date,
    /// What was paid.
    pub premium: Decimal,
    /// That it was given up.
    pub cancelled: Option<Cancellation>,
}

/// The end of a policy before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// First day without cover.
    pub from: Date,
    /// What was paid back.
    pub refund: Decimal,
}

/// What an event says of a policy: all of it, but that only the first one says when it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) insurer: String,
    pub(super) number: String,
    pub(super) revision: i64,
    product: String,
    issued_on: Option<Date>,
    starts_on: Date,
    ends_on: Date,
    premium: Decimal,
    cancelled: Option<Cancellation>,
}

impl Told {
    /// From the payload of an event; why not, for the log.
    pub(super) fn decode(envelope: &Envelope) -> Result<Self, String> {
        if envelope.kind != KIND {
            return Err(format!("type {:?} is not {KIND}", envelope.kind));
        }
        let event = PolicyEvent::decode(&*envelope.data).map_err(|error| format!("not a {KIND}: {error}"))?;
        let policy = event.policy.ok_or("the event has no policy")?;
        let day = |field: &str, wire: Option<polis_proto::google_type::Date>| {
            wire.map(|wire| date(&wire).map_err(|error| format!("{field}: {error}"))).transpose()
        };
        let issued_at = policy.issued_at.as_ref().map(timestamp::from_wire).transpose();
        let refund = amount("refund", policy.refund.as_ref())?.unwrap_or_default();
        let cancelled_from = day("cancelled_from", policy.cancelled_from)?;
        Ok(Self {
            insurer: policy.insurer_id,
            number: policy.policy_number,
            revision: policy.revision,
            product: policy.product_id,
            issued_on: issued_at.map_err(|error| format!("issued_at: {error}"))?.map(day_of),
            starts_on: day("starts_on", policy.starts_on)?.ok_or("starts_on is missing")?,
            ends_on: day("ends_on", policy.ends_on)?.ok_or("ends_on is missing")?,
            premium: amount("premium", policy.premium.as_ref())?.ok_or("premium is missing")?,
            cancelled: cancelled_from.map(|from| Cancellation { from, refund }),
        })
    }

    /// The newer of the two, with the day of issue that either has.
    pub(super) fn newer(self, other: Self) -> Self {
        let issued_on = self.issued_on.or(other.issued_on);
        let newer = if other.revision > self.revision { other } else { self };
        Self { issued_on, ..newer }
    }

    /// The policy; none while only its end was heard of.
    pub(super) fn policy(&self) -> Option<Policy> {
        let Self { number, product, starts_on, ends_on, premium, cancelled, .. } = self.clone();
        Some(Policy { number, product, issued_on: self.issued_on?, starts_on, ends_on, premium, cancelled })
    }
}

fn amount(field: &str, money: Option<&Money>) -> Result<Option<Decimal>, String> {
    let Some(money) = money else { return Ok(None) };
    if money.currency_code != CURRENCY {
        return Err(format!("{field} is in {}, and registers are in {CURRENCY}", money.currency_code));
    }
    money.amount().map(Some).map_err(|error| format!("{field}: {error}"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use polis_proto::policies::v1::Policy as Wire;
    use polis_proto::{EventId, google_type};

    use super::*;

    fn decoded(change: impl FnOnce(&mut Wire)) -> Result<Told, String> {
        let mut policy = Wire {
            policy_number: "PL-0000000018".to_owned(),
            revision: 1,
            insurer_id: "ural-polis".to_owned(),
            product_id: "ural-travel-1".to_owned(),
            premium: Some(Money { currency_code: "RUB".to_owned(), units: 3650, nanos: 0 }),
            starts_on: Some(google_type::Date { year: 2026, month: 11, day: 26 }),
            ends_on: Some(google_type::Date { year: 2027, month: 11, day: 25 }),
            issued_at: Some(timestamp::to_wire("2026-11-12T21:00:00Z".parse().unwrap())),
            ..Wire::default()
        };
        change(&mut policy);
        Told::decode(&Envelope {
            id: EventId::generate(),
            source: "/core-app".to_owned(),
            kind: KIND.to_owned(),
            subject: policy.policy_number.clone(),
            time: Timestamp::UNIX_EPOCH,
            traceparent: None,
            tracestate: None,
            data: PolicyEvent { policy: Some(policy), ..PolicyEvent::default() }.encode_to_vec().into(),
        })
    }

    #[test]
    fn the_newest_word_counts_and_the_day_of_issue_stays() {
        let issued = decoded(|_| {}).unwrap();
        let cancelled = decoded(|policy| {
            (policy.revision, policy.issued_at) = (2, None);
            policy.cancelled_from = Some(google_type::Date { year: 2026, month: 12, day: 1 });
            policy.refund = Some(Money { currency_code: "RUB".to_owned(), units: 3650, nanos: 0 });
        });
        let cancelled = cancelled.unwrap();
        assert_eq!(cancelled.policy(), None, "nobody knows when it was issued");
        for told in [issued.clone().newer(cancelled.clone()), cancelled.clone().newer(issued.clone())] {
            let policy = told.policy().unwrap();
            assert_eq!(policy.issued_on.to_string(), "2026-11-13", "in Moscow it was the next day");
            assert_eq!(policy.cancelled.unwrap().refund, Decimal::from(3650));
        }
        assert_eq!(issued.clone().newer(issued.clone()), issued);
    }

    #[test]
    fn what_is_wrong_with_an_event_is_said() {
        let error = decoded(|policy| policy.starts_on = None).unwrap_err();
        assert!(error.contains("starts_on is missing"), "{error}");
        let dollars = Some(Money { currency_code: "USD".to_owned(), units: 1, nanos: 0 });
        let error = decoded(|policy| policy.premium = dollars).unwrap_err();
        assert!(error.contains("premium is in USD"), "{error}");
    }
}
