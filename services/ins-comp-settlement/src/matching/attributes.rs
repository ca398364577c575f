//! The third stage: policies and lines whose numbers do not meet, by everything else.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Span;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::books::Books;
use super::components::Components;
use super::left::Left;
use super::named::Remaining;
use super::outcome::{Distances, Outcome, Stage};
use super::policy::Policy;
use super::rules::{Attributes, Rules};
use super::stated::Stated;
use super::tolerance::{days_allow, days_apart};
use super::unit::Unit;
use super::wording::alone::Doubt;

/// Matches a policy and lines that can only mean each other. Where more than one fits, none is chosen.
pub(super) fn settle(left: Left, books: &mut Books, out: &mut Vec<Outcome>) -> Left {
    let Some(allowed) = books.rules.attributes else { return left };
    let index = Index::new(left.policies.iter().map(|(_, policy)| policy));
    let mut components = Components::new(left.policies.len(), left.units.len());
    for (features, units) in features(&left.units, &books.rules) {
        let fitting = index.fitting(&features, &allowed, &books.rules);
        // One of each joins all.
        if let (Some(policy), Some(unit)) = (fitting.first(), units.first()) {
            fitting.iter().for_each(|policy| components.join(*policy, *unit));
            units.iter().for_each(|unit| components.join(*policy, *unit));
        }
    }
    let mut remaining = Remaining::new(left);
    for (policies, units) in components.joined() {
        let alone = policies.len() == 1 && units.len() == 1;
        let (mut policies, mut units) = remaining.take(&policies, &units);
        match (policies.pop(), units.pop()) {
            (Some(policy), Some(unit)) if alone => {
                let distances = distances(&policy, &unit.stated(&books.rules));
                books.matched(Stage::Attributes, vec![policy], unit.lines, Some(distances), out);
            }
            (policy, unit) => {
                policies.extend(policy);
                units.extend(unit);
                let candidates = policies.iter().map(|policy| policy.number.clone()).collect();
                books.ambiguous(candidates, &policies, units, Doubt::Attributes, out);
            }
        }
    }
    remaining.left()
}

fn distances(policy: &Policy, stated: &Stated) -> Distances {
    Distances {
        starts_on_days: stated.starts_on.map(|day| days_apart(policy.starts_on, day)),
        issued_on_days: stated.issued_on.map(|day| days_apart(policy.issued_on, day)),
        premium: policy.premium - stated.premium,
    }
}

/// What lines are looked for by. Lines that are alike in this are looked for once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Features<'u> {
    premium: Decimal,
    product: Option<&'u str>,
    starts_on: Option<Date>,
    issued_on: Option<Date>,
}

/// Lines that say too little fit too much, and a number that can only be another policy's is believed: these are left
/// out.
fn features<'u>(units: &'u [Unit], rules: &Rules) -> BTreeMap<Features<'u>, Vec<usize>> {
    let mut alike: BTreeMap<Features<'_>, Vec<usize>> = BTreeMap::new();
    for (at, unit) in units.iter().enumerate() {
        let Stated { premium, starts_on, issued_on, .. } = unit.stated(rules);
        if (starts_on.is_none() && issued_on.is_none()) || rules.numbering.is_certain(unit.text()) {
            continue;
        }
        let features = Features { premium, product: unit.product(), starts_on, issued_on };
        alike.entry(features).or_default().push(at);
    }
    alike
}

/// Policies that are alike in what they are looked for by, and where they are.
type Alike<'p> = BTreeMap<(&'p str, Date), Vec<usize>>;

/// Policies by a day and the premium; beside it, the other day.
struct Index<'p> {
    by_start: BTreeMap<(Date, Decimal), Alike<'p>>,
    by_issue: BTreeMap<(Date, Decimal), Alike<'p>>,
}

impl<'p> Index<'p> {
    fn new(policies: impl Iterator<Item = &'p Policy>) -> Self {
        let mut index = Self { by_start: BTreeMap::new(), by_issue: BTreeMap::new() };
        for (at, policy) in policies.enumerate() {
            let Policy { premium, starts_on, issued_on, product_id, .. } = policy;
            let alike = index.by_start.entry((*starts_on, *premium)).or_default();
            alike.entry((product_id, *issued_on)).or_default().push(at);
            let alike = index.by_issue.entry((*issued_on, *premium)).or_default();
            alike.entry((product_id, *starts_on)).or_default().push(at);
        }
        index
    }

    /// The places of policies that these lines may mean.
    fn fitting(&self, features: &Features<'_>, allowed: &Attributes, rules: &Rules) -> Vec<usize> {
        let Features { premium, product, starts_on, issued_on } = features;
        let (index, around, days, other, other_days) = match (starts_on, issued_on) {
            (Some(start), issue) => (&self.by_start, *start, allowed.starts_on_days, *issue, allowed.issued_on_days),
            (None, Some(issue)) => (&self.by_issue, *issue, allowed.issued_on_days, None, 0),
            (None, None) => return Vec::new(),
        };
        let (least, most) = allowed.premium.around(*premium);
        let mut fitting = Vec::new();
        for day in days_around(around, days) {
            for ((_, ours), alike) in index.range((day, least)..=(day, most)) {
                if !allowed.premium.allows(*ours, *premium) {
                    continue;
                }
                for ((product_id, beside), places) in alike {
                    let fits = other.is_none_or(|theirs| days_allow(*beside, theirs, other_days))
                        && product.is_none_or(|code| rules.is_code_of(code, product_id));
                    if fits {
                        fitting.extend(places);
                    }
                }
            }
        }
        fitting
    }
}

fn days_around(day: Date, days: u16) -> impl Iterator<Item = Date> {
    let days = i32::from(days);
    let around: RangeInclusive<i32> = -days..=days;
    around.filter_map(move |days| day.checked_add(Span::new().days(days)).ok())
}

#[cfg(test)]
#[path = "tests/attributes.rs"]
mod tests;
