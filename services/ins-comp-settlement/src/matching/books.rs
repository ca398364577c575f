//! Where everything is written down that is decided: the outcome and the totals at once, so that they cannot disagree.

use jiff::civil::Date;

use super::breaks::{Amounts, Break, Kind};
use super::compare::{Terms, compare};
use super::identity::{BreakId, Contents};
use super::merge::Run;
use super::outcome::{Distances, Match, Outcome, Stage};
use super::policy::Policy;
use super::rules::Rules;
use super::several::{self, Sorted};
use super::sold::{sums_of_lines, sums_of_policies};
use super::totals::{Place, Sums, Totals};
use super::unit::Unit;
use super::wording::alone::{self, Doubt};
use crate::register::{Line, Unreadable};

/// The books of one run.
#[derive(Clone, Debug)]
pub(super) struct Books {
    pub(super) rules: Rules,
    pub(super) totals: Totals,
    currency: String,
    cut_off: Date,
    contents: Contents,
}

impl Books {
    pub(super) fn new(run: &Run, rules: Rules) -> Self {
        let cut_off = rules.cut_off.known(run.period, run.today);
        let currency = run.currency.clone();
        Self { rules, totals: Totals::default(), currency, cut_off, contents: Contents::default() }
    }

    /// Policies have come.
    pub(super) fn policy_went_in(&mut self, policy: &Policy) {
        let sums = sums_of_policies(std::slice::from_ref(policy), &self.rules);
        self.totals.went_in.ours.add(&sums);
    }

    /// Lines have come.
    pub(super) fn line_went_in(&mut self, line: &Line) {
        self.totals.went_in.theirs.add(&sums_of_lines(std::slice::from_ref(line)));
    }

    /// A line has come that cannot be read.
    pub(super) fn unreadable(&mut self, line: &Unreadable, out: &mut Vec<Outcome>) {
        let one = Sums { count: 1, ..Sums::default() };
        self.totals.went_in.theirs.add(&one);
        self.put(Place::Unreadable, &Sums::default(), &one);
        let found = Break {
            id: self.contents.of_text(Kind::Unreadable, &line.text),
            kind: Kind::Unreadable,
            policies: Vec::new(),
            lines: vec![line.number],
            amounts: Amounts::default(),
            tariff_says: None,
            explanation: alone::unreadable(&self.currency, line),
        };
        self.write(found, out);
    }

    /// Policies and lines belong together; of the lines, some may be duplicates. Where numbers did not decide, it is
    /// said how alike the two are.
    pub(super) fn matched(
        &mut self, stage: Stage, policies: Vec<Policy>, lines: Vec<Line>, distances: Option<Distances>,
        out: &mut Vec<Outcome>,
    ) {
        let Sorted { said, again } = self.sort(&policies, lines);
        let terms = Terms { rules: &self.rules, currency: &self.currency, cut_off: self.cut_off };
        let compared = compare(&policies, &said, terms);
        let mut found = compared.breaks;
        let differs = !found.is_empty();
        self.put(if differs { Place::Differing } else { Place::Agreed }, &compared.ours, &compared.theirs);
        *self.totals.matches.entry(stage).or_default() += 1;
        self.totals.off_tariff += u64::from(compared.off_tariff);
        let tolerated = &mut self.totals.tolerated;
        tolerated.premium += compared.tolerated.premium;
        tolerated.commission += compared.tolerated.commission;
        tolerated.refund += compared.tolerated.refund;
        found.extend(compared.not_due);
        if !again.is_empty() {
            let numbers: Vec<String> = policies.iter().map(|policy| policy.number.clone()).collect();
            let id = BreakId::of_policies(Kind::Duplicate, numbers.iter().map(String::as_str));
            found.push(self.duplicate(id, numbers, &said, &again));
        }
        out.push(Outcome::Match(Match { stage, policies, lines: said, differs, distances }));
        found.into_iter().for_each(|found| self.write(found, out));
    }

    fn sort(&self, policies: &[Policy], lines: Vec<Line>) -> Sorted {
        if lines.len() < 2 {
            return Sorted { said: lines, again: Vec::new() };
        }
        let premium = policies.iter().map(|policy| policy.premium).sum();
        let expected = policies.iter().map(|policy| policy.expected_premium).sum();
        several::sort(premium, expected, lines, &self.rules)
    }

    /// A policy has no line: that is a break, unless the insurer had closed the period when it was issued.
    pub(super) fn policy_alone(&mut self, policy: Policy, out: &mut Vec<Outcome>) {
        let (place, kind, explanation) = if policy.issued_on > self.cut_off {
            let explanation = alone::policy_not_due(&self.currency, &policy, self.cut_off);
            (Place::NotDueYet, Kind::NotDueYet, explanation)
        } else {
            let explanation = alone::missing_at_insurer(&self.currency, &policy, self.cut_off);
            (Place::MissingAtInsurer, Kind::MissingAtInsurer, explanation)
        };
        let sums = sums_of_policies(std::slice::from_ref(&policy), &self.rules);
        self.put(place, &sums, &Sums::default());
        let found = Break {
            id: BreakId::of_policies(kind, [policy.number.as_str()]),
            kind,
            amounts: Amounts::of(Some(policy.premium), None),
            policies: vec![policy.number],
            lines: Vec::new(),
            tariff_says: None,
            explanation,
        };
        self.write(found, out);
    }

    /// Lines have no policy.
    pub(super) fn unit_alone(&mut self, unit: Unit, out: &mut Vec<Outcome>) {
        let Sorted { said, again } = several::sort_unknown(unit.lines, &self.rules);
        let sums = sums_of_lines(&said);
        self.put(Place::MissingAtUs, &Sums::default(), &sums);
        let found = Break {
            id: self.id_of_lines(Kind::MissingAtUs, &unit.number, &said),
            kind: Kind::MissingAtUs,
            policies: Vec::new(),
            lines: places(&said),
            amounts: Amounts::of(None, Some(sums.premium)),
            tariff_says: None,
            explanation: alone::missing_at_us(&self.currency, &said, sums.premium),
        };
        self.write(found, out);
        if !again.is_empty() {
            let id = BreakId::of_number(Kind::Duplicate, &unit.number);
            let found = self.duplicate(id, Vec::new(), &said, &again);
            self.write(found, out);
        }
    }

    /// These may belong together in more than one way. `candidates` are the policies that may be meant, also those that
    /// have lines already; `policies` are those of them that have none.
    pub(super) fn ambiguous(
        &mut self, candidates: Vec<String>, policies: &[Policy], units: Vec<Unit>, doubt: Doubt<'_>,
        out: &mut Vec<Outcome>,
    ) {
        let kind = Kind::Ambiguous;
        let number = units.first().map(|unit| unit.number.clone()).unwrap_or_default();
        let lines: Vec<Line> = units.into_iter().flat_map(|unit| unit.lines).collect();
        let (ours, theirs) = (sums_of_policies(policies, &self.rules), sums_of_lines(&lines));
        self.put(Place::Ambiguous, &ours, &theirs);
        let id = match policies.iter().map(|policy| &policy.number).min() {
            Some(first) => BreakId::of_number(kind, first),
            None => self.id_of_lines(kind, &number, &lines),
        };
        let amount = |sums: Sums| (sums.count > 0).then_some(sums.premium);
        let found = Break {
            id,
            kind,
            lines: places(&lines),
            amounts: Amounts::of(amount(ours), amount(theirs)),
            tariff_says: None,
            explanation: alone::ambiguous(&self.currency, &candidates, &lines, doubt),
            policies: candidates,
        };
        self.write(found, out);
    }

    fn duplicate(&mut self, id: BreakId, policies: Vec<String>, said: &[Line], again: &[Line]) -> Break {
        let sums = sums_of_lines(again);
        self.put(Place::Duplicate, &Sums::default(), &sums);
        Break {
            id,
            kind: Kind::Duplicate,
            policies,
            lines: places(again),
            amounts: Amounts::of(None, Some(sums.premium)),
            tariff_says: None,
            explanation: alone::duplicate(&self.currency, said, again, sums.premium),
        }
    }

    fn id_of_lines(&mut self, kind: Kind, number: &str, lines: &[Line]) -> BreakId {
        match lines {
            [line, ..] if number.is_empty() => self.contents.of_line(kind, line),
            _ => BreakId::of_number(kind, number),
        }
    }

    fn put(&mut self, place: Place, ours: &Sums, theirs: &Sums) {
        let part = self.totals.places.entry(place).or_default();
        part.ours.add(ours);
        part.theirs.add(theirs);
    }

    fn write(&mut self, found: Break, out: &mut Vec<Outcome>) {
        self.totals.count_break(&found);
        let is_break = found.kind.is_break();
        let found = Box::new(found);
        out.push(if is_break { Outcome::Break(found) } else { Outcome::NotDue(found) });
    }
}

fn places(lines: &[Line]) -> Vec<u64> {
    lines.iter().map(|line| line.number).collect()
}
