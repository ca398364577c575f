//! Dates: as a text in one of several formats, as a date cell, as the number of a day that a workbook keeps.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::config::BoundsConfig;
use super::error::ConfigError;
use super::reason::Reason;

/// How dates are written and which are possible.
#[derive(Clone, Debug)]
pub(super) struct Dates {
    formats: Vec<Format>,
    expected: String,
    earliest: Date,
    latest: Date,
}

#[derive(Clone, Debug)]
enum Format {
    /// Only day, month, year and what stands between them: the usual case, and a million lines have three million.
    Plain(Vec<Part>),
    /// Anything else.
    Strptime(String),
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Day,
    Month,
    Year,
    Between(u8),
}

impl Dates {
    pub(super) fn new(formats: &[String], bounds: &BoundsConfig) -> Result<Self, ConfigError> {
        if formats.is_empty() {
            return Err(ConfigError::new("dates", "needs a format, as %d.%m.%Y is"));
        }
        let check = |(at, format): (usize, &String)| {
            let sample = Date::constant(2026, 1, 31);
            let written = sample.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).ok();
            let written = written.and_then(|sample| jiff::fmt::strtime::format(format, &sample).ok());
            match written.and_then(|text| Date::strptime(format, text).ok()) {
                Some(read) if read == sample => Ok(Format::new(format)),
                _ => {
                    let what = format!("{format:?} is not a format of a whole date, as %d.%m.%Y is");
                    Err(ConfigError::new(format!("dates[{at}]"), what))
                }
            }
        };
        let (earliest, latest) = (bounds.earliest, bounds.latest);
        let expected = formats.join(" or ");
        Ok(Self {
            formats: formats.iter().enumerate().map(check).collect::<Result<_, _>>()?,
            expected,
            earliest,
            latest,
        })
    }

    pub(super) fn text(&self, text: &str) -> Result<Date, Reason> {
        let text = text.trim();
        let read = self.formats.iter().find_map(|format| format.read(text));
        let no_date = || Reason::NoDate { text: text.to_owned(), formats: self.expected.clone() };
        self.possible(read.ok_or_else(no_date)?)
    }

    pub(super) fn possible(&self, date: Date) -> Result<Date, Reason> {
        if (self.earliest..=self.latest).contains(&date) {
            return Ok(date);
        }
        Err(Reason::ImpossibleDay { day: date, earliest: self.earliest, latest: self.latest })
    }

    /// The day of a number cell that lost its date format.
    pub(super) fn number(&self, number: f64, since_1904: bool) -> Result<Date, Reason> {
        match day(number, since_1904) {
            Some(date) => self.possible(date),
            None => Err(Reason::NoDay(number.to_string())),
        }
    }
}

/// The day of a workbook: counted from 1899-12-30, as if 1900 had been a leap year, or from 1904-01-01. The first two
/// months of 1900, where that matters, are no day here.
pub(super) fn day(number: f64, since_1904: bool) -> Option<Date> {
    let (first, least) =
        if since_1904 { (Date::constant(1904, 1, 1), 0.0) } else { (Date::constant(1899, 12, 30), 61.0) };
    if !(least..3_000_000.0).contains(&number) {
        return None;
    }
    // Inside of the bounds above: the hours of the day are cut off.
    let days: Span = (number.floor() as i64).days();
    first.checked_add(days).ok()
}

impl Format {
    fn new(format: &str) -> Self {
        let mut parts = Vec::new();
        let mut bytes = format.bytes();
        while let Some(byte) = bytes.next() {
            parts.push(match (byte, if byte == b'%' { bytes.next() } else { None }) {
                (b'%', Some(b'd')) => Part::Day,
                (b'%', Some(b'm')) => Part::Month,
                (b'%', Some(b'Y')) => Part::Year,
                (b'.' | b'-' | b'/', None) => Part::Between(byte),
                _ => return Self::Strptime(format.to_owned()),
            });
        }
        Self::Plain(parts)
    }

    fn read(&self, text: &str) -> Option<Date> {
        let parts = match self {
            Self::Plain(parts) => parts,
            Self::Strptime(format) => return Date::strptime(format, text).ok(),
        };
        let (mut rest, mut day, mut month, mut year) = (text.as_bytes(), 0, 0, 0);
        for part in parts {
            match part {
                Part::Day => day = number(&mut rest, 1, 2)?,
                Part::Month => month = number(&mut rest, 1, 2)?,
                Part::Year => year = number(&mut rest, 4, 4)?,
                Part::Between(expected) => rest = rest.strip_prefix(std::slice::from_ref(expected))?,
            }
        }
        let small = |number: i16| i8::try_from(number).ok();
        if rest.is_empty() { Date::new(year, small(month)?, small(day)?).ok() } else { None }
    }
}

fn number(rest: &mut &[u8], least: usize, most: usize) -> Option<i16> {
    let length = rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, after) = rest.split_at(length);
    *rest = after;
    (length >= least).then(|| digits.iter().fold(0, |number, digit| number * 10 + i16::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(formats: &[&str]) -> Result<Dates, ConfigError> {
        let formats: Vec<String> = formats.iter().map(|&format| format.to_owned()).collect();
        Dates::new(&formats, &BoundsConfig::default())
    }

    #[test]
    fn dates_are_read_in_the_formats_that_are_configured() {
        let formats = dates(&["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%y", "%Y-%m-%dT%H:%M:%S%z"]).unwrap();
        for text in ["31.01.2026", " 2026-01-31 ", "31/01/26", "2026-01-31T23:59:00+0300"] {
            assert_eq!(formats.text(text), Ok(Date::constant(2026, 1, 31)), "{text}");
        }
        assert_eq!(formats.text("1.2.2026"), Ok(Date::constant(2026, 2, 1)));
        for text in ["", "30.02.2026", "2026", "31.01.2026 г.", "01.31.2026", "31-01-2026", "1.2.26 10:00"] {
            assert!(formats.text(text).unwrap_err().to_string().contains("is not a date as %d.%m.%Y or"), "{text}");
        }
        assert!(formats.text("31.01.0206").unwrap_err().to_string().contains("bounds.earliest"));
        assert!(formats.text("31.01.2206").is_err());
    }

    #[test]
    fn a_format_that_loses_the_day_is_a_mistake() {
        for format in ["%m.%Y", "%d.%m", "%Q", ""] {
            assert_eq!(dates(&["%d.%m.%Y", format]).unwrap_err().key, "dates[1]", "{format}");
        }
        assert_eq!(dates(&[]).unwrap_err().key, "dates");
    }

    #[test]
    fn a_day_of_a_workbook_is_a_date() {
        let dates = dates(&["%d.%m.%Y"]).unwrap();
        assert_eq!(dates.number(46053.0, false), Ok(Date::constant(2026, 1, 31)));
        assert_eq!(dates.number(46053.75, false), Ok(Date::constant(2026, 1, 31)));
        assert_eq!(dates.number(44591.0, true), Ok(Date::constant(2026, 1, 31)));
        for number in [-1.0, 1.0, 1e9, f64::NAN] {
            assert!(dates.number(number, false).is_err(), "{number}");
        }
    }
}
