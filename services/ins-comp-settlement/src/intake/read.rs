//! Reading a register on a thread that may block, page by page: so many lines are in memory and no more, whatever it has.

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::sync::mpsc::Sender;
use tokio::task::{JoinError, spawn_blocking};

use super::error::IntakeError;
use super::spool::Spooled;
use crate::insurers::Insurer;
use crate::matching::Numbering;
use crate::register::{Fault, Line, Period, Place, Reason, RegisterError, Summary, Sums, Unreadable};

/// Most lines of a page.
const LINES: usize = 2_000;
/// Most bytes of texts in a page: a line may be as long as the bounds of the insurer allow.
const BYTES: usize = 512 << 10;
/// Longest number of a policy, in bytes: whatever is longer is none, and could not be looked for.
const LONGEST_NUMBER: usize = 500;

/// Lines that come together.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) lines: Vec<Keyed>,
    pub(super) unreadable: Vec<Unreadable>,
}

/// A line, with the form of its number under which it meets its policy.
#[derive(Debug)]
pub(super) struct Keyed {
    pub(super) key: String,
    pub(super) line: Line,
}

/// Reads a register of these days to its end, and passes its lines on as long as somebody takes them.
pub(super) async fn read(
    insurer: Arc<Insurer>, name: &str, asked: Period, file: &Spooled, to: Sender<Page>,
) -> Result<Summary, IntakeError> {
    let (file, shown) = (file.reader(), name.to_owned());
    let reading = spawn_blocking(move || {
        let mut pages = Pages::new(to, &insurer.rules.numbering);
        let file = file.map_err(|error| of_file(&shown, Fault::Source(error)))?;
        let summary = insurer.reader.read(&shown, file, Some(asked), &mut |line| pages.take(line))?;
        match pages.pass() {
            ControlFlow::Continue(()) => Ok(pages.without_set_aside(summary)),
            ControlFlow::Break(()) => Err(of_file(&shown, Fault::Stopped)),
        }
    });
    ended(name, reading.await)
}

/// The days that a register says it is of.
pub(super) async fn period(insurer: Arc<Insurer>, name: &str, file: &Spooled) -> Result<Option<Period>, IntakeError> {
    let (file, shown) = (file.reader(), name.to_owned());
    let reading = spawn_blocking(move || {
        let file = file.map_err(|error| of_file(&shown, Fault::Source(error)))?;
        insurer.reader.read(&shown, file, None, &mut |_| ControlFlow::Continue(()))
    });
    Ok(ended(name, reading.await)?.period)
}

/// A reader of workbooks that panics refuses its file, and nothing else.
fn ended(name: &str, read: Result<Result<Summary, RegisterError>, JoinError>) -> Result<Summary, IntakeError> {
    match read {
        Ok(read) => read.map_err(IntakeError::Refused),
        Err(ended) if ended.is_panic() => Err(IntakeError::Panicked(name.to_owned())),
        Err(_) => Err(IntakeError::Lost),
    }
}

fn of_file(name: &str, fault: Fault) -> RegisterError {
    RegisterError { at: Box::new(Place { file: name.to_owned(), ..Place::default() }), fault }
}

struct Pages<'i> {
    to: Sender<Page>,
    page: Page,
    bytes: usize,
    numbering: &'i Numbering,
    /// What lines say that were read and cannot be kept.
    set_aside: Sums,
}

impl<'i> Pages<'i> {
    fn new(to: Sender<Page>, numbering: &'i Numbering) -> Self {
        Self { to, page: Page::default(), bytes: 0, numbering, set_aside: Sums::default() }
    }

    fn take(&mut self, line: Result<Line, Unreadable>) -> ControlFlow<()> {
        match line.and_then(|line| self.with_number(line)) {
            Ok(mut line) => {
                storable(&mut line.policy_number);
                line.product.iter_mut().for_each(storable);
                let key = self.numbering.key_of_line(&line.policy_number);
                self.bytes += key.len() + line.policy_number.len() + line.product.as_ref().map_or(0, String::len);
                self.page.lines.push(Keyed { key, line });
            }
            Err(mut unreadable) => {
                storable(&mut unreadable.text);
                unreadable.sheet.iter_mut().for_each(storable);
                let wrong: usize =
                    unreadable.wrong.iter().map(|(column, what)| column.len() + what.to_string().len()).sum();
                self.bytes += unreadable.text.len() + wrong;
                self.page.unreadable.push(unreadable);
            }
        }
        if self.page.lines.len() + self.page.unreadable.len() < LINES && self.bytes < BYTES {
            return ControlFlow::Continue(());
        }
        self.pass()
    }

    fn with_number(&mut self, line: Line) -> Result<Line, Unreadable> {
        if line.policy_number.len() <= LONGEST_NUMBER {
            return Ok(line);
        }
        self.set_aside.lines += 1;
        self.set_aside.premium += line.premium;
        self.set_aside.commission += line.commission.unwrap_or_default();
        self.set_aside.refund += line.refund.unwrap_or_default();
        let wrong = vec![("policy_number".to_owned(), Reason::TooLong { most: LONGEST_NUMBER })];
        let text = line.policy_number.chars().take(SHOWN).chain(['…']).collect();
        Err(Unreadable { number: line.number, sheet: None, wrong, text })
    }

    /// What is known of the register once lines were set aside.
    fn without_set_aside(&self, mut summary: Summary) -> Summary {
        let Sums { lines, premium, commission, refund } = self.set_aside;
        summary.lines -= lines;
        summary.unreadable += lines;
        summary.sums.lines -= lines;
        summary.sums.premium -= premium;
        summary.sums.commission -= commission;
        summary.sums.refund -= refund;
        summary
    }

    /// Passes the page on; waits while enough of them are under way.
    fn pass(&mut self) -> ControlFlow<()> {
        self.bytes = 0;
        let page = std::mem::replace(&mut self.page, Page { lines: Vec::with_capacity(LINES), ..Page::default() });
        if self.to.blocking_send(page).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// As much of a text as a person reads.
const SHOWN: usize = 160;

/// The one letter that a text of PostgreSQL cannot have.
fn storable(text: &mut String) {
    if text.contains('\0') {
        *text = text.replace('\0', "\u{FFFD}");
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;
    use tokio::sync::mpsc::{Receiver, channel};

    use super::*;

    fn pages(numbering: &Numbering, most: usize) -> (Pages<'_>, Receiver<Page>) {
        let (to, pages) = channel(most);
        (Pages::new(to, numbering), pages)
    }

    fn line(number: u64, policy_number: &str) -> Result<Line, Unreadable> {
        Ok(Line { number, policy_number: policy_number.to_owned(), premium: Decimal::ONE, ..Line::default() })
    }

    #[test]
    fn a_page_is_passed_on_when_it_is_full_of_lines_or_of_text() {
        let numbering = Numbering { prefix: Some("PL".to_owned()), ..Numbering::default() };
        let (mut reading, mut passed) = pages(&numbering, 10);
        for number in 0..LINES as u64 + 1 {
            assert!(reading.take(line(number, "018")).is_continue());
        }
        let page = passed.try_recv().unwrap();
        assert_eq!((page.lines.len(), page.lines[0].key.as_str()), (LINES, "PL18"));
        for number in 0..(BYTES / LONGEST_NUMBER / 2) as u64 {
            assert!(reading.take(line(number, &"1".repeat(LONGEST_NUMBER))).is_continue());
        }
        assert!(passed.try_recv().unwrap().lines.len() < LINES);
        let (sheet, wrong) = (None, vec![("a".to_owned(), Reason::Told("b".repeat(BYTES)))]);
        let unreadable = Unreadable { number: 9, sheet, wrong, text: "x\0y".to_owned() };
        assert!(reading.take(Err(unreadable)).is_continue());
        assert_eq!(passed.try_recv().unwrap().unreadable[0].text, "x\u{FFFD}y");
    }

    #[test]
    fn what_is_too_long_for_a_number_is_none() {
        let numbering = Numbering::default();
        let (mut reading, _passed) = pages(&numbering, 10);
        assert!(reading.take(line(1, &"1".repeat(LONGEST_NUMBER + 1))).is_continue());
        let unreadable = &reading.page.unreadable[0];
        assert_eq!((unreadable.number, unreadable.text.chars().count()), (1, SHOWN + 1));
        assert_eq!((reading.set_aside.lines, reading.set_aside.premium), (1, Decimal::ONE));
    }

    #[test]
    fn reading_stops_when_nobody_takes_the_lines() {
        let numbering = Numbering::default();
        let (mut reading, passed) = pages(&numbering, 1);
        drop(passed);
        assert!(reading.take(line(1, "A\0")).is_continue());
        assert_eq!(reading.page.lines[0].line.policy_number, "A\u{FFFD}");
        assert!(reading.pass().is_break());
    }
}
