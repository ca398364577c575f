//! A measured figure, its target, and the machine's limit beside it.

use serde::{Deserialize, Serialize};

/// One line of the table.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// How much.
    pub(crate) value: f64,
    /// Of what.
    pub(crate) unit: String,
    /// What was aimed at.
    pub(crate) target: Option<f64>,
    /// What the machine gives without us, and what that is.
    pub(crate) limit: Option<(f64, String)>,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &str) -> Self {
        Self { name: name.into(), value, unit: unit.to_owned(), target: None, limit: None }
    }

    pub(crate) fn target(mut self, target: f64) -> Self {
        self.target = Some(target);
        self
    }

    pub(crate) fn limit(mut self, value: f64, what: &str) -> Self {
        self.limit = Some((value, what.to_owned()));
        self
    }
}

fn number(value: f64) -> String {
    if value >= 1000.0 {
        let whole = format!("{value:.0}");
        let mut text = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                text.push(' ');
            }
            text.push(digit);
        }
        text
    } else {
        format!("{value:.2}")
    }
}

/// The figures for a person.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut text = format!("\n{:<58} {:>12} {:<10} {:>10}  {}\n", "figure", "measured", "unit", "target", "beside it");
    for figure in figures {
        let target = figure.target.map(number).unwrap_or_default();
        let limit = figure.limit.as_ref().map(|(value, what)| format!("{} {what}", number(*value))).unwrap_or_default();
        text +=
            &format!("{:<58} {:>12} {:<10} {:>10}  {limit}\n", figure.name, number(figure.value), figure.unit, target);
    }
    text
}
