//! A register that arrives, and what became of it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::stored::Register;
use crate::register::Period;

/// How a register comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Somebody sends it.
    Upload,
    /// It is fetched from the insurer.
    Pull,
    /// It is found in a folder.
    Folder,
}

impl Source {
    /// As it is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Pull => "pull",
            Self::Folder => "folder",
        }
    }
}

/// A register that arrives.
#[derive(Clone, Debug)]
pub struct Arriving {
    /// Whose it is.
    pub insurer: String,
    /// First day of its period.
    pub from: Date,
    /// Last day, included.
    pub to: Date,
    /// Name of the file, for people.
    pub name: String,
    /// How it comes.
    pub source: Source,
    /// By whom.
    pub by: String,
}

impl Arriving {
    /// The days that it is of.
    pub fn period(&self) -> Period {
        Period { from: self.from, to: self.to }
    }
}

/// A register that is kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Received {
    /// It.
    #[serde(flatten)]
    pub register: Register,
    /// The same file had come before.
    pub known: bool,
}

/// Longest name that is kept, in letters.
const LONGEST_NAME: usize = 200;

/// The name of a file as somebody gave it: without the way to it, and without what no name has in it.
pub(crate) fn plain_name(name: &str, otherwise: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
    let plain = plain.trim();
    if plain.is_empty() { otherwise.to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_is_left_of_a_path() {
        for (name, plain) in [
            ("реестр.csv", "реестр.csv"),
            ("C:\\Users\\polis\\r.xlsx", "r.xlsx"),
            ("../../etc/passwd", "passwd"),
            ("a\n\0b.csv", "ab.csv"),
            (" / ", "register"),
            ("", "register"),
        ] {
            assert_eq!(plain_name(name, "register"), plain, "{name:?}");
        }
        assert_eq!(plain_name(&"я".repeat(999), "").chars().count(), LONGEST_NAME);
    }
}
