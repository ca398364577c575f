//! What a register says of itself, so that one of another insurer or of other days is refused before a line is used.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use regex::{Captures, Regex};

use super::config::{ExpectConfig, SaidConfig};
use super::dates::Dates;
use super::error::{ConfigError, Fault, RegisterError};
use super::path::Path;

/// Days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.from, self.to)
    }
}

/// What is expected.
#[derive(Clone, Debug, Default)]
pub(super) struct Expect {
    pub(super) insurer: Option<Said>,
    pub(super) period: Option<Said>,
}

/// Where it is said, and how.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) at: At,
    pattern: Regex,
}

#[derive(Clone, Debug)]
pub(super) enum At {
    /// Above the header row.
    Title,
    /// Row and column of a table, from zero, and as written.
    Cell(u64, usize, String),
    /// Of a document: what stands at each of these.
    Path(Vec<Path>),
}

/// A row above the header row: its number from one, and its cells.
pub(super) type TitleRow = (u64, Vec<String>);

impl Expect {
    pub(super) fn new(config: &ExpectConfig, table: bool) -> Result<Self, ConfigError> {
        let said = |said: &Option<SaidConfig>, key| said.as_ref().map(|said| Said::new(said, key, table)).transpose();
        let period = said(&config.period, "expect.period")?;
        if let Some(period) = &period {
            let groups: Vec<_> = period.pattern.capture_names().flatten().collect();
            let has = |names: [&str; 2]| names.iter().all(|name| groups.contains(name));
            if !has(["from", "to"]) && !has(["month", "year"]) {
                let what = "needs the groups (?<from>…) and (?<to>…), or (?<month>…) and (?<year>…)";
                return Err(ConfigError::new("expect.period.pattern", what));
            }
        }
        Ok(Self { insurer: said(&config.insurer, "expect.insurer")?, period })
    }

    /// Compares the rows above the header row with what is expected. Says of which days the register is.
    pub(super) fn check_title(
        &self, title: &[TitleRow], dates: &Dates, asked: Option<Period>,
    ) -> Result<Option<Period>, RegisterError> {
        if let Some(insurer) = &self.insurer {
            let (line, text) = insurer.in_title(title).ok_or_else(|| insurer.silent(INSURER, title))?;
            self.check_insurer(text).map_err(|error| error.on_line(line))?;
        }
        let Some(period) = &self.period else { return Ok(None) };
        let (line, text) = period.in_title(title).ok_or_else(|| period.silent(PERIOD, title))?;
        self.check_period(text, dates, asked).map_err(|error| error.on_line(line))
    }

    /// Refuses a register that names another insurer.
    pub(super) fn check_insurer(&self, text: &str) -> Result<(), RegisterError> {
        match &self.insurer {
            Some(insurer) if !insurer.pattern.is_match(text) => {
                let (said, expected) = (cut(text), insurer.pattern.to_string());
                Err(Fault::OtherInsurer { said, expected }.into())
            }
            _ => Ok(()),
        }
    }

    /// Refuses a register of other days. Says of which it is.
    pub(super) fn check_period(
        &self, text: &str, dates: &Dates, asked: Option<Period>,
    ) -> Result<Option<Period>, RegisterError> {
        let Some(period) = &self.period else { return Ok(None) };
        let said = period.pattern.captures(text).and_then(|captures| days(&captures, dates)).ok_or_else(|| {
            let place = format!("in {:?} as days that can be read", cut(text));
            Fault::Silent { what: PERIOD.0, place, key: PERIOD.1 }
        })?;
        match asked {
            Some(asked) if asked != said => Err(Fault::OtherPeriod { said, asked }.into()),
            _ => Ok(Some(said)),
        }
    }
}

pub(super) const INSURER: (&str, &str) = ("whose it is", "expect.insurer");
pub(super) const PERIOD: (&str, &str) = ("of which days it is", "expect.period");

impl Said {
    fn new(config: &SaidConfig, key: &str, table: bool) -> Result<Self, ConfigError> {
        let pattern = regex(&config.pattern, &format!("{key}.pattern"))?;
        let at = match (&config.cell, &config.path, table) {
            (None, None, true) => At::Title,
            (Some(cell), None, true) => {
                let (row, column) = a1(cell).ok_or_else(|| {
                    ConfigError::new(format!("{key}.cell"), format!("{cell:?} is not a cell, as B2 is"))
                })?;
                At::Cell(row, column, cell.clone())
            }
            (None, Some(paths), false) if !paths.as_slice().is_empty() => {
                let path = |path: &String| Path::from_root(path, &format!("{key}.path"));
                At::Path(paths.as_slice().iter().map(path).collect::<Result<_, _>>()?)
            }
            (_, _, true) => return Err(ConfigError::new(key, "has a path, which tables do not have; name a cell")),
            (_, _, false) => return Err(ConfigError::new(key, "needs a path and no cell, in JSON and XML")),
        };
        Ok(Self { at, pattern })
    }

    /// The text, with its line. Anywhere above the header row it is the first that matches: of several texts only one
    /// is about this.
    fn in_title<'t>(&self, title: &'t [TitleRow]) -> Option<(u64, &'t str)> {
        match &self.at {
            At::Cell(row, column, _) => {
                let (line, cells) = title.iter().find(|(line, _)| line == &(row + 1))?;
                cells.get(*column).map(|text| (*line, text.trim())).filter(|(_, text)| !text.is_empty())
            }
            _ => {
                let mut texts = title.iter().flat_map(|(line, cells)| cells.iter().map(|text| (*line, text.trim())));
                texts.find(|(_, text)| self.pattern.is_match(text))
            }
        }
    }

    fn silent(&self, (what, key): (&'static str, &'static str), title: &[TitleRow]) -> RegisterError {
        let above: Vec<&str> = title.iter().flat_map(|(_, cells)| cells).map(|text| text.trim()).collect();
        let above = cut(&above.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" | "));
        let place = match &self.at {
            At::Cell(_, _, cell) => format!("in the cell {cell}"),
            _ => format!("above the header row, where {:?} matches nothing of {above:?}", self.pattern.as_str()),
        };
        Fault::Silent { what, place, key }.into()
    }
}

/// A regular expression of the configuration.
pub(super) fn regex(pattern: &str, key: &str) -> Result<Regex, ConfigError> {
    Regex::new(pattern).map_err(|error| ConfigError::new(key, format!("is not a regular expression: {error}")))
}

fn days(captures: &Captures<'_>, dates: &Dates) -> Option<Period> {
    let group = |name| captures.name(name).map(|found| found.as_str());
    if let (Some(from), Some(to)) = (group("from"), group("to")) {
        return Some(Period { from: dates.text(from).ok()?, to: dates.text(to).ok()? });
    }
    let first = Date::new(group("year")?.parse().ok()?, month(group("month")?)?, 1).ok()?;
    Some(Period { from: first, to: first.checked_add(1.month()).ok()?.yesterday().ok()? })
}

/// A month as a number or as a Russian word, in any case of declension.
fn month(text: &str) -> Option<i8> {
    const BEGIN: [&str; 12] =
        ["январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр"];
    let text = text.to_lowercase();
    let word = BEGIN.iter().position(|begin| text.starts_with(begin)).and_then(|at| i8::try_from(at + 1).ok());
    text.parse().ok().or(word)
}

/// Row and column of `B2`, from zero.
fn a1(cell: &str) -> Option<(u64, usize)> {
    let digits = cell.find(|letter: char| letter.is_ascii_digit())?;
    let (letters, row) = cell.split_at(digits);
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, letter| sum * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    Some((row.parse::<u64>().ok()?.checked_sub(1)?, column - 1))
}

/// As much of a text as a person reads in an error.
pub(super) fn cut(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::BoundsConfig;
    use super::*;

    fn said(cell: Option<&str>, pattern: &str) -> Option<SaidConfig> {
        Some(SaidConfig { cell: cell.map(str::to_owned), path: None, pattern: pattern.to_owned() })
    }

    fn check(config: &ExpectConfig, title: &[&[&str]]) -> Result<(), String> {
        let row = |(at, row): (usize, &&[&str])| (at as u64 + 1, row.iter().map(|&cell| cell.to_owned()).collect());
        let title: Vec<TitleRow> = title.iter().enumerate().map(row).collect();
        let dates = Dates::new(&["%d.%m.%Y".to_owned()], &BoundsConfig::default()).unwrap();
        let asked = Some(Period { from: Date::constant(2026, 5, 1), to: Date::constant(2026, 5, 31) });
        let expect = Expect::new(config, true).map_err(|error| error.to_string())?;
        expect.check_title(&title, &dates, asked).map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn a_register_is_of_the_insurer_and_of_the_days_it_says() {
        let title: &[&[&str]] = &[&["Реестр договоров"], &["", "АО «Полярис»"], &["за май 2026 г."]];
        let month = r"за (?<month>\pL+) (?<year>\d{4})";
        let config = |cell, insurer, period| ExpectConfig { insurer: said(cell, insurer), period: said(None, period) };
        assert_eq!(check(&config(Some("B2"), "Полярис", month), title), Ok(()));
        assert_eq!(check(&config(None, "Полярис", month), title), Ok(()));
        let days: &[&[&str]] = &[&["с 01.05.2026 по 31.05.2026"], &["Полярис"]];
        assert_eq!(check(&config(None, "Полярис", r"с (?<from>\S+) по (?<to>\S+)"), days), Ok(()));

        let error = check(&config(Some("B2"), "Северный щит", month), title).unwrap_err();
        assert!(error.contains("line 2") && error.contains("another insurer"), "{error}");
        let error = check(&config(None, "Северный щит", month), title).unwrap_err();
        assert!(error.contains("does not say whose it is") && error.contains("Полярис"), "{error}");
        let error = check(&config(None, "Полярис", month), &[&["Полярис"], &["за март 2026"]]).unwrap_err();
        assert!(error.contains("2026-03-01 to 2026-03-31") && error.contains("2026-05-01"), "{error}");
        let error = check(&config(Some("C9"), "Полярис", month), title).unwrap_err();
        assert!(error.contains("the cell C9"), "{error}");
    }

    #[test]
    fn mistakes_in_the_description_name_their_key() {
        let config = ExpectConfig { insurer: said(Some("2B"), "x"), period: None };
        assert!(check(&config, &[]).unwrap_err().starts_with("expect.insurer.cell"));
        let config = ExpectConfig { insurer: said(None, "("), period: None };
        assert!(check(&config, &[]).unwrap_err().starts_with("expect.insurer.pattern"));
        let config = ExpectConfig { insurer: None, period: said(None, "(?<from>x)") };
        assert!(check(&config, &[]).unwrap_err().starts_with("expect.period.pattern"));
        assert_eq!(["мая", "Мае", "05", "марта", "13x"].map(month), [Some(5), Some(5), Some(5), Some(3), None]);
        assert_eq!([a1("A1"), a1("AB12"), a1("A0"), a1("1")], [Some((0, 0)), Some((11, 27)), None, None]);
    }
}
