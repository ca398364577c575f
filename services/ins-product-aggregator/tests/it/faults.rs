//! Every fault of the sandbox over every protocol that can suffer it: the error has its name, and whoever is well again
//! is polled as before.

use std::time::Duration;

use futures_util::future::join_all;
use ins_product_aggregator::insurer::Insurer;
use polis_actors::poller::Validators;
use rust_decimal::Decimal;
use sandbox::Fault;

use super::bed::{Bed, all, altered, ask, bed, prices, whole};

/// What is wrong with an answer of that status, in the words of the protocol.
fn status(protocol: &str, http: u16) -> String {
    match (protocol, http) {
        ("grpc", 429) => "answered 8: ResourceExhausted".to_owned(),
        ("grpc", 503) => "answered 14: Unavailable".to_owned(),
        ("grpc", 504) => "answered 4: DeadlineExceeded".to_owned(),
        ("grpc", _) => "answered 2: Unknown".to_owned(),
        // A file server has one status for everything, and words.
        ("csv-sftp" | "xlsx-sftp", _) => format!("отказ {http}"),
        _ => format!("answered {http}"),
    }
}

/// What is wrong with the first half of a document.
fn half(protocol: &str) -> &'static str {
    match protocol {
        "rest-json" => "not JSON: EOF",
        "csv-http" | "csv-sftp" => "fields, the header has 8",
        "xlsx-http" | "xlsx-sftp" => "not a workbook",
        "grpc" => "the stream ends early: it has no end",
        // Between two elements, or within one.
        "soap-1.2" => "the document ends inside of <Envelope>",
        _ => "not XML at byte",
    }
}

/// The kind of the error that a fault is, and a part of its text; none where the protocol cannot suffer it, or where the
/// answer is one to be believed.
fn told(fault: &Fault, protocol: &str) -> Option<(&'static str, String)> {
    let (grpc, sftp, csv) = (protocol == "grpc", protocol.ends_with("sftp"), protocol.starts_with("csv"));
    let of_xml = matches!(protocol, "xml-http" | "soap-1.1" | "soap-1.2");
    let (kind, text) = match fault {
        Fault::Status { status: http, .. } => ("status", status(protocol, *http)),
        Fault::Slow { .. } | Fault::Hang => ("timed-out", "no whole answer within".to_owned()),
        Fault::Html => ("malformed", "web page".to_owned()),
        Fault::Truncated => ("malformed", half(protocol).to_owned()),
        Fault::Cut => ("malformed", "ends early".to_owned()),
        Fault::Encoding if protocol.starts_with("xlsx") => ("malformed", "not a workbook".to_owned()),
        // Every byte is a letter of Windows-1251.
        Fault::Encoding if protocol == "csv-http" => ("malformed", "has no header row".to_owned()),
        Fault::Encoding => ("malformed", "not UTF-8".to_owned()),
        Fault::Large { .. } => ("malformed", "larger than".to_owned()),
        Fault::ChangedNamespace if of_xml => ("malformed", "urn:sandbox:catalogue:2".to_owned()),
        Fault::ChangedNamespace if grpc => ("status", "polis.insurer.v2".to_owned()),
        Fault::Growing if sftp => ("malformed", "is being written".to_owned()),
        // In a price list an empty cell is a tariff that is not on offer.
        Fault::MissingPrice if !csv => ("field", "field premium".to_owned()),
        Fault::NegativePremium => ("field", "field premium: of tariff base: -100".to_owned()),
        Fault::UnknownCurrency => ("field", "field currency: of tariff base: \"ZZZ\"".to_owned()),
        // With one row per tariff, a row that is there twice is a tariff that is there twice.
        Fault::DuplicateId if protocol.starts_with("xlsx") => {
            ("field", "field tariff_id: base is there twice".to_owned())
        }
        Fault::DuplicateId => ("field", "field product_id: is there twice".to_owned()),
        Fault::ChangedNamespace | Fault::Growing | Fault::MissingPrice => return None,
        Fault::NoToken { .. } | Fault::Empty | Fault::FlappingPrice => return None,
    };
    Some((kind, text))
}

const fn answers(status: u16, times: Option<u32>) -> Fault {
    Fault::Status { status, retry_after: None, times }
}

/// Those that are there at once.
const FAULTS: [Fault; 15] = [
    answers(429, None),
    answers(500, None),
    answers(503, None),
    answers(504, Some(1)),
    Fault::Html,
    Fault::Truncated,
    Fault::Cut,
    Fault::Encoding,
    Fault::Large { megabytes: 50 },
    Fault::ChangedNamespace,
    Fault::Growing,
    Fault::MissingPrice,
    Fault::NegativePremium,
    Fault::UnknownCurrency,
    Fault::DuplicateId,
];

/// Polls with a fault and without; what it is called must be what the table says.
async fn suffers(bed: &Bed, insurer: &Insurer, fault: &Fault) {
    let (id, protocol) = (insurer.id(), insurer.source.protocol());
    let Some((kind, text)) = told(fault, protocol) else { return };
    bed.set(id, Some(fault.clone()));
    let error = all(insurer).await.err().unwrap_or_else(|| panic!("{id} with {fault:?} answered a catalogue"));
    assert!(error.kind() == kind && error.to_string().contains(&text), "{id} with {fault:?}: {} {error}", error.kind());
    // What is over after so many times is over by itself.
    if !matches!(fault, Fault::Status { times: Some(_), .. }) {
        bed.set(id, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_has_its_name_over_every_protocol_and_heals() {
    let bed = bed().await;
    let one = async |id: &str| {
        let before = prices(&bed.all(id).await.unwrap());
        for fault in FAULTS {
            suffers(&bed, &bed.insurers[id], &fault).await;
            let after = bed.all(id).await.unwrap_or_else(|error| panic!("{id} after {fault:?}: {error}"));
            assert_eq!(prices(&after), before, "{id} after {fault:?}");
        }
    };
    join_all(bed.invented().map(one)).await;
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_too_late_or_never_is_given_up_and_polled_again() {
    let bed = bed().await;
    let one = async |id: &str| {
        let deadline = "deadline = \"5s\"";
        let hurried = altered(&bed, id, &[(deadline, "deadline = \"300ms\"")]).unwrap();
        for fault in [Fault::Slow { seconds: 5 }, Fault::Hang] {
            suffers(&bed, &hurried, &fault).await;
            // What is given up must not stand in the way of the next poll.
            let after = hurried.source.poll(&Validators::new()).await;
            let after = after.unwrap_or_else(|error| panic!("{id} after {fault:?}: {error}"));
            assert!(!whole(after).0.is_empty(), "{id} after {fault:?}");
        }
    };
    join_all(bed.invented().map(one)).await;
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_when_to_come_again_is_understood() {
    let bed = bed().await;
    for id in bed.invented() {
        bed.set(id, Some(Fault::Status { status: 429, retry_after: Some(7), times: None }));
        let busy = bed.all(id).await.unwrap_err();
        // A file server has no way to say it.
        let asked = (!bed.protocol(id).ends_with("sftp")).then(|| Duration::from_secs(7));
        assert_eq!(busy.retry_after(), asked, "{id}: {busy}");
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_strange_and_yet_an_answer_is_taken_as_it_is() {
    let bed = bed().await;
    for id in bed.invented() {
        let well = prices(&bed.all(id).await.unwrap());
        bed.set(id, Some(Fault::Empty));
        assert!(bed.all(id).await.unwrap().is_empty(), "{id}: an empty list is for the guard to judge");

        // Each price that flaps is told, whatever was known before: none is lost behind a validator.
        bed.set(id, Some(Fault::FlappingPrice));
        let (first, mut known) = whole(ask(&bed.insurers[id], &Validators::new()).await.unwrap());
        let mut last = prices(&first);
        for time in 0..4 {
            let (next, told) = whole(ask(&bed.insurers[id], &known).await.unwrap());
            let next = prices(&next);
            let apart: Vec<Decimal> =
                next.values().zip(last.values()).map(|(n, l)| (n.2 - l.2).abs()).filter(|d| !d.is_zero()).collect();
            assert_eq!(apart, [Decimal::ONE_HUNDRED], "{id}, time {time}");
            (last, known) = (next, told);
        }
        bed.set(id, None);
        assert_eq!(prices(&bed.all(id).await.unwrap()), well, "{id}");
    }
    bed.stop().await;
}
