//! What differs in a match: each difference is a break of its own.

use jiff::civil::Date;

use super::breaks::{Amounts, Break, Kind, TariffSays};
use super::commission::share;
use super::identity::BreakId;
use super::policy::Policy;
use super::rules::Rules;
use super::sold::{Cancelled, Sold};
use super::stated::Stated;
use super::tolerance::days_allow;
use super::totals::{Sums, Tolerated};
use super::wording::matched::{self, About, Day, Reckoned, TheirStatus};
use super::wording::{Explanation, alone};
use crate::register::Line;

/// What a comparison needs besides the two sides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'t> {
    pub(super) rules: &'t Rules,
    pub(super) currency: &'t str,
    /// The last day of which the register knows.
    pub(super) cut_off: Date,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) ours: Sums,
    pub(super) theirs: Sums,
    pub(super) breaks: Vec<Break>,
    /// A cancellation that the register cannot know.
    pub(super) not_due: Option<Break>,
    /// Differences that are no breaks.
    pub(super) tolerated: Tolerated,
    /// The sides agree on a premium that is not that of the tariff.
    pub(super) off_tariff: bool,
}

/// Compares policies with the lines they were matched with.
pub(super) fn compare(policies: &[Policy], lines: &[Line], terms: Terms<'_>) -> Compared {
    let Some(sold) = Sold::together(policies, terms.rules) else { return Compared::default() };
    let stated = Stated::together(lines, terms.rules.several_lines);
    let about = About { policies, lines, currency: terms.currency };
    let (ours, theirs) = (sold.sums(policies, terms.rules), stated.sums(lines));
    let compared = Compared { ours, theirs, ..Compared::default() };
    let mut comparison = Comparison { about, terms, sold, stated, compared };
    comparison.premium();
    comparison.commission();
    comparison.status_and_refund();
    comparison.dates();
    comparison.compared
}

struct Comparison<'c> {
    about: About<'c>,
    terms: Terms<'c>,
    sold: Sold,
    stated: Stated,
    compared: Compared,
}

impl Comparison<'_> {
    fn premium(&mut self) {
        let (ours, theirs, expected) = (self.sold.premium, self.stated.premium, self.sold.expected);
        let tolerance = &self.terms.rules.compare.premium;
        if tolerance.allows(ours, theirs) {
            self.compared.tolerated.premium = ours - theirs;
            self.compared.off_tariff = expected.is_some_and(|expected| !tolerance.allows(expected, ours));
            return;
        }
        let says = match expected {
            None => TariffSays::Unknown,
            Some(expected) if expected == ours => TariffSays::Ours,
            Some(expected) if expected == theirs => TariffSays::Theirs,
            Some(expected) if tolerance.allows(expected, ours) => TariffSays::Ours,
            Some(expected) if tolerance.allows(expected, theirs) => TariffSays::Theirs,
            Some(_) => TariffSays::Neither,
        };
        let explanation = matched::premium(self.about, ours, theirs, expected, says);
        let found = self.found(Kind::PremiumDiffers, Amounts::both(ours, theirs), explanation);
        self.compared.breaks.push(Break { tariff_says: Some(says), ..found });
    }

    fn commission(&mut self) {
        let rules = self.terms.rules;
        let (Some(ours), Some(theirs)) = (self.sold.commission, self.stated.commission) else {
            self.compared.tolerated.commission = self.compared.ours.commission - self.compared.theirs.commission;
            return;
        };
        if rules.compare.commission.allows(ours, theirs) {
            self.compared.tolerated.commission = ours - theirs;
            return;
        }
        let Sold { per_cent, base, .. } = self.sold;
        let premium = self.stated.premium;
        let follows = per_cent.is_some_and(|rate| premium != base && share(premium, rate) == theirs);
        let reckoned = Reckoned { per_cent, base, follows_from: follows.then_some(premium) };
        let explanation = matched::commission(self.about, ours, theirs, reckoned);
        let found = self.found(Kind::CommissionDiffers, Amounts::both(ours, theirs), explanation);
        self.compared.breaks.push(found);
    }

    /// What was paid back follows from a cancellation: where only one side knows of this, it is one break and not two.
    fn status_and_refund(&mut self) {
        let (ours, theirs) = (self.sold.refund, self.stated.refund);
        let apart = ours - theirs.unwrap_or_default();
        let alike = match self.sold.cancelled {
            Cancelled::All => self.stated.cancelled,
            Cancelled::Nothing => !self.stated.cancelled,
            Cancelled::Some => false,
        };
        if !alike {
            if let Some(policy) = self.cancelled_too_late() {
                let explanation = alone::cancellation_not_due(self.terms.currency, policy, self.terms.cut_off);
                self.compared.not_due = Some(self.found(Kind::NotDueYet, Amounts::default(), explanation));
                self.compared.tolerated.refund = apart;
                return;
            }
            let Stated { cancelled, cancelled_from: from, refund, .. } = self.stated;
            let explanation = matched::status(self.about, TheirStatus { cancelled, from, refund });
            let amounts = Amounts::both(ours, theirs.unwrap_or_default());
            let found = self.found(Kind::StatusDiffers, amounts, explanation);
            self.compared.breaks.push(found);
            return;
        }
        match theirs {
            Some(theirs) if !self.terms.rules.compare.refund.allows(ours, theirs) => {
                let explanation = matched::refund(self.about, ours, theirs);
                let found = self.found(Kind::RefundDiffers, Amounts::both(ours, theirs), explanation);
                self.compared.breaks.push(found);
            }
            _ => self.compared.tolerated.refund = apart,
        }
    }

    /// The policy that we have cancelled when the register had been closed. Of cover that never began it is not known
    /// when it was given up: that is shown rather than waited for.
    fn cancelled_too_late(&self) -> Option<&Policy> {
        let [policy] = self.about.policies else { return None };
        let from = policy.cancelled_from.filter(|from| *from > policy.starts_on && !self.stated.cancelled)?;
        // Cover ends with the day of the cancellation.
        let day = from.yesterday().unwrap_or(from);
        (day > self.terms.cut_off).then_some(policy)
    }

    fn dates(&mut self) {
        let (sold, stated, compare) = (&self.sold, &self.stated, &self.terms.rules.compare);
        let mut apart = Vec::new();
        if let Some(theirs) = stated.issued_on {
            let (first, last) = sold.issued_on;
            // Policies of one line were issued on several days; any of them will do.
            let ours = theirs.clamp(first, last);
            if !days_allow(ours, theirs, compare.issued_on_days) {
                apart.push((Day::Issue, Some(ours), theirs));
            }
        }
        if let Some(theirs) = stated.starts_on
            && !days_allow(sold.starts_on, theirs, compare.starts_on_days)
        {
            apart.push((Day::Start, Some(sold.starts_on), theirs));
        }
        if let Some(theirs) = stated.ends_on
            && !days_allow(sold.ends_on, theirs, compare.ends_on_days)
            && !self.ends_with_cancellation(theirs)
        {
            apart.push((Day::End, Some(sold.ends_on), theirs));
        }
        if let (Some(ours), Some(theirs), Cancelled::All, true) =
            (sold.cancelled_from, stated.cancelled_from, sold.cancelled, stated.cancelled)
            && !days_allow(ours, theirs, compare.cancelled_from_days)
        {
            apart.push((Day::Cancellation, Some(ours), theirs));
        }
        if !apart.is_empty() {
            let explanation = matched::dates(self.about, &apart);
            let found = self.found(Kind::DatesDiffer, Amounts::default(), explanation);
            self.compared.breaks.push(found);
        }
    }

    /// Of a cancelled policy, registers give either the end that was agreed or the end that it came to.
    fn ends_with_cancellation(&self, theirs: Date) -> bool {
        let days = self.terms.rules.compare.ends_on_days;
        let ends = |from: Date| {
            let last = from.yesterday().unwrap_or(from);
            days_allow(last, theirs, days) || from == theirs
        };
        self.stated.cancelled
            && (self.sold.cancelled_from.is_some_and(ends) || self.stated.cancelled_from.is_some_and(ends))
    }

    fn found(&self, kind: Kind, amounts: Amounts, explanation: Explanation) -> Break {
        let About { policies, lines, .. } = self.about;
        Break {
            id: BreakId::of_policies(kind, policies.iter().map(|policy| policy.number.as_str())),
            kind,
            policies: policies.iter().map(|policy| policy.number.clone()).collect(),
            lines: lines.iter().map(|line| line.number).collect(),
            amounts,
            tariff_says: None,
            explanation,
        }
    }
}

#[cfg(test)]
#[path = "tests/compare.rs"]
mod tests;
