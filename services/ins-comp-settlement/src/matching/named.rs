//! Many to one: lines that name several policies.

use super::books::Books;
use super::components::Components;
use super::left::Left;
use super::outcome::{Outcome, Stage};
use super::policy::Policy;
use super::unit::Unit;
use super::wording::alone::Doubt;

/// Matches lines with all the policies they name, when all of them are left over and no other line names them. When
/// only some are, it is not guessed what the rest of the line is about. A line of which none is there is like any
/// other.
pub(super) fn settle(left: Left, books: &mut Books, out: &mut Vec<Outcome>) -> Left {
    let named: Vec<Named> = left.units.iter().map(|unit| Named::of(unit, &left.policies, books)).collect();
    let mut components = Components::new(left.policies.len(), left.units.len());
    for (unit, named) in named.iter().enumerate() {
        for policy in &named.found {
            components.join(*policy, unit);
        }
    }
    let mut remaining = Remaining::new(left);
    for (policies, units) in components.joined() {
        let mut others: Vec<String> = units.iter().flat_map(|unit| named[*unit].others.clone()).collect();
        others.sort();
        others.dedup();
        let alike = units.iter().any(|unit| named[*unit].alike);
        let alone = units.len() == 1 && others.is_empty() && !alike;
        let (policies, mut units) = remaining.take(&policies, &units);
        match units.pop() {
            Some(unit) if alone => books.matched(Stage::NamedTogether, policies, unit.lines, None, out),
            last => {
                units.extend(last);
                let doubt = if alike { Doubt::Numbers } else { Doubt::Named(&others) };
                let candidates = policies.iter().map(|policy| policy.number.clone()).collect();
                books.ambiguous(candidates, &policies, units, doubt, out);
            }
        }
    }
    remaining.left()
}

/// The policies that lines name.
struct Named {
    /// Those that are left over, by place.
    found: Vec<usize>,
    /// The forms of those that are not.
    others: Vec<String>,
    /// One of the names is that of several policies.
    alike: bool,
}

impl Named {
    fn of(unit: &Unit, policies: &[(String, Policy)], books: &Books) -> Self {
        let mut named = Self { found: Vec::new(), others: Vec::new(), alike: false };
        for name in books.rules.numbering.names(unit.text()) {
            let from = policies.partition_point(|(key, _)| *key < name);
            let same = policies[from..].iter().take_while(|(key, _)| *key == name).count();
            named.found.extend(from..from + same);
            named.alike |= same > 1;
            if same == 0 {
                named.others.push(name);
            }
        }
        named
    }
}

/// What is left over, of which some is taken.
pub(super) struct Remaining {
    left: Left,
    policies: Vec<Option<(String, Policy)>>,
    units: Vec<Option<Unit>>,
}

impl Remaining {
    pub(super) fn new(mut left: Left) -> Self {
        let policies = std::mem::take(&mut left.policies).into_iter().map(Some).collect();
        let units = std::mem::take(&mut left.units).into_iter().map(Some).collect();
        Self { left, policies, units }
    }

    /// Takes what is at these places.
    pub(super) fn take(&mut self, policies: &[usize], units: &[usize]) -> (Vec<Policy>, Vec<Unit>) {
        let policies = policies.iter().filter_map(|at| self.policies[*at].take()).map(|(_, policy)| policy).collect();
        (policies, units.iter().filter_map(|at| self.units[*at].take()).collect())
    }

    /// The rest, in its order.
    pub(super) fn left(self) -> Left {
        let Self { mut left, policies, units } = self;
        left.policies = policies.into_iter().flatten().collect();
        left.units = units.into_iter().flatten().collect();
        left
    }
}

#[cfg(test)]
#[path = "tests/named.rs"]
mod tests;
