use super::*;
use crate::matching::samples::{decimal, line, line_of, policy};
use crate::matching::scenario::Scenario;

fn settled() -> Totals {
    let sold = ["PL-18", "PL-26", "PL-34"].map(|number| policy(number, "3650.00"));
    let mut lines = vec![line_of(1, &sold[0]), line_of(2, &sold[1]), line(3, "QR-1", "70")];
    lines[1].premium = decimal("3560");
    lines[1].commission = Some(decimal("500"));
    Scenario::new(sold.to_vec(), lines).run().totals
}

#[test]
fn every_place_has_its_sums() {
    let totals = settled();
    let premium = |place: Place| {
        let Part { ours, theirs } = totals.place(place);
        (ours.count, ours.premium.to_string(), theirs.count, theirs.premium.to_string())
    };
    assert_eq!(premium(Place::Agreed), (1, "3650.00".to_owned(), 1, "3650.00".to_owned()));
    assert_eq!(premium(Place::Differing), (1, "3650.00".to_owned(), 1, "3560".to_owned()));
    assert_eq!(premium(Place::MissingAtInsurer), (1, "3650.00".to_owned(), 0, "0".to_owned()));
    assert_eq!(premium(Place::MissingAtUs), (0, "0".to_owned(), 1, "70".to_owned()));
    assert_eq!(totals.went_in.ours.premium, decimal("10950"));
    assert_eq!(totals.went_in.ours.commission, decimal("1642.50"));
    assert_eq!(totals.tally(Kind::CommissionDiffers).difference, decimal("47.50"));
    // The register says nothing of the first commission.
    assert_eq!(totals.tolerated.commission, decimal("547.50"));
    assert_eq!(totals.break_count(), 4);
}

#[test]
fn totals_that_contradict_themselves_are_noticed() {
    type Change = fn(&mut Totals);
    let changes: [Change; 7] = [
        |totals| totals.went_in.ours.count += 1,
        |totals| totals.went_in.theirs.premium += decimal("0.01"),
        |totals| totals.places.get_mut(&Place::Agreed).unwrap().ours.commission += decimal("0.01"),
        |totals| totals.places.retain(|place, _| *place != Place::MissingAtUs),
        |totals| totals.breaks.get_mut(&Kind::PremiumDiffers).unwrap().difference += decimal("0.01"),
        |totals| totals.breaks.retain(|kind, _| *kind != Kind::MissingAtInsurer),
        |totals| totals.tolerated.commission = decimal("0"),
    ];
    assert_eq!(settled().check(), Ok(()));
    for (at, change) in changes.into_iter().enumerate() {
        let mut totals = settled();
        change(&mut totals);
        assert!(totals.check().is_err(), "change {at}");
    }
}

#[test]
fn amounts_are_written_in_one_way() {
    let written = serde_json::to_value(settled()).unwrap();
    assert_eq!(written["places"]["missing_at_us"]["theirs"]["premium"], "70.00");
    assert_eq!(written["breaks"]["premium_differs"]["difference"], "90.00");
    assert_eq!(written["matches"]["exact_number"], 2);
}
