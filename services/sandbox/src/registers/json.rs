//! A register as JSON: amounts are texts with a dot.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use super::line::Line;
use super::order::FileFault;
use super::statement::Statement;

#[derive(Serialize)]
struct Document<'s> {
    insurer: &'s str,
    period: Days,
    totals: Sums,
    policies: Vec<Item<'s>>,
}

#[derive(Serialize)]
struct Days {
    from: Date,
    to: Date,
    /// Both at once (ISO 8601).
    interval: String,
}

#[derive(Serialize)]
struct Sums {
    premium: String,
    commission: String,
    refund: String,
    lines: usize,
}

#[derive(Serialize)]
struct Item<'s> {
    number: &'s str,
    product: &'s str,
    issued: Date,
    start: Date,
    end: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    premium: Option<String>,
    commission: String,
    status: &'static str,
    cancelled_from: Option<Date>,
    refund: Option<String>,
}

pub(super) fn json(statement: &Statement, fault: Option<FileFault>) -> Result<String, serde_json::Error> {
    let Statement { insurer, period, totals, .. } = statement;
    let premiums = fault != Some(FileFault::MissingColumn);
    serde_json::to_string_pretty(&Document {
        insurer,
        period: Days { from: period.from, to: period.to, interval: period.to_string() },
        totals: Sums {
            premium: amount(totals.premium),
            commission: amount(totals.commission),
            refund: amount(totals.refund),
            lines: totals.lines,
        },
        policies: statement.lines.iter().map(|line| item(line, premiums)).collect(),
    })
}

fn item(line: &Line, premiums: bool) -> Item<'_> {
    let premium = line.spoilt.map_or_else(|| amount(line.premium), str::to_owned);
    Item {
        number: &line.number,
        product: &line.product,
        issued: line.issued_on,
        start: line.starts_on,
        end: line.ends_on,
        premium: premiums.then_some(premium),
        commission: amount(line.commission),
        status: status(line),
        cancelled_from: line.cancelled.map(|cancelled| cancelled.from),
        refund: line.cancelled.map(|cancelled| amount(cancelled.refund)),
    }
}

/// The word for the status of a policy in documents.
pub(super) fn status(line: &Line) -> &'static str {
    if line.cancelled.is_some() { "cancelled" } else { "active" }
}

/// With a dot and two digits behind it.
pub(super) fn amount(amount: Decimal) -> String {
    format!("{amount:.2}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::registers::samples::statement;

    fn written(fault: Option<FileFault>) -> Value {
        serde_json::from_str(&super::json(&statement("ООО «Нева Страхование»"), fault).unwrap()).unwrap()
    }

    #[test]
    fn it_says_what_it_is_of_and_what_it_adds_up_to() {
        let document = written(None);
        assert_eq!(document["insurer"], "ural-polis");
        assert_eq!(
            document["period"],
            json!({ "from": "2026-11-01", "to": "2026-11-30", "interval": "2026-11-01/2026-11-30" })
        );
        let totals = json!({ "premium": "1238217.50", "commission": "123821.75", "refund": "1000.00", "lines": 3 });
        assert_eq!(document["totals"], totals);
        let cancelled = json!({
            "number": "PL-0000000026", "product": "ural-travel-1", "issued": "2026-11-12", "start": "2026-11-25",
            "end": "2027-11-24", "premium": "1234567.50", "commission": "123456.75", "status": "cancelled",
            "cancelled_from": "2026-11-25", "refund": "1000.00",
        });
        assert_eq!(document["policies"][1], cancelled);
        assert_eq!(document["policies"][0]["refund"], Value::Null);
        assert_eq!(document["policies"][2]["premium"], "н/д");
    }

    #[test]
    fn a_column_may_be_missing() {
        assert_eq!(written(Some(FileFault::MissingColumn))["policies"][0].get("premium"), None);
    }
}
