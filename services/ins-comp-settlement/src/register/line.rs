//! A line of a register: what the insurer says of one policy, or of a part of it.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::reason::Reason;

/// What the insurer says of a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineStatus {
    /// In force, or was until its end.
    #[default]
    Active,
    /// Given up before its end.
    Cancelled,
}

/// A line that can be read. Amounts are in the currency of the register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in the file, from one; of a sheet, its row.
    pub number: u64,
    /// The number of the policy, as it is written.
    pub policy_number: String,
    /// The insurer's own code of the product.
    pub product: Option<String>,
    /// What was paid.
    pub premium: Decimal,
    /// What the marketplace gets of it, when the register says so.
    pub commission: Option<Decimal>,
    /// When it was issued.
    pub issued_on: Option<Date>,
    /// First day of cover.
    pub starts_on: Option<Date>,
    /// Last day of cover.
    pub ends_on: Option<Date>,
    /// Whether it is in force.
    pub status: LineStatus,
    /// First day without cover.
    pub cancelled_from: Option<Date>,
    /// What was paid back.
    pub refund: Option<Decimal>,
}

/// A line that cannot be read: it is counted, shown, and never skipped silently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Where it stands in the file, from one; of a sheet, its row.
    pub number: u64,
    /// The sheet, of a workbook.
    pub sheet: Option<String>,
    /// Which column, by its name in the file, and what is wrong with it.
    pub wrong: Vec<(String, Reason)>,
    /// The line as it came, cut to a length that a person reads.
    pub text: String,
}
