use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use super::*;

fn book(fill: impl FnOnce(&mut Worksheet, &Format)) -> Vec<u8> {
    let mut book = Workbook::new();
    let day = Format::new().set_num_format("dd.mm.yyyy");
    book.add_worksheet().set_name("Обложка").unwrap().write(0, 0, "Номер полиса").unwrap();
    fill(book.add_worksheet().set_name("Полисы").unwrap(), &day);
    book.save_to_buffer().unwrap()
}

fn header(sheet: &mut Worksheet, row: u32) {
    for (column, name) in (0..).zip(HEADER.split(';')) {
        sheet.write(row, column, name).unwrap();
    }
}

fn date(text: &str) -> ExcelDateTime {
    ExcelDateTime::parse_from_str(text).unwrap()
}

#[test]
fn a_sheet_is_read_as_excel_shows_it() {
    let bytes = book(|sheet, day| {
        sheet.write(0, 0, "АО «Полярис», за май 2026 г.").unwrap();
        header(sheet, 3);
        sheet.write(4, 0, "П-1").unwrap();
        sheet.write(4, 1, "КАСКО").unwrap();
        sheet.write(4, 2, 0.1 + 0.2).unwrap();
        sheet.write(4, 3, Formula::new("=C5*10").set_result("3.0000000000000004")).unwrap();
        sheet.write_with_format(4, 4, date("2026-05-02"), day).unwrap();
        sheet.write(4, 5, "Действует").unwrap();
        sheet.write(6, 0, 17_000_123.0).unwrap();
        sheet.write(6, 2, "1 234,50 руб.").unwrap();
        sheet.write(6, 4, 46145.0).unwrap();
        sheet.write(6, 5, "Расторгнут").unwrap();
        sheet.write(6, 9, "заметка на полях").unwrap();
        sheet.write(7, 1, "Итого").unwrap();
        sheet.write(7, 2, Formula::new("=SUM(C5:C7)").set_result("1234.80")).unwrap();
        sheet.write(7, 3, 3).unwrap();
    });
    let after = "[totals]\ncolumn = \"Продукт\"\nword = \"итого\"\n[expect]\ninsurer = { pattern = \"Полярис\" }\n\
                 period = { pattern = 'за (?<month>\\pL+) (?<year>\\d{4})' }\n";
    let expected = ["5 П-1 КАСКО 0.3 3 2026-05-02", "7 17000123 1234.50 2026-05-03 cancelled"];
    for sheet in ["sheet = \"Полисы\"", "sheet = 2"] {
        let reader = table("", &format!("{after}[format.xlsx]\n{sheet}"));
        let (lines, summary) = read(&reader, &bytes).unwrap();
        assert_eq!(lines.iter().map(show).collect::<Vec<_>>(), expected);
        assert_eq!(summary.totals_found.unwrap().differences, Vec::new());
        assert_eq!((summary.sheet.as_deref(), summary.other_sheets), (Some("Полисы"), vec!["Обложка".to_owned()]));
        assert_eq!(summary.bytes, bytes.len() as u64);
    }
}

#[test]
fn a_cell_that_is_no_value_makes_its_line_unreadable() {
    type Put = fn(&mut Worksheet, &Format);
    let cases: [(Put, &str); 7] = [
        (
            |sheet, _| {
                sheet.write(1, 2, Formula::new("=A1+#REF!").set_result("#REF!")).unwrap();
            },
            "Премия: the cell C2 holds the error #REF!; mend its formula",
        ),
        (
            |sheet, _| {
                sheet.write(1, 4, Formula::new("=VLOOKUP(1,A:B,2)").set_result("#N/A")).unwrap();
            },
            "Выдан: the cell E2 holds the error #N/A",
        ),
        (
            |sheet, day| {
                sheet.write_with_format(1, 2, date("2026-05-02"), day).unwrap();
            },
            "Премия: is formatted as a date",
        ),
        (
            |sheet, _| {
                sheet.write(1, 0, 1_234_567_890_123_456.0).unwrap();
            },
            "Номер полиса: 1234567890123456 is a number",
        ),
        (
            |sheet, _| {
                sheet.write(1, 2, 1e12).unwrap();
            },
            "Премия: 1000000000000 is more than",
        ),
        (
            |sheet, _| {
                sheet.write(1, 4, 12.0).unwrap();
            },
            "Выдан: 12 is not a date",
        ),
        (
            |sheet, _| {
                sheet.write(1, 2, true).unwrap();
            },
            "Премия: \"true\" is not an amount",
        ),
    ];
    let reader = table("", "[format.xlsx]\nsheet = \"Полисы\"");
    for (put, expected) in cases {
        let bytes = book(|sheet, day| {
            header(sheet, 0);
            for row in 1..4 {
                sheet.write(row, 0, "П-1").unwrap();
                sheet.write(row, 2, 5).unwrap();
                sheet.write_with_format(row, 4, date("2026-05-02"), day).unwrap();
                sheet.write(row, 5, "Действует").unwrap();
            }
            put(sheet, day);
        });
        let found = shown(&reader, &bytes);
        assert_eq!(found.len(), 3, "{expected}: {found:?}");
        assert!(found[0].starts_with(&format!("2 !! {expected}")), "{expected}: {}", found[0]);
    }
}

#[test]
fn a_sheet_that_is_not_there_is_refused_with_those_that_are() {
    let bytes = book(|sheet, _| header(sheet, 0));
    for sheet in ["\"Реестр\"", "3", "0"] {
        let error = error(&table("", &format!("[format.xlsx]\nsheet = {sheet}")), &bytes);
        assert!(error.contains("there is no sheet") && error.contains("Обложка, Полисы"), "{error}");
    }
    let error = error(&table("", "[format.xlsx]"), &bytes);
    assert!(error.contains("sheet \"Обложка\"") && error.contains("no row has the names"), "{error}");
}
