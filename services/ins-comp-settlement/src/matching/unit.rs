//! Lines that mean the same policy, as long as it is not known which.

use super::rules::{Rules, SeveralLines};
use super::stated::Stated;
use crate::register::Line;

/// Lines of one number, or one line without any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// What makes it one; empty when the line has no number.
    pub(super) number: String,
    /// In their order; at least one.
    pub(super) lines: Vec<Line>,
}

impl Unit {
    /// What it says of the policy that it means.
    pub(super) fn stated(&self, rules: &Rules) -> Stated {
        let lines = match rules.several_lines {
            SeveralLines::Mistake => self.lines.get(..1).unwrap_or_default(),
            SeveralLines::Instalments | SeveralLines::Endorsements => &self.lines,
        };
        Stated::together(lines, rules.several_lines)
    }

    /// The insurer's code of the product; none when the lines have none or several.
    pub(super) fn product(&self) -> Option<&str> {
        let mut codes = self.lines.iter().map(|line| line.product.as_deref().map(str::trim));
        let first = codes.next()??;
        (!first.is_empty() && codes.all(|code| code == Some(first))).then_some(first)
    }

    /// The number as it is written.
    pub(super) fn text(&self) -> &str {
        self.lines.first().map_or("", |line| &line.policy_number)
    }
}
