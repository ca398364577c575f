//! Why something in a line cannot be read: said in English and in Russian, kept by what it is and not by what is said of it.

use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What is wrong in one column of a line.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing stands where something has to.
    Empty,
    /// No word for the status.
    NoStatus,
    /// A word that is none of those for the status.
    OtherStatus(String),
    /// Cover ends before it begins.
    EndsTooEarly {
        /// The last day.
        ends: Date,
        /// The first one.
        starts: Date,
    },
    /// Not how amounts are written.
    NoAmount {
        /// What stands there.
        text: String,
        /// The decimal mark.
        mark: char,
    },
    /// A number that no amount can be.
    NoNumber(String),
    /// More digits than an amount has.
    LongAmount(String),
    /// More digits behind the mark than an amount has.
    FineAmount {
        /// The amount.
        amount: Decimal,
        /// How many there may be.
        most: u32,
    },
    /// Above the bound.
    TooMuch {
        /// The amount.
        amount: Decimal,
        /// The bound.
        most: Decimal,
    },
    /// Below the bound.
    TooLittle {
        /// The amount.
        amount: Decimal,
        /// The bound.
        least: Decimal,
    },
    /// Negative where that is not allowed.
    Negative(Decimal),
    /// A date in the place of an amount.
    DateForAmount,
    /// A date in the place of a text.
    DateForText(String),
    /// Not how dates are written.
    NoDate {
        /// What stands there.
        text: String,
        /// How they are.
        formats: String,
    },
    /// A number that is no day.
    NoDay(String),
    /// A day outside of the bounds.
    ImpossibleDay {
        /// The day.
        day: Date,
        /// The first one that is possible.
        earliest: Date,
        /// The last one.
        latest: Date,
    },
    /// A number of which the end is lost.
    LongNumber(String),
    /// What a spreadsheet leaves of a long number.
    Rounded(String),
    /// A letter that is damaged.
    Damaged(String),
    /// A text over several lines.
    SeveralLines(String),
    /// Longer than what is kept.
    TooLong {
        /// In bytes.
        most: usize,
    },
    /// The same name twice.
    Twice,
    /// A list or a table in the place of a value.
    Nested,
    /// In something that has no names.
    Misplaced,
    /// An escape that is no letter.
    Escape,
    /// An item without names.
    NoTable,
    /// A cell of a workbook with a date that is none.
    CellNoDate {
        /// Which one.
        cell: String,
        /// What it holds.
        text: String,
    },
    /// A cell of a workbook with a time.
    CellTime {
        /// Which one.
        cell: String,
    },
    /// A cell of a workbook whose formula fails.
    CellError {
        /// Which one.
        cell: String,
        /// What it shows.
        error: String,
    },
    /// A quotation mark that is never closed.
    Unclosed,
    /// More fields than columns.
    TooWide {
        /// Fields.
        have: usize,
        /// Columns.
        want: usize,
    },
    /// Fewer fields than columns.
    TooNarrow {
        /// Fields.
        have: usize,
        /// Columns.
        want: usize,
    },
    /// As it was told by a program that knew English only.
    #[serde(untagged)]
    Told(String),
}

impl Reason {
    /// What a table shows in the place of the value.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::CellNoDate { text: shown, .. } | Self::CellError { error: shown, .. } => shown,
            _ => "",
        }
    }

    /// The same in Russian, as a bookkeeper reads it.
    pub fn russian(&self) -> String {
        match self {
            Self::Empty => "пусто".to_owned(),
            Self::NoStatus => "пусто; если это что-то значит, внесите «» в слова статуса".to_owned(),
            Self::OtherStatus(word) => format!("«{word}» нет среди слов статуса"),
            Self::EndsTooEarly { ends, starts } => {
                format!("{} раньше первого дня, {}", day(*ends), day(*starts))
            }
            Self::NoAmount { text, mark } => format!("«{text}» — не сумма с десятичным знаком «{mark}»"),
            Self::NoNumber(number) => format!("{number} — не сумма"),
            Self::LongAmount(text) => format!("в {text} больше цифр, чем бывает в сумме"),
            Self::FineAmount { amount, most } => format!("в {} больше {most} цифр после запятой", figure(*amount)),
            Self::TooMuch { amount, most } => {
                format!("{} больше допустимого: {} (bounds.amount)", figure(*amount), figure(*most))
            }
            Self::TooLittle { amount, least } => {
                format!("{} меньше допустимого: {} (bounds.amount)", figure(*amount), figure(*least))
            }
            Self::Negative(amount) => format!("{} меньше нуля (bounds.negative)", figure(*amount)),
            Self::DateForAmount => "ячейка в формате даты; задайте ей числовой формат".to_owned(),
            Self::DateForText(text) => format!("{text} в формате даты; задайте ячейке текстовый формат"),
            Self::NoDate { text, formats } => {
                format!("«{text}» — не дата вида {}", formats.replace(" or ", " или "))
            }
            Self::NoDay(number) => format!("{number} — не дата"),
            Self::ImpossibleDay { day: wrong, earliest, latest } => format!(
                "{} вне допустимых дней: с {} по {} (bounds.earliest, bounds.latest)",
                day(*wrong),
                day(*earliest),
                day(*latest)
            ),
            Self::LongNumber(number) => {
                format!("{number} — число длиннее 15 цифр, а таблица хранит только 15; задайте ячейке текстовый формат")
            }
            Self::Rounded(text) => {
                format!("{text} — то, что таблица оставила от длинного номера; запросите столбец как текст")
            }
            Self::Damaged(text) => format!("в «{text}» испорчена буква; запросите строку ещё раз"),
            Self::SeveralLines(text) => format!("«{text}» занимает несколько строк"),
            Self::TooLong { most } => format!("длиннее {most} байт"),
            Self::Twice => "указано дважды".to_owned(),
            Self::Nested => "список или таблица вместо значения".to_owned(),
            Self::Misplaced => "внутри того, что не является таблицей".to_owned(),
            Self::Escape => "содержит недопустимый код символа".to_owned(),
            Self::NoTable => "не таблица с именами".to_owned(),
            Self::CellNoDate { cell, text } => format!("в ячейке {cell} «{text}», это не дата"),
            Self::CellTime { cell } => format!("ячейка {cell} в формате времени; задайте ей другой формат"),
            Self::CellError { cell, error } => format!("в ячейке {cell} ошибка {error}; исправьте формулу"),
            Self::Unclosed => "здесь открыта кавычка, и она не закрыта".to_owned(),
            Self::TooWide { have, want } => format!(
                "в строке полей: {have}, а в заголовке: {want}; поле с разделителем внутри нужно взять в кавычки"
            ),
            Self::TooNarrow { have, want } => {
                format!("в строке полей: {have}, а в заголовке: {want}; строка обрезана")
            }
            Self::Told(_) => "значение не читается".to_owned(),
        }
    }
}

/// In English.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::NoStatus => f.write_str("is empty; put \"\" among the words of status if that means something"),
            Self::OtherStatus(word) => write!(f, "{word:?} is not among the words of status"),
            Self::EndsTooEarly { ends, starts } => write!(f, "{ends} is before {starts}, the first day"),
            Self::NoAmount { text, mark } => write!(f, "{text:?} is not an amount with the decimal mark {mark:?}"),
            Self::NoNumber(number) => write!(f, "{number} is not an amount"),
            Self::LongAmount(text) => write!(f, "{text} has more digits than an amount can have"),
            Self::FineAmount { amount, most } => write!(f, "{amount} has more than {most} digits behind the mark"),
            Self::TooMuch { amount, most } => write!(f, "{amount} is more than {most}, which bounds.amount allows"),
            Self::TooLittle { amount, least } => write!(f, "{amount} is less than {least}, which bounds.amount allows"),
            Self::Negative(amount) => write!(f, "{amount} is negative; see bounds.negative"),
            Self::DateForAmount => f.write_str("is formatted as a date; give the cell the format of a number"),
            Self::DateForText(text) => write!(f, "{text} is formatted as a date; make it a text"),
            Self::NoDate { text, formats } => write!(f, "{text:?} is not a date as {formats}"),
            Self::NoDay(number) => write!(f, "{number} is not a date"),
            Self::ImpossibleDay { day, earliest, latest } => {
                write!(f, "{day} is not from {earliest} to {latest}, which bounds.earliest and bounds.latest allow")
            }
            Self::LongNumber(number) => {
                write!(f, "{number} is a number of more than 15 digits, of which a workbook keeps 15; make it a text")
            }
            Self::Rounded(text) => {
                write!(f, "{text} is what a spreadsheet leaves of a long number; ask for the column as text")
            }
            Self::Damaged(text) => write!(f, "{text:?} has a letter that is damaged; ask for the line again"),
            Self::SeveralLines(text) => write!(f, "{text:?} goes on over several lines"),
            Self::TooLong { most } => write!(f, "is longer than {most} bytes"),
            Self::Twice => f.write_str("is there twice"),
            Self::Nested => f.write_str("is a list or a table and no value"),
            Self::Misplaced => f.write_str("is inside of something that is not a table"),
            Self::Escape => f.write_str("has an escape that is no letter"),
            Self::NoTable => f.write_str("is not a table of names"),
            Self::CellNoDate { cell, text } => write!(f, "the cell {cell} holds {text:?}, which is not a date"),
            Self::CellTime { cell } => write!(f, "the cell {cell} is formatted as a time; give it another format"),
            Self::CellError { cell, error } => write!(f, "the cell {cell} holds the error {error}; mend its formula"),
            Self::Unclosed => f.write_str("a quotation mark is opened here and never closed"),
            Self::TooWide { have, want } => write!(
                f,
                "the line has {have} fields and the header row has {want}; a delimiter inside of a field needs quotation marks"
            ),
            Self::TooNarrow { have, want } => {
                write!(f, "the line has {have} fields and the header row has {want}; the line is cut")
            }
            Self::Told(text) => f.write_str(text),
        }
    }
}

/// `25.11.2026`
fn day(day: Date) -> String {
    format!("{:02}.{:02}.{:04}", day.day(), day.month(), day.year())
}

/// `1234,5`
fn figure(amount: Decimal) -> String {
    amount.normalize().to_string().replace('.', ",")
}

#[cfg(test)]
#[path = "tests/reason.rs"]
mod tests;
