//! Whether the data stands beside its header. Nothing of such a file is used: a premium read from the column of the
//! commission would look like a million honest differences.

use super::config::{ByField, Field};
use super::error::Fault;
use super::fields::{Cell, Fields, Wrong};
use super::header::Header;
use super::table::Row;

/// By how many columns, and how that is said.
const BY: [(isize, &str); 4] = [
    (1, "one column to the right"),
    (-1, "one column to the left"),
    (2, "two columns to the right"),
    (-2, "two columns to the left"),
];

/// What the first lines show.
#[derive(Debug, Default)]
pub(super) struct Shift {
    lines: usize,
    /// In how many of them the field cannot be read.
    failed: ByField<usize>,
    /// In how many of them it could be read so far beside its column.
    beside: ByField<[usize; BY.len()]>,
    /// In how many of them nothing stands so far beside it: a shift pushes the last ones out, and what a line may lack tells nothing.
    nothing: ByField<[usize; BY.len()]>,
}

impl Shift {
    /// One of the first lines.
    pub(super) fn note<R: Row>(&mut self, row: &R, header: &Header, fields: &Fields<'_>, wrong: Option<&Wrong>) {
        self.lines += 1;
        let Some(wrong) = wrong else { return };
        for (field, _) in wrong {
            self.failed[*field as usize] += 1;
        }
        for field in Field::ALL {
            let Some(at) = header.at[field as usize] else { continue };
            for (by, (offset, _)) in BY.iter().enumerate() {
                let beside = at.checked_add_signed(*offset).filter(|&at| at < row.width());
                match beside.map_or(Cell::Absent, |at| row.cell(at)) {
                    Cell::Absent | Cell::Empty => self.nothing[field as usize][by] += 1,
                    cell => self.beside[field as usize][by] += usize::from(fields.fits(field, &cell)),
                }
            }
        }
    }

    /// The columns are shifted if those that failed in nearly every line can be read the same way beside their names. One
    /// column in one or two lines may be a slip.
    pub(super) fn fault(&self, header: &Header) -> Option<Fault> {
        let failed: Vec<Field> =
            Field::ALL.into_iter().filter(|&field| self.nearly_all(self.failed[field as usize])).collect();
        if failed.len() == 1 && self.lines < 3 {
            return None;
        }
        // Any text is a number of a policy or of a product: those columns cannot tell.
        let typed: Vec<Field> =
            failed.into_iter().filter(|&field| !matches!(field, Field::PolicyNumber | Field::Product)).collect();
        let by = (0..BY.len()).find(|&by| {
            let beside = |field: &Field| self.beside[*field as usize][by];
            let fits = |field: &Field| self.nearly_all(beside(field) + self.nothing[*field as usize][by]);
            typed.iter().any(|field| self.nearly_all(beside(field))) && typed.iter().all(fits)
        })?;
        let columns: Vec<String> = typed.iter().map(|&field| format!("{:?}", header.names[field as usize])).collect();
        Some(Fault::Shifted { lines: self.lines, columns: columns.join(", "), by: BY[by].1.to_owned() })
    }

    /// A heading between the lines, or a slip, does not hide a shift.
    fn nearly_all(&self, count: usize) -> bool {
        count > 0 && count * 10 >= self.lines * 9
    }
}
