//! Registers: an insurer's statement of policies, as bytes, and a description of how this insurer writes, become lines.
//! Nothing here knows of a database, a network or a clock: the same bytes and description always give the same lines.
//!
//! - [`config`] is what an operator writes; [`rules`] is the same, checked and compiled; [`reader`] is what is called.
//! - [`source`] counts, bounds and hashes the bytes; [`kind`] knows them when they are something else; [`encoding`] and
//!   [`census`] make text of them.
//! - Tables: [`csv`] with its [`records`], and [`xlsx`] with its [`archive`], give rows to [`table`], which finds the
//!   [`header`], refuses columns that [`shift`], and tells lines from the rest.
//! - Documents: [`json`] with its items ([`json_item`]), and [`xml`] with its paths ([`xml_follow`]), give values found by
//!   a [`path`] to [`document`].
//! - [`fields`] reads a line with [`amounts`] and [`dates`]; [`expect`] holds what the register says of itself against
//!   what was asked for; [`tally`] adds up; [`summary`] is what is known at the end.
//!
//! A line is numbered by the line of text it begins in, the row of its sheet, or its place among the items.

mod amounts;
mod archive;
mod census;
mod config;
mod csv;
mod dates;
mod document;
mod encoding;
mod error;
mod expect;
mod fields;
mod header;
mod json;
mod json_item;
mod kind;
mod line;
mod path;
mod reader;
mod reason;
mod records;
mod rules;
mod shift;
mod source;
mod summary;
mod table;
mod tally;
mod xlsx;
mod xml;
mod xml_follow;

pub use config::{
    BoundsConfig, DecimalMark, Delimiter, EncodingChoice, ExpectConfig, Field, FormatConfig, Names, RegisterConfig,
    SaidConfig, Sheet, StatusConfig, TotalsConfig,
};
pub use error::{ConfigError, Fault, Place, RegisterError};
pub use expect::Period;
pub use line::{Line, LineStatus, Unreadable};
pub use reader::RegisterReader;
pub use reason::Reason;
pub use source::ContentHash;
pub use summary::Summary;
pub use table::Apart;
pub use tally::{Each, Sums, TotalDifference, Totals};

#[cfg(test)]
mod tests;
