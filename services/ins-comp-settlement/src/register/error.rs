//! Why a register cannot be read, and why a description of one cannot be used. Every message ends with what to do.

use std::fmt;
use std::io;

use thiserror::Error;

use super::expect::Period;

/// A mistake in the description of a register.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{key}: {what}")]
pub struct ConfigError {
    /// The key, `totals.pattern`.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
}

impl ConfigError {
    pub(super) fn new(key: impl Into<String>, what: impl Into<String>) -> Self {
        Self { key: key.into(), what: what.into() }
    }
}

/// A register that is refused. What came before the error is to be thrown away.
#[derive(Debug, Error)]
#[error("{at}: {fault}")]
pub struct RegisterError {
    /// Where.
    pub at: Box<Place>,
    /// Why.
    pub fault: Fault,
}

/// A place in a file, as exactly as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The sheet, of a workbook.
    pub sheet: Option<String>,
    /// The line, from one.
    pub line: Option<u64>,
    /// The column: its name, or how far along the line.
    pub column: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(sheet) = &self.sheet {
            write!(f, ", sheet {sheet:?}")?;
        }
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        Ok(())
    }
}

/// Why a register is refused.
#[derive(Debug, Error)]
pub enum Fault {
    /// The source failed.
    #[error("the file cannot be read to its end; give it again")]
    Source(#[source] io::Error),
    /// More than is allowed.
    #[error("{what} is larger than the {most} allowed by bounds.{key}; ask for it in parts, or raise the bound")]
    TooLarge {
        /// What is.
        what: &'static str,
        /// How much is allowed.
        most: u64,
        /// By which key.
        key: &'static str,
    },
    /// Nothing in it.
    #[error("the file is empty; ask the insurer to send it again")]
    Empty,
    /// Another kind of file.
    #[error("this is {found}, and format says {expected}; {todo}")]
    OtherFormat {
        /// What it is.
        found: &'static str,
        /// What is configured.
        expected: &'static str,
        /// What to do.
        todo: &'static str,
    },
    /// Letters that are no letters in this encoding.
    #[error("the text is not {expected}: {found}; set encoding, or ask for the file in UTF-8")]
    Encoding {
        /// What was expected.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Letters that were replaced before the file came here.
    #[error(
        "letters are replaced by U+FFFD, they were lost before the file came here; ask the insurer to export it again"
    )]
    Lost,
    /// No row has the names.
    #[error(
        "no row has the names of the columns {expected}; the file begins with {begins:?}{likely}; mend columns, delimiter or encoding"
    )]
    NoHeader {
        /// Which names.
        expected: String,
        /// What is there instead.
        begins: String,
        /// Another encoding in which the names are found.
        likely: String,
    },
    /// A header row without some of the names.
    #[error("the header row lacks {missing}, it has {there}; mend columns, or name the field in optional")]
    MissingColumn {
        /// Which names.
        missing: String,
        /// What is there.
        there: String,
    },
    /// Two columns for one field.
    #[error("the header row has {name:?} twice for {field}; leave one name in columns")]
    TwoColumns {
        /// The second name.
        name: String,
        /// For which field.
        field: &'static str,
    },
    /// The data stands beside its header.
    #[error(
        "the columns are shifted against the header row: in the first {lines} lines {columns} cannot be read, and {by} there is what belongs there; ask for a corrected file"
    )]
    Shifted {
        /// How many lines were looked at.
        lines: usize,
        /// Which columns.
        columns: String,
        /// Where the values are.
        by: String,
    },
    /// No item has the field.
    #[error("no line has {missing}; mend columns, or name the field in optional")]
    MissingField {
        /// Which paths.
        missing: String,
    },
    /// There is no list of lines.
    #[error("there is no {path}; mend format.items")]
    NoItems {
        /// Where it was looked for.
        path: String,
    },
    /// The workbook has no such sheet.
    #[error("there is no sheet {sheet}; the workbook has {there}; mend format.sheet")]
    NoSheet {
        /// Which one.
        sheet: String,
        /// What it has.
        there: String,
    },
    /// Not what it should be.
    #[error("{what}; ask the insurer for a whole file")]
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// Something that can reach outside or blow up.
    #[error("{what}, which is refused; ask the insurer for a file without it")]
    Unsafe {
        /// What it is.
        what: String,
    },
    /// It is of another insurer.
    #[error(
        "the register says {said:?}, and {expected:?} was expected: it is of another insurer; choose the right one, or mend expect.insurer"
    )]
    OtherInsurer {
        /// What it says.
        said: String,
        /// The expression.
        expected: String,
    },
    /// It is of other days.
    #[error("the register is of {said}, and {asked} was asked for; choose the right file or period")]
    OtherPeriod {
        /// What it says.
        said: Period,
        /// What was asked for.
        asked: Period,
    },
    /// It does not say what it must.
    #[error(
        "the register does not say {what} {place}: it is of another insurer, or not whole; choose the right one, or mend {key}"
    )]
    Silent {
        /// What.
        what: &'static str,
        /// Where it was looked for.
        place: String,
        /// By which key.
        key: &'static str,
    },
    /// The reader was told to stop.
    #[error("reading was stopped by the one who takes the lines")]
    Stopped,
}

impl Fault {
    /// A word for counters, the same for all texts of one kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Source(_) => "source",
            Self::TooLarge { .. } => "too-large",
            Self::Empty => "empty",
            Self::OtherFormat { .. } => "other-format",
            Self::Encoding { .. } | Self::Lost => "encoding",
            Self::NoHeader { .. } => "no-header",
            Self::MissingColumn { .. } | Self::MissingField { .. } => "missing-column",
            Self::TwoColumns { .. } => "two-columns",
            Self::Shifted { .. } => "shifted",
            Self::NoItems { .. } => "no-items",
            Self::NoSheet { .. } => "no-sheet",
            Self::Malformed { .. } => "malformed",
            Self::Unsafe { .. } => "unsafe",
            Self::OtherInsurer { .. } => "other-insurer",
            Self::OtherPeriod { .. } => "other-period",
            Self::Silent { .. } => "silent",
            Self::Stopped => "stopped",
        }
    }
}

impl From<Fault> for RegisterError {
    fn from(fault: Fault) -> Self {
        Self { at: Box::default(), fault }
    }
}

impl RegisterError {
    /// What is not as it should be.
    pub(super) fn malformed(what: impl Into<String>) -> Self {
        Fault::Malformed { what: what.into() }.into()
    }

    pub(super) fn in_file(mut self, file: &str) -> Self {
        self.at.file = file.to_owned();
        self
    }

    pub(super) fn in_sheet(mut self, sheet: &str) -> Self {
        self.at.sheet = Some(sheet.to_owned());
        self
    }

    /// On this line, unless the line is known better.
    pub(super) fn on_line(mut self, line: u64) -> Self {
        self.at.line.get_or_insert(line);
        self
    }

    pub(super) fn in_column(mut self, column: impl Into<String>) -> Self {
        self.at.column = Some(column.into());
        self
    }
}
