//! A register, ready to be written: what an insurer says of a period.

use jiff::Timestamp;
use jiff::civil::Date;

use super::books::Registers;
use super::differ::{Differing, NotEnough, Wanted, differ};
use super::line::{Line, Totals};
use super::order::Order;
use super::period::{Period, day_of};
use super::terms::{Form, Terms};

/// What an insurer says.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(super) insurer: String,
    /// In full.
    pub(super) name: String,
    pub(super) form: Form,
    pub(super) period: Period,
    pub(super) lines: Vec<Line>,
    pub(super) totals: Totals,
}

impl Statement {
    /// These lines, as what this insurer says of a period.
    pub fn new(insurer: &str, terms: &Terms, period: Period, lines: Vec<Line>) -> Self {
        let (name, totals) = (terms.name_of(insurer).to_owned(), Totals::of(&lines));
        Self { insurer: insurer.to_owned(), name, form: terms.form, period, lines, totals }
    }
}

impl Registers {
    /// What an insurer says of a period by this order, and what is wrong with it.
    pub(super) fn differing(
        &self, insurer: &str, terms: &Terms, period: Period, order: &Order,
    ) -> Result<Differing, NotEnough> {
        let Order { seed, differences, cut_off, .. } = order;
        let due = due(cut_off.unwrap_or_else(|| terms.cut_off(period)), day_of(Timestamp::now()));
        differ(&self.policies(insurer), period, terms, Wanted { seed: *seed, wishes: differences, due })
    }
}

/// The last day of which a register must know: of a period that is open, the days before today.
fn due(cut_off: Date, today: Date) -> Date {
    cut_off.min(today.yesterday().unwrap_or(today))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_must_know_of_today() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(due(day("2026-11-30"), day("2026-11-20")), day("2026-11-19"));
        assert_eq!(due(day("2026-11-25"), day("2026-12-02")), day("2026-11-25"));
    }
}
