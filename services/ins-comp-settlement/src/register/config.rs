//! A register as an operator describes it: what the file is, which column is which, and what is too much.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

/// How one insurer writes its registers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterConfig {
    /// What the file is.
    pub format: FormatConfig,
    /// Where each field is: the name of its column, several names of which the file has one, or the path of a field.
    pub columns: BTreeMap<Field, Names>,
    /// Columns that a file may lack.
    #[serde(default)]
    pub optional: Vec<Field>,
    /// Fields that are written once for several lines, as in merged cells: an empty one is that of the line above. Rows
    /// with sums must be described then, or they would be lines of the last policy.
    #[serde(default)]
    pub carry: Vec<Field>,
    /// Between roubles and kopecks, where an amount is a text.
    #[serde(default)]
    pub decimal: DecimalMark,
    /// Currency, ISO 4217.
    pub currency: String,
    /// What may stand behind an amount and means the currency. An amount with any other word is unreadable.
    #[serde(default)]
    pub currency_marks: Vec<String>,
    /// How dates are written, as in strftime. The first that fits is taken.
    #[serde(default = "dates")]
    pub dates: Vec<String>,
    /// The insurer's words for the status.
    #[serde(default)]
    pub status: StatusConfig,
    /// Rows with sums.
    pub totals: Option<TotalsConfig>,
    /// Rows without an amount that are no lines: signatures, remarks. A regular expression for their first cell.
    pub notes: Option<String>,
    /// What the register must say of itself.
    #[serde(default)]
    pub expect: ExpectConfig,
    /// What is too much.
    #[serde(default)]
    pub bounds: BoundsConfig,
}

fn dates() -> Vec<String> {
    vec!["%d.%m.%Y".to_owned(), "%Y-%m-%d".to_owned()]
}

/// A field of a line.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
#[repr(usize)]
pub enum Field {
    /// The number of the policy.
    PolicyNumber,
    /// The insurer's code of the product.
    Product,
    /// What was paid.
    Premium,
    /// What the marketplace gets of it.
    Commission,
    /// When it was issued.
    IssuedOn,
    /// First day of cover.
    StartsOn,
    /// Last day of cover.
    EndsOn,
    /// Whether it is in force.
    Status,
    /// First day without cover.
    CancelledFrom,
    /// What was paid back.
    Refund,
}

/// One value for each field.
pub(super) type ByField<T> = [T; Field::ALL.len()];

impl Field {
    /// All of them, each at its own index.
    pub const ALL: [Self; 10] = [
        Self::PolicyNumber,
        Self::Product,
        Self::Premium,
        Self::Commission,
        Self::IssuedOn,
        Self::StartsOn,
        Self::EndsOn,
        Self::Status,
        Self::CancelledFrom,
        Self::Refund,
    ];

    /// As it is written in the configuration.
    pub fn key(self) -> &'static str {
        match self {
            Self::PolicyNumber => "policy_number",
            Self::Product => "product",
            Self::Premium => "premium",
            Self::Commission => "commission",
            Self::IssuedOn => "issued_on",
            Self::StartsOn => "starts_on",
            Self::EndsOn => "ends_on",
            Self::Status => "status",
            Self::CancelledFrom => "cancelled_from",
            Self::Refund => "refund",
        }
    }
}

/// One name or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// This one.
    One(String),
    /// One of these.
    AnyOf(Vec<String>),
}

impl Names {
    /// All of them.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::AnyOf(names) => names,
        }
    }
}

/// What the file is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FormatConfig {
    /// Text with delimiters.
    Csv {
        /// How its letters are written.
        #[serde(default)]
        encoding: EncodingChoice,
        /// Between fields.
        #[serde(default)]
        delimiter: Delimiter,
    },
    /// A workbook.
    Xlsx {
        /// Name of the sheet or its number from one; the first visible one when absent.
        sheet: Option<Sheet>,
    },
    /// JSON.
    Json {
        /// How its letters are written.
        #[serde(default)]
        encoding: EncodingChoice,
        /// Its lines: names from the root, `$.register.policies[*]`.
        items: String,
    },
    /// XML. Names are local names, an attribute is `@name`.
    Xml {
        /// How its letters are written; `auto` asks the declaration first.
        #[serde(default)]
        encoding: EncodingChoice,
        /// Its lines: names from the root, `$.register.policy`.
        items: String,
    },
}

/// How letters are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum EncodingChoice {
    /// What a byte order mark, a declaration, or the letters themselves show.
    #[default]
    Auto,
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// windows-1251.
    #[serde(rename = "windows-1251")]
    Windows1251,
}

/// Between the fields of CSV.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum Delimiter {
    /// The one with which the header row is found.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// A semicolon.
    #[serde(rename = ";")]
    Semicolon,
    /// A comma.
    #[serde(rename = ",")]
    Comma,
    /// A tab.
    #[serde(rename = "tab")]
    Tab,
}

/// A sheet of a workbook.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Sheet {
    /// Its place, from one.
    Number(usize),
    /// Its name.
    Name(String),
}

/// Between whole units and fractions.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum DecimalMark {
    /// 1,234.50
    Dot,
    /// 1 234,50
    #[default]
    Comma,
}

/// The insurer's words for the status, in any case. An empty word means an empty cell.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusConfig {
    /// In force, or was until its end.
    #[serde(default)]
    pub active: Vec<String>,
    /// Given up before its end.
    #[serde(default)]
    pub cancelled: Vec<String>,
}

/// How sums are recognised. They are checked against the lines.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalsConfig {
    /// The column with the word; the first cell with a text when absent.
    pub column: Option<String>,
    /// How the cell begins, in any case: `Итого`.
    pub word: Option<String>,
    /// In place of a word, a regular expression.
    pub pattern: Option<String>,
    /// In JSON and XML, where the sum of premiums is.
    pub premium: Option<String>,
    /// In JSON and XML, where the sum of commissions is.
    pub commission: Option<String>,
    /// In JSON and XML, where the sum of refunds is.
    pub refund: Option<String>,
    /// In JSON and XML, where the number of lines is.
    pub lines: Option<String>,
}

/// What the register must say of itself. Without these the insurer and the period are taken on trust.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectConfig {
    /// Whose it is: the text must match.
    pub insurer: Option<SaidConfig>,
    /// Of which days: the expression has the groups `from` and `to`, or `month` and `year`.
    pub period: Option<SaidConfig>,
}

/// Something a register says of itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaidConfig {
    /// In a table, its cell, `B2`; any cell above the header row when absent.
    pub cell: Option<String>,
    /// In JSON and XML, its path. It may stand in several places: the texts are put together, with a space between.
    pub path: Option<Names>,
    /// A regular expression that matches it.
    pub pattern: String,
}

/// What is too much.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoundsConfig {
    /// Bytes of a file.
    pub bytes: u64,
    /// Bytes of one line: of a record, an item, an element.
    pub line_bytes: usize,
    /// Bytes of all parts of a workbook, unpacked.
    pub unpacked_bytes: u64,
    /// Bytes of the parts of a workbook that are held while it is read: all but the sheets.
    pub held_bytes: u64,
    /// How many times as large as its packed form a part of a workbook may be.
    pub unpacked_ratio: u64,
    /// How deep elements of XML may stand in each other.
    pub depth: usize,
    /// The largest amount.
    pub amount: Decimal,
    /// Whether an amount may be below zero, as in registers that write a return as a negative premium.
    pub negative: bool,
    /// The earliest date.
    pub earliest: Date,
    /// The latest date.
    pub latest: Date,
}

impl Default for BoundsConfig {
    fn default() -> Self {
        Self {
            bytes: 2 << 30,
            line_bytes: 1 << 20,
            unpacked_bytes: 1 << 30,
            held_bytes: 128 << 20,
            unpacked_ratio: 200,
            depth: 64,
            amount: Decimal::from(100_000_000),
            negative: false,
            earliest: Date::constant(2000, 1, 1),
            latest: Date::constant(2100, 12, 31),
        }
    }
}
