//! By what a break is recognised in the next run, whatever its amounts are then and wherever its lines stand.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::amount::plain;
use super::breaks::Kind;
use crate::register::{Line, LineStatus};

/// The kind of a break and what it is about: our policy; where there is none, the number in the line; where that says
/// nothing, the line's content. No two breaks of a run have the same one.
#[derive(Clone, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(transparent)]
pub struct BreakId(String);

impl BreakId {
    /// As it was put out before.
    pub fn from_stored(id: String) -> Self {
        Self(id)
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of what is wrong with these policies together; their order says nothing.
    pub(super) fn of_policies<'p>(kind: Kind, numbers: impl IntoIterator<Item = &'p str>) -> Self {
        let mut numbers: Vec<&str> = numbers.into_iter().collect();
        numbers.sort_unstable();
        match numbers.as_slice() {
            [] => Self(kind.as_str().to_owned()),
            [number] => Self(format!("{kind}:{number}")),
            [first, ..] => Self(format!("{kind}:{first}+{}", short_hash(&numbers.join("\n")))),
        }
    }

    /// Of what is wrong with the lines of this number; of policies of which one may be meant, the first.
    pub(super) fn of_number(kind: Kind, number: &str) -> Self {
        Self(format!("{kind}:{number}"))
    }
}

impl fmt::Display for BreakId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Tells apart lines that say the same: the first of them, the second and so on.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    seen: BTreeMap<String, u64>,
}

impl Contents {
    /// Of a line without a number that says anything.
    pub(super) fn of_line(&mut self, kind: Kind, line: &Line) -> BreakId {
        let mut text = String::new();
        let dates = [line.issued_on, line.starts_on, line.ends_on, line.cancelled_from];
        let amounts = [Some(line.premium), line.commission, line.refund];
        let cancelled = line.status == LineStatus::Cancelled;
        // Writing into a string cannot fail.
        let _ = write!(text, "{}\n{:?}\n{cancelled}", line.policy_number, line.product);
        for date in dates {
            let _ = write!(text, "\n{}", date.map_or_else(String::new, |date| date.to_string()));
        }
        for amount in amounts {
            let _ = write!(text, "\n{}", amount.map_or_else(String::new, |amount| plain(amount).to_string()));
        }
        self.of_text(kind, &text)
    }

    /// Of a line that cannot be read.
    pub(super) fn of_text(&mut self, kind: Kind, text: &str) -> BreakId {
        let hash = short_hash(text);
        let before = self.seen.entry(format!("{kind}:{hash}")).or_default();
        *before += 1;
        BreakId(match before {
            1 => format!("{kind}:={hash}"),
            again => format!("{kind}:={hash}.{again}"),
        })
    }
}

/// Enough of a hash that no two of a run's breaks have the same one.
fn short_hash(text: &str) -> String {
    let mut short = String::with_capacity(32);
    for byte in Sha256::digest(text.as_bytes()).iter().take(16) {
        let _ = write!(short, "{byte:02x}");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::super::samples::line;
    use super::*;

    #[test]
    fn what_a_break_is_about_is_the_same_in_any_order() {
        let of = |numbers: [&str; 2]| BreakId::of_policies(Kind::PremiumDiffers, numbers);
        assert_eq!(of(["PL-1", "PL-2"]), of(["PL-2", "PL-1"]));
        assert_ne!(of(["PL-1", "PL-2"]), of(["PL-1", "PL-3"]));
        assert_eq!(BreakId::of_policies(Kind::DatesDiffer, ["PL-1"]).as_str(), "dates_differ:PL-1");
    }

    #[test]
    fn a_line_is_recognised_wherever_it_stands() {
        let of = |number| Contents::default().of_line(Kind::MissingAtUs, &line(number, "", "3650.00"));
        assert_eq!(of(17), of(18));
        let other = Contents::default().of_line(Kind::MissingAtUs, &line(17, "", "3560"));
        assert_ne!(of(17), other);
        assert_eq!(other, Contents::default().of_line(Kind::MissingAtUs, &line(17, "", "3560.00")));
    }

    #[test]
    fn lines_that_say_the_same_are_told_apart() {
        let mut contents = Contents::default();
        let mut of = |kind| contents.of_text(kind, "x;y;z").0;
        let first = of(Kind::Unreadable);
        assert_eq!(of(Kind::Unreadable), format!("{first}.2"));
        assert_eq!(of(Kind::MissingAtUs), first.replace("unreadable", "missing_at_us"));
    }
}
