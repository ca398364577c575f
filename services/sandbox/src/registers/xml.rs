//! A register as XML: amounts as in JSON, what is not there as an empty element.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::json::{amount, status};
use super::line::Line;
use super::order::FileFault;
use super::statement::Statement;

pub(super) fn xml(statement: &Statement, fault: Option<FileFault>) -> String {
    let Statement { insurer, period, totals, lines, .. } = statement;
    let encoding = if fault == Some(FileFault::WrongEncoding) { "" } else { " encoding=\"UTF-8\"" };
    let mut text = format!(
        "<?xml version=\"1.0\"{encoding}?>\n<register insurer=\"{}\" from=\"{}\" to=\"{}\" period=\"{period}\">\n",
        escape(insurer.as_str()),
        period.from,
        period.to
    );
    for line in lines {
        policy(&mut text, line, fault != Some(FileFault::MissingColumn));
    }
    // Writing into a string cannot fail.
    let _ = writeln!(
        text,
        "  <totals premium=\"{}\" commission=\"{}\" refund=\"{}\" lines=\"{}\"/>\n</register>",
        amount(totals.premium),
        amount(totals.commission),
        amount(totals.refund),
        totals.lines
    );
    text
}

fn policy(text: &mut String, line: &Line, premiums: bool) {
    let _ = write!(
        text,
        "  <policy number=\"{}\" product=\"{}\" issued=\"{}\" start=\"{}\" end=\"{}\" status=\"{}\">",
        escape(line.number.as_str()),
        escape(line.product.as_str()),
        line.issued_on,
        line.starts_on,
        line.ends_on,
        status(line)
    );
    if premiums {
        element(text, "premium", Some(line.spoilt.map_or_else(|| amount(line.premium), str::to_owned)));
    }
    element(text, "commission", Some(amount(line.commission)));
    element(text, "cancelled_from", line.cancelled.map(|cancelled| cancelled.from.to_string()));
    element(text, "refund", line.cancelled.map(|cancelled| amount(cancelled.refund)));
    text.push_str("</policy>\n");
}

fn element(text: &mut String, name: &str, value: Option<String>) {
    let _ = match value {
        Some(value) => write!(text, "<{name}>{}</{name}>", escape(value.as_str())),
        None => write!(text, "<{name}/>"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::samples::statement;

    #[test]
    fn it_says_what_it_is_of_and_what_it_adds_up_to() {
        let written = xml(&statement("ООО «Волга Гарант»"), None);
        let lines: Vec<&str> = written.lines().map(str::trim).collect();
        let root = "<register insurer=\"ural-polis\" from=\"2026-11-01\" to=\"2026-11-30\" \
                    period=\"2026-11-01/2026-11-30\">";
        assert_eq!(lines[1], root);
        let policy = "<policy number=\"PL-0000000026\" product=\"ural-travel-1\" issued=\"2026-11-12\" start=\"2026-11-25\" \
                      end=\"2027-11-24\" status=\"cancelled\"><premium>1234567.50</premium>\
                      <commission>123456.75</commission><cancelled_from>2026-11-25</cancelled_from>\
                      <refund>1000.00</refund></policy>";
        assert_eq!(lines[3], policy);
        assert!(lines[2].ends_with("<cancelled_from/><refund/></policy>"));
        let totals = "<totals premium=\"1238217.50\" commission=\"123821.75\" refund=\"1000.00\" lines=\"3\"/>";
        assert_eq!(lines[5..], [totals, "</register>"]);
        assert!(!xml(&statement("x"), Some(FileFault::MissingColumn)).contains("<premium>"));
    }
}
