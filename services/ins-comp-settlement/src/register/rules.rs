//! The description of a register, checked once and made ready to be applied to every line.

use iso_currency::Currency;
use regex::Regex;
use rust_decimal::Decimal;

use super::amounts::Amounts;
use super::config::{BoundsConfig, ByField, Field, FormatConfig, RegisterConfig, TotalsConfig};
use super::dates::Dates;
use super::error::ConfigError;
use super::expect::{Expect, regex};
use super::header::normal;
use super::line::LineStatus;

/// What is done with every line.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// The names of the column, or the path; none for a field that the register lacks.
    pub(super) names: ByField<Vec<String>>,
    pub(super) optional: ByField<bool>,
    pub(super) carry: ByField<bool>,
    pub(super) amounts: Amounts,
    pub(super) sums: Amounts,
    pub(super) dates: Dates,
    /// The insurer's words, in normal form.
    pub(super) status: Vec<(String, LineStatus)>,
    pub(super) totals: Option<TotalsRule>,
    pub(super) notes: Option<Regex>,
    pub(super) expect: Expect,
    pub(super) bounds: BoundsConfig,
}

/// How a row with sums is recognised.
#[derive(Clone, Debug)]
pub(super) struct TotalsRule {
    /// Its column; the first cell with a text when absent.
    pub(super) column: Option<String>,
    begins: Begins,
}

#[derive(Clone, Debug)]
enum Begins {
    Word(String),
    Pattern(Regex),
}

/// Above it, sums of a whole register would not be exact.
const MOST_AMOUNT: Decimal = Decimal::from_parts(0xD4A5_1000, 0xE8, 0, false, 0);

impl Rules {
    pub(super) fn new(config: &RegisterConfig) -> Result<Self, ConfigError> {
        let table = matches!(config.format, FormatConfig::Csv { .. } | FormatConfig::Xlsx { .. });
        if Currency::from_code(&config.currency).is_none() {
            let what = format!("{:?} is not a currency of ISO 4217, as RUB is", config.currency);
            return Err(ConfigError::new("currency", what));
        }
        let bounds = &config.bounds;
        if bounds.amount <= Decimal::ZERO || bounds.amount > MOST_AMOUNT {
            return Err(ConfigError::new("bounds.amount", format!("must be more than 0 and at most {MOST_AMOUNT}")));
        }
        if bounds.earliest > bounds.latest {
            return Err(ConfigError::new("bounds.earliest", "is behind bounds.latest"));
        }
        let optional = flags(&config.optional);
        let carry = flags(&config.carry);
        for field in Field::ALL {
            let unfit = carry[field as usize] && !matches!(field, Field::PolicyNumber | Field::Product);
            if unfit || (carry[field as usize] && !table) {
                let what = format!("{} cannot be carried: policy_number and product of a table can", field.key());
                return Err(ConfigError::new("carry", what));
            }
        }
        let amounts = Amounts::new(config.decimal, &config.currency_marks, bounds);
        Ok(Self {
            names: names(config, &optional)?,
            optional,
            carry,
            sums: amounts.for_sums(),
            amounts,
            dates: Dates::new(&config.dates, bounds)?,
            status: words(config)?,
            totals: config.totals.as_ref().filter(|_| table).map(TotalsRule::new).transpose()?,
            notes: config.notes.as_deref().map(|pattern| regex(pattern, "notes")).transpose()?,
            expect: Expect::new(&config.expect, table)?,
            bounds: bounds.clone(),
        })
    }

    pub(super) fn status(&self, word: &str) -> Option<LineStatus> {
        let same = |(known, _): &&(String, LineStatus)| known == word;
        // Most files write the words as they are configured.
        let found = self.status.iter().find(same);
        found.map(|(_, status)| *status).or_else(|| {
            let word = normal(word);
            self.status.iter().find(|(known, _)| *known == word).map(|(_, status)| *status)
        })
    }
}

impl TotalsRule {
    fn new(config: &TotalsConfig) -> Result<Self, ConfigError> {
        if config.premium.is_some() || config.commission.is_some() || config.refund.is_some() || config.lines.is_some()
        {
            return Err(ConfigError::new("totals", "has a path, which tables do not have; write word or pattern"));
        }
        let begins = match (&config.word, &config.pattern) {
            (Some(word), None) if !word.trim().is_empty() => Begins::Word(word.trim().to_lowercase()),
            (None, Some(pattern)) => Begins::Pattern(regex(pattern, "totals.pattern")?),
            _ => return Err(ConfigError::new("totals", "needs either word or pattern")),
        };
        Ok(Self { column: config.column.clone(), begins })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.begins {
            Begins::Pattern(pattern) => pattern.is_match(text),
            Begins::Word(word) => {
                let mut letters = text.chars().flat_map(char::to_lowercase);
                word.chars().all(|letter| letters.next() == Some(letter))
            }
        }
    }
}

fn flags(fields: &[Field]) -> ByField<bool> {
    Field::ALL.map(|field| fields.contains(&field))
}

fn names(config: &RegisterConfig, optional: &ByField<bool>) -> Result<ByField<Vec<String>>, ConfigError> {
    let names =
        Field::ALL.map(|field| config.columns.get(&field).map_or(Vec::new(), |names| names.as_slice().to_vec()));
    for required in [Field::PolicyNumber, Field::Premium] {
        if names[required as usize].is_empty() || optional[required as usize] {
            let what = "must be there and not be optional: a line is nothing without it";
            return Err(ConfigError::new(format!("columns.{}", required.key()), what));
        }
    }
    let mut seen: Vec<String> = Vec::new();
    for field in Field::ALL {
        for name in &names[field as usize] {
            let key = || format!("columns.{}", field.key());
            let name = normal(name);
            if name.is_empty() {
                return Err(ConfigError::new(key(), "is an empty name"));
            }
            if seen.contains(&name) {
                return Err(ConfigError::new(key(), format!("{name:?} is the name of two fields, or written twice")));
            }
            seen.push(name);
        }
        if optional[field as usize] && names[field as usize].is_empty() {
            let what = format!("{} is not among columns", field.key());
            return Err(ConfigError::new("optional", what));
        }
    }
    Ok(names)
}

fn words(config: &RegisterConfig) -> Result<Vec<(String, LineStatus)>, ConfigError> {
    let of = |words: &[String], status| words.iter().map(|word| (normal(word), status)).collect::<Vec<_>>();
    let mut words = of(&config.status.active, LineStatus::Active);
    for word in of(&config.status.cancelled, LineStatus::Cancelled) {
        if words.iter().any(|(known, _)| *known == word.0) {
            return Err(ConfigError::new("status.cancelled", format!("{:?} means active too", word.0)));
        }
        words.push(word);
    }
    if words.is_empty() && config.columns.contains_key(&Field::Status) {
        return Err(ConfigError::new("status", "needs the words for active and cancelled, as columns.status is there"));
    }
    Ok(words)
}
