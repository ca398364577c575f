use std::fmt::Write as _;
use std::io::Write as _;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn lines(count: u32) -> String {
    (1..=count).fold(String::new(), |mut all, at| {
        writeln!(all, "П-{at};К;{at},50;1;02.05.2026;Действует").unwrap();
        all
    })
}

#[test]
fn a_wrong_encoding_is_named_with_its_place() {
    let text = format!("{HEADER}\n{}", lines(3));
    let as_ = |encoding: &str| table("", &format!("[format.csv]\nencoding = \"{encoding}\""));
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("utf-8", cp1251(&text), "line 1, column at byte 1: the text is not UTF-8"),
        ("windows-1251", text.clone().into_bytes(), "the text is not windows-1251"),
        ("auto", encoding_rs::IBM866.encode(&text).0.into_owned(), "looks like IBM866"),
        ("auto", encoding_rs::KOI8_R.encode(&text).0.into_owned(), "looks like KOI8-R"),
        (
            "auto",
            text.replace(|letter: char| letter.is_alphabetic(), "\u{FFFD}").into_bytes(),
            "lost before the file came",
        ),
        ("auto", text.encode_utf16().flat_map(u16::to_le_bytes).collect(), "UTF-16"),
    ];
    for (encoding, bytes, expected) in cases {
        let error = error(&as_(encoding), &bytes);
        assert!(error.starts_with("register.bin") && error.contains(expected), "{expected}: {error}");
    }
    let ascii_header = "N;P\n1;2\nк;3\n";
    let config = "[columns]\npolicy_number = \"N\"\npremium = \"P\"\n[format.csv]\nencoding = \"utf-8\"";
    let error = error(&reader(config), &cp1251(ascii_header));
    assert!(error.contains("line 3, column at byte 1"), "{error}");
}

#[test]
fn columns_that_are_missing_doubled_or_shifted_are_refused() {
    let reader = table("", "[format.csv]");
    let text = format!("Реестр\n{HEADER}\n{}", lines(30));
    let shifted = text.replace("П-", "1;П-").replace(";Действует", "");
    let partly = text.replace(";1;02", ";1;;02").replace(HEADER, &format!("{HEADER};"));
    let cases = [
        (text.replace(";КВ;", ";Комиссия;"), "line 2: the header row lacks \"КВ\""),
        (text.replace(";Продукт;", ";Выдан;"), "line 2: the header row has \"Выдан\" twice for issued_on"),
        (text.replace(";Продукт;", ";Премия, руб.;").replace("Выдан", "Продукт;Выдан"), "for premium"),
        (text.replace(HEADER, "a;b;c;d;e;f"), "no row has the names of the columns \"Номер полиса\""),
        (lines(300), "no row has the names"),
        (shifted, "line 3: the columns are shifted against the header row"),
        (partly, "\"Статус\" cannot be read, and one column to the right"),
    ];
    for (text, expected) in cases {
        let error = error(&reader, text.as_bytes());
        assert!(error.starts_with("register.bin") && error.contains(expected), "{expected}: {error}");
    }
    // A column that nobody filled in properly is not a shift: every line says so itself.
    let unfilled = text.replace("02.05.2026", "не указано");
    assert_eq!(shown(&reader, unfilled.as_bytes()).iter().filter(|line| line.contains("Выдан")).count(), 30);
}

#[test]
fn an_empty_file_and_a_file_of_another_kind_are_refused() {
    let csv = table("", "[format.csv]");
    let xlsx = table("", "[format.xlsx]");
    let cases: [(&RegisterReader, &[u8], &str); 9] = [
        (&csv, b"", "the file is empty"),
        (&csv, b"\xEF\xBB\xBF", "the file is empty"),
        (&csv, b"\r\n \r\n", "the file is empty"),
        (&csv, b";;;\n;;;\n", "the file is empty"),
        (&xlsx, b"", "the file is empty"),
        (&csv, b"PK\x03\x04....", "set format to xlsx"),
        (&csv, b"<html><body>Login</body></html>", "a web page"),
        (&xlsx, b"a;b;c", "no workbook"),
        (&xlsx, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "without a password"),
    ];
    for (reader, bytes, expected) in cases {
        let error = error(reader, bytes);
        assert!(error.starts_with("register.bin") && error.contains(expected), "{expected}: {error}");
    }
    assert!(error(&xlsx, b"PK\x03\x04 and nothing else").contains("not a whole archive"));
}

#[test]
fn a_register_of_another_insurer_or_of_other_days_is_refused() {
    let reader = table(
        "",
        "[expect]\ninsurer = { cell = \"A1\", pattern = \"Полярис\" }\n\
         period = { pattern = '(?<from>\\d\\S+) - (?<to>\\S+)' }\n[format.csv]",
    );
    let text = format!("АО «Полярис»\n01.05.2026 - 31.05.2026\n{HEADER}\n{}", lines(1));
    assert_eq!(shown(&reader, text.as_bytes()), ["4 П-1 К 1.50 1 2026-05-02"]);
    let cases = [
        (text.replace("Полярис", "Северный щит"), "line 1: the register says \"АО «Северный щит»\""),
        (text.replace("31.05", "30.05"), "line 2: the register is of 2026-05-01 to 2026-05-30"),
        (text.replace("31.05.2026", "конец мая"), "does not say of which days it is"),
        (format!("{HEADER}\n{}", lines(1)), "does not say whose it is in the cell A1"),
    ];
    for (text, expected) in cases {
        let error = error(&reader, text.as_bytes());
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_with_the_limit() {
    assert_eq!(super::super::BoundsConfig::default().bytes, 2 << 30);
    let small = "[bounds]\nbytes = 1000\n";
    let text = format!("{HEADER}\n{}", lines(100));
    let error = error(&table("", &format!("{small}[format.csv]")), text.as_bytes());
    assert!(error.contains("the file is larger than the 1000 allowed by bounds.bytes"), "{error}");
    let xlsx = table("", &format!("{small}[format.xlsx]"));
    assert!(super::error(&xlsx, text.as_bytes()).contains("bounds.bytes"));
}

/// An archive with one large part that is called as that of a workbook is.
fn archive(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_zip_bomb_is_refused_before_it_is_unpacked() {
    let blank = || vec![b' '; 8 << 20];
    let reader = |bounds: &str| table("", &format!("[bounds]\n{bounds}\n[format.xlsx]"));
    let sheet = archive(&[("xl/worksheets/sheet1.xml", blank())]);
    let texts = archive(&[("xl/sharedStrings.xml", blank())]);
    let count = archive(&[("xl/sharedStrings.xml", b"<sst uniqueCount=\"4000000000\"><si/></sst>".to_vec())]);
    let mut lying = rust_xlsxwriter::Workbook::new();
    lying.add_worksheet().write(0, 0, "x".repeat(20_000)).unwrap();
    let mut lying = lying.save_to_buffer().unwrap();
    // The size in the directory, of the texts: the one that is added up.
    let mut entries = lying.windows(4).enumerate().filter(|(_, bytes)| bytes == b"PK\x01\x02").map(|(at, _)| at);
    let entry = entries.find(|at| lying[at + 46..].starts_with(b"xl/sharedStrings.xml")).unwrap();
    lying[entry + 24..entry + 28].copy_from_slice(&1000_u32.to_le_bytes());
    let cases = [
        ("", &sheet, "times its size, more than bounds.unpacked_ratio allows, which is refused"),
        ("unpacked_ratio = 5000\nunpacked_bytes = 1000000", &sheet, "1000000 allowed by bounds.unpacked_bytes"),
        ("unpacked_ratio = 5000\nheld_bytes = 1000000", &texts, "1000000 allowed by bounds.held_bytes"),
        ("", &count, "says that it has 4000000000 texts"),
        ("", &lying, "larger than its declared uncompressed size"),
        ("unpacked_ratio = 5000", &sheet, "the workbook cannot be opened"),
    ];
    for (bounds, bytes, expected) in cases {
        let error = error(&reader(bounds), bytes);
        assert!(error.starts_with("register.bin") && error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn what_a_hostile_file_holds_is_not_held_here() {
    let csv = table("", "[format.csv]");
    let wide = format!("{}\n", ";".repeat(900_000)).replacen(';', "x;", 1).repeat(20);
    assert!(error(&csv, wide.as_bytes()).contains("no row has the names"));
    let json = "[columns]\npolicy_number = \"n\"\npremium = \"p\"\n[format.json]\nitems = \"$.a\"\n";
    let deep = "[".repeat(500_000);
    assert!(error(&reader(json), format!("{{\"a\":{deep}").as_bytes()).contains("this is not JSON"));
    assert!(error(&reader(json), format!("{{\"b\":{deep}").as_bytes()).contains("this is not JSON"));
    assert!(error(&reader(&json.replace("$.a", "$.b.c")), format!("{{\"b\":{deep}").as_bytes()).contains("recursion"));
    let long = format!("{{\"a\":[{{\"n\":\"{}\",\"p\":1}}]}}", "x".repeat(2 << 20));
    assert!(error(&reader(json), long.as_bytes()).contains("bounds.line_bytes"));
    let column = archive(&[("xl/worksheets/sheet1.xml", Vec::new())]);
    assert!(error(&table("", "[format.xlsx]"), &column).contains("cannot be opened"));
}

#[test]
fn a_description_with_a_mistake_names_its_key() {
    let format = "[format.csv]\n";
    let columns = "[columns]\npolicy_number = \"a\"\npremium = \"b\"\n";
    let cases = [
        (format!("{columns}dates = []\n{format}"), "columns"),
        (format!("dates = [\"%d\"]\n{columns}{format}"), "dates[0]"),
        (format!("[columns]\npolicy_number = \"a\"\n{format}"), "columns.premium"),
        (format!("{columns}status = \"c\"\n{format}"), "status"),
        (
            format!("{columns}status = \"c\"\n[status]\nactive = [\"x\"]\ncancelled = [\"X\"]\n{format}"),
            "status.cancelled",
        ),
        (format!("{columns}product = \"B\"\n{format}"), "columns.premium"),
        (format!("optional = [\"premium\"]\n{columns}{format}"), "columns.premium"),
        (format!("optional = [\"refund\"]\n{columns}{format}"), "optional"),
        (format!("carry = [\"premium\"]\n{columns}{format}"), "carry"),
        (format!("notes = \"(\"\n{columns}{format}"), "notes"),
        (format!("{columns}[totals]\n{format}"), "totals"),
        (format!("{columns}[totals]\nword = \"a\"\npremium = \"$.x\"\n{format}"), "totals"),
        (format!("{columns}[bounds]\namount = \"1000000000001\"\n{format}"), "bounds.amount"),
        (format!("{columns}[format.json]\nitems = \"a\"\n"), "format.items"),
        (format!("{columns}[format.xml]\nitems = \"$\"\n"), "format.items"),
        (format!("{columns}[format.xml]\nitems = \"$.a.b\"\n[totals]\nword = \"x\"\n"), "totals"),
        (format!("{columns}[expect]\ninsurer = {{ path = \"$.a\", pattern = \"x\" }}\n{format}"), "expect.insurer"),
    ];
    for (config, key) in cases {
        let parsed: Result<RegisterConfig, _> = toml::from_str(&format!("{COMMON}{config}"));
        let said = match parsed {
            Err(error) => format!("columns: {error}"),
            Ok(config) => RegisterReader::new(&config).map(drop).unwrap_err().to_string(),
        };
        assert!(said.starts_with(&format!("{key}: ")), "{key}: {said}");
    }
    let unknown: Result<RegisterConfig, _> = toml::from_str(&format!("{COMMON}skip = 1\n{columns}{format}"));
    assert!(unknown.unwrap_err().to_string().contains("skip"));
    let currency = "currency = \"RUR\"\n[columns]\npolicy_number = \"a\"\npremium = \"b\"\n[format.csv]\n";
    let currency: RegisterConfig = toml::from_str(currency).unwrap();
    assert_eq!(RegisterReader::new(&currency).map(drop).unwrap_err().key, "currency");
}

#[test]
fn whoever_takes_the_lines_can_stop_and_the_same_file_can_be_read_again() {
    let reader = table("", "[format.csv]");
    let text = format!("{HEADER}\n{}", lines(100));
    let mut taken = 0;
    let stopped = reader.read("a.csv", Cursor::new(text.as_bytes()), None, &mut |_| {
        taken += 1;
        if taken == 30 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(stopped.unwrap_err().fault.kind(), "stopped");
    assert_eq!(taken, 30);
    let (first, again) = (read(&reader, text.as_bytes()).unwrap(), read(&reader, text.as_bytes()).unwrap());
    assert_eq!(first, again);
}
