use super::*;
use crate::results::samples::breaks;

fn rows(breaks: Vec<Listed>) -> Vec<csv::StringRecord> {
    let mut bytes = Vec::new();
    write(&mut bytes, breaks.into_iter()).unwrap();
    let text = bytes.strip_prefix(MARK).unwrap();
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text);
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), COLUMNS);
    reader.records().map(Result::unwrap).collect()
}

#[test]
fn a_break_is_a_row_with_decimal_commas() {
    let found = breaks();
    let rows = rows(found.clone());
    assert_eq!(rows.len(), found.len());
    let premium = rows.iter().find(|row| &row[1] == "Расходится премия").unwrap();
    assert_eq!([&premium[2], &premium[3]], ["PL-2", "2"]);
    assert_eq!([&premium[4], &premium[5], &premium[6]], ["3650,00", "3740,10", "-90,10"]);
    assert_eq!([&premium[7], &premium[9]], ["агента", "открыто"]);
    let explanation = &found.iter().find(|one| one.found.kind == "premium_differs").unwrap().found.explanation_ru;
    assert_eq!(&premium[8], explanation);
}

#[test]
fn nothing_that_others_wrote_is_a_formula() {
    let rows = rows(breaks());
    let unknown = rows.iter().find(|row| &row[1] == "Нет в учёте агента").unwrap();
    assert_eq!((&unknown[5], &unknown[10]), ("70,05", "'@olga"));
    for row in &rows {
        // Amounts are negative numbers and nothing else.
        let texts = [2, 8, 10, 11].map(|column| &row[column]);
        assert!(!texts.iter().any(|text| text.starts_with(['=', '+', '-', '@'])), "{row:?}");
    }
    assert_eq!(harmless("\t=1".to_owned()), "'\t=1");
    assert_eq!(harmless("PL-1".to_owned()), "PL-1");
}
