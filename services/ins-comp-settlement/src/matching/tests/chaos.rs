//! Whatever goes in, however senseless: it is all somewhere, the order says nothing, and no two breaks have one
//! identity.

use jiff::Span;
use rust_decimal::Decimal;

use super::calendar::CutOff;
use super::numbering::EndorsementMark;
use super::policy::Policy;
use super::rules::{Rules, SeveralLines};
use super::samples::{date, line, policy, rules};
use super::scenario::Scenario;
use crate::register::{Line, LineStatus, Unreadable};

const SEEDS: std::ops::Range<u64> = 0..400;

/// Few numbers, amounts and days, so that everything collides with everything.
struct Chaos(fastrand::Rng);

impl Chaos {
    fn scenario(&mut self) -> Scenario {
        let mut policies: Vec<Policy> = (0..self.0.u8(0..25)).map(|_| self.policy()).collect();
        policies.sort_by(|one, other| one.number.cmp(&other.number));
        policies.dedup_by(|one, other| one.number == other.number);
        let lines = (0..self.0.u64(0..40)).map(|at| self.line(at)).collect();
        let mut scenario = Scenario::new(policies, lines);
        scenario.rules = self.rules();
        scenario.page = self.0.usize(1..10);
        let broken = |number| Unreadable { number, sheet: None, wrong: Vec::new(), text: (number % 2).to_string() };
        scenario.unreadable = (0..self.0.u64(0..5)).map(broken).collect();
        scenario
    }

    fn policy(&mut self) -> Policy {
        let number = format!("PL-{}{}", "0".repeat(self.0.usize(0..2)), self.0.u8(1..15));
        let mut sold = policy(&number, &self.amount().abs().to_string());
        sold.issued_on = date("2026-11-22").saturating_add(Span::new().days(self.0.i64(0..6)));
        sold.expected_premium = self.0.bool().then(|| self.amount());
        if self.0.u8(0..4) == 0 {
            sold.cancelled_from = Some(date("2026-11-24").saturating_add(Span::new().days(self.0.i64(0..6))));
            sold.refund = self.amount();
        }
        sold
    }

    fn line(&mut self, at: u64) -> Line {
        let number = self.0.u8(1..20);
        let text = match self.0.u8(0..12) {
            0 => String::new(),
            1 => format!("BSO {number}"),
            2 => format!("PL-{number}, PL-{}", self.0.u8(1..20)),
            3 => format!("{number}/{}", self.0.u8(1..20)),
            4 => format!("00{number}"),
            5 => format!("pl 0{number}"),
            _ => format!("PL-{number}"),
        };
        let mut said = line(at / 2, &text, &self.amount().to_string());
        let near = Span::new().days(self.0.i64(0..3));
        said.starts_on = self.0.bool().then(|| date("2026-11-25").saturating_add(near));
        said.issued_on = self.0.bool().then(|| date("2026-11-22").saturating_add(near));
        said.ends_on = self.0.bool().then(|| date("2027-11-24"));
        said.commission = self.0.bool().then(|| self.amount());
        said.product = self.0.bool().then(|| "TR-1".to_owned());
        if self.0.u8(0..4) == 0 {
            said.status = LineStatus::Cancelled;
            said.refund = self.0.bool().then(|| self.amount());
            said.cancelled_from = self.0.bool().then(|| date("2026-11-26"));
        }
        said
    }

    fn amount(&mut self) -> Decimal {
        Decimal::new([0, 100, 5_000, 5_001, 10_000, -5_000, 15_000, 1_005][self.0.usize(0..8)], 2)
    }

    fn rules(&mut self) -> Rules {
        use SeveralLines::{Endorsements, Instalments, Mistake};
        let mut rules = rules();
        rules.several_lines = [Mistake, Instalments, Endorsements][self.0.usize(0..3)];
        rules.numbering.zeros_matter = self.0.bool();
        rules.numbering.check_digit = self.0.bool();
        rules.numbering.endorsement = self.0.bool().then_some(EndorsementMark { mark: '/', digits: 1 });
        rules.commission.returned_with_refund = self.0.bool();
        rules.compare.premium.per_cent = Decimal::from(self.0.u8(0..10));
        rules.cut_off = CutOff { day: Some(self.0.i8(22..31)), ..CutOff::default() };
        if self.0.bool() {
            rules.attributes = None;
        }
        rules
    }
}

#[test]
fn whatever_goes_in_adds_up_and_has_one_result() {
    for seed in SEEDS {
        let scenario = Chaos(fastrand::Rng::with_seed(seed)).scenario();
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut shuffled = scenario.clone();
        rng.shuffle(&mut shuffled.policies);
        rng.shuffle(&mut shuffled.lines);
        let (policies, lines) = (scenario.policies.len(), scenario.lines.len() + scenario.unreadable.len());
        // Totals are checked as a run is finished.
        let settled = scenario.try_run().unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
        let went_in = settled.totals.went_in;
        let counts = [went_in.ours.count, went_in.theirs.count].map(|count| usize::try_from(count).unwrap());
        assert_eq!(counts, [policies, lines], "seed {seed}");
        let mut ids: Vec<&str> = settled.breaks().iter().map(|found| found.id.as_str()).collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|two| two[0] == two[1]) {
            panic!("seed {seed}: two breaks are {}", twice[0]);
        }
        assert_eq!(shuffled.run().serialised(), settled.serialised(), "seed {seed}");
    }
}
