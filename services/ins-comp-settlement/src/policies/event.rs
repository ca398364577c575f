//! A policy event, decoded and checked: what the table takes.

use jiff::Timestamp;
use jiff::civil::Date;
use polis_proto::google_type::Money;
use polis_proto::policies::v1::{PolicyEvent, PolicyEventKind};
use polis_proto::{Envelope, date, timestamp};
use prost::Message;
use rust_decimal::Decimal;
use uuid::Uuid;

/// CloudEvents type of policy events.
const KIND: &str = "polis.policies.v1.PolicyEvent";

/// A policy after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyState {
    /// Its number.
    pub policy_number: String,
    /// Of which application.
    pub application_id: Uuid,
    /// Grows with each event.
    pub revision: i64,
    /// Insurer.
    pub insurer_id: String,
    /// Product within the insurer.
    pub product_id: String,
    /// Revision of the product when it was sold.
    pub product_revision: i64,
    /// Tariff within the product.
    pub tariff_id: String,
    /// Version of the tariff.
    pub tariff_version: i64,
    /// Line of business.
    pub line: String,
    /// ISO 4217.
    pub currency: String,
    /// What was paid.
    pub premium: Decimal,
    /// First day of cover.
    pub starts_on: Date,
    /// Last day of cover, included.
    pub ends_on: Date,
    /// When it was issued; only the first event says so.
    pub issued_at: Option<Timestamp>,
    /// First day without cover, once cancelled.
    pub cancelled_from: Option<Date>,
    /// What was paid back.
    pub refund: Decimal,
    /// When the event happened.
    pub changed_at: Timestamp,
}

impl PolicyState {
    /// From the payload of an event.
    ///
    /// # Errors
    /// What is wrong with it, for the dead letter.
    pub fn decode(envelope: &Envelope) -> Result<Self, String> {
        if envelope.kind != KIND {
            return Err(format!("type {:?} is not {KIND}", envelope.kind));
        }
        let event = PolicyEvent::decode(&*envelope.data).map_err(|error| format!("not a {KIND}: {error}"))?;
        let kind = event.kind();
        let policy = event.policy.ok_or("the event has no policy")?;
        for (field, text) in [
            ("policy_number", &policy.policy_number),
            ("insurer_id", &policy.insurer_id),
            ("product_id", &policy.product_id),
            ("tariff_id", &policy.tariff_id),
        ] {
            if text.is_empty() {
                return Err(format!("{field} is empty"));
            }
        }
        if policy.revision < 1 {
            return Err(format!("revision {} is below 1", policy.revision));
        }
        let (premium, currency) = amount("premium", policy.premium.as_ref())?.ok_or("premium is missing")?;
        if premium.is_sign_negative() {
            return Err(format!("premium {premium} is negative"));
        }
        let refund = amount("refund", policy.refund.as_ref())?;
        if let Some((_, other)) = refund.as_ref().filter(|(_, other)| *other != currency) {
            return Err(format!("refund is in {other}, premium in {currency}"));
        }
        let day = |field: &str, wire: Option<polis_proto::google_type::Date>| {
            wire.map(|wire| date(&wire).map_err(|error| format!("{field}: {error}"))).transpose()
        };
        let starts_on = day("starts_on", policy.starts_on)?.ok_or("starts_on is missing")?;
        let ends_on = day("ends_on", policy.ends_on)?.ok_or("ends_on is missing")?;
        if ends_on < starts_on {
            return Err(format!("ends_on {ends_on} is before starts_on {starts_on}"));
        }
        let issued_at = policy.issued_at.as_ref().map(timestamp::from_wire).transpose();
        let issued_at = issued_at.map_err(|error| format!("issued_at: {error}"))?;
        let cancelled_from = day("cancelled_from", policy.cancelled_from)?;
        match (kind, issued_at, cancelled_from) {
            (PolicyEventKind::Unspecified, ..) => return Err("the event has no kind".to_owned()),
            (PolicyEventKind::Issued, None, _) => return Err("issued_at is missing".to_owned()),
            (PolicyEventKind::Cancelled, _, None) => return Err("cancelled_from is missing".to_owned()),
            _ => {}
        }
        let changed_at = event.occurred_at.as_ref().map_or(Ok(envelope.time), timestamp::from_wire);
        Ok(Self {
            application_id: policy.application_id.parse().map_err(|_| "application_id is no UUID".to_owned())?,
            policy_number: policy.policy_number,
            revision: policy.revision,
            insurer_id: policy.insurer_id,
            product_id: policy.product_id,
            product_revision: policy.product_revision,
            tariff_id: policy.tariff_id,
            tariff_version: policy.tariff_version,
            line: policy.line,
            currency,
            premium,
            starts_on,
            ends_on,
            issued_at,
            cancelled_from,
            refund: refund.map_or(Decimal::ZERO, |(refund, _)| refund),
            changed_at: changed_at.map_err(|error| format!("occurred_at: {error}"))?,
        })
    }
}

fn amount(field: &str, money: Option<&Money>) -> Result<Option<(Decimal, String)>, String> {
    money
        .map(|money| {
            let amount = money.amount().map_err(|error| format!("{field}: {error}"))?;
            Ok((amount, money.currency_code.clone()))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use polis_proto::policies::v1::Policy;
    use polis_proto::{EventId, google_type};

    use super::*;

    fn policy() -> Policy {
        Policy {
            policy_number: "PL-0000000018".to_owned(),
            application_id: Uuid::from_u128(7).to_string(),
            revision: 1,
            insurer_id: "ural-polis".to_owned(),
            product_id: "ural-travel-1".to_owned(),
            tariff_id: "base".to_owned(),
            tariff_version: 2,
            premium: Some(Money { currency_code: "RUB".to_owned(), units: 3650, nanos: 0 }),
            starts_on: Some(google_type::Date { year: 2026, month: 11, day: 26 }),
            ends_on: Some(google_type::Date { year: 2027, month: 11, day: 25 }),
            issued_at: Some(timestamp::to_wire(Timestamp::UNIX_EPOCH)),
            ..Policy::default()
        }
    }

    fn decoded(kind: PolicyEventKind, policy: Policy) -> Result<PolicyState, String> {
        let event = PolicyEvent { kind: kind.into(), policy: Some(policy), occurred_at: None };
        PolicyState::decode(&Envelope {
            id: EventId::generate(),
            source: "/core-app".to_owned(),
            kind: KIND.to_owned(),
            subject: "PL-0000000018".to_owned(),
            time: Timestamp::UNIX_EPOCH,
            traceparent: None,
            tracestate: None,
            data: event.encode_to_vec().into(),
        })
    }

    #[test]
    fn what_is_wrong_with_an_event_is_said() {
        let issued = |change: fn(&mut Policy)| {
            let mut policy = policy();
            change(&mut policy);
            decoded(PolicyEventKind::Issued, policy)
        };
        assert_eq!(issued(|_| {}).unwrap().premium, 3650.into());
        type Change = fn(&mut Policy);
        let cases: [(Change, &str); 7] = [
            (|policy| policy.policy_number.clear(), "policy_number is empty"),
            (|policy| policy.application_id = "x".to_owned(), "application_id is no UUID"),
            (|policy| policy.revision = 0, "revision 0 is below 1"),
            (|policy| policy.premium = None, "premium is missing"),
            (
                |policy| policy.ends_on = policy.starts_on.map(|day| google_type::Date { year: 2025, ..day }),
                "is before starts_on",
            ),
            (|policy| policy.issued_at = None, "issued_at is missing"),
            (
                |policy| policy.refund = Some(Money { currency_code: "USD".to_owned(), units: 1, nanos: 0 }),
                "refund is in USD, premium in RUB",
            ),
        ];
        for (change, said) in cases {
            let error = issued(change).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        assert!(decoded(PolicyEventKind::Cancelled, policy()).unwrap_err().contains("cancelled_from"));
        assert!(decoded(PolicyEventKind::Unspecified, policy()).unwrap_err().contains("no kind"));
    }
}
