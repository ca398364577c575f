use rust_decimal::Decimal;

use super::*;

#[test]
fn csv_of_many_kinds_is_read_into_the_same_lines() {
    let lines = "П-1;КАСКО;1 234,50;100;02.05.2026;действует\nП-2;ОСАГО;\"7,00\";-;2026-05-03;Расторгнут\n";
    let expected = ["2 П-1 КАСКО 1234.50 100 2026-05-02", "3 П-2 ОСАГО 7.00 2026-05-03 cancelled"];
    let text = format!("{HEADER}\n{lines}");
    let auto = table("", "[format.csv]");
    let tabs = text.replace(';', "\t");
    let commas = text.replace("1 234,50", "\"1 234,50\"").replace(';', ",");
    let crlf = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let without_end = text.trim_end().to_owned();
    let utf_16: Vec<u8> = format!("\u{feff}{tabs}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [text.as_bytes(), tabs.as_bytes(), commas.as_bytes(), crlf.as_bytes(), without_end.as_bytes(), &utf_16]
    {
        assert_eq!(shown(&auto, bytes), expected);
    }
    assert_eq!(shown(&auto, &cp1251(&text)), expected);
    let fixed = table("", "[format.csv]\nencoding = \"windows-1251\"\ndelimiter = \"tab\"");
    assert_eq!(shown(&fixed, &cp1251(&tabs)), expected);
}

#[test]
fn lines_are_told_from_what_stands_around_them() {
    let text = format!(
        "Реестр договоров;;;;;\n;АО «Полярис»;;;;\nс 01.05.2026 по 31.05.2026;;;;;\n\n{HEADER}\n1;2;3;4;5;6\n\
         П-1;К;100,10;10;02.05.2026;Действует\n;;;;;\n{HEADER}\nП-2;К;200,20;20;02.05.2026;Действует\n\
         Итого по филиалу;;300,30;30;;\nП-1;К;50;5;02.05.2026;Аннулирован\nИТОГО:;;350,30 руб.;34;;\n\
         Исполнитель: Листопадова Н. С.;;;;;\n"
    );
    let config = r#"
[totals]
word = "Итого"
[expect]
insurer = { cell = "B2", pattern = "Полярис" }
period = { pattern = 'с (?<from>\S+) по (?<to>\S+)' }
[format.csv]
"#;
    let reader = table("notes = \"^Исполнитель\"", config);
    let (lines, summary) = read(&reader, text.as_bytes()).unwrap();
    let shown: Vec<String> = lines.iter().map(show).collect();
    let expected =
        ["7 П-1 К 100.10 10 2026-05-02", "10 П-2 К 200.20 20 2026-05-02", "12 П-1 К 50 5 2026-05-02 cancelled"];
    assert_eq!(shown, expected);
    let apart = super::super::Apart { title: 3, headers: 3, totals: 2, notes: 1 };
    assert_eq!((summary.apart, summary.period), (apart, may()));
    let totals = summary.totals_found.unwrap();
    assert_eq!((totals.rows, totals.differences.len()), (2, 1));
    let difference = &totals.differences[0];
    assert_eq!((difference.number, difference.column.as_str()), (Some(13), "КВ"));
    assert_eq!((difference.said, difference.whole), (Decimal::from(34), Decimal::from(35)));
    assert_eq!(summary.sums.premium.to_string(), "350.30");
    assert_eq!(summary.encoding, Some("UTF-8"));
}

#[test]
fn a_line_that_cannot_be_read_is_said_with_all_that_is_wrong() {
    let cases = [
        (";К;1;1;02.05.2026;Действует", "Номер полиса: is empty"),
        ("П-1;К;;1;02.05.2026;Действует", "Премия: is empty"),
        ("П-1;К;-1;1;02.05.2026;Действует", "Премия: -1 is negative"),
        ("П-1;К;100000000,01;1;02.05.2026;Действует", "Премия: 100000000.01 is more than 100000000"),
        ("П-1;К;1.50;1;02.05.2026;Действует", "Премия: \"1.50\" is not an amount with the decimal mark ','"),
        ("П-1;К;5 USD;1;02.05.2026;Действует", "Премия: \"5 USD\" is not an amount"),
        ("П-1;К;1;1;31.02.2026;Действует", "Выдан: \"31.02.2026\" is not a date"),
        ("П-1;К;1;1;02.05.0026;Действует", "Выдан: 0026-05-02 is not from 2000-01-01"),
        ("П-1;К;1;1;02.05.2026;Отложен", "Статус: \"Отложен\" is not among the words"),
        ("П-1;К;1;1;02.05.2026;", "Статус: is empty"),
        ("1,23457E+15;К;1;1;02.05.2026;Действует", "Номер полиса: 1,23457E+15 is what a spreadsheet leaves"),
        ("П-1;К;1;1;02.05.2026;Действует;x", "7: the line has 7 fields and the header row has 6"),
        ("П-1;К;1,1;1", "4: the line has 4 fields and the header row has 6; the line is cut"),
        ("П-1;\"К;1;1;02.05.2026;Действует", "Продукт: a quotation mark is opened here and never closed"),
        ("П\u{FFFD}1;К;1;1;02.05.2026;Действует", "Номер полиса: \"П\u{FFFD}1\" has a letter that is damaged"),
    ];
    let reader = table("", "[format.csv]");
    for (line, expected) in cases {
        let text = format!("{HEADER}\nП-0;К;1;1;02.05.2026;Действует\n{line}\nП-9;К;1;1;02.05.2026;Действует\n");
        let found = shown(&reader, text.as_bytes());
        assert_eq!(found.len(), 3, "{line}: {found:?}");
        assert!(found[1].starts_with(&format!("3 !! {expected}")), "{line}: {}", found[1]);
        assert!(found[2].starts_with("4 П-9"), "{line}: {}", found[2]);
    }
    let several = shown(&reader, format!("{HEADER}\nП-1;К;x;y;z;q\n").as_bytes());
    assert_eq!(several[0].matches(": ").count(), 4, "{several:?}");
    let (none, summary) = read(&reader, format!("{HEADER}\n").as_bytes()).unwrap();
    assert!(none.is_empty() && summary.lines == 0, "a register without lines is one");
}

#[test]
fn what_the_description_allows_is_a_line() {
    let text = "Номер полиса;Премия\nП-1;10\n;-5\n=\"0012\";(1,00)\n";
    let config = "carry = [\"policy_number\"]\n[bounds]\nnegative = true\n[columns]\npolicy_number = \"Номер полиса\"\n\
                  premium = \"Премия\"\nrefund = \"Возврат\"\n[format.csv]\n";
    let reader = reader(&format!("optional = [\"refund\"]\n{config}"));
    assert_eq!(shown(&reader, text.as_bytes()), ["2 П-1 10", "3 П-1 -5", "4 0012 -1.00"]);
    let with = text.replace("Премия\n", "Премия;Возврат\n").replace("10\n", "10;3,5\n").replace("-5\n", "-5;\n");
    let with = with.replace("(1,00)\n", "(1,00);\n");
    assert_eq!(shown(&reader, with.as_bytes()), ["2 П-1 10 3.5", "3 П-1 -5", "4 0012 -1.00"]);
}

#[test]
fn a_day_without_cover_is_a_status_where_no_column_says_it() {
    let reader = reader(
        "[columns]\npolicy_number = \"№\"\npremium = \"Сумма\"\nstarts_on = \"С\"\nends_on = \"По\"\n\
         cancelled_from = \"Расторгнут\"\n[format.csv]\n",
    );
    let text = "№;Сумма;С;По;Расторгнут\n1;5;01.05.2026;30.04.2027;\n2;5;01.05.2026;30.04.2027;01.06.2026\n\
                3;5;01.05.2026;30.04.2026;\n";
    let expected = [
        "2 1 5 2026-05-01 2027-04-30",
        "3 2 5 2026-05-01 2027-04-30 2026-06-01 cancelled",
        "4 !! По: 2026-04-30 is before 2026-05-01, the first day",
    ];
    assert_eq!(shown(&reader, text.as_bytes()), expected);
}
