//! What is agreed with one insurer: how its registers are read beside our policies. A run names the version it used.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::calendar::CutOff;
use super::commission::Rates;
use super::numbering::Numbering;
use super::tolerance::Tolerance;

/// The rules of one insurer. A table without anything compares to the kopeck and to the day.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Which version of the rules this is: a run with the same one does the same.
    pub version: String,
    /// How this insurer writes numbers.
    #[serde(default)]
    pub numbering: Numbering,
    /// What several lines of one policy are.
    #[serde(default)]
    pub several_lines: SeveralLines,
    /// By our product identifier.
    #[serde(default)]
    pub products: BTreeMap<String, ProductRule>,
    /// How policies are found whose number is not in the register; absent: not at all.
    #[serde(default)]
    pub attributes: Option<Attributes>,
    /// What still counts as the same in a policy and its lines.
    #[serde(default)]
    pub compare: Compare,
    /// Rates of commission.
    #[serde(default)]
    pub commission: Rates,
    /// When this insurer closes a period.
    #[serde(default)]
    pub cut_off: CutOff,
}

/// What several lines of one policy are. Where they are parts, they are parts only as long as their sum makes sense: a
/// line that says again what another one says, beside a premium that is there already, is a duplicate.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum SeveralLines {
    /// A mistake: one line says it all.
    Mistake,
    /// Parts of one premium: they add up, cover is from the first day of any to the last day of any.
    #[default]
    Instalments,
    /// Changes of one policy: amounts add up, dates and status are those of the last one.
    Endorsements,
}

/// What is known of one of our products at this insurer.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ProductRule {
    /// The insurer's codes of it; our identifier is one without being named here.
    pub codes: Vec<String>,
    /// Line of business.
    pub line: Option<String>,
    /// Its own rate of commission.
    pub commission_per_cent: Option<Decimal>,
}

/// How far a policy and a line may be apart in everything else when their numbers are not the same.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Attributes {
    /// Days between the first days of cover.
    pub starts_on_days: u16,
    /// Days between the days of issue.
    pub issued_on_days: u16,
    /// Between the premiums.
    pub premium: Tolerance,
}

/// How far a policy and its lines may be apart without a break.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Compare {
    /// Between the premiums.
    pub premium: Tolerance,
    /// Between the commissions.
    pub commission: Tolerance,
    /// Between what was paid back.
    pub refund: Tolerance,
    /// Days between the first days of cover.
    pub starts_on_days: u16,
    /// Days between the last days of cover.
    pub ends_on_days: u16,
    /// Days between the days of issue.
    pub issued_on_days: u16,
    /// Days between the first days without cover of policies that both sides know to be cancelled.
    pub cancelled_from_days: u16,
}

/// Why rules cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RulesError {
    /// A run could not name them.
    #[error("the rules have no version")]
    NoVersion,
    /// An allowance below zero, or one that allows everything.
    #[error("{0}: an amount below zero, or per cent not between 0 and 50")]
    Tolerance(&'static str),
    /// A rate that nobody agrees to.
    #[error("the commission of {0} is not between 0 and 100 per cent")]
    Rate(String),
    /// Not a day of any month, or two ways to say it.
    #[error("the cut-off is one of: a day between 1 and 31, a number of days before the end")]
    CutOff,
    /// Letters and digits do not stand between numbers.
    #[error("{0:?} is a part of numbers and cannot stand between them")]
    Sign(char),
}

impl Rules {
    /// Whether they make sense; to be asked before they are used.
    ///
    /// # Errors
    /// Names the first thing that does not.
    pub fn validate(&self) -> Result<(), RulesError> {
        if self.version.trim().is_empty() {
            return Err(RulesError::NoVersion);
        }
        let attributes = self.attributes.unwrap_or_default().premium;
        let Compare { premium, commission, refund, .. } = self.compare;
        let tolerances = [
            ("attributes.premium", attributes),
            ("compare.premium", premium),
            ("compare.commission", commission),
            ("compare.refund", refund),
        ];
        if let Some((name, _)) = tolerances.iter().find(|(_, tolerance)| !tolerance.is_sound()) {
            return Err(RulesError::Tolerance(name));
        }
        let lines = self.commission.lines.iter().map(|(line, rate)| (line.as_str(), *rate));
        let products = self.products.iter();
        let products = products.filter_map(|(id, product)| Some((id.as_str(), product.commission_per_cent?)));
        let common = self.commission.per_cent.map(|rate| ("all products", rate));
        for (of, rate) in common.into_iter().chain(lines).chain(products) {
            if rate.is_sign_negative() || rate > Decimal::ONE_HUNDRED {
                return Err(RulesError::Rate(of.to_owned()));
            }
        }
        let day = self.cut_off.day;
        if day.is_some_and(|day| !(1..=31).contains(&day)) || (day.is_some() && self.cut_off.days_before_end.is_some())
        {
            return Err(RulesError::CutOff);
        }
        self.numbering.unsound_sign().map_or(Ok(()), |sign| Err(RulesError::Sign(sign)))
    }

    /// Whether this code of the insurer's is one of this product of ours.
    pub(super) fn is_code_of(&self, code: &str, product_id: &str) -> bool {
        let code = code.trim();
        code == product_id
            || self.products.get(product_id).is_some_and(|product| product.codes.iter().any(|known| known == code))
    }
}

#[cfg(test)]
#[path = "tests/rules.rs"]
mod tests;
