//! What was read, counted, and compared with the sums that the register itself gives.

use std::ops::ControlFlow;

use rust_decimal::Decimal;

use super::config::Field;
use super::error::{Fault, RegisterError};
use super::line::{Line, Unreadable};

/// Takes one line, and says whether to go on.
pub type Each<'a> = &'a mut dyn FnMut(Result<Line, Unreadable>) -> ControlFlow<()>;

/// Sums of lines that can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many there are.
    pub lines: u64,
    /// What was paid.
    pub premium: Decimal,
    /// What the marketplace gets of it.
    pub commission: Decimal,
    /// What was paid back.
    pub refund: Decimal,
}

/// The sums that a register gives of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows with sums; one in JSON and XML.
    pub rows: u64,
    /// Sums that are not those of the lines, the first of them. A finding, not a failure.
    pub differences: Vec<TotalDifference>,
    /// Differences that are not listed.
    pub unlisted: u64,
}

/// A sum that is not that of the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalDifference {
    /// Where it stands in the file, as lines are numbered; none in JSON and XML.
    pub number: Option<u64>,
    /// Its column, by its name in the file, or its path.
    pub column: String,
    /// What the register says.
    pub said: Decimal,
    /// What the lines above it give, down from the row with sums before it.
    pub section: Decimal,
    /// What all lines above it give.
    pub whole: Decimal,
    /// Lines among these that cannot be read, and are missing in the sums.
    pub unreadable: u64,
}

const MOST_DIFFERENCES: usize = 100;

/// Passes lines on and adds them up.
pub(super) struct Tally<'a> {
    each: Each<'a>,
    section: Sums,
    whole: Sums,
    pub(super) unreadable: u64,
    pub(super) totals: Option<Totals>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(each: Each<'a>) -> Self {
        Self { each, section: Sums::default(), whole: Sums::default(), unreadable: 0, totals: None }
    }

    /// One line, readable or not.
    pub(super) fn take(&mut self, line: Result<Line, Unreadable>) -> Result<(), RegisterError> {
        match &line {
            Ok(line) => self.section.add_line(line),
            Err(_) => self.unreadable += 1,
        }
        let number = match &line {
            Ok(line) => line.number,
            Err(unreadable) => unreadable.number,
        };
        match (self.each)(line) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(RegisterError::from(Fault::Stopped).on_line(number)),
        }
    }

    /// Sums of what came since the sums before, or of all that came: a register has both kinds.
    pub(super) fn check(&mut self, number: Option<u64>, said: &[(Field, String, Decimal)]) {
        let whole = self.sums();
        let totals = self.totals.get_or_insert_default();
        totals.rows += 1;
        for (field, column, said) in said {
            let (section, whole) = (self.section.of(*field), whole.of(*field));
            if *said == section || *said == whole {
                continue;
            }
            if totals.differences.len() < MOST_DIFFERENCES {
                let (column, said, unreadable) = (column.clone(), *said, self.unreadable);
                totals.differences.push(TotalDifference { number, column, said, section, whole, unreadable });
            } else {
                totals.unlisted += 1;
            }
        }
        self.whole = whole;
        self.section = Sums::default();
    }

    /// What the register says of the number of its lines.
    pub(super) fn check_lines(&mut self, column: &str, said: u64) {
        let lines = self.sums().lines + self.unreadable;
        let unreadable = self.unreadable;
        let totals = self.totals.get_or_insert_default();
        totals.rows = totals.rows.max(1);
        if said != lines {
            let (said, lines) = (Decimal::from(said), Decimal::from(lines));
            let column = column.to_owned();
            totals.differences.push(TotalDifference {
                number: None,
                column,
                said,
                section: lines,
                whole: lines,
                unreadable,
            });
        }
    }

    /// Sums of all lines.
    pub(super) fn sums(&self) -> Sums {
        let (a, b) = (self.whole, self.section);
        Sums {
            lines: a.lines + b.lines,
            premium: sum(a.premium, b.premium),
            commission: sum(a.commission, b.commission),
            refund: sum(a.refund, b.refund),
        }
    }
}

impl Sums {
    fn add_line(&mut self, line: &Line) {
        self.lines += 1;
        self.premium = sum(self.premium, line.premium);
        self.commission = sum(self.commission, line.commission.unwrap_or_default());
        self.refund = sum(self.refund, line.refund.unwrap_or_default());
    }

    fn of(&self, field: Field) -> Decimal {
        match field {
            Field::Premium => self.premium,
            Field::Commission => self.commission,
            Field::Refund => self.refund,
            _ => Decimal::ZERO,
        }
    }
}

/// Both bounds of an amount together leave room for the sums of any register that fits into a file.
fn sum(a: Decimal, b: Decimal) -> Decimal {
    a.checked_add(b).unwrap_or(Decimal::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u64, premium: i64) -> Result<Line, Unreadable> {
        Ok(Line { number, premium: Decimal::new(premium, 2), ..Line::default() })
    }

    #[test]
    fn a_sum_is_of_its_section_or_of_everything() {
        let mut each = |_| ControlFlow::Continue(());
        let mut tally = Tally::new(&mut each);
        let said = |said| [(Field::Premium, "Премия".to_owned(), Decimal::new(said, 2))];
        tally.take(line(1, 1_01)).unwrap();
        tally.take(line(2, 2_02)).unwrap();
        tally.check(Some(3), &said(3_03));
        tally.take(line(4, 10_00)).unwrap();
        tally.check(Some(5), &said(10_00));
        tally.check(Some(6), &said(13_03));
        assert_eq!(tally.totals.as_ref().map(|totals| (totals.rows, totals.differences.len())), Some((3, 0)));
        tally.take(Err(Unreadable { number: 7, sheet: None, wrong: Vec::new(), text: String::new() })).unwrap();
        tally.check(Some(8), &said(13_04));
        tally.check_lines("count", 4);
        tally.check_lines("count", 5);
        let totals = tally.totals.clone().unwrap();
        let expected = TotalDifference {
            number: Some(8),
            column: "Премия".to_owned(),
            said: Decimal::new(13_04, 2),
            section: Decimal::ZERO,
            whole: Decimal::new(13_03, 2),
            unreadable: 1,
        };
        assert_eq!(totals.differences[0], expected);
        assert_eq!(totals.differences.len(), 2, "{totals:?}");
        assert_eq!(tally.sums().lines, 3);
    }

    #[test]
    fn whoever_takes_the_lines_can_stop() {
        let mut each = |_| ControlFlow::Break(());
        let error = Tally::new(&mut each).take(line(7, 1)).unwrap_err();
        assert!(matches!(error.fault, Fault::Stopped) && error.at.line == Some(7));
    }
}
