//! Events as they are stored. Kinds that have changed their form carry its version, as in `expired.v2`; what is stored in an
//! older form is read as the newest one (upcasting), and never rewritten: the chain covers what was stored.

use polis_proto::sales::v1::application_event::Event;
use polis_proto::sales::v1::{ApplicationEvent, Deadline};
use prost::Message;
use thiserror::Error;

/// Why a stored event cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Unreadable {
    /// The bytes are no event.
    #[error("it does not decode: {0}")]
    Damaged(#[from] prost::DecodeError),
    /// The kind says one thing, the bytes another.
    #[error("it is stored as {stored} and is {found}")]
    Differs {
        /// The kind beside it.
        stored: String,
        /// What it is; empty when this program does not know it.
        found: &'static str,
    },
    /// A newer program has written it.
    #[error("{0} was written by a newer core-app; run that one or a newer one")]
    Newer(String),
}

/// The first form of every kind.
const FIRST: u16 = 1;

/// From one form to the next.
struct Step {
    kind: &'static str,
    from: u16,
    lift: fn(&mut Event),
}

/// In the order of forms. A kind whose form changes gets a step here, and its new version in [`kind`].
const STEPS: &[Step] = &[
    Step { kind: "expired", from: 1, lift: expired_names_its_deadline },
    Step { kind: "cancelled", from: 1, lift: says_nothing_in_the_open },
    Step { kind: "payment-failed", from: 1, lift: says_nothing_in_the_open },
];

/// The deadline was a word.
#[expect(deprecated, reason = "what the first form has")]
fn expired_names_its_deadline(event: &mut Event) {
    let Event::Expired(expired) = event else { return };
    let deadline = match std::mem::take(&mut expired.what).as_str() {
        "quote" => Deadline::Quote,
        "reservation" => Deadline::Reservation,
        "payment" => Deadline::Payment,
        _ => Deadline::Unspecified,
    };
    expired.deadline = deadline.into();
}

/// Somebody's own words stood there for everybody, where erasing a person does not reach: they are not told any more.
#[expect(deprecated, reason = "what the first form has")]
fn says_nothing_in_the_open(event: &mut Event) {
    match event {
        Event::Cancelled(cancelled) => cancelled.reason.clear(),
        Event::PaymentFailed(failed) => failed.reason.clear(),
        _ => {}
    }
}

/// The kind of an event, as it is stored.
pub(super) fn kind(event: &Event) -> &'static str {
    match event {
        Event::Quoted(_) => "quoted",
        Event::Submitted(_) => "submitted",
        Event::Reserved(_) => "reserved",
        Event::PaymentRequested(_) => "payment-requested",
        Event::PaymentStarted(_) => "payment-started",
        Event::PaymentSucceeded(_) => "payment-succeeded",
        Event::PaymentFailed(_) => "payment-failed.v2",
        Event::Confirmed(_) => "confirmed",
        Event::Rejected(_) => "rejected",
        Event::Expired(_) => "expired.v2",
        Event::Cancelled(_) => "cancelled.v2",
        Event::RefundRequested(_) => "refund-requested",
        Event::Refunded(_) => "refunded",
    }
}

/// Name and form.
fn parts(kind: &str) -> (&str, u16) {
    let form = kind.rsplit_once(".v").and_then(|(name, form)| Some((name, form.parse().ok()?)));
    form.unwrap_or((kind, FIRST))
}

/// The kind without its form: what people are told.
pub fn name(kind: &str) -> &str {
    parts(kind).0
}

/// An event as it is stored: kind and bytes.
pub fn write(event: Event) -> (&'static str, Vec<u8>) {
    (kind(&event), ApplicationEvent { event: Some(event) }.encode_to_vec())
}

/// A stored event in its newest form.
///
/// # Errors
/// [`Unreadable`].
pub(super) fn read(stored: &str, payload: &[u8]) -> Result<Event, Unreadable> {
    let (name, form) = parts(stored);
    let differs = |found| Unreadable::Differs { stored: stored.to_owned(), found };
    let mut event = ApplicationEvent::decode(payload)?.event.ok_or_else(|| differs(""))?;
    let (known, newest) = parts(kind(&event));
    if known != name {
        return Err(differs(known));
    }
    if form > newest {
        return Err(Unreadable::Newer(stored.to_owned()));
    }
    for step in STEPS.iter().filter(|step| step.kind == name && step.from >= form) {
        (step.lift)(&mut event);
    }
    Ok(event)
}

#[cfg(test)]
mod tests {
    use polis_proto::sales::v1::{Cancelled, Expired, PaymentFailed, Reserved};

    use super::*;

    /// The bytes that the first core-app wrote: field 10 of the event, in it field 1, a word.
    fn first_form(what: &str) -> Vec<u8> {
        let inner = [&[0x0a, what.len() as u8], what.as_bytes()].concat();
        [&[0x52, inner.len() as u8], inner.as_slice()].concat()
    }

    #[test]
    fn what_an_older_program_wrote_is_read_in_the_newest_form() {
        for (what, deadline) in [
            ("quote", Deadline::Quote),
            ("reservation", Deadline::Reservation),
            ("payment", Deadline::Payment),
            ("weather", Deadline::Unspecified),
        ] {
            let expected = Expired { deadline: deadline.into(), ..Expired::default() };
            assert_eq!(read("expired", &first_form(what)), Ok(Event::Expired(expected)), "{what}");
        }
    }

    #[test]
    #[expect(deprecated, reason = "what the first form has")]
    fn words_that_stood_open_are_not_told() {
        let cancelled =
            |reason: &str| Event::Cancelled(Cancelled { reason: reason.to_owned(), ..Cancelled::default() });
        let failed = |reason: &str| {
            let (attempt, payment_id) = (2, "pay-2".to_owned());
            Event::PaymentFailed(PaymentFailed { attempt, payment_id, reason: reason.to_owned(), words: None })
        };
        for (kind, open, silent) in [
            ("cancelled", cancelled("moved abroad"), cancelled("")),
            ("payment-failed", failed("no money on the card of P. Vymyshlenny"), failed("")),
        ] {
            let payload = ApplicationEvent { event: Some(open) }.encode_to_vec();
            assert_eq!(read(kind, &payload), Ok(silent));
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let event = Event::Expired(Expired { deadline: Deadline::Payment.into(), ..Expired::default() });
        let (kind, payload) = write(event.clone());
        assert_eq!((kind, name(kind)), ("expired.v2", "expired"));
        assert_eq!(read(kind, &payload), Ok(event));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let (_, payload) = write(Event::Reserved(Reserved::default()));
        let differs = Unreadable::Differs { stored: "quoted".to_owned(), found: "reserved" };
        assert_eq!(read("quoted", &payload), Err(differs));
        assert_eq!(read("reserved.v2", &payload), Err(Unreadable::Newer("reserved.v2".to_owned())));
        assert!(matches!(read("reserved", &[0xff]), Err(Unreadable::Damaged(_))));
        // An event of a field that this program does not know.
        assert!(matches!(read("moved", &[0xa2, 0x06, 0x00]), Err(Unreadable::Differs { found: "", .. })));
    }

    #[test]
    fn every_step_leads_to_a_form_that_is_written() {
        let lifted = [
            Event::Expired(Expired::default()),
            Event::Cancelled(Cancelled::default()),
            Event::PaymentFailed(PaymentFailed::default()),
        ];
        let newest: Vec<_> = lifted.iter().map(|event| parts(kind(event))).collect();
        for step in STEPS {
            assert!(newest.iter().any(|(name, form)| step.kind == *name && step.from < *form), "{}", step.kind);
        }
    }
}
