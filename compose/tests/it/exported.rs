//! The results of a run as files, read as their readers do.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use serde_json::Value;

use super::desk::export;
use super::polis::Polis;

/// The result in every format says the same.
pub async fn in_every_format(polis: &Polis, run: &Value, breaks: &[Value]) {
    csv_has_a_row_for_each_break(polis, run, breaks).await;
    the_workbook_opens(polis, run, breaks).await;
    json_is_the_result(polis, run, breaks).await;
    the_act_is_a_document(polis, run).await;
    let (status, problem) = super::desk::asked(polis, &format!("/runs/{}/export?format=doc", run["id"])).await;
    assert_eq!(status, 400, "{problem}");
}

fn is_named(disposition: &str, run: &Value, ending: &str) {
    for part in [run["insurer_id"].as_str().unwrap(), run["period_from"].as_str().unwrap(), ending] {
        assert!(disposition.contains(part), "{disposition}");
    }
}

async fn csv_has_a_row_for_each_break(polis: &Polis, run: &Value, breaks: &[Value]) {
    let (disposition, bytes) = export(polis, run, "csv").await;
    is_named(&disposition, run, ".csv");
    // The mark by which spreadsheets know UTF-8 is no part of the first column.
    let text = String::from_utf8(bytes).unwrap();
    let text = text.trim_start_matches('\u{FEFF}');
    let delimiter = if text.lines().next().unwrap().contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), breaks.len(), "a row for each");
    for (row, found) in rows.iter().zip(breaks) {
        let explanation = found["explanation_ru"].as_str().unwrap();
        assert!(row.iter().any(|cell| cell == explanation), "{row:?} is not {found}");
    }
}

async fn the_workbook_opens(polis: &Polis, run: &Value, breaks: &[Value]) {
    let (disposition, bytes) = export(polis, run, "xlsx").await;
    is_named(&disposition, run, ".xlsx");
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let names = book.sheet_names().to_vec();
    let mut cells = Vec::new();
    let mut formulas = 0;
    for name in &names {
        let range = book.worksheet_range(name).unwrap();
        cells.extend(range.used_cells().map(|(_, _, cell)| cell.clone()));
        formulas +=
            book.worksheet_formula(name).unwrap().used_cells().filter(|(_, _, formula)| !formula.is_empty()).count();
    }
    assert!(formulas > 0, "sums are formulas: {names:?}");
    assert!(!cells.iter().any(|cell| matches!(cell, Data::Error(_))), "a formula is wrong");
    assert!(cells.iter().any(|cell| matches!(cell, Data::Float(_))), "amounts are numbers");
    for found in breaks {
        let explanation = found["explanation_ru"].as_str().unwrap();
        assert!(cells.iter().any(|cell| matches!(cell, Data::String(text) if text == explanation)), "{found}");
    }
}

async fn json_is_the_result(polis: &Polis, run: &Value, breaks: &[Value]) {
    let (disposition, bytes) = export(polis, run, "json").await;
    is_named(&disposition, run, ".json");
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(document["run"]["result_sha256"], run["result_sha256"]);
    assert_eq!(document["run"]["totals"], run["totals"]);
    let listed = document["breaks"].as_array().unwrap();
    assert_eq!(listed.len(), breaks.len());
    assert!(listed.iter().zip(breaks).all(|(one, other)| one["break_id"] == other["break_id"]));
}

async fn the_act_is_a_document(polis: &Polis, run: &Value) {
    let (disposition, bytes) = export(polis, run, "pdf").await;
    is_named(&disposition, run, ".pdf");
    assert!(bytes.starts_with(b"%PDF-") && bytes.trim_ascii_end().ends_with(b"%%EOF"), "{} bytes", bytes.len());
    assert_eq!(export(polis, run, "pdf").await.1, bytes, "the same result is the same act");
}
