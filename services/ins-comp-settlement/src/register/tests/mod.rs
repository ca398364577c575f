//! Whole registers of every format, good and bad, from a description and bytes to lines.

use std::io::Cursor;
use std::ops::ControlFlow;

use jiff::civil::Date;

use super::{Line, LineStatus, Period, RegisterConfig, RegisterError, RegisterReader, Summary, Unreadable};

mod bad_input;
mod csv;
mod json;
mod round_trip;
mod xlsx;
mod xml;

/// What every description here has; the rest is that of the test.
const COMMON: &str = "currency = \"RUB\"\ncurrency_marks = [\"руб.\"]\n";

const COLUMNS: &str = r#"
[columns]
policy_number = "Номер полиса"
product = "Продукт"
premium = ["Премия", "Премия, руб."]
commission = "КВ"
issued_on = "Выдан"
status = "Статус"
[status]
active = ["Действует"]
cancelled = ["Расторгнут", "Аннулирован"]
"#;

const HEADER: &str = "Номер полиса;Продукт;Премия;КВ;Выдан;Статус";

fn reader(config: &str) -> RegisterReader {
    let config: RegisterConfig = toml::from_str(&format!("{COMMON}{config}")).unwrap();
    RegisterReader::new(&config).unwrap()
}

/// A table with these columns.
fn table(before: &str, after: &str) -> RegisterReader {
    reader(&format!("{before}\n{COLUMNS}\n{after}"))
}

fn may() -> Option<Period> {
    Some(Period { from: Date::constant(2026, 5, 1), to: Date::constant(2026, 5, 31) })
}

type Lines = Vec<Result<Line, Unreadable>>;

fn read(reader: &RegisterReader, bytes: &[u8]) -> Result<(Lines, Summary), RegisterError> {
    let mut lines = Vec::new();
    let summary = reader.read("register.bin", Cursor::new(bytes), may(), &mut |line| {
        lines.push(line);
        ControlFlow::Continue(())
    })?;
    let readable = lines.iter().filter(|line| line.is_ok()).count() as u64;
    assert_eq!((summary.lines, summary.unreadable), (readable, lines.len() as u64 - readable));
    Ok((lines, summary))
}

/// Lines as a person compares them.
fn shown(reader: &RegisterReader, bytes: &[u8]) -> Vec<String> {
    match read(reader, bytes) {
        Ok((lines, _)) => lines.iter().map(show).collect(),
        Err(error) => vec![error.to_string()],
    }
}

fn error(reader: &RegisterReader, bytes: &[u8]) -> String {
    match read(reader, bytes) {
        Ok((lines, summary)) => panic!("{lines:?} {summary:?}"),
        Err(error) => error.to_string(),
    }
}

fn show(line: &Result<Line, Unreadable>) -> String {
    let line = match line {
        Ok(line) => line,
        Err(bad) => {
            let wrong: Vec<String> = bad.wrong.iter().map(|(column, what)| format!("{column}: {what}")).collect();
            return format!("{} !! {}", bad.number, wrong.join("; "));
        }
    };
    let mut parts = vec![line.number.to_string(), line.policy_number.clone()];
    parts.extend(line.product.clone());
    parts.push(line.premium.to_string());
    parts.extend(line.commission.map(|amount| amount.to_string()));
    let days = [line.issued_on, line.starts_on, line.ends_on, line.cancelled_from];
    parts.extend(days.into_iter().flatten().map(|date| date.to_string()));
    parts.extend((line.status == LineStatus::Cancelled).then(|| "cancelled".to_owned()));
    parts.extend(line.refund.map(|amount| amount.to_string()));
    parts.join(" ")
}

fn cp1251(text: &str) -> Vec<u8> {
    encoding_rs::WINDOWS_1251.encode(text).0.into_owned()
}
